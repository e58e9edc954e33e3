package org.minillm.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException;
import org.minillm.ndarray.NDArray;

/**
 * All weights of a model over one array, under Hugging Face's names, shapes ([out, in]) and RoPE
 * layout (half-split). Gradients and optimiser state are {@code Parameters} of the same
 * configuration: equal offsets mean equal weights.
 */
public final class Parameters implements Weights {
  /**
   * One tensor, a view of the one array.
   *
   * @param name Hugging Face's name, {@code model.layers.0.mlp.up_proj.weight}
   * @param array matrices [out, in]; norms [D]
   * @param decays whether weight decay applies: matrices yes, norms no
   */
  public record Parameter(String name, NDArray array, boolean decays) {}

  /**
   * A tensor's name and size: matrices [rows, width], norms one row.
   *
   * @param matrix whether it is a matrix
   */
  public record Shape(String name, int rows, int width, boolean matrix) {}

  private final List<ParameterLayout.Entry> entries;
  private final float[] data;
  private final List<Parameter> all;
  private final Map<String, Parameter> byName;

  private Parameters(ModelConfig config, float[] data) {
    this(ParameterLayout.of(config).entries(), data);
  }

  private Parameters(List<ParameterLayout.Entry> entries, float[] data) {
    this.entries = entries;
    this.data = data;
    List<Parameter> list = new ArrayList<>();
    Map<String, Parameter> map = new LinkedHashMap<>();
    for (ParameterLayout.Entry entry : entries) {
      NDArray view = NDArray.view(data, (int) entry.offset(), entry.shape());
      Parameter parameter = new Parameter(entry.name(), view, entry.decays());
      list.add(parameter);
      map.put(entry.name(), parameter);
    }
    all = List.copyOf(list);
    byName = map;
  }

  /**
   * Zeros for every weight.
   *
   * @throws MiniLlmException.BadConfig if they are more than one array holds (2³¹ − 9)
   */
  public static Parameters allocate(ModelConfig config) {
    return of(ParameterLayout.of(config).entries(), count(config));
  }

  /** Zeros for tensors of a layout of {@code size} values. */
  static Parameters of(List<ParameterLayout.Entry> entries, long size) {
    if (size > Integer.MAX_VALUE - 8) {
      throw new MiniLlmException.BadConfig(
          "hyperparameters", size + " parameters", "at most 2,147,483,639 parameters");
    }
    return new Parameters(entries, new float[(int) size]);
  }

  /** Zeros of the same names and shapes: gradients, moments. */
  public Parameters zerosLike() {
    return new Parameters(entries, new float[data.length]);
  }

  /**
   * Weights over an array that the caller brings, exactly {@link #count} long; nothing is copied.
   */
  public static Parameters over(ModelConfig config, float[] data) {
    if (data.length != count(config)) {
      throw new IllegalArgumentException(
          data.length + " values for " + count(config) + " parameters");
    }
    return new Parameters(config, data);
  }

  /** The names of all tensors of a model of this shape, in order; allocates no weights. */
  public static List<String> names(ModelConfig config) {
    return ParameterLayout.of(config).entries().stream().map(ParameterLayout.Entry::name).toList();
  }

  /** The tensors of a model of this shape, in order; allocates no weights. */
  public static List<Shape> shapes(ModelConfig config) {
    return ParameterLayout.of(config).entries().stream()
        .map(
            e ->
                e.decays()
                    ? new Shape(e.name(), e.shape()[0], e.shape()[1], true)
                    : new Shape(e.name(), 1, e.shape()[0], false))
        .toList();
  }

  /** Weights of a model of this shape. */
  public static long count(ModelConfig config) {
    return config.parameterCount();
  }

  /** The one array; shared, not copied. */
  public float[] data() {
    return data;
  }

  @Override
  public float[] floats() {
    return data;
  }

  @Override
  public int floatOffset(int at) {
    return at;
  }

  @Override
  public @Nullable Int8Matrix int8(int at) {
    return null;
  }

  @Override
  public long bytes() {
    return (long) Float.BYTES * data.length;
  }

  /** All tensors in the order of the array; unmodifiable. */
  public List<Parameter> all() {
    return all;
  }

  /**
   * The tensor of that Hugging Face name.
   *
   * @throws IllegalArgumentException if the model has none
   */
  public Parameter get(String hfName) {
    Parameter found = byName.get(hfName);
    if (found == null) {
      throw new IllegalArgumentException("no parameter " + hfName);
    }
    return found;
  }
}
