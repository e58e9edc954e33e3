package org.minillm.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Parameters;
import org.minillm.tokenizer.Tokenizer;

/**
 * llama2.c's {@code .bin}, version 0: seven i32 (dim, hidden_dim, n_layers, n_heads, n_kv_heads,
 * vocab_size, negative when the head has its own matrix, and seq_len), then float32 by kind, all
 * layers of a kind together. Its RoPE turns consecutive pairs; rows of q and k are put into the
 * half-split order here.
 */
final class Llama2cFile {
  static final String FORMAT = "llama2.c";
  private static final int HEADER_BYTES = 7 * Integer.BYTES;

  private Llama2cFile() {}

  private record Header(ModelConfig config, long bytes) {}

  /** Whether the header makes sense and the file is exactly as long as it says. */
  static boolean looksLike(Path path) throws IOException {
    try (LittleEndianFile in = new LittleEndianFile(path)) {
      if (in.size() < HEADER_BYTES) {
        return false;
      }
      int[] h = new int[7];
      for (int i = 0; i < h.length; i++) {
        h[i] = in.readInt("header");
      }
      return h[0] > 0
          && h[0] <= 1 << 16
          && h[2] > 0
          && h[2] <= 1024
          && h[3] > 0
          && h[3] <= h[0]
          && h[4] > 0
          && h[4] <= h[3]
          && h[5] != 0
          && h[5] != Integer.MIN_VALUE
          && h[6] > 0;
    }
  }

  static ModelInfo inspect(Path path) throws IOException {
    try (LittleEndianFile in = new LittleEndianFile(path)) {
      Header header = readHeader(in, path);
      String name = String.valueOf(path.getFileName());
      ModelConfig config = header.config();
      long bytes = Float.BYTES * config.parameterCount();
      return new ModelInfo(path, FORMAT, config, in.size(), "F32", ModelCard.named(name), bytes);
    }
  }

  static ModelSource open(Path path, Optional<Path> tokenizerPath) throws IOException {
    ModelConfig config;
    try (LittleEndianFile in = new LittleEndianFile(path)) {
      config = readHeader(in, path).config();
    }
    Tokenizer tokenizer =
        Llama2cTokenizerFile.read(tokenizerOf(path, tokenizerPath), config.vocabSize());
    return new ModelSource(
        path,
        config,
        tokenizer,
        Optional.empty(),
        ModelCard.named(String.valueOf(path.getFileName())),
        new Rows(path, config));
  }

  /** The tokenizer given, or the only one beside the model: tokenizer.bin or tok*.bin. */
  private static Path tokenizerOf(Path model, Optional<Path> given) throws IOException {
    if (given.isPresent()) {
      return given.get();
    }
    Path directory = model.toAbsolutePath().getParent();
    if (directory != null) {
      Path usual = directory.resolve("tokenizer.bin");
      if (Files.isRegularFile(usual)) {
        return usual;
      }
      try (Stream<Path> files = Files.list(directory)) {
        List<Path> found =
            files.filter(f -> f.getFileName().toString().matches("tok.*\\.bin")).toList();
        if (found.size() == 1) {
          return found.get(0);
        }
      }
    }
    throw new BadFormat(
        String.valueOf(model.getFileName()),
        -1,
        "brings no tokenizer and none lies beside it; give one with --tokenizer");
  }

  private static Header readHeader(LittleEndianFile in, Path path) throws IOException {
    String name = String.valueOf(path.getFileName());
    int dim = in.readInt("dim");
    int hidden = in.readInt("hidden_dim");
    int layers = in.readInt("n_layers");
    int heads = in.readInt("n_heads");
    int kvHeads = in.readInt("n_kv_heads");
    int vocab = in.readInt("vocab_size");
    int context = in.readInt("seq_len");
    ModelConfig config;
    try {
      config =
          new ModelConfig(
              Math.abs(vocab),
              dim,
              layers,
              heads,
              kvHeads,
              hidden,
              context,
              ModelConfig.DEFAULT_ROPE_THETA,
              ModelConfig.DEFAULT_NORM_EPS,
              NormType.RMSNORM,
              vocab > 0);
    } catch (BadConfig e) {
      throw new BadFormat(name, 0, "the header cannot be: " + e.getMessage());
    }
    // freq_cos and freq_sin lie between the final norm and the head and are not needed.
    long values = config.parameterCount() + 2L * context * (config.headDim() / 2);
    long bytes = HEADER_BYTES + 4 * values;
    if (in.size() != bytes) {
      throw new BadFormat(
          name,
          in.size(),
          "a model of this header takes "
              + bytes
              + " bytes, the file has "
              + in.size()
              + "; it is truncated or not a llama2.c model (version 0)");
    }
    return new Header(config, bytes);
  }

  /** Places of the tensors; rows of q and k are put into the half-split order. */
  private static final class Rows implements TensorRows.OfFloats {
    private final ModelConfig config;
    private final FileChannel channel;
    private final FileWindow window;
    private final Map<String, Long> begin = new HashMap<>();
    private final Map<String, Integer> width = new HashMap<>();

    Rows(Path path, ModelConfig c) throws IOException {
      config = c;
      Map<String, Parameters.Shape> shapes = new LinkedHashMap<>();
      Parameters.shapes(c).forEach(shape -> shapes.put(shape.name(), shape));
      long at = HEADER_BYTES;
      for (String name : namesInOrder(c)) {
        Parameters.Shape shape = shapes.get(name);
        if (shape == null) { // the rotary tables
          at += Float.BYTES * 2L * c.contextLength() * (c.headDim() / 2);
        } else {
          begin.put(name, at);
          width.put(name, shape.width());
          at += (long) Float.BYTES * shape.rows() * shape.width();
        }
      }
      channel = FileChannel.open(path, StandardOpenOption.READ);
      window = new FileWindow(String.valueOf(path.getFileName()), channel);
    }

    @Override
    public void read(String name, int row, float[] to, int offset) throws IOException {
      Long from = begin.get(name);
      Integer columns = width.get(name);
      if (from == null || columns == null) {
        throw new IllegalArgumentException("no tensor " + name);
      }
      int stored = Rotary.turns(name) ? Rotary.pairedRow(config, row) : row;
      long at = from + (long) Float.BYTES * stored * columns;
      window.readFloats(at, TensorType.F32, to, offset, columns);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private static List<String> namesInOrder(ModelConfig c) {
    List<String> names = new ArrayList<>();
    names.add("model.embed_tokens.weight");
    for (String kind :
        List.of(
            "input_layernorm",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "post_attention_layernorm",
            "mlp.gate_proj",
            "mlp.down_proj",
            "mlp.up_proj")) {
      for (int layer = 0; layer < c.nLayers(); layer++) {
        names.add("model.layers." + layer + "." + kind + ".weight");
      }
    }
    names.add("model.norm.weight");
    names.add("freq_cos and freq_sin");
    if (!c.tieEmbeddings()) {
      names.add("lm_head.weight");
    }
    return names;
  }
}
