package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.ndarray.NDArray;

/** Fine-tuning in PyTorch: src/test/python/fine_tuning_goldens.py made the values. */
@Tag("golden")
class FineTuningGoldenTest {
  /** What was added to one of TorchGoldenTest's models. */
  private static final class Tuned {
    final TorchGoldenTest.Golden golden;
    final JsonNode header;
    final FloatBuffer values;

    Tuned(String name) throws IOException {
      golden = new TorchGoldenTest.Golden(name);
      try (InputStream json = TorchGoldenTest.Golden.open(name + "-tuned.json");
          InputStream bin = TorchGoldenTest.Golden.open(name + "-tuned.bin")) {
        header = new ObjectMapper().readTree(json);
        values = ByteBuffer.wrap(bin.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      }
    }

    float[] next(int n) {
      float[] group = new float[n];
      values.get(group);
      return group;
    }

    /** Targets of a step, -1 where they do not count. */
    int[] targets(int step) {
      int[] ids = golden.tokens(step, 1);
      for (int i = 0; i < ids.length; i++) {
        int row = i / golden.time;
        if (header.get("counts").get(step).get(row).get(i % golden.time).asInt() == 0) {
          ids[i] = -1;
        }
      }
      return ids;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {TorchGoldenTest.RMS, TorchGoldenTest.LAYER})
  void lossOnSomeTargetsAndItsGradientsAreTorchs(String name) throws IOException {
    Tuned tuned = new Tuned(name);
    TorchGoldenTest.Golden golden = tuned.golden;
    float[] expected = tuned.next(golden.initial.length);
    int[] targets = tuned.targets(0);
    long counted = Arrays.stream(targets).filter(t -> t >= 0).count();
    for (boolean memorySaver : new boolean[] {false, true}) {
      Parameters gradients = Parameters.allocate(golden.config);
      TrainingPass pass =
          new TrainingPass(golden.model(), golden.batch, golden.time, 5, memorySaver);
      double loss =
          pass.forwardBackward(
              golden.tokens(0, 0),
              targets,
              golden.batch,
              golden.time,
              gradients,
              1f / counted,
              Dropout.NONE,
              Models.control());
      assertEquals(tuned.header.get("masked_loss").asDouble(), loss / counted, 1e-5);
      assertGradients(expected, gradients);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {TorchGoldenTest.RMS, TorchGoldenTest.LAYER})
  void adaptersLearnAsTorchs(String name) throws IOException {
    Tuned tuned = new Tuned(name);
    TorchGoldenTest.Golden golden = tuned.golden;
    tuned.next(golden.initial.length);
    int rank = tuned.header.get("rank").asInt();
    float alpha = (float) tuned.header.get("alpha").asDouble();
    Adapters adapters = Adapters.allocate(golden.config, rank, alpha);
    float[] values = adapters.values().data();
    int n = values.length;
    assertEquals(n, Adapters.count(golden.config, rank));
    System.arraycopy(tuned.next(n), 0, values, 0, n);
    float[] firstGradients = tuned.next(n);
    float[] afterThreeSteps = tuned.next(n);
    float[] lastLogits = tuned.next(golden.config.vocabSize());
    Transformer model = golden.model().withAdapters(adapters);
    Parameters gradients = adapters.values().zerosLike();
    float[] g = gradients.data();
    Parameters first = gradients.zerosLike();
    Parameters second = gradients.zerosLike();
    TrainingPass pass = new TrainingPass(model, golden.batch, golden.time, 5, true);
    for (int step = 0; step < 3; step++) {
      Arrays.fill(g, 0);
      int[] targets = tuned.targets(step);
      long counted = Arrays.stream(targets).filter(t -> t >= 0).count();
      double loss =
          pass.forwardBackward(
              golden.tokens(step, 0),
              targets,
              golden.batch,
              golden.time,
              gradients,
              1f / counted,
              Dropout.NONE,
              Models.control());
      assertEquals(tuned.header.get("losses").get(step).asDouble(), loss / counted, 5e-5);
      if (step == 0) {
        assertGradients(firstGradients, gradients);
      }
      double norm = Math.sqrt(model.kernels().sumOfSquares(Models.POOL, g, 0, n));
      model
          .kernels()
          .adamW(
              Models.POOL,
              values,
              0,
              g,
              0,
              first.data(),
              0,
              second.data(),
              0,
              n,
              1e-3f,
              0.9f,
              0.95f,
              1e-8f,
              0.1f,
              (float) (1 - Math.pow(0.9, step + 1)),
              (float) (1 - Math.pow(0.95, step + 1)),
              (float) Math.min(1, 1 / (norm + 1e-6)));
    }
    for (int i = 0; i < n; i++) {
      assertEquals(afterThreeSteps[i], values[i], 2e-5, "value " + i);
    }
    assertArrayEquals(golden.initial, model.parameters().data(), "the base is not trained");
    assertLogits(lastLogits, model, golden);
    assertLogits(lastLogits, mergedModel(model), golden);
  }

  /** A whole prompt and token by token: other products, the same adapters. */
  private static void assertLogits(
      float[] expected, Transformer model, TorchGoldenTest.Golden golden) {
    int[] ids = golden.tokens(0, 0);
    InferenceSession atOnce = new InferenceSession(model, golden.time, 4);
    assertArrayEquals(expected, atOnce.append(ids, 0, golden.time, Models.control()), 1e-4f);
    InferenceSession oneByOne = new InferenceSession(model, golden.time, 4);
    float[] logits = {};
    for (int i = 0; i < golden.time; i++) {
      logits = oneByOne.append(ids, i, i + 1, Models.control());
    }
    assertArrayEquals(expected, logits, 1e-4f);
  }

  private static Transformer mergedModel(Transformer model) {
    Parameters merged = Parameters.allocate(model.config());
    for (Parameters.Parameter p : model.parameters().all()) {
      NDArray array = model.merged(p);
      System.arraycopy(
          array.data(),
          array.offset(),
          merged.get(p.name()).array().data(),
          merged.get(p.name()).array().offset(),
          array.size());
    }
    return new Transformer(model.config(), merged, Models.POOL);
  }

  private static void assertGradients(float[] expected, Parameters gradients) {
    for (Parameters.Parameter p : gradients.all()) {
      int off = p.array().offset();
      double limit = 1e-4 * Models.maxAbs(expected, off, p.array().size());
      for (int i = off; i < off + p.array().size(); i++) {
        assertEquals(expected[i], gradients.data()[i], limit, p.name() + " " + (i - off));
      }
    }
  }
}
