package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.ndarray.NDArray;
import org.minillm.ndarray.NDArrays;

/**
 * The oracle: the decoder as its papers write it, with {@code ndarray} alone, slow and with every
 * matrix in full. T tokens, D features, H heads of h features, V tokens of vocabulary.
 */
@Tag("golden")
class ReferenceForwardTest {
  private static final int TIME = 19;
  private static final int BATCH = 3;

  @ParameterizedTest
  @CsvSource({"2, RMSNORM, true", "4, LAYERNORM, false", "1, RMSNORM, false", "2, LAYERNORM, true"})
  void logitsAreTheReferences(int kvHeads, NormType norm, boolean tied) {
    ModelConfig config =
        Models.tinyConfig().withKvHeads(kvHeads).withNorm(norm).withTiedEmbeddings(tied);
    Transformer model = Models.random(config, 5);
    int[] tokens = Models.tokens(BATCH * TIME, config.vocabSize(), 6);
    for (boolean memorySaver : new boolean[] {false, true}) {
      float[] found =
          new TrainingPass(model, BATCH, TIME, 4, memorySaver).logits(tokens, BATCH, TIME);
      Reference reference = new Reference(model.parameters(), config);
      for (int b = 0; b < BATCH; b++) {
        NDArray expected = reference.logits(Arrays.copyOfRange(tokens, b * TIME, (b + 1) * TIME));
        assertArrayEquals(new int[] {TIME, config.vocabSize()}, expected.shape());
        assertTrue(expected.std(false).item() > 0.1, "logits that say something");
        int from = b * expected.size();
        for (int i = 0; i < expected.size(); i++) {
          assertEquals(
              expected.toArray()[i], found[from + i], 1e-4, "sequence " + b + ", logit " + i);
        }
      }
    }
  }

  private record Reference(Parameters parameters, ModelConfig config) {
    NDArray weight(String name) {
      return parameters.get(name + ".weight").array();
    }

    /** x Wᵀ. */
    NDArray linear(NDArray x, String name) {
      return x.matmul(weight(name).transpose());
    }

    /** [T, V]. */
    NDArray logits(int[] tokens) {
      NDArray x = NDArrays.take(weight("model.embed_tokens"), tokens, 0);
      for (int i = 0; i < config.nLayers(); i++) {
        String layer = "model.layers." + i;
        x = x.add(attention(norm(x, layer + ".input_layernorm"), layer + ".self_attn"));
        x = x.add(feedForward(norm(x, layer + ".post_attention_layernorm"), layer + ".mlp"));
      }
      return linear(
          norm(x, "model.norm"), config.tieEmbeddings() ? "model.embed_tokens" : "lm_head");
    }

    /** RMSNorm (Zhang and Sennrich 2019) or LayerNorm (Ba et al. 2016). */
    NDArray norm(NDArray x, String name) {
      boolean layerNorm = config.norm() == NormType.LAYERNORM;
      NDArray centred = layerNorm ? x.subtract(x.mean(true, -1)) : x;
      NDArray size = centred.square().mean(true, -1).add(config.normEps()).sqrt();
      NDArray y = centred.divide(size).multiply(weight(name));
      return layerNorm ? y.add(parameters.get(name + ".bias").array()) : y;
    }

    /** softmax(Q Kᵀ / √h + mask) V; several query heads share a key head (Ainslie et al. 2023). */
    NDArray attention(NDArray x, String name) {
      int group = config.nHeads() / config.nKvHeads();
      NDArray q = rope(heads(linear(x, name + ".q_proj")));
      NDArray k = NDArrays.repeat(rope(heads(linear(x, name + ".k_proj"))), group, 0);
      NDArray v = NDArrays.repeat(heads(linear(x, name + ".v_proj")), group, 0);
      NDArray scores = q.matmul(k.swapaxes(1, 2)).divide(Math.sqrt(config.headDim()));
      NDArray future = NDArrays.triu(NDArray.ones(TIME, TIME), 1);
      NDArray masked = NDArrays.where(future, NDArray.scalar(Float.NEGATIVE_INFINITY), scores);
      NDArray mixed = NDArrays.softmax(masked, -1).matmul(v);
      return linear(mixed.swapaxes(0, 1).reshape(TIME, config.dModel()), name + ".o_proj");
    }

    /** [T, heads · h] → [heads, T, h]. */
    NDArray heads(NDArray x) {
      return x.reshape(TIME, -1, config.headDim()).swapaxes(0, 1);
    }

    /** Rotates the pairs (i, i + h/2) by t · θ^(-2i/h) (Su et al. 2021, half-split). */
    NDArray rope(NDArray x) {
      int half = config.headDim() / 2;
      NDArray wave =
          NDArray.scalar(config.ropeTheta())
              .power(NDArray.arange(half).multiply(-2.0 / config.headDim()));
      NDArray angle = NDArrays.outer(NDArray.arange(TIME), wave);
      NDArray a = x.slice("..., :" + half);
      NDArray b = x.slice("..., " + half + ":");
      return NDArrays.concatenate(
          List.of(
              a.multiply(angle.cos()).subtract(b.multiply(angle.sin())),
              b.multiply(angle.cos()).add(a.multiply(angle.sin()))),
          -1);
    }

    /** SwiGLU (Shazeer 2020): (silu(x Wg) ⊙ x Wu) Wd. */
    NDArray feedForward(NDArray x, String name) {
      NDArray gate = linear(x, name + ".gate_proj");
      NDArray silu = gate.divide(gate.negative().exp().add(1));
      return linear(silu.multiply(linear(x, name + ".up_proj")), name + ".down_proj");
    }
  }
}
