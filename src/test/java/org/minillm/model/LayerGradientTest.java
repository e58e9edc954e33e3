package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every layer's backward pass against central differences. The scalar is Σ c·y with fixed c, so dy
 * = c; a sequence of ten tokens.
 */
@Tag("gradient")
class LayerGradientTest {
  private static final int TIME = 10;
  private static final float EPS = 1e-2f;

  private Transformer model;
  private ModelConfig c;
  private Workspace w;
  private BlockMemory kept;
  private float[] x;
  private float[] gradients;

  private void setUp(NormType norm) {
    c = Models.tinyConfig().withNorm(norm).withTiedEmbeddings(false);
    model = Models.random(c, 3);
    w = new Workspace(c, 1, TIME, 3, 2);
    kept = new BlockMemory(c, TIME);
    x = Models.normal(TIME * c.dModel(), 4);
    gradients = new float[(int) c.parameterCount()];
  }

  private static double weighted(float[] weights, float[] y) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += (double) weights[i] * y[i];
    }
    return sum;
  }

  /** Compares with (f(v + eps) - f(v - eps)) / 2 eps for {@code n} elements of v. */
  private static void compare(
      String what, float[] v, int off, int n, float[] gradient, int gOff, DoubleSupplier f) {
    double limit = 4e-3 * Math.max(0.5, Models.maxAbs(gradient, gOff, n));
    for (int i = 0; i < n; i++) {
      float old = v[off + i];
      v[off + i] = old + EPS;
      double above = f.getAsDouble();
      double high = v[off + i];
      v[off + i] = old - EPS;
      double below = f.getAsDouble();
      double slope = (above - below) / (high - v[off + i]);
      v[off + i] = old;
      assertEquals(slope, gradient[gOff + i], limit, what + " " + i);
    }
  }

  private void compareWeights(DoubleSupplier f, String... contained) {
    for (Parameters.Parameter p : model.parameters().all()) {
      for (String part : contained) {
        if (p.name().contains(part)) {
          int off = p.array().offset();
          int n = p.array().size();
          compare(p.name(), model.parameters().data(), off, n, gradients, off, f);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(NormType.class)
  void norm(NormType type) {
    setUp(type);
    Norm norm = new Norm(model, model.layout().finalNorm);
    Norm.Statistics statistics = new Norm.Statistics(c, TIME);
    float[] y = new float[x.length];
    float[] dy = Models.normal(x.length, 5);
    DoubleSupplier f =
        () -> {
          norm.forward(y, x, 0, statistics, TIME);
          return weighted(dy, y);
        };
    f.getAsDouble();
    float[] dx = new float[x.length];
    norm.backward(dx, gradients, dy, x, statistics, TIME);
    compare("x", x, 0, x.length, dx, 0, f);
    compareWeights(f, "model.norm");
  }

  @ParameterizedTest
  @EnumSource(NormType.class)
  void attention(NormType type) {
    setUp(type);
    Attention attention = new Attention(model, model.layout().blocks.get(0));
    float[] dy = Models.normal(x.length, 5);
    DoubleSupplier f =
        () -> {
          attention.forward(x, kept, w, 1, TIME);
          return weighted(dy, w.branch);
        };
    f.getAsDouble();
    attention.backward(gradients, dy.clone(), x, kept, w, 1, TIME, true);
    compare("x", x, 0, x.length, w.dx.clone(), 0, f);
    compareWeights(f, "layers.0.self_attn", "layers.0.input_layernorm");
  }

  @ParameterizedTest
  @EnumSource(NormType.class)
  void feedForward(NormType type) {
    setUp(type);
    FeedForward feedForward = new FeedForward(model, model.layout().blocks.get(1));
    float[] dy = Models.normal(x.length, 5);
    DoubleSupplier f =
        () -> {
          feedForward.forward(x, kept, w, TIME);
          return weighted(dy, w.branch);
        };
    f.getAsDouble();
    feedForward.backward(gradients, dy.clone(), x, kept, w, TIME, TIME, true);
    compare("x", x, 0, x.length, w.dx.clone(), 0, f);
    compareWeights(f, "layers.1.mlp", "layers.1.post_attention_layernorm");
  }

  @Test
  void blockWithDropout() {
    setUp(NormType.RMSNORM);
    Block block = new Block(model, 0);
    Dropout dropout = new Dropout(0.25f, 7, 8, 0);
    float[] dy = Models.normal(x.length, 5);
    float[] y = new float[x.length];
    DoubleSupplier f =
        () -> {
          block.forward(y, x, kept, w, 1, TIME, dropout);
          return weighted(dy, y);
        };
    f.getAsDouble();
    System.arraycopy(dy, 0, w.dx, 0, dy.length);
    block.backward(gradients, x, kept, w, 1, TIME, dropout, true);
    compare("x", x, 0, x.length, w.dx.clone(), 0, f);
    compareWeights(f, "layers.0.");
  }

  @Test
  void embedding() {
    setUp(NormType.RMSNORM);
    Embedding embedding = new Embedding(model, TIME);
    int[] tokens = {3, 1, 3, 22, 0, 5, 5, 5, 9, 3};
    float[] y = new float[x.length];
    float[] dy = Models.normal(x.length, 5);
    embedding.keep(dy, tokens, TIME);
    embedding.addGradient(gradients);
    compareWeights(
        () -> {
          embedding.forward(y, tokens, 0, TIME);
          return weighted(dy, y);
        },
        "embed_tokens");
  }

  @Test
  void headWithIgnoredTargets() {
    setUp(NormType.RMSNORM);
    Head head = new Head(model, 1, TIME, true);
    int[] targets = {3, -1, 22, 0, 5, -1, 1, 1, -1, 7};
    float[] n = x.clone();
    DoubleSupplier f = () -> 0.5 * head.loss(n, targets, TIME, TIME);
    double loss = f.getAsDouble();
    float[] dn = n.clone();
    double again = head.lossAndGradient(gradients, dn, targets, TIME, TIME, 0.5f, true);
    assertEquals(loss, 0.5 * again, 1e-6);
    compare("n", n, 0, n.length, dn, 0, f);
    compareWeights(f, "lm_head");
    for (int i = 0; i < c.dModel(); i++) {
      assertEquals(0f, dn[c.dModel() + i], "an ignored row has no gradient");
    }
  }
}
