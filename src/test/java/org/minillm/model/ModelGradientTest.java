package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of whole small models against central differences. */
@Tag("gradient")
class ModelGradientTest {
  private static final int BATCH = 2;
  private static final int TIME = 11;

  static Stream<Arguments> models() {
    ModelConfig tiny = Models.tinyConfig();
    return Stream.of(
        Arguments.of("grouped queries, tied", tiny, 4, false, 0f),
        Arguments.of("memory saver", tiny, 4, true, 0f),
        Arguments.of("one chunk", tiny, 64, false, 0f),
        Arguments.of("chunks of one key", tiny, 1, true, 0f),
        Arguments.of(
            "multi-head, untied", tiny.withKvHeads(4).withTiedEmbeddings(false), 3, true, 0f),
        Arguments.of("one key head", tiny.withKvHeads(1), 5, false, 0f),
        Arguments.of("layer norm", tiny.withNorm(NormType.LAYERNORM), 4, true, 0f),
        Arguments.of(
            "layer norm, untied",
            tiny.withNorm(NormType.LAYERNORM).withTiedEmbeddings(false),
            4,
            false,
            0f),
        Arguments.of("dropout", tiny, 4, true, 0.2f));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void everyTensorsGradientIsTheSlope(
      String name, ModelConfig c, int chunk, boolean memorySaver, float rate) {
    Transformer model = Models.random(c, 11);
    int[] inputs = Models.tokens(BATCH * TIME, c.vocabSize(), 12);
    int[] targets = Models.tokens(BATCH * TIME, c.vocabSize(), 13);
    targets[4] = -1;
    Dropout dropout = new Dropout(rate, 1, 2, 3);
    TrainingPass pass = new TrainingPass(model, BATCH, TIME, chunk, memorySaver);
    assertSlopes(model, pass, inputs, targets, dropout);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void everyAdaptersGradientIsTheSlope(
      String name, ModelConfig c, int chunk, boolean memorySaver, float rate) {
    Adapters adapters = Adapters.allocate(c, 3, 4f);
    float[] values = Models.normal(adapters.values().data().length, 21);
    for (int i = 0; i < values.length; i++) {
      adapters.values().data()[i] = 0.3f * values[i];
    }
    Transformer model = Models.random(c, 11).withAdapters(adapters);
    int[] inputs = Models.tokens(BATCH * TIME, c.vocabSize(), 12);
    int[] targets = Models.tokens(BATCH * TIME, c.vocabSize(), 13);
    targets[4] = -1;
    TrainingPass pass = new TrainingPass(model, BATCH, TIME, chunk, memorySaver);
    assertSlopes(model, pass, inputs, targets, new Dropout(rate, 1, 2, 3));
  }

  private static void assertSlopes(
      Transformer model, TrainingPass pass, int[] inputs, int[] targets, Dropout dropout) {
    Parameters gradients = model.trainable().zerosLike();
    Parameters ignored = model.trainable().zerosLike();
    pass.forwardBackward(inputs, targets, BATCH, TIME, gradients, 1f, dropout, Models.control());
    float[] weights = model.trainable().data();
    Random random = new Random(14);
    for (Parameters.Parameter p : gradients.all()) {
      int off = p.array().offset();
      int n = p.array().size();
      double norm = Math.sqrt(model.kernels().sumOfSquares(Models.POOL, gradients.data(), off, n));
      assertTrue(norm > 0.05, p.name() + " has hardly a gradient: " + norm);
      // Along the gradient the slope is its length; along a random direction, the projection.
      for (int trial = 0; trial < 2; trial++) {
        float[] direction = new float[n];
        double length = 0;
        for (int i = 0; i < n; i++) {
          direction[i] = trial == 0 ? gradients.data()[off + i] : (float) random.nextGaussian();
          length += (double) direction[i] * direction[i];
        }
        double projection = 0;
        for (int i = 0; i < n; i++) {
          direction[i] /= (float) Math.sqrt(length);
          projection += (double) direction[i] * gradients.data()[off + i];
        }
        float[] old = weights.clone();
        // Steps of h and h / 2 take the third derivative out of the difference (Richardson).
        double[] slopes = new double[2];
        for (int half = 0; half < 2; half++) {
          float h = half == 0 ? 1e-2f : 5e-3f;
          for (int side = -1; side <= 1; side += 2) {
            for (int i = 0; i < n; i++) {
              weights[off + i] = old[off + i] + side * h * direction[i];
            }
            double loss =
                pass.forwardBackward(
                    inputs, targets, BATCH, TIME, ignored, 0f, dropout, Models.control());
            slopes[half] += side * loss / (2 * h);
          }
        }
        System.arraycopy(old, 0, weights, 0, old.length);
        double slope = (4 * slopes[1] - slopes[0]) / 3;
        assertEquals(slope, projection, 2e-3 * norm + 4e-3, p.name());
      }
    }
  }
}
