package org.minillm.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;
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
      return new ModelInfo(path, FORMAT, header.config(), in.size(), "F32", ModelCard.named(name));
    }
  }

  static LoadedModel load(
      Path path, Optional<Path> tokenizerPath, WorkerPool pool, MemoryBudget budget)
      throws IOException {
    try (LittleEndianFile in = new LittleEndianFile(path)) {
      ModelConfig config = readHeader(in, path).config();
      budget.require("The weights of " + path.getFileName(), 4 * config.parameterCount());
      Parameters parameters = Parameters.allocate(config);
      readWeights(in, config, parameters);
      for (Parameters.Parameter p : parameters.all()) {
        FiniteWeights.require(String.valueOf(path.getFileName()), p);
      }
      Tokenizer tokenizer =
          Llama2cTokenizerFile.read(tokenizerOf(path, tokenizerPath), config.vocabSize());
      return new LoadedModel(
          new Transformer(config, parameters, pool),
          tokenizer,
          Optional.empty(),
          ModelCard.named(String.valueOf(path.getFileName())),
          path);
    }
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

  private static void readWeights(LittleEndianFile in, ModelConfig c, Parameters p)
      throws IOException {
    int headDim = c.headDim();
    read(in, p, "model.embed_tokens.weight");
    perLayer(in, c, p, "input_layernorm.weight", 0);
    perLayer(in, c, p, "self_attn.q_proj.weight", headDim);
    perLayer(in, c, p, "self_attn.k_proj.weight", headDim);
    perLayer(in, c, p, "self_attn.v_proj.weight", 0);
    perLayer(in, c, p, "self_attn.o_proj.weight", 0);
    perLayer(in, c, p, "post_attention_layernorm.weight", 0);
    perLayer(in, c, p, "mlp.gate_proj.weight", 0);
    perLayer(in, c, p, "mlp.down_proj.weight", 0);
    perLayer(in, c, p, "mlp.up_proj.weight", 0);
    read(in, p, "model.norm.weight");
    in.skip(4L * 2 * c.contextLength() * (headDim / 2), "rotary tables");
    if (!c.tieEmbeddings()) {
      read(in, p, "lm_head.weight");
    }
  }

  private static void perLayer(
      LittleEndianFile in, ModelConfig c, Parameters p, String name, int rotaryHeadDim)
      throws IOException {
    for (int layer = 0; layer < c.nLayers(); layer++) {
      Parameters.Parameter weight = read(in, p, "model.layers." + layer + "." + name);
      if (rotaryHeadDim > 0) {
        toHalfSplit(weight, rotaryHeadDim);
      }
    }
  }

  private static Parameters.Parameter read(LittleEndianFile in, Parameters p, String name)
      throws IOException {
    Parameters.Parameter weight = p.get(name);
    in.readFloats(weight.array().data(), weight.array().offset(), weight.array().size(), name);
    return weight;
  }

  /** Within each head: row 2i goes to i, row 2i + 1 to i + headDim/2. */
  private static void toHalfSplit(Parameters.Parameter weight, int headDim) {
    int[] shape = weight.array().shape();
    int in = shape[1];
    float[] data = weight.array().data();
    float[] head = new float[headDim * in];
    for (int row = 0; row < shape[0]; row += headDim) {
      int at = weight.array().offset() + row * in;
      System.arraycopy(data, at, head, 0, head.length);
      for (int i = 0; i < headDim; i++) {
        int to = i % 2 == 0 ? i / 2 : headDim / 2 + i / 2;
        System.arraycopy(head, i * in, data, at + to * in, in);
      }
    }
  }
}
