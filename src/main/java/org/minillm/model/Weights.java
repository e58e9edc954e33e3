package org.minillm.model;

import org.jspecify.annotations.Nullable;

/** Where layers find what {@link ParameterLayout} places, as floats or as int8. */
sealed interface Weights permits Parameters, QuantizedParameters {
  /** The array of the tensors that are floats. */
  float[] floats();

  /** Where in {@link #floats()} the tensor at {@code at} of the layout begins; -1 stays -1. */
  int floatOffset(int at);

  /** The int8 matrix that begins at {@code at} of the layout, null where it is floats. */
  @Nullable Int8Matrix int8(int at);

  /** Bytes of the weights. */
  long bytes();
}
