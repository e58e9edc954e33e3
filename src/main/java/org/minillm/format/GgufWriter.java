package org.minillm.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.minillm.base.HalfFloat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Parameters;
import org.minillm.model.QuantizedParameters;

/**
 * Writes GGUF version 3 of architecture {@code llama}. Tensors pass row by row through a buffer; no
 * tensor is ever whole in memory. Norms are F32; with Q8_0, matrices whose rows 32 does not divide
 * stay F16.
 */
final class GgufWriter {
  private static final int PIECE = 1 << 16;

  private static final String LLAMA = GgufFile.LLAMA;

  private final ModelSource source;
  private final ModelConfig config;
  private final GgufType target;
  private final List<Planned> tensors = new ArrayList<>();

  /** A tensor to write. */
  private record Planned(Parameters.Shape shape, GgufType type, long offset) {
    long bytes() {
      return shape.rows() * type.rowBytes(shape.width());
    }
  }

  private GgufWriter(ModelSource source, GgufType target) {
    this.source = source;
    this.config = source.config();
    this.target = target;
    long offset = 0;
    for (Parameters.Shape shape : Parameters.shapes(config)) {
      Planned planned = new Planned(shape, typeOf(shape), offset);
      tensors.add(planned);
      offset += aligned(planned.bytes());
    }
  }

  private static long aligned(long bytes) {
    int alignment = GgufHeader.DEFAULT_ALIGNMENT;
    return (bytes + alignment - 1) / alignment * alignment;
  }

  private GgufType typeOf(Parameters.Shape shape) {
    if (!shape.matrix()) {
      return GgufType.F32;
    }
    return shape.width() % target.block == 0 ? target : GgufType.F16;
  }

  /**
   * Writes a model: temporary name, flushed, renamed.
   *
   * @param target F32, F16 or Q8_0
   * @throws BadInput if GGUF cannot hold this model, with the reason
   */
  static void write(Path path, ModelSource source, GgufType target) throws IOException {
    if (source.config().norm() != NormType.RMSNORM) {
      throw new BadInput(
          String.valueOf(source.path().getFileName()),
          "it has LayerNorm, which GGUF's llama architecture lacks; only RMSNorm models can be"
              + " written as GGUF");
    }
    GgufTokenizer.Written vocabulary =
        GgufTokenizer.of(source.tokenizer(), source.config().vocabSize());
    GgufWriter writer = new GgufWriter(source, target);
    AtomicFiles.write(
        path,
        out -> {
          GgufOutput gguf = new GgufOutput(out);
          writer.head(gguf, vocabulary);
          writer.data(gguf);
        });
  }

  private void head(GgufOutput out, GgufTokenizer.Written vocabulary) throws IOException {
    boolean quantized = target == GgufType.Q8_0;
    String data = source.card().data();
    String template = source.template().map(t -> t.jinja()).orElse("");
    int keys = 14 + vocabulary.keys();
    keys += (quantized ? 1 : 0) + (data.isEmpty() ? 0 : 1) + (template.isEmpty() ? 0 : 1);
    out.writeInt(GgufHeader.MAGIC);
    out.writeInt(GgufHeader.VERSION);
    out.writeLong(tensors.size());
    out.writeLong(keys);
    out.text("general.architecture", "llama");
    out.text("general.name", source.card().name());
    if (!data.isEmpty()) {
      out.text("general.description", data);
    }
    out.text(GgufFile.CARD, HuggingFaceDirectory.cardJson(source.card()));
    out.integer("general.file_type", fileType());
    if (quantized) {
      out.integer("general.quantization_version", 2);
    }
    out.integer(LLAMA + "context_length", config.contextLength());
    out.integer(LLAMA + "embedding_length", config.dModel());
    out.integer(LLAMA + "block_count", config.nLayers());
    out.integer(LLAMA + "feed_forward_length", config.dFf());
    out.integer(LLAMA + "attention.head_count", config.nHeads());
    out.integer(LLAMA + "attention.head_count_kv", config.nKvHeads());
    out.real(LLAMA + "attention.layer_norm_rms_epsilon", config.normEps());
    out.integer(LLAMA + "rope.dimension_count", config.headDim());
    out.real(LLAMA + "rope.freq_base", config.ropeTheta());
    out.integer(LLAMA + "vocab_size", config.vocabSize());
    vocabulary.write(out);
    if (!template.isEmpty()) {
      out.text(GgufTokenizer.CHAT_TEMPLATE, template);
    }
    for (Planned tensor : tensors) {
      Parameters.Shape shape = tensor.shape();
      out.string(GgufTensors.ggufName(shape.name()));
      out.writeInt(shape.matrix() ? 2 : 1);
      out.writeLong(shape.width()); // fastest axis first
      if (shape.matrix()) {
        out.writeLong(shape.rows());
      }
      out.writeInt(tensor.type().id);
      out.writeLong(tensor.offset());
    }
    out.pad(GgufHeader.DEFAULT_ALIGNMENT);
  }

  private int fileType() {
    return switch (target) {
      case F32 -> 0;
      case F16 -> 1;
      case Q8_0 -> 7;
      case Q4_0, BF16 -> throw new IllegalArgumentException("not written: " + target);
    };
  }

  private void data(GgufOutput out) throws IOException {
    RowEncoder encoder = new RowEncoder(out, Math.max(config.dModel(), config.dFf()));
    for (Planned tensor : tensors) {
      String name = tensor.shape().name();
      for (int row = 0; row < tensor.shape().rows(); row++) {
        encoder.write(name, Rotary.turns(name) ? Rotary.halfSplitRow(config, row) : row, tensor);
      }
      encoder.flush();
      out.pad(GgufHeader.DEFAULT_ALIGNMENT);
    }
  }

  /** Turns rows into bytes, written in pieces of 64 kB. */
  private final class RowEncoder {
    private final GgufOutput out;
    private final float[] values;
    private final byte[] quants;
    private final float[] scales;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);

    RowEncoder(GgufOutput out, int width) {
      this.out = out;
      values = new float[width];
      quants = new byte[width];
      scales = new float[width];
    }

    void write(String name, int row, Planned tensor) throws IOException {
      int width = tensor.shape().width();
      boolean finite = true;
      if (tensor.type() == GgufType.Q8_0 && source.rows().isBlocks(name)) {
        source.rows().read(name, row, quants, scales);
        blocks(width);
        return;
      }
      source.rows().read(name, row, values, 0);
      switch (tensor.type()) {
        case Q8_0 -> {
          finite = QuantizedParameters.quantize(quants, 0, scales, 0, values, 0, width);
          blocks(width);
        }
        case F16 -> finite = halves(width);
        default -> {
          for (int i = 0; i < width; i++) {
            room(Float.BYTES).putFloat(values[i]);
          }
        }
      }
      if (!finite) {
        throw new BadInput(
            name + ", row " + row,
            "holds a value that is no number or too large for " + tensor.type() + "; use f32");
      }
    }

    private void blocks(int width) throws IOException {
      int size = GgufType.Q8_0.block;
      for (int i = 0; i < width; i += size) {
        ByteBuffer to = room(GgufType.Q8_0.bytes);
        to.putShort((short) HalfFloat.fromFloat(scales[i / size]));
        to.put(quants, i, size);
      }
    }

    private boolean halves(int width) throws IOException {
      boolean finite = true;
      for (int i = 0; i < width; i++) {
        int half = HalfFloat.fromFloat(values[i]);
        finite &= (half & 0x7C00) != 0x7C00;
        room(Short.BYTES).putShort((short) half);
      }
      return finite;
    }

    private ByteBuffer room(int bytes) throws IOException {
      if (piece.remaining() < bytes) {
        flush();
      }
      return piece;
    }

    void flush() throws IOException {
      out.bytes(piece.array(), piece.position());
      piece.clear();
    }
  }
}
