package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.minillm.base.MiniLlmException;
import org.minillm.kernel.Int8Kernels;
import org.minillm.kernel.Kernels;

@Tag("kernel")
class QuantizedModelTest {
  /** Tied and untied, grouped heads, both norms, rows that 32 divides and rows that it does not. */
  static Stream<ModelConfig> configs() {
    ModelConfig even = ModelConfig.of(67, 64, 2, 4, 96, 40).withKvHeads(2);
    return Stream.of(
        Models.tinyConfig(),
        even,
        even.withTiedEmbeddings(false),
        Models.tinyConfig().withTiedEmbeddings(false).withNorm(NormType.LAYERNORM));
  }

  private static Transformer int8(Transformer model) {
    return new Transformer(
        model.config(), QuantizedParameters.of(model.config(), model.parameters()), Models.POOL);
  }

  /** The float model that has exactly the values of an int8 one. */
  private static Transformer widened(Transformer int8) {
    QuantizedParameters q = int8.quantizedParameters().orElseThrow();
    Parameters floats = Parameters.allocate(int8.config());
    for (Parameters.Shape shape : Parameters.shapes(int8.config())) {
      for (int row = 0; row < shape.rows(); row++) {
        int at = floats.get(shape.name()).array().offset() + row * shape.width();
        q.getRow(shape.name(), row, floats.data(), at);
      }
    }
    return new Transformer(int8.config(), floats, Models.POOL);
  }

  @ParameterizedTest
  @MethodSource("configs")
  void int8ComputesWhatFloatsOfTheSameValuesCompute(ModelConfig config) {
    Transformer int8 = int8(Models.random(config, 3));
    Transformer floats = widened(int8);
    int[] tokens = Models.tokens(20, config.vocabSize(), 9);
    float[] expected =
        new InferenceSession(floats, 24, 8).append(tokens, 0, 20, Models.control()).clone();
    float[] whole =
        new InferenceSession(int8, 24, 8).append(tokens, 0, 20, Models.control()).clone();
    InferenceSession session = new InferenceSession(int8, 24, 8);
    float[] oneByOne = new float[0];
    for (int t = 0; t < 20; t++) {
      oneByOne = session.append(tokens, t, t + 1, Models.control());
    }
    double size = Models.maxAbs(expected, 0, expected.length);
    assertArrayEquals(expected, whole, (float) (1e-5 * size));
    assertArrayEquals(expected, oneByOne, (float) (1e-5 * size));
  }

  @ParameterizedTest
  @MethodSource("configs")
  void lossInBatchesEqualsThatOfFloatsOfTheSameValues(ModelConfig config) {
    Transformer int8 = int8(Models.random(config, 4));
    int[] tokens = Models.tokens(17, config.vocabSize(), 2);
    int[] targets = Models.tokens(17, config.vocabSize(), 5);
    TrainingPass ours = new TrainingPass(int8, 1, 17, 8, true);
    TrainingPass floats = new TrainingPass(widened(int8), 1, 17, 8, true);
    double expected = floats.loss(tokens, targets, 1, 17, Models.control());
    assertEquals(expected, ours.loss(tokens, targets, 1, 17, Models.control()), 1e-9 * expected);
  }

  @Test
  void scalarAndBestKernelsAgree() {
    ModelConfig config = ModelConfig.of(67, 64, 2, 4, 172, 40);
    QuantizedParameters q = QuantizedParameters.of(config, Models.random(config, 3).parameters());
    Transformer best = new Transformer(config, q, Models.POOL);
    Transformer scalar =
        new Transformer(config, q, Models.POOL, Kernels.scalar(), Int8Kernels.scalar());
    int[] tokens = Models.tokens(9, 67, 1);
    float[] a = new InferenceSession(best, 24, 8).append(tokens, 0, 9, Models.control());
    float[] b = new InferenceSession(scalar, 24, 8).append(tokens, 0, 9, Models.control());
    assertArrayEquals(a, b, (float) (1e-5 * Models.maxAbs(a, 0, a.length)));
  }

  @Test
  void anInt8ModelCannotBeTrained() {
    Transformer int8 = int8(Models.random(Models.tinyConfig(), 1));
    TrainingPass pass = new TrainingPass(int8, 1, 4, 8, true);
    int[] ids = {1, 2, 3, 4};
    Parameters gradients = Parameters.allocate(int8.config());
    MiniLlmException.BadInput e =
        assertThrows(
            MiniLlmException.BadInput.class,
            () ->
                pass.forwardBackward(
                    ids, ids, 1, 4, gradients, 1f, Dropout.NONE, Models.control()));
    assertTrue(e.getMessage().contains("not be trained"), e.getMessage());
    assertThrows(MiniLlmException.BadInput.class, int8::parameters);
  }

  @ParameterizedTest
  @MethodSource("configs")
  void bytesAreThoseOfTheArrays(ModelConfig config) {
    QuantizedParameters all = QuantizedParameters.allocate(config, List.of());
    java.util.Map<String, Integer> rows = new java.util.LinkedHashMap<>();
    java.util.Map<String, Integer> widths = new java.util.HashMap<>();
    long expected = 0;
    for (Parameters.Shape s : Parameters.shapes(config)) {
      if (s.matrix()) { // q, k and v lie together, and gate and up
        String together = s.name().replaceAll("[qkv]_proj", "qkv").replaceAll("gate|up", "gateUp");
        rows.merge(together, s.rows(), Integer::sum);
        widths.put(together, s.width());
      } else {
        expected += 4L * s.width();
      }
    }
    for (var matrix : rows.entrySet()) {
      int width = widths.get(matrix.getKey());
      int padded = (matrix.getValue() + 15) / 16 * 16;
      expected += (long) padded * width + 4L * padded * ((width + 31) / 32);
    }
    assertEquals(expected, all.bytes());
    assertEquals(all.bytes(), QuantizedParameters.bytes(config, List.of()));
  }

  @Test
  void matricesOfOneProductAreFloatTogetherAndLoseNothing() {
    ModelConfig config = ModelConfig.of(40, 32, 1, 2, 64, 16);
    String k = "model.layers.0.self_attn.k_proj.weight";
    QuantizedParameters q = QuantizedParameters.allocate(config, List.of(k));
    assertFalse(q.isInt8(k));
    assertFalse(q.isInt8("model.layers.0.self_attn.q_proj.weight"));
    assertTrue(q.isInt8("model.layers.0.self_attn.o_proj.weight"));
    assertTrue(q.isInt8("model.layers.0.mlp.up_proj.weight"));
    Transformer floats = Models.random(config, 8);
    for (Parameters.Shape s : Parameters.shapes(config)) {
      int at = floats.parameters().get(s.name()).array().offset();
      for (int row = 0; row < s.rows(); row++) {
        q.setRow(s.name(), row, floats.parameters().data(), at + row * s.width());
      }
    }
    float[] row = new float[32];
    q.getRow(k, 31, row, 0);
    int at = floats.parameters().get(k).array().offset() + 31 * 32;
    assertArrayEquals(java.util.Arrays.copyOfRange(floats.parameters().data(), at, at + 32), row);
    Transformer mixed = new Transformer(config, q, Models.POOL);
    int[] tokens = Models.tokens(9, 40, 1);
    float[] a = new InferenceSession(mixed, 12, 8).append(tokens, 0, 9, Models.control());
    float[] b = new InferenceSession(widened(mixed), 12, 8).append(tokens, 0, 9, Models.control());
    assertArrayEquals(b, a, (float) (1e-5 * Models.maxAbs(a, 0, a.length)));
  }

  @Test
  void aWeightThatIsNoNumberIsNamed() {
    Transformer model = Models.random(Models.tinyConfig(), 1);
    int at = model.parameters().get("model.layers.1.mlp.down_proj.weight").array().offset();
    model.parameters().data()[at + 20] = Float.NaN;
    MiniLlmException.BadInput e = assertThrows(MiniLlmException.BadInput.class, () -> int8(model));
    assertEquals("model.layers.1.mlp.down_proj.weight, row 1", e.what());
  }
}
