package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("kernel")
class LinearTest {
  /**
   * Rows that whole panels of int8 weights divide and rows that they do not, as floats and int8.
   */
  static Stream<Transformer> models() {
    return Stream.of(
            Models.tinyConfig(),
            ModelConfig.of(67, 96, 1, 4, 200, 40).withKvHeads(2),
            ModelConfig.of(67, 256, 1, 4, 172, 40))
        .map(config -> Models.random(config, 5))
        .flatMap(
            floats ->
                Stream.of(
                    floats,
                    new Transformer(
                        floats.config(),
                        QuantizedParameters.of(floats.config(), floats.parameters()),
                        Models.POOL)));
  }

  @ParameterizedTest
  @MethodSource("models")
  void queriesKeysAndValuesInOneProductHaveTheBitsOfThree(Transformer model) {
    ParameterLayout.BlockAt at = model.layout().blocks.get(0);
    int d = model.config().dModel();
    int kv = model.config().kvDim();
    float[] x = Models.normal(d, 6);
    float[] together = new float[d + 2 * kv];
    new Linear(model, at.q(), d + 2 * kv, d).forwardRow(together, 0, x, 0);
    float[] apart = new float[d + 2 * kv];
    new Linear(model, at.q(), d, d).forwardRow(apart, 0, x, 0);
    new Linear(model, at.k(), kv, d).forwardRow(apart, d, x, 0);
    new Linear(model, at.v(), kv, d).forwardRow(apart, d + kv, x, 0);
    assertArrayEquals(apart, together);
  }

  @ParameterizedTest
  @MethodSource("models")
  void aPartOfTheFeaturesHasTheBitsOfAll(Transformer model) {
    ParameterLayout.BlockAt at = model.layout().blocks.get(0);
    int d = model.config().dModel();
    int f = model.config().dFf();
    Linear up = new Linear(model, at.up(), f, d);
    float[] x = Models.normal(3 * d, 7);
    float[] all = new float[3 * f];
    up.forward(all, 0, x, 0, 3);
    int from = 5;
    int n = f - 7;
    float[] some = new float[3 * (n + 1)];
    up.forward(some, 0, n + 1, x, 0, 3, from, n);
    for (int r = 0; r < 3; r++) {
      assertArrayEquals(
          Arrays.copyOfRange(all, r * f + from, r * f + from + n),
          Arrays.copyOfRange(some, r * (n + 1), r * (n + 1) + n));
      assertEquals(0f, some[r * (n + 1) + n]);
    }
    float[] row = new float[f];
    up.forwardRow(row, 0, x, 0);
    float[] features = new float[n];
    up.features(features, 0, x, 0, from, n);
    assertArrayEquals(Arrays.copyOfRange(row, from, from + n), features);
  }

  @ParameterizedTest
  @MethodSource("models")
  void addingARowAddsTheProduct(Transformer model) {
    ParameterLayout.BlockAt at = model.layout().blocks.get(0);
    int d = model.config().dModel();
    int f = model.config().dFf();
    Linear down = new Linear(model, at.down(), d, f);
    float[] x = Models.normal(f, 8);
    float[] y = Models.normal(d, 9);
    float[] product = new float[d];
    down.forwardRow(product, 0, x, 0);
    float[] expected = new float[d];
    for (int i = 0; i < d; i++) {
      expected[i] = y[i] + product[i];
    }
    down.addRow(y, 0, new float[d], x, 0);
    assertArrayEquals(expected, y);
  }
}
