package org.minillm.model;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException;
import org.minillm.kernel.Int8Blocks;
import org.minillm.kernel.Int8Panels;

/**
 * Weights with int8 matrices (Q8_0: blocks of 32 values, {@code byte} quants and a float scale
 * each, 1.125 bytes a weight, laid out as {@link Int8Panels}); norms, and matrices where a file has
 * them so, are float32. For inference only.
 *
 * <p>Matrices that one product uses together (q, k and v; gate and up) are int8 together or floats
 * together, floats if one of them must be: turning int8 into floats loses nothing.
 */
public final class QuantizedParameters implements Weights {
  /** A tensor: in {@code matrix}, or in the floats from {@code floatAt} on. */
  private record Place(int[] shape, @Nullable Int8Matrix matrix, int floatAt) {
    int width() {
      return shape[shape.length - 1];
    }
  }

  private final Map<String, Place> byName = new LinkedHashMap<>();
  private final Map<Integer, Place> byOffset = new HashMap<>();
  private final float[] floats;
  private final long bytes;

  private QuantizedParameters(ModelConfig config, Collection<String> floatTensors) {
    ParameterLayout layout = ParameterLayout.of(config);
    Set<String> floatGroups = floatGroups(layout, floatTensors);
    bytes = bytes(layout, floatGroups);
    Map<String, Integer> rows = rowsOfGroups(layout, floatGroups);
    long floatCount = 0;
    for (ParameterLayout.Entry e : layout.entries()) {
      if (floatGroups.contains(group(e.name()))) {
        floatCount += values(e);
      }
    }
    floats = new float[length(floatCount)];
    Map<String, Int8Matrix> matrices = new HashMap<>();
    Map<String, Integer> rowsPlaced = new HashMap<>();
    int floatAt = 0;
    for (ParameterLayout.Entry e : layout.entries()) {
      String group = group(e.name());
      Place place;
      if (floatGroups.contains(group)) {
        place = new Place(e.shape(), null, floatAt);
        floatAt += (int) values(e);
      } else {
        Int8Matrix whole =
            matrices.computeIfAbsent(
                group,
                g ->
                    new Int8Matrix(
                        new Int8Panels(rows.getOrDefault(g, e.shape()[0]), e.shape()[1]), 0));
        int row = rowsPlaced.getOrDefault(group, 0);
        rowsPlaced.put(group, row + e.shape()[0]);
        place = new Place(e.shape(), whole.from(row), -1);
      }
      byName.put(e.name(), place);
      byOffset.put((int) e.offset(), place);
    }
  }

  /**
   * Zeros for every weight.
   *
   * @param floatTensors names of matrices that stay float32; the norms always do
   */
  public static QuantizedParameters allocate(ModelConfig config, Collection<String> floatTensors) {
    length(config.parameterCount());
    return new QuantizedParameters(config, floatTensors);
  }

  /** Float weights with all matrices rounded to int8; the weights given stay as they are. */
  public static QuantizedParameters of(ModelConfig config, Parameters weights) {
    QuantizedParameters made = allocate(config, List.of());
    for (Parameters.Parameter p : weights.all()) {
      int width = made.width(p.name());
      for (int row = 0; row < p.array().size() / width; row++) {
        made.setRow(p.name(), row, p.array().data(), p.array().offset() + row * width);
      }
    }
    return made;
  }

  /** Bytes that {@link #allocate} takes. */
  public static long bytes(ModelConfig config, Collection<String> floatTensors) {
    ParameterLayout layout = ParameterLayout.of(config);
    return bytes(layout, floatGroups(layout, floatTensors));
  }

  private static long bytes(ParameterLayout layout, Set<String> floatGroups) {
    Map<String, Integer> rows = rowsOfGroups(layout, floatGroups);
    Set<String> counted = new HashSet<>();
    long sum = 0;
    for (ParameterLayout.Entry e : layout.entries()) {
      String group = group(e.name());
      if (floatGroups.contains(group)) {
        sum += Float.BYTES * values(e);
      } else if (counted.add(group)) {
        sum += Int8Panels.bytes(rows.getOrDefault(group, 0), e.shape()[1]);
      }
    }
    return sum;
  }

  /** Rows of the int8 matrices that share panels, by group. */
  private static Map<String, Integer> rowsOfGroups(
      ParameterLayout layout, Set<String> floatGroups) {
    Map<String, Integer> rows = new HashMap<>();
    for (ParameterLayout.Entry e : layout.entries()) {
      if (!floatGroups.contains(group(e.name()))) {
        rows.merge(group(e.name()), e.shape()[0], Integer::sum);
      }
    }
    return rows;
  }

  private static Set<String> floatGroups(ParameterLayout layout, Collection<String> floatTensors) {
    Set<String> groups = new HashSet<>();
    floatTensors.forEach(name -> groups.add(group(name)));
    for (ParameterLayout.Entry e : layout.entries()) {
      if (!e.decays()) {
        groups.add(e.name());
      }
    }
    return groups;
  }

  /** What one product uses together. */
  private static String group(String name) {
    return name.replaceFirst("\\.[qkv]_proj\\.weight$", ".qkv")
        .replaceFirst("\\.(gate|up)_proj\\.weight$", ".gate_up");
  }

  private static long values(ParameterLayout.Entry e) {
    long n = 1;
    for (int axis : e.shape()) {
      n *= axis;
    }
    return n;
  }

  private static int length(long n) {
    if (n > Integer.MAX_VALUE - 8) {
      throw new MiniLlmException.BadConfig(
          "hyperparameters", n + " parameters", "at most 2,147,483,639 parameters");
    }
    return (int) n;
  }

  private Place place(String name) {
    Place place = byName.get(name);
    if (place == null) {
      throw new IllegalArgumentException("no parameter " + name);
    }
    return place;
  }

  private int width(String name) {
    return place(name).width();
  }

  /** Whether the tensor of that Hugging Face name is int8. */
  public boolean isInt8(String name) {
    return place(name).matrix() != null;
  }

  /**
   * Puts a row of floats into a tensor, rounded to int8 where the tensor is int8.
   *
   * @throws MiniLlmException.BadInput if a value is no finite number or too large for int8's scale
   */
  public void setRow(String name, int row, float[] from, int offset) {
    Place place = place(name);
    int width = place.width();
    Int8Matrix m = place.matrix();
    if (m == null) {
      System.arraycopy(from, offset, floats, place.floatAt() + row * width, width);
      return;
    }
    if (!m.panels().quantizeRow(m.firstRow() + row, from, offset)) {
      throw new MiniLlmException.BadInput(
          name + ", row " + row,
          "holds a value that is no number or too large for int8 (over 8,318,000)");
    }
  }

  /** Puts a row of blocks into an int8 tensor, exactly. */
  public void setRow(String name, int row, byte[] quants, float[] scales) {
    Place place = place(name);
    Int8Matrix m = place.matrix();
    if (m == null) {
      throw new IllegalArgumentException(name + " is float32");
    }
    m.panels().setRow(m.firstRow() + row, quants, scales);
  }

  /** A row of any tensor as floats. */
  public void getRow(String name, int row, float[] to, int offset) {
    Place place = place(name);
    int width = place.width();
    Int8Matrix m = place.matrix();
    if (m == null) {
      System.arraycopy(floats, place.floatAt() + row * width, to, offset, width);
    } else {
      m.dequantizeRow(to, offset, row);
    }
  }

  /** A row of an int8 tensor as it is. */
  public void getRow(String name, int row, byte[] quants, float[] scales) {
    Int8Matrix m = place(name).matrix();
    if (m == null) {
      throw new IllegalArgumentException(name + " is float32");
    }
    m.panels().getRow(m.firstRow() + row, quants, scales);
  }

  /**
   * Rounds a row to Q8_0 as ggml does, scales to half precision: {@link Int8Blocks#quantize}.
   *
   * @return false if a value is no finite number or too large
   */
  public static boolean quantize(
      byte[] q, int qOff, float[] scales, int scaleOff, float[] x, int xOff, int n) {
    return Int8Blocks.quantize(q, qOff, scales, scaleOff, x, xOff, n);
  }

  @Override
  public float[] floats() {
    return floats;
  }

  @Override
  public int floatOffset(int at) {
    Place place = byOffset.get(at);
    return place == null ? -1 : place.floatAt();
  }

  @Override
  public @Nullable Int8Matrix int8(int at) {
    Place place = byOffset.get(at);
    return place == null ? null : place.matrix();
  }

  @Override
  public long bytes() {
    return bytes;
  }
}
