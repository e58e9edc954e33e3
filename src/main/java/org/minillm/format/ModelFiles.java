package org.minillm.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.WorkerPool;
import org.minillm.model.Adapters;
import org.minillm.model.Parameters;
import org.minillm.model.Quantization;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.tokenizer.TokenizerJson;

/** Opens and saves models; the format is told by the content, not by the name. */
public final class ModelFiles {
  private static final String SUPPORTED =
      "supported: a Hugging Face directory (config.json and model.safetensors, one file or"
          + " several), GGUF and llama2.c's .bin";

  /** The file of {@link #saveAdapters} that holds the values. */
  public static final String ADAPTER_WEIGHTS = PeftAdapter.WEIGHTS;

  private ModelFiles() {}

  /**
   * Reads a model.
   *
   * @param path directory or file
   * @param tokenizer where the tokenizer is, if not beside the model
   * @param pool threads the model will compute with
   * @param budget asked before the weights are allocated
   * @throws BadFormat for a file that is broken, foreign or of a kind that cannot be represented
   */
  public static LoadedModel load(
      Path path, Optional<Path> tokenizer, WorkerPool pool, MemoryBudget budget)
      throws IOException {
    return load(path, tokenizer, pool, budget, Quantization.NONE);
  }

  /** The same with matrices as {@code quantization} says. */
  public static LoadedModel load(
      Path path,
      Optional<Path> tokenizer,
      WorkerPool pool,
      MemoryBudget budget,
      Quantization quantization)
      throws IOException {
    if (kind(path) == Kind.DIRECTORY) {
      return HuggingFaceDirectory.load(path, tokenizer, pool, budget, quantization);
    }
    try (ModelSource source = open(path, tokenizer, budget)) {
      return source.load(pool, budget, quantization);
    }
  }

  /**
   * Reads a model as float32, whatever its file has, so that it can be trained; as {@link #load}.
   */
  public static LoadedModel loadFloats(Path path, WorkerPool pool, MemoryBudget budget)
      throws IOException {
    try (ModelSource source = open(path, Optional.empty(), budget)) {
      return source.loadFloats(pool, budget);
    }
  }

  static ModelSource open(Path path, Optional<Path> tokenizer, MemoryBudget budget)
      throws IOException {
    return switch (kind(path)) {
      case DIRECTORY -> HuggingFaceDirectory.open(path, tokenizer);
      case GGUF -> GgufFile.open(path, budget);
      case LLAMA2C -> Llama2cFile.open(path, tokenizer);
    };
  }

  /** Reads the head of a model only; cheap. */
  public static ModelInfo inspect(Path path) throws IOException {
    return switch (kind(path)) {
      case DIRECTORY -> HuggingFaceDirectory.inspect(path);
      case GGUF -> GgufFile.inspect(path);
      case LLAMA2C -> Llama2cFile.inspect(path);
    };
  }

  /**
   * Writes any model as a GGUF file, a row at a time: neither needs to fit memory.
   *
   * @param type "f32", "f16" or "q8_0"; with q8_0, rows that 32 does not divide stay F16
   * @throws BadInput if GGUF cannot hold the model (LayerNorm, a character tokenizer)
   */
  public static void convertToGguf(Path from, Optional<Path> tokenizer, Path to, String type)
      throws IOException {
    try (ModelSource source = open(from, tokenizer, MemoryBudget.ofHeap())) {
      GgufWriter.write(to, source, ggufType(type));
    }
  }

  /** Writes a model in memory as a GGUF file; as {@link #convertToGguf}. */
  public static void saveGguf(Path to, LoadedModel model, String type) throws IOException {
    try (ModelSource source =
        new ModelSource(
            model.path(),
            model.model().config(),
            model.tokenizer(),
            model.chat(),
            model.card(),
            new MemoryRows(model.model()))) {
      GgufWriter.write(to, source, ggufType(type));
    }
  }

  static GgufType ggufType(String type) {
    return switch (type) {
      case "f32" -> GgufType.F32;
      case "f16" -> GgufType.F16;
      case "q8_0" -> GgufType.Q8_0;
      default -> throw new BadInput("type " + type, "allowed: f32, f16, q8_0");
    };
  }

  /**
   * Writes a Hugging Face directory; each file is complete or as it was before. Adapters go into
   * the weights.
   */
  public static void save(
      Path directory,
      Transformer model,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      ModelCard card,
      TensorType type)
      throws IOException {
    HuggingFaceDirectory.save(directory, model, tokenizer, template, card, type);
  }

  /**
   * Reads weights alone into parameters of the same shape, exactly as they stand in a directory
   * written by {@link #save}.
   */
  public static void readWeights(Path directory, Parameters into) throws IOException {
    try (SafeTensors tensors = SafeTensors.open(directory.resolve(HuggingFaceDirectory.WEIGHTS))) {
      HuggingFaceDirectory.readInto(tensors, into);
    }
  }

  /**
   * Writes adapters as Hugging Face's PEFT reads them.
   *
   * @param base path or name of the model they belong to
   */
  public static void saveAdapters(Path directory, Adapters adapters, String base)
      throws IOException {
    PeftAdapter.save(directory, adapters, base);
  }

  /** Reads what {@link #saveAdapters} wrote into adapters of the same shape, exactly. */
  public static void readAdapters(Path directory, Adapters into) throws IOException {
    PeftAdapter.readInto(directory, into);
  }

  /** Opens the tokenizer of a model, or a tokenizer file on its own. */
  public static Tokenizer loadTokenizer(Path path) throws IOException {
    requireExists(path);
    if (Files.isDirectory(path)) {
      Path json = path.resolve(HuggingFaceDirectory.TOKENIZER);
      if (!Files.exists(json)) {
        throw new BadFormat(path.toString(), -1, "has no " + HuggingFaceDirectory.TOKENIZER);
      }
      requireFile(json);
      return TokenizerJson.read(json);
    }
    requireFile(path);
    if (beginsWithGguf(path)) {
      return GgufFile.loadTokenizer(path);
    }
    // By its name also an empty one, or one that holds something else.
    boolean json = path.toString().endsWith(".json") || startsWithBrace(path);
    return json ? TokenizerJson.read(path) : Llama2cTokenizerFile.read(path, -1);
  }

  private enum Kind {
    DIRECTORY,
    GGUF,
    LLAMA2C
  }

  private static Kind kind(Path path) throws IOException {
    requireExists(path);
    String name = String.valueOf(path.getFileName());
    if (Files.isDirectory(path)) {
      if (HuggingFaceDirectory.looksLike(path)) {
        return Kind.DIRECTORY;
      }
      throw new BadFormat(name, -1, "is a directory without config.json; " + SUPPORTED);
    }
    requireFile(path);
    if (beginsWithGguf(path)) {
      return Kind.GGUF;
    }
    if (SafeTensors.looksLike(path)) {
      throw new BadFormat(
          name, 0, "holds weights only; give the directory that holds config.json too");
    }
    if (Llama2cFile.looksLike(path)) {
      return Kind.LLAMA2C;
    }
    throw new BadFormat(name, 0, "is not a model this app knows; " + SUPPORTED);
  }

  private static boolean beginsWithGguf(Path path) throws IOException {
    return beginsWith(path, "GGUF");
  }

  private static boolean beginsWith(Path path, String magic) throws IOException {
    try (var in = Files.newInputStream(path)) {
      return new String(in.readNBytes(magic.length()), StandardCharsets.ISO_8859_1).equals(magic);
    }
  }

  private static void requireExists(Path path) throws NoSuchFileException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
  }

  /** A directory opens like a file; reading it fails without saying which one it was. */
  static void requireFile(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new BadFormat(path.toString(), -1, "is not a file");
    }
  }

  private static boolean startsWithBrace(Path path) throws IOException {
    try (var in = Files.newInputStream(path)) {
      int first = in.read();
      while (first == ' ' || first == '\n' || first == '\r' || first == '\t') {
        first = in.read();
      }
      return first == '{';
    }
  }

  /** Writes another name on the card of a model directory, which gets a card if it has none. */
  public static void rename(Path directory, String name) throws IOException {
    ModelCard card = HuggingFaceDirectory.readCard(directory).withName(name);
    AtomicFiles.writeText(
        directory.resolve(HuggingFaceDirectory.CARD), HuggingFaceDirectory.cardJson(card) + "\n");
  }
}
