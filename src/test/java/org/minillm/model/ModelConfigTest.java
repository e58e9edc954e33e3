package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.minillm.base.MiniLlmException.BadConfig;

class ModelConfigTest {
  private static ModelConfig config(
      int v, int d, int layers, int heads, int kv, int f, int t, float theta, float eps) {
    return new ModelConfig(v, d, layers, heads, kv, f, t, theta, eps, NormType.RMSNORM, true);
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        Arguments.of("vocab_size", 0, 8, 1, 2, 2, 8, 8, 1e4f, 1e-5f),
        Arguments.of("vocab_size", 1 << 21, 8, 1, 2, 2, 8, 8, 1e4f, 1e-5f),
        Arguments.of("d_model", 9, 0, 1, 2, 2, 8, 8, 1e4f, 1e-5f),
        Arguments.of("n_layers", 9, 8, 0, 2, 2, 8, 8, 1e4f, 1e-5f),
        Arguments.of("n_layers", 9, 8, -1, 2, 2, 8, 8, 1e4f, 1e-5f),
        Arguments.of("n_heads", 9, 8, 1, 3, 3, 8, 8, 1e4f, 1e-5f),
        Arguments.of("n_heads", 9, 8, 1, 8, 8, 8, 8, 1e4f, 1e-5f),
        Arguments.of("n_heads", 9, 8, 1, 0, 1, 8, 8, 1e4f, 1e-5f),
        Arguments.of("n_kv_heads", 9, 16, 1, 4, 3, 8, 8, 1e4f, 1e-5f),
        Arguments.of("n_kv_heads", 9, 16, 1, 4, 0, 8, 8, 1e4f, 1e-5f),
        Arguments.of("n_kv_heads", 9, 16, 1, 4, 8, 8, 8, 1e4f, 1e-5f),
        Arguments.of("d_ff", 9, 8, 1, 2, 2, 0, 8, 1e4f, 1e-5f),
        Arguments.of("max_seq_len", 9, 8, 1, 2, 2, 8, 0, 1e4f, 1e-5f),
        Arguments.of("rope_theta", 9, 8, 1, 2, 2, 8, 8, Float.NaN, 1e-5f),
        Arguments.of("rope_theta", 9, 8, 1, 2, 2, 8, 8, 0f, 1e-5f),
        Arguments.of("norm_eps", 9, 8, 1, 2, 2, 8, 8, 1e4f, 0f),
        Arguments.of("norm_eps", 9, 8, 1, 2, 2, 8, 8, 1e4f, Float.NaN));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void impossibleValueIsNamedWithItsKey(
      String key,
      int v,
      int d,
      int layers,
      int heads,
      int kv,
      int f,
      int t,
      float theta,
      float eps) {
    BadConfig e =
        assertThrows(BadConfig.class, () -> config(v, d, layers, heads, kv, f, t, theta, eps));
    assertEquals("hyperparameters." + key, e.key());
  }

  @Test
  void parametersOfTheDefaultAreCounted() {
    ModelConfig base = ModelConfig.of(10_000, 256, 4, 4, 1024, 256);
    long block = 4L * 256 * 256 + 3L * 256 * 1024 + 2 * 256;
    assertEquals(10_000L * 256 + 4 * block + 256, base.parameterCount());
    assertEquals(
        base.parameterCount() + 10_000L * 256, base.withTiedEmbeddings(false).parameterCount());
    assertEquals(
        base.parameterCount() + 9 * 256, base.withNorm(NormType.LAYERNORM).parameterCount());
    assertEquals(base.parameterCount() - 4 * 256L * 256, base.withKvHeads(2).parameterCount());
    assertEquals(64, base.headDim());
    assertEquals(128, base.withKvHeads(2).kvDim());
  }

  @Test
  void countOfTheLargestConfigurationDoesNotOverflow() {
    ModelConfig huge = config(1 << 20, 65_536, 1_024, 64, 64, 1 << 20, 8, 1e4f, 1e-5f);
    assertTrue(huge.parameterCount() > 200_000_000_000_000L);
    assertThrows(BadConfig.class, () -> Parameters.allocate(huge));
  }

  @Test
  void normNamesAreRead() {
    assertSame(NormType.RMSNORM, NormType.of("rmsnorm"));
    assertSame(NormType.LAYERNORM, NormType.of("layernorm"));
    BadConfig e = assertThrows(BadConfig.class, () -> NormType.of("batchnorm"));
    assertTrue(e.getMessage().contains("batchnorm"));
  }

  @Test
  void parametersAreViewsOfOneArray() {
    ModelConfig c = Models.tinyConfig().withTiedEmbeddings(false);
    Parameters p = Parameters.allocate(c);
    int next = 0;
    for (Parameters.Parameter one : p.all()) {
      assertEquals(next, one.array().offset(), one.name());
      assertSame(p.data(), one.array().data());
      assertEquals(one.array().shape().length == 2, one.decays(), one.name());
      next += one.array().size();
    }
    assertEquals(p.data().length, next);
    assertEquals(Parameters.count(c), next);
    assertEquals("lm_head.weight", p.all().get(p.all().size() - 1).name());
    assertEquals(8, p.get("model.layers.1.self_attn.k_proj.weight").array().shape()[0]);
    assertThrows(IllegalArgumentException.class, () -> p.get("model.layers.2.mlp.up_proj.weight"));
    assertThrows(IllegalArgumentException.class, () -> Parameters.over(c, new float[3]));
    assertThrows(
        IllegalArgumentException.class, () -> new Transformer(c.withVocabSize(5), p, Models.POOL));
  }

  @Test
  void initialWeightsAreGpt2s() {
    ModelConfig c = ModelConfig.of(500, 64, 3, 4, 128, 32).withNorm(NormType.LAYERNORM);
    Transformer model = Transformer.initialise(c, 7, Models.POOL);
    assertEquals(0.02, deviation(model, "model.embed_tokens.weight"), 4e-4);
    assertEquals(0.02, deviation(model, "model.layers.2.mlp.gate_proj.weight"), 8e-4);
    double residual = 0.02 / Math.sqrt(6);
    assertEquals(residual, deviation(model, "model.layers.0.self_attn.o_proj.weight"), 4e-4);
    assertEquals(residual, deviation(model, "model.layers.1.mlp.down_proj.weight"), 4e-4);
    assertEquals(1f, first(model, "model.norm.weight"));
    assertEquals(0f, first(model, "model.norm.bias"));
    assertEquals(
        first(model, "model.embed_tokens.weight"),
        first(Transformer.initialise(c, 7, Models.POOL), "model.embed_tokens.weight"));
    assertNotEquals(
        first(model, "model.embed_tokens.weight"),
        first(Transformer.initialise(c, 8, Models.POOL), "model.embed_tokens.weight"));
  }

  private static float first(Transformer model, String name) {
    return model.parameters().data()[model.parameters().get(name).array().offset()];
  }

  private static double deviation(Transformer model, String name) {
    var array = model.parameters().get(name).array();
    double squares =
        model
            .kernels()
            .sumOfSquares(Models.POOL, model.parameters().data(), array.offset(), array.size());
    return Math.sqrt(squares / array.size());
  }

  @Test
  void dropoutKeepsTheMeanAndDropsAtItsRate() {
    float[] x = new float[64 * 1000];
    java.util.Arrays.fill(x, 1);
    new Dropout(0.3f, 1, 2, 3).apply(Models.POOL, x, 1, 1000, 64, 1, Dropout.Site.ATTENTION);
    int zeros = 0;
    double sum = 0;
    for (float v : x) {
      zeros += v == 0 ? 1 : 0;
      sum += v;
    }
    assertEquals(0.3, zeros / (double) x.length, 0.01);
    assertEquals(1, sum / x.length, 0.01);
    assertFalse(Dropout.NONE.active());
    assertThrows(BadConfig.class, () -> new Dropout(1, 0, 0, 0));
    assertThrows(BadConfig.class, () -> new Dropout(-0.1f, 0, 0, 0));
    assertThrows(BadConfig.class, () -> new Dropout(Float.NaN, 0, 0, 0));
  }

  @Test
  void dropoutMasksDifferBySeedStepSequenceLayerAndSite() {
    float[] reference = mask(new Dropout(0.5f, 1, 2, 3), 0, 1, Dropout.Site.ATTENTION);
    assertEquals(
        0, distance(reference, mask(new Dropout(0.5f, 1, 2, 2), 1, 1, Dropout.Site.ATTENTION)));
    float[][] others = {
      mask(new Dropout(0.5f, 2, 2, 3), 0, 1, Dropout.Site.ATTENTION),
      mask(new Dropout(0.5f, 1, 3, 3), 0, 1, Dropout.Site.ATTENTION),
      mask(new Dropout(0.5f, 1, 2, 4), 0, 1, Dropout.Site.ATTENTION),
      mask(new Dropout(0.5f, 1, 2, 3), 1, 1, Dropout.Site.ATTENTION),
      mask(new Dropout(0.5f, 1, 2, 3), 0, 2, Dropout.Site.ATTENTION),
      mask(new Dropout(0.5f, 1, 2, 3), 0, 1, Dropout.Site.FEED_FORWARD)
    };
    for (float[] other : others) {
      assertEquals(0.5, distance(reference, other), 0.05);
    }
  }

  private static float[] mask(Dropout dropout, int sequence, int layer, Dropout.Site site) {
    float[] x = new float[2 * 5000];
    java.util.Arrays.fill(x, 1);
    dropout.apply(Models.POOL, x, 2, 50, 100, layer, site);
    return java.util.Arrays.copyOfRange(x, sequence * 5000, (sequence + 1) * 5000);
  }

  private static double distance(float[] a, float[] b) {
    int different = 0;
    for (int i = 0; i < a.length; i++) {
      different += a[i] == b[i] ? 0 : 1;
    }
    return different / (double) a.length;
  }
}
