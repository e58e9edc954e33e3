package org.minillm.model;

import java.util.Arrays;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;

/**
 * Forward and backward pass of a micro-batch. All activations are allocated here, once; a pass
 * allocates nothing large. One thread at a time; the model's pool computes.
 *
 * <p><b>Same bits for any micro-batch.</b> The rows of all sequences go through a product together,
 * but every sum over tokens into a gradient is a fold over sequences in their order: products for
 * weight gradients begin a new sum at each sequence, the gradient of the embedding (which a tied
 * head shares) waits until {@link #finish}. A step of four sequences and one of two times two give
 * the same bits. The losses of rows are rounded to 2⁻³² nats, which makes their sums in double
 * exact.
 *
 * <p><b>What is kept.</b> The input of every block, and per block q, k, v, the heads' output, the
 * stream between the branches, gate and up, and the norms' statistics. Normed inputs and the
 * SwiGLU's output are computed again in the backward pass: that is linear in their size. With
 * {@code memorySaver} only the blocks' inputs are kept and one block's memory serves all: each
 * block runs its forward pass a second time (Chen et al. 2016), with the same bits. The logits
 * exist for a few rows only (see {@link Head}), the attention's scores for {@code chunkSize} keys.
 *
 * <p>Letters: R = batch · time rows, D features, E = D + 2·kvDim, F hidden features, V vocabulary;
 * arrays are row-major.
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

  /** Inputs of the blocks and, last, the output of the last: L + 1 times [R, D]. */
  private final float[][] stream;

  private final BlockMemory[] memories;
  private final Norm.Statistics finalStatistics;
  private final Workspace work;

  /** Whether the next pass is the first of a step, whose gradients are stored, not added. */
  private boolean first;

  /** Whether the model's own weights, the embedding among them, are not trained. */
  private final boolean frozen;

  /** The block whose forward pass the one shared memory holds; -1 for none. */
  private int held = -1;

  /** For passes that are a step of their own; see the other constructor. */
  public TrainingPass(Transformer model, int batch, int time, int chunkSize, boolean memorySaver) {
    this(model, batch, time, chunkSize, memorySaver, batch);
  }

  /**
   * @param batch most sequences a pass, at least 1
   * @param time most tokens a sequence, 1 to the model's context length
   * @param chunkSize keys a chunk of attention, at least 1
   * @param memorySaver whether activations are computed again instead of kept
   * @param stepSequences most sequences of a step, over all its passes
   */
  public TrainingPass(
      Transformer model,
      int batch,
      int time,
      int chunkSize,
      boolean memorySaver,
      int stepSequences) {
    this.model = model;
    this.config = model.config();
    checkSizes(config, batch, time, chunkSize, stepSequences);
    this.maxBatch = batch;
    this.maxTime = time;
    this.memorySaver = memorySaver;
    frozen = model.adapters().isPresent();
    embedding = new Embedding(model, frozen ? 0 : Math.multiplyExact(stepSequences, time));
    blocks = new Block[config.nLayers()];
    for (int layer = 0; layer < blocks.length; layer++) {
      blocks[layer] = new Block(model, layer);
    }
    finalNorm = new Norm(model, model.layout().finalNorm);
    head = new Head(model, batch, time, memorySaver);
    stream = new float[blocks.length + 1][batch * time * config.dModel()];
    memories = new BlockMemory[memorySaver ? 1 : blocks.length];
    for (int i = 0; i < memories.length; i++) {
      memories[i] = new BlockMemory(config, batch * time);
    }
    finalStatistics = new Norm.Statistics(config, batch * time);
    work = new Workspace(config, batch, time, Math.min(chunkSize, time), model.pool().threads());
  }

  /**
   * Bytes of the arrays of a pass of these sizes, exactly.
   *
   * @param threads of the pool the model computes with
   */
  public static long bytes(
      ModelConfig config,
      int batch,
      int time,
      int chunkSize,
      boolean memorySaver,
      int stepSequences,
      int threads) {
    return bytes(config, batch, time, chunkSize, memorySaver, stepSequences, threads, 0);
  }

  /**
   * The same for a model with adapters.
   *
   * @param rank of the adapters, 0 for none
   */
  public static long bytes(
      ModelConfig config,
      int batch,
      int time,
      int chunkSize,
      boolean memorySaver,
      int stepSequences,
      int threads,
      int rank) {
    long layers = config.nLayers();
    long rows = (long) batch * time;
    long floats =
        (layers + 1) * rows * config.dModel()
            + (memorySaver ? 1 : layers) * BlockMemory.floats(config, rows)
            + Norm.Statistics.floats(config, rows)
            + Workspace.floats(config, batch, time, Math.min(chunkSize, time), threads)
            + Head.floats(config, batch, time, memorySaver)
            + (rank == 0
                ? Embedding.floats(config, (long) stepSequences * time)
                : rows * rank + (2 * layers + 1) * 2 * config.dModel());
    return floats * Float.BYTES;
  }

  /**
   * Begins a step: forgets one that was not finished. What the gradients held counts as zero then,
   * which spares setting them to zero and reading them.
   */
  public void begin() {
    embedding.forget();
    first = true;
  }

  /**
   * A step of one pass that adds to the gradients: {@link #accumulate} and {@link #finish}.
   *
   * @return the sum of the losses of all targets that are not ignored, in nats
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
    forget();
    double loss = accumulate(inputs, targets, batch, time, gradients, gradScale, dropout, control);
    finish(gradients);
    return loss;
  }

  /**
   * One pass of a step, forward and backward. The gradients are whole after {@link #finish}; after
   * an exception they hold a part: {@link #begin} the step anew.
   *
   * @param inputs token ids [batch, time]
   * @param targets the ids that follow, [batch, time]; -1 is ignored
   * @param gradients of what is trained ({@link Transformer#trainable}); gets gradScale · d(sum of
   *     losses)/dw added, or stored when the step has just begun
   * @param dropout {@link Dropout#NONE} or this step's
   * @param control asked once per block, forward and backward
   * @return the sum of the losses of all targets that are not ignored, in nats
   * @throws MiniLlmException.BadInput if an id is not of the vocabulary or the sizes are too large
   */
  public double accumulate(
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
    float[] g = checkedGradients(gradients);
    if (!frozen && embedding.room() < batch * time) {
      throw new IllegalStateException("more sequences than a step has: finish it first");
    }
    boolean add = !first || frozen;
    clearIfFirst(g);
    forward(inputs, batch, time, dropout, control);
    int rows = batch * time;
    double loss = head.lossAndGradient(g, work.normed, targets, rows, time, gradScale, add);
    backward(g, inputs, batch, time, dropout, add, control);
    return loss;
  }

  /** Ends a step: adds what waited to the gradients. */
  public void finish(Parameters gradients) {
    float[] g = checkedGradients(gradients);
    if (first) {
      first = false;
      model.kernels().zero(model.pool(), g, 0, g.length);
    }
    if (!frozen) {
      embedding.addGradient(g);
    }
  }

  /** Forgets a step that was not finished; the next one adds to what the gradients hold. */
  public void forget() {
    embedding.forget();
    first = false;
  }

  /** Before the first pass of a step: zeros for all that is no product of {@link Linear}. */
  private void clearIfFirst(float[] gradients) {
    if (!first) {
      return;
    }
    first = false;
    if (frozen) { // gradients of adapters are always added
      model.kernels().zero(model.pool(), gradients, 0, gradients.length);
      return;
    }
    ParameterLayout layout = model.layout();
    for (ParameterLayout.Entry entry : layout.entries()) {
      boolean rowsOnly = entry.offset() == layout.embedding && layout.embedding != layout.head;
      if (!entry.decays() || rowsOnly) {
        model.kernels().zero(model.pool(), gradients, (int) entry.offset(), entry.size());
      }
    }
  }

  private float[] checkedGradients(Parameters gradients) {
    float[] g = gradients.data();
    if (g.length != model.trainable().data().length) {
      throw new IllegalArgumentException("the gradients are of another model");
    }
    return g;
  }

  /** The sum of losses in nats of a forward pass alone, without dropout; as above. */
  public double loss(int[] inputs, int[] targets, int batch, int time, RunControl control) {
    check(inputs, batch, time, "input", 0);
    check(targets, batch, time, "target", -1);
    forward(inputs, batch, time, Dropout.NONE, control);
    return head.loss(work.normed, targets, batch * time, time);
  }

  /** All logits [batch, time, V] in an array of their own: for inspection and tests. */
  public float[] logits(int[] inputs, int batch, int time) {
    check(inputs, batch, time, "input", 0);
    float[] out = new float[elements((long) batch * time * config.vocabSize())];
    forward(inputs, batch, time, Dropout.NONE, new RunControl());
    head.logits(out, work.normed, batch * time);
    return out;
  }

  /** work.normed = the normed output of the last block. */
  private void forward(int[] inputs, int batch, int time, Dropout dropout, RunControl control) {
    int rows = batch * time;
    held = -1;
    embedding.forward(stream[0], inputs, 0, rows);
    dropout.apply(model.pool(), stream[0], batch, time, config.dModel(), 0, Dropout.Site.EMBEDDING);
    for (int layer = 0; layer < blocks.length; layer++) {
      control.check();
      blocks[layer].forward(
          stream[layer + 1], stream[layer], memory(layer), work, batch, time, dropout);
      held = layer;
    }
    finalNorm.forward(work.normed, stream[blocks.length], 0, finalStatistics, rows);
  }

  /** From the gradient of the normed output, in work.normed, down to the embedding. */
  private void backward(
      float[] g,
      int[] inputs,
      int batch,
      int time,
      Dropout dropout,
      boolean accumulate,
      RunControl control) {
    int rows = batch * time;
    Arrays.fill(work.dx, 0, rows * config.dModel(), 0);
    finalNorm.backward(work.dx, g, work.normed, stream[blocks.length], finalStatistics, rows);
    for (int layer = blocks.length - 1; layer >= 0; layer--) {
      control.check();
      BlockMemory memory = memory(layer);
      if (memorySaver && held != layer) {
        blocks[layer].recompute(stream[layer], memory, work, batch, time, dropout);
        held = layer;
      }
      blocks[layer].backward(g, stream[layer], memory, work, batch, time, dropout, accumulate);
    }
    if (!frozen) {
      dropout.apply(model.pool(), work.dx, batch, time, config.dModel(), 0, Dropout.Site.EMBEDDING);
      embedding.keep(work.dx, inputs, rows);
    }
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

  private static void checkSizes(
      ModelConfig c, int batch, int time, int chunkSize, int stepSequences) {
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
    if (stepSequences < batch) {
      throw new IllegalArgumentException("a step has one pass at least");
    }
    elements((long) batch * time * Workspace.wide(c));
    elements(Math.min((long) stepSequences * time, c.vocabSize()) * c.dModel());
    elements((long) Math.min(Head.UNIT, time) * c.vocabSize());
  }

  private static int elements(long n) {
    if (n > Integer.MAX_VALUE - 8) {
      throw new MiniLlmException.BadConfig(
          "max_seq_len", n + " activations in one array", "at most 2,147,483,639; shorten it");
    }
    return (int) n;
  }
}
