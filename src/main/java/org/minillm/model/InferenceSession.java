package org.minillm.model;

import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.AttentionScratch;
import org.minillm.kernel.AttentionShape;
import org.minillm.kernel.Kernels;

/**
 * One text under way: the keys and values of its tokens (already rotated) and the memory to append
 * more. Everything is allocated here, once. Reads the model's weights as they are, so it may follow
 * a model in training between two steps; after a step, cached keys are those of older weights. One
 * thread at a time.
 *
 * <p>Several tokens at once are products of matrices, in pieces of at most {@value #PIECE} tokens;
 * a single one is products with a vector. The last block gives the cache the keys and values of all
 * tokens; the rest of it and the head run for the last token only.
 *
 * <p>Letters: C capacity, P tokens a piece, D features, K = kvDim, E = D + 2K, F hidden features, V
 * vocabulary.
 */
public final class InferenceSession {
  /** Most tokens computed together. */
  static final int PIECE = 256;

  /** Floats of the logits that {@link #appendEach} holds at a time, more for one long row. */
  private static final int LOGITS_BLOCK = 1 << 18;

  private static final float[] FREED = new float[0];

  private final Transformer model;
  private final ModelConfig config;
  private final Kernels kernels;
  private final WorkerPool pool;
  private final int capacity;
  private final int chunk;
  private final int d;
  private final int kv;
  private final int e;
  private final int f;

  private final Embedding embedding;
  private final Layer[] layers;
  private final Norm finalNorm;
  private final Linear head;

  /** Keys and values, a layer each: [Hkv, C, headDim], so that a head's are read in one line. */
  private float[][] keys;

  private float[][] values;
  private float[] x; // [P, D]
  private float[] normed; // [P, D]
  private float[] branch; // [P, D]
  private float[] qkv; // [P, E]
  private float[] heads; // [P, D]
  private float[] logSums; // [H, P]
  private float[] gateUp; // gate [P, F], then up [P, F]
  private float[] logits; // [V]
  private final Norm.Statistics statistics;
  private final RopeTable rope;
  private AttentionScratch scratch;

  private int length;

  /** Takes the attention weights of the token under way; null while nobody asks for them. */
  private @Nullable AttentionWeights probe;

  /** The products of a block. */
  private static final class Layer {
    final Norm inputNorm;
    final Linear qkv;
    final Linear out;
    final Norm postAttentionNorm;
    final Linear gate;
    final Linear up;
    final Linear down;

    Layer(Transformer model, ParameterLayout.BlockAt at) {
      ModelConfig c = model.config();
      int d = c.dModel();
      int f = c.dFf();
      inputNorm = new Norm(model, at.inputNorm());
      qkv = new Linear(model, at.q(), d + 2 * c.kvDim(), d);
      out = new Linear(model, at.o(), d, d);
      postAttentionNorm = new Norm(model, at.postAttentionNorm());
      gate = new Linear(model, at.gate(), f, d);
      up = new Linear(model, at.up(), f, d);
      down = new Linear(model, at.down(), d, f);
    }
  }

  /**
   * @param capacity most positions, at least 1; beyond the model's context length quality falls,
   *     but nothing breaks
   * @param chunkSize keys a chunk of attention, at least 1
   * @throws MiniLlmException.OutOfBudget where no heap of this process could hold it: the context
   *     length of a file may be anything
   */
  public InferenceSession(Transformer model, int capacity, int chunkSize) {
    config = model.config();
    checkSizes(config, capacity, chunkSize);
    requireHeap(capacity, bytes(config, capacity, chunkSize, model.pool().threads()));
    this.model = model;
    this.capacity = capacity;
    this.chunk = Math.min(chunkSize, capacity);
    kernels = model.kernels();
    pool = model.pool();
    d = config.dModel();
    kv = config.kvDim();
    e = d + 2 * kv;
    f = config.dFf();
    embedding = new Embedding(model, 0);
    layers = new Layer[config.nLayers()];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = new Layer(model, model.layout().blocks.get(i));
    }
    finalNorm = new Norm(model, model.layout().finalNorm);
    head = new Linear(model, model.layout().head, config.vocabSize(), d);

    int piece = Math.min(PIECE, capacity);
    keys = new float[layers.length][capacity * kv];
    values = new float[layers.length][capacity * kv];
    x = new float[piece * d];
    normed = new float[piece * d];
    branch = new float[piece * d];
    qkv = new float[piece * e];
    heads = new float[piece * d];
    logSums = new float[piece * config.nHeads()];
    gateUp = new float[2 * piece * f];
    logits = new float[config.vocabSize()];
    statistics = new Norm.Statistics(config, piece);
    rope = new RopeTable(config, capacity);
    scratch = new AttentionScratch(pool.threads(), config.headDim(), chunk);
  }

  private static void requireHeap(int capacity, long bytes) {
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.maxMemory();
    if (bytes > heap) {
      throw new MiniLlmException.OutOfBudget(
          "The memory of " + capacity + " tokens",
          bytes,
          heap - runtime.totalMemory() + runtime.freeMemory(),
          heap,
          "Take a shorter context.");
    }
  }

  /** {@link #bytes(ModelConfig, int, int, int)} with two threads. */
  public static long bytes(ModelConfig config, int capacity, int chunkSize) {
    return bytes(config, capacity, chunkSize, 2);
  }

  /** Bytes of the arrays of a session of these sizes, exactly. */
  public static long bytes(ModelConfig c, int capacity, int chunkSize, int threads) {
    long piece = Math.min(PIECE, capacity);
    long floats =
        2L * c.nLayers() * capacity * c.kvDim()
            + piece * (5L * c.dModel() + 2L * c.kvDim() + c.nHeads() + 2L * c.dFf())
            + c.vocabSize()
            + Norm.Statistics.floats(c, piece)
            + RopeTable.floats(c, capacity)
            + AttentionScratch.floats(threads, c.headDim(), Math.min(chunkSize, capacity));
    return floats * Float.BYTES;
  }

  /** Tokens in the cache. */
  public int length() {
    return length;
  }

  /** Tokens the cache can hold. */
  public int capacity() {
    return capacity;
  }

  /** The model this session computes. */
  public Transformer model() {
    return model;
  }

  /** Keeps the first {@code newLength} tokens and forgets the others: a prefix to go on from. */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException("cannot truncate " + length + " tokens to " + newLength);
    }
    length = newLength;
  }

  /**
   * Appends tokens[from, to) and returns the logits [V] of the token after the last one. The array
   * is the session's: the next call overwrites it. After an exception (cancelled, too long) the
   * cache holds the pieces that were complete, see {@link #length()}.
   *
   * @param control asked once per block and piece
   * @throws MiniLlmException.BadInput if an id is not of the vocabulary, or they exceed the
   *     capacity
   */
  public float[] append(int[] tokens, int from, int to, RunControl control) {
    check(tokens, from, to);
    for (int at = from; at < to; at += PIECE) {
      int rows = Math.min(PIECE, to - at);
      appendPiece(tokens, at, rows, at + rows == to, control);
      length += rows;
    }
    finalNorm.forward(normed, x, ((to - from - 1) % PIECE) * d, statistics, 1);
    head.forwardRow(logits, 0, normed, 0);
    return logits;
  }

  /**
   * Appends tokens[from, to) and hands over the logits after each of them, in order; up to 1 MB
   * more than the session, or one row of logits, is allocated meanwhile. Throws as {@link #append}.
   */
  public void appendEach(int[] tokens, int from, int to, LogitsListener each, RunControl control) {
    check(tokens, from, to);
    int v = config.vocabSize();
    int block = Math.max(1, Math.min(to - from, LOGITS_BLOCK / v));
    float[] rowsOfLogits = new float[block * v];
    for (int at = from; at < to; at += PIECE) {
      int rows = Math.min(PIECE, to - at);
      embedding.forward(x, tokens, at, rows);
      for (int i = 0; i < layers.length; i++) {
        control.check();
        attention(i, rows);
        feedForward(layers[i], rows);
      }
      length += rows;
      finalNorm.forward(normed, x, 0, statistics, rows);
      for (int r = 0; r < rows; r += block) {
        int n = Math.min(block, rows - r);
        control.check();
        head.forward(rowsOfLogits, 0, normed, r * d, n);
        for (int j = 0; j < n; j++) {
          each.onLogits(at + r + j, rowsOfLogits, j * v);
        }
      }
    }
  }

  /**
   * Appends tokens[at] and returns how each head of each layer attended to the tokens in the cache,
   * this one included. Throws as {@link #append}.
   */
  public AttentionWeights appendWithAttention(int[] tokens, int at, RunControl control) {
    check(tokens, at, at + 1);
    AttentionWeights asked = new AttentionWeights(config, length + 1);
    probe = asked;
    try {
      append(tokens, at, at + 1, control);
    } finally {
      probe = null;
    }
    return asked;
  }

  /** Gives the memory back; the session cannot be used any more. */
  public void free() {
    keys = new float[0][];
    values = new float[0][];
    x = FREED;
    normed = FREED;
    branch = FREED;
    qkv = FREED;
    heads = FREED;
    logSums = FREED;
    gateUp = FREED;
    logits = FREED;
    scratch = new AttentionScratch(1, 1, 1);
    length = 0;
  }

  /**
   * {@code rows} tokens through all blocks: their keys and values into the cache and, of the {@code
   * last} piece, the residual stream of the last token into its row of x.
   */
  private void appendPiece(int[] tokens, int from, int rows, boolean last, RunControl control) {
    embedding.forward(x, tokens, from, rows);
    int end = layers.length - 1;
    for (int i = 0; i < layers.length; i++) {
      control.check();
      if (rows == 1) {
        oneToken(i, 0, length, false);
      } else if (i < end) {
        attention(i, rows);
        feedForward(layers[i], rows);
      } else {
        keysAndValues(i, rows);
        if (last) {
          oneToken(i, (rows - 1) * d, length + rows - 1, true);
        }
      }
    }
  }

  // ---- several tokens ---------------------------------------------------------------------------

  private void attention(int i, int rows) {
    Layer layer = layers[i];
    layer.inputNorm.forward(normed, x, 0, statistics, rows);
    layer.qkv.forward(qkv, 0, normed, 0, rows);
    rope(0, rows, length, config.nHeads() + config.nKvHeads());
    cache(i, rows);
    attend(i, rows, length);
    layer.out.forward(branch, 0, heads, 0, rows);
    kernels.add(x, 0, branch, 0, rows * d);
  }

  private void feedForward(Layer layer, int rows) {
    int up = rows * f;
    layer.postAttentionNorm.forward(normed, x, 0, statistics, rows);
    layer.gate.forward(gateUp, 0, normed, 0, rows);
    layer.up.forward(gateUp, up, normed, 0, rows);
    kernels.swigluForward(pool, gateUp, 0, gateUp, 0, gateUp, up, rows * f);
    layer.down.forward(branch, 0, gateUp, 0, rows);
    kernels.add(x, 0, branch, 0, rows * d);
  }

  /** Only what later tokens need of a block. */
  private void keysAndValues(int i, int rows) {
    layers[i].inputNorm.forward(normed, x, 0, statistics, rows);
    layers[i].qkv.forward(qkv, d, e, normed, 0, rows, d, 2 * kv);
    rope(d, rows, length, config.nKvHeads());
    cache(i, rows);
  }

  // ---- one token --------------------------------------------------------------------------------

  /**
   * The token at {@code position}, whose residual stream begins at x[at], through a block: five
   * products, each handed to the threads once.
   *
   * @param cached whether its key and value are in the cache
   */
  private void oneToken(int i, int at, int position, boolean cached) {
    Layer layer = layers[i];
    layer.inputNorm.forward(normed, x, at, statistics, 1);
    layer.qkv.forwardRow(qkv, 0, normed, 0, cached ? d : e);
    rope(0, 1, position, config.nHeads() + (cached ? 0 : config.nKvHeads()));
    if (!cached) {
      cache(i, 1);
    }
    attend(i, 1, position);
    layer.out.addRow(x, at, branch, heads, 0);
    layer.postAttentionNorm.forward(normed, x, at, statistics, 1);
    hidden(layer);
    layer.down.addRow(x, at, branch, gateUp, 0);
  }

  /** gateUp[F] = silu(gate) ⊙ up of one token. */
  private void hidden(Layer layer) {
    int size = layer.gate.featuresAChunk();
    pool.run(
        (f + size - 1) / size,
        chunk -> {
          int from = chunk * size;
          int n = Math.min(size, f - from);
          layer.gate.features(gateUp, from, normed, 0, from, n);
          layer.up.features(gateUp, f + from, normed, 0, from, n);
          kernels.swigluForward(pool, gateUp, from, gateUp, from, gateUp, f + from, n);
        });
  }

  // ---- both -------------------------------------------------------------------------------------

  /** Turns the first {@code turned} heads from {@code at} of each row of qkv. */
  private void rope(int at, int rows, int position, int turned) {
    kernels.rope(
        pool,
        qkv,
        at,
        e,
        rope.cos,
        rope.sin,
        rows,
        rows,
        position,
        turned,
        config.headDim(),
        false);
  }

  /** Appends the keys and values of qkv to the cache of a block. */
  private void cache(int i, int rows) {
    int hd = config.headDim();
    for (int h = 0; h < config.nKvHeads(); h++) {
      int to = (h * capacity + length) * hd;
      for (int r = 0; r < rows; r++) {
        int from = r * e + d + h * hd;
        System.arraycopy(qkv, from, keys[i], to + r * hd, hd);
        System.arraycopy(qkv, from + kv, values[i], to + r * hd, hd);
      }
    }
  }

  /** heads = attention of the queries in qkv, the first of them at {@code position}. */
  private void attend(int i, int rows, int position) {
    int hd = config.headDim();
    AttentionShape shape =
        new AttentionShape(
            1,
            rows,
            position + rows,
            position,
            config.nHeads(),
            config.nKvHeads(),
            hd,
            chunk,
            capacity * hd);
    kernels.attentionForward(
        pool, shape, heads, 0, d, logSums, 0, qkv, 0, e, keys[i], 0, hd, values[i], 0, hd, scratch);
    if (probe != null) {
      weigh(i, shape, probe);
    }
  }

  /** The weights that {@link #attend} never stores: of one query, softmax(q · kᵀ / √headDim). */
  private void weigh(int i, AttentionShape shape, AttentionWeights into) {
    int hd = config.headDim();
    int group = config.nHeads() / config.nKvHeads();
    float[] weights = into.weights();
    for (int h = 0; h < config.nHeads(); h++) {
      int row = into.row(i, h);
      int head = h / group * capacity * hd;
      for (int k = 0; k < into.keys(); k++) {
        float score = kernels.dot(qkv, h * hd, keys[i], head + k * hd, hd);
        weights[row + k] = shape.scale() * score;
      }
      kernels.softmax(weights, row, into.keys());
    }
  }

  private void check(int[] tokens, int from, int to) {
    if (keys.length == 0) {
      throw new IllegalStateException("the session was freed");
    }
    if (from < 0 || to > tokens.length || from >= to) {
      throw new IllegalArgumentException(
          "nothing to append: [" + from + ", " + to + ") of " + tokens.length + " tokens");
    }
    if (to - from > capacity - length) {
      throw new MiniLlmException.BadInput(
          (to - from) + " tokens after " + length,
          "the context holds " + capacity + ". Shorten the text or drop its beginning.");
    }
    for (int i = from; i < to; i++) {
      if (tokens[i] < 0 || tokens[i] >= config.vocabSize()) {
        throw new MiniLlmException.BadInput(
            "token id " + tokens[i] + " at index " + i,
            "the vocabulary has ids 0 to "
                + (config.vocabSize() - 1)
                + ". Is this the model's own tokenizer?");
      }
    }
  }

  private static void checkSizes(ModelConfig c, int capacity, int chunkSize) {
    long widest =
        Math.max((long) capacity * Math.max(c.kvDim(), c.headDim()), 2L * PIECE * c.dFf());
    if (capacity < 1 || widest > Integer.MAX_VALUE - 8) {
      throw new MiniLlmException.BadConfig(
          "context", Integer.toString(capacity), "1 up to what fits one array a layer");
    }
    if (chunkSize < 1) {
      throw new MiniLlmException.BadConfig(
          "optimization.chunk_size", Integer.toString(chunkSize), "1 or more");
    }
  }
}
