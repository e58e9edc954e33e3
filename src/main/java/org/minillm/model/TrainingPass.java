package org.minillm.model;

import java.util.Arrays;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;

/**
 * Forward and backward pass of a micro-batch. All activations are allocated here, once; a pass
 * allocates nothing large. One thread at a time; the model's pool computes.
 *
 * <p><b>One sequence after the other.</b> A sequence goes forward and backward through the whole
 * model before the next one starts. So the memory does not grow with the batch, the activations of
 * one sequence stay in the cache, and every sum over tokens into a gradient is a fold over
 * sequences in their order, also where head and embedding share a matrix: a micro-batch of four and
 * two of two give the same bits. The losses of rows are rounded to 2⁻³² nats, which makes their
 * sums in double exact.
 *
 * <p><b>What is kept.</b> The input of every block, and per block q, k, v, the heads' output, the
 * stream between the branches, gate and up, and the norms' statistics. Normed inputs and the
 * SwiGLU's output are computed again in the backward pass: that is linear in their size. With
 * {@code memorySaver} only the blocks' inputs are kept and one block's memory serves all: each
 * block runs its forward pass a second time (Chen et al. 2016), with the same bits. The logits
 * exist for at most {@value Head#CHUNK} tokens, the attention's scores for {@code chunkSize} keys.
 *
 * <p>Letters: T time, D features, E = D + 2·kvDim, F hidden features, V vocabulary; arrays are
 * row-major.
 */
public final class TrainingPass {
  private final ModelConfig config;
  private final int maxBatch;
  private final int maxTime;
  private final boolean memorySaver;

  private final Transformer model;
  private final Embedding embedding;
  private final Block[] blocks;
  private final Norm finalNorm;
  private final Head head;

  /** Inputs of the blocks and, last, the output of the last: L + 1 times [T, D]. */
  private final float[][] stream;

  private final BlockMemory[] memories;
  private final Norm.Statistics finalStatistics;
  private final Workspace work;

  /** The block whose forward pass the one shared memory holds; -1 for none. */
  private int held = -1;

  /**
   * @param batch most sequences a pass, at least 1
   * @param time most tokens a sequence, 1 to the model's context length
   * @param chunkSize keys a chunk of attention, at least 1
   * @param memorySaver whether activations are computed again instead of kept
   */
  public TrainingPass(Transformer model, int batch, int time, int chunkSize, boolean memorySaver) {
    this.model = model;
    this.config = model.config();
    checkSizes(config, batch, time, chunkSize);
    this.maxBatch = batch;
    this.maxTime = time;
    this.memorySaver = memorySaver;
    embedding = new Embedding(model);
    blocks = new Block[config.nLayers()];
    for (int layer = 0; layer < blocks.length; layer++) {
      blocks[layer] = new Block(model, layer);
    }
    finalNorm = new Norm(model, model.layout().finalNorm);
    head = new Head(model, time);
    stream = new float[blocks.length + 1][time * config.dModel()];
    memories = new BlockMemory[memorySaver ? 1 : blocks.length];
    for (int i = 0; i < memories.length; i++) {
      memories[i] = new BlockMemory(config, time);
    }
    finalStatistics = new Norm.Statistics(config, time);
    work = new Workspace(config, time, Math.min(chunkSize, time), model.pool().threads());
  }

  /**
   * Bytes of the arrays of a pass of these sizes, exactly; the batch does not matter.
   *
   * @param threads of the pool the model computes with
   */
  public static long bytes(
      ModelConfig config, int batch, int time, int chunkSize, boolean memorySaver, int threads) {
    long layers = config.nLayers();
    long floats =
        (layers + 1) * time * config.dModel()
            + (memorySaver ? 1 : layers) * BlockMemory.floats(config, time)
            + Norm.Statistics.floats(config, time)
            + Workspace.floats(config, time, Math.min(chunkSize, time), threads)
            + Head.floats(config, time);
    return floats * Float.BYTES;
  }

  /**
   * One pass forward and backward.
   *
   * @param inputs token ids [batch, time]
   * @param targets the ids that follow, [batch, time]; -1 is ignored
   * @param gradients of the model's shape; gets gradScale · d(sum of losses)/dw added. After an
   *     exception it holds a part of that: set it to zero
   * @param dropout {@link Dropout#NONE} or this step's
   * @param control asked once per block, forward and backward
   * @return the sum of the losses of all targets that are not ignored, in nats
   * @throws MiniLlmException.BadInput if an id is not of the vocabulary or the sizes are too large
   */
  public double forwardBackward(
      int[] inputs,
      int[] targets,
      int batch,
      int time,
      Parameters gradients,
      float gradScale,
      Dropout dropout,
      RunControl control) {
    check(inputs, batch, time, "input", 0);
    check(targets, batch, time, "target", -1);
    float[] g = gradients.data();
    if (g.length != model.parameters().data().length) {
      throw new IllegalArgumentException("the gradients are of another model");
    }
    double total = 0;
    for (int sequence = 0; sequence < batch; sequence++) {
      int from = sequence * time;
      forward(inputs, from, time, dropout, sequence, control);
      total += head.lossAndGradient(g, work.normed, targets, from, time, gradScale);
      backward(g, inputs, from, time, dropout, sequence, control);
    }
    return total;
  }

  /** The sum of losses in nats of a forward pass alone, without dropout; as above. */
  public double loss(int[] inputs, int[] targets, int batch, int time, RunControl control) {
    check(inputs, batch, time, "input", 0);
    check(targets, batch, time, "target", -1);
    double total = 0;
    for (int sequence = 0; sequence < batch; sequence++) {
      int from = sequence * time;
      forward(inputs, from, time, Dropout.NONE, sequence, control);
      total += head.loss(work.normed, targets, from, time);
    }
    return total;
  }

  /** All logits [batch, time, V] in an array of their own: for inspection and tests. */
  public float[] logits(int[] inputs, int batch, int time) {
    check(inputs, batch, time, "input", 0);
    float[] out = new float[elements((long) batch * time * config.vocabSize())];
    RunControl control = new RunControl();
    for (int sequence = 0; sequence < batch; sequence++) {
      int from = sequence * time;
      forward(inputs, from, time, Dropout.NONE, sequence, control);
      head.logits(out, from * config.vocabSize(), work.normed, time);
    }
    return out;
  }

  /** work.normed = the normed output of the last block for one sequence. */
  private void forward(
      int[] inputs, int from, int time, Dropout dropout, int sequence, RunControl control) {
    held = -1;
    embedding.forward(stream[0], inputs, from, time);
    dropout.apply(
        model.pool(), stream[0], time, config.dModel(), sequence, 0, Dropout.Site.EMBEDDING);
    for (int layer = 0; layer < blocks.length; layer++) {
      control.check();
      blocks[layer].forward(
          stream[layer + 1], stream[layer], memory(layer), work, time, dropout, sequence);
      held = layer;
    }
    finalNorm.forward(work.normed, stream[blocks.length], 0, finalStatistics, time);
  }

  /** From the gradient of the normed output, in work.normed, down to the embedding. */
  private void backward(
      float[] g,
      int[] inputs,
      int from,
      int time,
      Dropout dropout,
      int sequence,
      RunControl control) {
    Arrays.fill(work.dx, 0, time * config.dModel(), 0);
    finalNorm.backward(work.dx, g, work.normed, stream[blocks.length], finalStatistics, time);
    for (int layer = blocks.length - 1; layer >= 0; layer--) {
      control.check();
      BlockMemory memory = memory(layer);
      if (memorySaver && held != layer) {
        blocks[layer].recompute(stream[layer], memory, work, time, dropout, sequence);
        held = layer;
      }
      blocks[layer].backward(g, stream[layer], memory, work, time, dropout, sequence);
    }
    dropout.apply(
        model.pool(), work.dx, time, config.dModel(), sequence, 0, Dropout.Site.EMBEDDING);
    embedding.backward(g, work.dx, inputs, from, time);
  }

  private BlockMemory memory(int layer) {
    return memories[memorySaver ? 0 : layer];
  }

  private void check(int[] ids, int batch, int time, String what, int least) {
    if (batch < 1 || batch > maxBatch || time < 1 || time > maxTime) {
      throw new MiniLlmException.BadInput(
          "batch of " + batch + " × " + time + " tokens",
          "this pass has room for " + maxBatch + " × " + maxTime + ".");
    }
    if (ids.length < batch * time) {
      throw new IllegalArgumentException(
          ids.length + " " + what + " ids for " + batch + " × " + time);
    }
    for (int i = 0; i < batch * time; i++) {
      if (ids[i] < least || ids[i] >= config.vocabSize()) {
        throw new MiniLlmException.BadInput(
            what + " id " + ids[i] + " at index " + i,
            "the vocabulary has ids 0 to " + (config.vocabSize() - 1) + ".");
      }
    }
  }

  private static void checkSizes(ModelConfig c, int batch, int time, int chunkSize) {
    if (batch < 1) {
      throw new MiniLlmException.BadConfig(
          "training.batch_size", Integer.toString(batch), "1 or more");
    }
    if (time < 1 || time > c.contextLength()) {
      throw new MiniLlmException.BadConfig(
          "context", Integer.toString(time), "1 to the model's " + c.contextLength());
    }
    if (chunkSize < 1) {
      throw new MiniLlmException.BadConfig(
          "optimization.chunk_size", Integer.toString(chunkSize), "1 or more");
    }
    elements((long) time * Workspace.wide(c));
    elements((long) Math.min(Head.CHUNK, time) * c.vocabSize());
  }

  private static int elements(long n) {
    if (n > Integer.MAX_VALUE - 8) {
      throw new MiniLlmException.BadConfig(
          "max_seq_len", n + " activations in one array", "at most 2,147,483,639; shorten it");
    }
    return (int) n;
  }
}
