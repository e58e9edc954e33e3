package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.kernel.Kernels;

/** The same model in PyTorch: src/test/python/torch_goldens.py made the values. */
@Tag("golden")
class TorchGoldenTest {
  static final String RMS = "rmsnorm-gqa-tied";
  static final String LAYER = "layernorm-untied";

  /** One golden file. */
  static final class Golden {
    final ModelConfig config;
    final JsonNode header;
    final int batch;
    final int time;
    final float[] initial;
    final float[] gradients;
    final float[] afterTenSteps;

    Golden(String name) throws IOException {
      try (InputStream json = open(name + ".json");
          InputStream bin = open(name + ".bin")) {
        header = new ObjectMapper().readTree(json);
        JsonNode c = header.get("config");
        config =
            new ModelConfig(
                c.get("vocab").asInt(),
                c.get("d").asInt(),
                c.get("layers").asInt(),
                c.get("heads").asInt(),
                c.get("kv").asInt(),
                c.get("ff").asInt(),
                c.get("time").asInt(),
                (float) c.get("theta").asDouble(),
                (float) c.get("eps").asDouble(),
                NormType.of(c.get("norm").asText()),
                c.get("tied").asBoolean());
        batch = c.get("batch").asInt();
        time = c.get("time").asInt();
        int n = (int) config.parameterCount();
        ByteBuffer bytes = ByteBuffer.wrap(bin.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(3L * n * Float.BYTES, bytes.remaining());
        initial = new float[n];
        gradients = new float[n];
        afterTenSteps = new float[n];
        bytes.asFloatBuffer().get(initial).get(gradients).get(afterTenSteps);
      }
    }

    static InputStream open(String name) {
      InputStream in = TorchGoldenTest.class.getResourceAsStream("/model/" + name);
      assertTrue(in != null, name);
      return in;
    }

    Transformer model() {
      return new Transformer(config, Parameters.over(config, initial.clone()), Models.POOL);
    }

    /** Inputs (shift 0) or targets (shift 1) of a step: [batch, time]. */
    int[] tokens(int step, int shift) {
      int[] ids = new int[batch * time];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = header.get("tokens").get(step).get(i / time).get(i % time + shift).asInt();
      }
      return ids;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {RMS, LAYER})
  void parametersHaveHuggingFacesNamesAndShapesInOrder(String name) throws IOException {
    Golden golden = new Golden(name);
    JsonNode tensors = golden.header.get("tensors");
    var ours = golden.model().parameters().all();
    assertEquals(tensors.size(), ours.size());
    for (int i = 0; i < ours.size(); i++) {
      assertEquals(tensors.get(i).get("name").asText(), ours.get(i).name());
      int[] shape = ours.get(i).array().shape();
      assertEquals(tensors.get(i).get("shape").size(), shape.length);
      for (int axis = 0; axis < shape.length; axis++) {
        assertEquals(tensors.get(i).get("shape").get(axis).asInt(), shape[axis]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {RMS, LAYER})
  void lossAndEveryGradientAreTorchs(String name) throws IOException {
    Golden golden = new Golden(name);
    Transformer model = golden.model();
    for (boolean memorySaver : new boolean[] {false, true}) {
      Parameters gradients = Parameters.allocate(golden.config);
      TrainingPass pass = new TrainingPass(model, golden.batch, golden.time, 5, memorySaver);
      int tokens = golden.batch * golden.time;
      double loss =
          pass.forwardBackward(
              golden.tokens(0, 0),
              golden.tokens(0, 1),
              golden.batch,
              golden.time,
              gradients,
              1f / tokens,
              Dropout.NONE,
              Models.control());
      assertEquals(golden.header.get("losses").get(0).asDouble(), loss / tokens, 1e-5);
      for (Parameters.Parameter p : gradients.all()) {
        int off = p.array().offset();
        double limit = 1e-4 * Models.maxAbs(golden.gradients, off, p.array().size());
        for (int i = 0; i < p.array().size(); i++) {
          assertEquals(
              golden.gradients[off + i], gradients.data()[off + i], limit, p.name() + " " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {RMS, LAYER})
  void tenAdamWStepsEndAtTorchsWeights(String name) throws IOException {
    Golden golden = new Golden(name);
    Transformer model = golden.model();
    Kernels kernels = model.kernels();
    Parameters gradients = Parameters.allocate(golden.config);
    Parameters first = Parameters.allocate(golden.config);
    Parameters second = Parameters.allocate(golden.config);
    TrainingPass pass = new TrainingPass(model, golden.batch, golden.time, 16, true);
    float[] g = gradients.data();
    int tokens = golden.batch * golden.time;
    for (int step = 0; step < 10; step++) {
      java.util.Arrays.fill(g, 0);
      double loss =
          pass.forwardBackward(
              golden.tokens(step, 0),
              golden.tokens(step, 1),
              golden.batch,
              golden.time,
              gradients,
              1f / tokens,
              Dropout.NONE,
              Models.control());
      assertEquals(golden.header.get("losses").get(step).asDouble(), loss / tokens, 2e-5);
      double norm = Math.sqrt(kernels.sumOfSquares(Models.POOL, g, 0, g.length));
      assertEquals(golden.header.get("gradient_norms").get(step).asDouble(), norm, 1e-4 * norm);
      float clip = (float) Math.min(1, 1 / (norm + 1e-6));
      for (Parameters.Parameter p : model.parameters().all()) {
        int off = p.array().offset();
        kernels.adamW(
            Models.POOL,
            model.parameters().data(),
            off,
            g,
            off,
            first.data(),
            off,
            second.data(),
            off,
            p.array().size(),
            1e-3f,
            0.9f,
            0.95f,
            1e-8f,
            p.decays() ? 0.1f : 0,
            (float) (1 - Math.pow(0.9, step + 1)),
            (float) (1 - Math.pow(0.95, step + 1)),
            clip);
      }
    }
    for (Parameters.Parameter p : model.parameters().all()) {
      int off = p.array().offset();
      double noise = 1e-4 * Models.maxAbs(golden.gradients, off, p.array().size());
      for (int i = 0; i < p.array().size(); i++) {
        // Adam's first step has the gradient's sign and full length, however small it is: where the
        // gradient is rounding noise, so is the step (PyTorch's own float32 differs there, too).
        double limit = Math.abs(golden.gradients[off + i]) < noise ? 5e-5 : 1e-5;
        assertEquals(
            golden.afterTenSteps[off + i],
            model.parameters().data()[off + i],
            limit,
            p.name() + " " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {RMS, LAYER})
  void sessionsLastLogitsAreTorchs(String name) throws IOException {
    Golden golden = new Golden(name);
    InferenceSession session = new InferenceSession(golden.model(), golden.time, 4);
    float[] logits = session.append(golden.tokens(0, 0), 0, golden.time, Models.control());
    for (int i = 0; i < logits.length; i++) {
      assertEquals(golden.header.get("last_logits").get(i).asDouble(), logits[i], 2e-5, "id " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {RMS, LAYER})
  void greedyTokensAreTorchs(String name) throws IOException {
    Golden golden = new Golden(name);
    InferenceSession session = new InferenceSession(golden.model(), golden.time, 4);
    int[] ids = new int[golden.time];
    System.arraycopy(golden.tokens(0, 0), 0, ids, 0, 4);
    int from = 0;
    for (int n = 4; n < golden.time; n++) {
      float[] logits = session.append(ids, from, n, Models.control());
      ids[n] = golden.model().kernels().argmax(logits, 0, logits.length);
      from = n;
    }
    for (int i = 0; i < ids.length; i++) {
      assertEquals(golden.header.get("greedy").get(i).asInt(), ids[i], "position " + i);
    }
  }
}
