package org.minillm.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Parameters;
import org.minillm.model.Quantization;
import org.minillm.model.Transformer;
import org.minillm.ndarray.NDArray;
import org.minillm.tokenizer.ChatSupport;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.tokenizer.TokenizerJson;

/**
 * The native layout: a directory as Hugging Face's transformers reads and writes it ({@code
 * config.json}, {@code model.safetensors}, {@code tokenizer.json}, {@code tokenizer_config.json},
 * of a model that chats {@code generation_config.json}), plus {@code card.json}. Models with
 * RMSNorm are {@code LlamaForCausalLM}; those with LayerNorm are of {@code model_type} "minillm",
 * which only this app opens.
 */
final class HuggingFaceDirectory {
  static final String CONFIG = "config.json";
  static final String WEIGHTS = HuggingFaceTensors.WEIGHTS;
  static final String TOKENIZER = "tokenizer.json";
  static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  static final String GENERATION_CONFIG = "generation_config.json";
  static final String CARD = "card.json";
  static final String FORMAT = "Hugging Face";

  private HuggingFaceDirectory() {}

  static boolean looksLike(Path path) {
    return Files.isDirectory(path) && Files.isRegularFile(path.resolve(CONFIG));
  }

  static ModelInfo inspect(Path directory) throws IOException {
    ModelConfig config = HuggingFaceConfig.read(directory.resolve(CONFIG));
    try (HuggingFaceTensors tensors = HuggingFaceTensors.open(directory)) {
      checkTensors(tensors, config);
      return new ModelInfo(
          directory,
          FORMAT,
          config,
          tensors.fileBytes(),
          tensors.mostlyType().name(),
          readCard(directory),
          readChat(directory),
          Float.BYTES * config.parameterCount());
    }
  }

  static ModelSource open(Path directory, Optional<Path> tokenizerPath) throws IOException {
    ModelConfig config = HuggingFaceConfig.read(directory.resolve(CONFIG));
    TensorRows rows = rows(directory, config);
    try {
      return source(directory, config, rows, tokenizerPath);
    } catch (IOException | RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  /**
   * Reads a model, the tokenizer and the weights each on a thread of {@code pool}: the first token
   * waits for both.
   */
  static LoadedModel load(
      Path directory,
      Optional<Path> tokenizerPath,
      WorkerPool pool,
      MemoryBudget budget,
      Quantization quantization)
      throws IOException {
    ModelConfig config = HuggingFaceConfig.read(directory.resolve(CONFIG));
    try (TensorRows rows = rows(directory, config)) {
      Task<ModelSource> source = new Task<>(() -> source(directory, config, rows, tokenizerPath));
      Task<Transformer> model =
          new Task<>(
              () -> ModelSource.weights(directory, config, rows, pool, budget, quantization));
      pool.run(2, i -> (i == 0 ? source : model).run());
      return source.get().loaded(model.get());
    }
  }

  private static TensorRows rows(Path directory, ModelConfig config) throws IOException {
    HuggingFaceTensors tensors = HuggingFaceTensors.open(directory);
    try {
      checkTensors(tensors, config);
      return new Rows(tensors, shapes(config));
    } catch (RuntimeException e) {
      tensors.close();
      throw e;
    }
  }

  private static ModelSource source(
      Path directory, ModelConfig config, TensorRows rows, Optional<Path> tokenizerPath)
      throws IOException {
    Path json = tokenizerPath.orElse(directory.resolve(TOKENIZER));
    if (tokenizerPath.isEmpty() && !Files.exists(json)) {
      throw new BadFormat(
          String.valueOf(directory.getFileName()),
          -1,
          "has no " + TOKENIZER + "; give one with --tokenizer");
    }
    Tokenizer tokenizer = ModelFiles.loadTokenizer(json);
    if (tokenizer.vocabSize() > config.vocabSize()) {
      throw new BadFormat(
          TOKENIZER,
          -1,
          "has "
              + tokenizer.vocabSize()
              + " tokens, the model only "
              + config.vocabSize()
              + "; it belongs to another model");
    }
    return new ModelSource(
        directory, config, tokenizer, readChat(directory), readCard(directory), rows);
  }

  private static ChatSupport readChat(Path directory) throws IOException {
    return TokenizerJson.readChat(directory.resolve(TOKENIZER_CONFIG));
  }

  private static Map<String, Parameters.Shape> shapes(ModelConfig config) {
    Map<String, Parameters.Shape> shapes = new LinkedHashMap<>();
    Parameters.shapes(config).forEach(shape -> shapes.put(shape.name(), shape));
    return shapes;
  }

  private record Rows(HuggingFaceTensors tensors, Map<String, Parameters.Shape> shapes)
      implements TensorRows.OfFloats {
    @Override
    public void read(String name, int row, float[] to, int offset) throws IOException {
      Parameters.Shape shape = shapes.get(name);
      if (shape == null) {
        throw new IllegalArgumentException("no tensor " + name);
      }
      tensors.readRows(name, row, 1, shape.width(), to, offset);
    }

    @Override
    public void readAll(String name, int rows, int width, float[] to, int offset)
        throws IOException {
      tensors.readRows(name, 0, rows, width, to, offset);
    }

    @Override
    public void close() throws IOException {
      tensors.close();
    }
  }

  /** Reads every tensor of {@code parameters} by its name. */
  static void readInto(SafeTensors tensors, Parameters parameters) throws IOException {
    for (Parameters.Parameter p : parameters.all()) {
      tensors.readInto(p.name(), p.array().shape(), p.array().data(), p.array().offset());
      FiniteWeights.require(WEIGHTS, p);
    }
  }

  static void save(
      Path directory,
      Transformer model,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      ModelCard card,
      TensorType type)
      throws IOException {
    Files.createDirectories(directory);
    SafeTensors.write(
        directory.resolve(WEIGHTS),
        tensors(model.parameters(), ""),
        type,
        Map.of(),
        tensor -> {
          NDArray merged = model.merged(model.parameters().get(tensor.name()));
          return new SafeTensors.Tensor(
              tensor.name(), merged.data(), merged.offset(), tensor.shape());
        });
    AtomicFiles.writeText(
        directory.resolve(CONFIG), configJson(model.config(), tokenizer, type) + "\n");
    TokenizerJson.write(tokenizer, directory.resolve(TOKENIZER));
    TokenizerJson.writeConfig(
        tokenizer, ChatSupport.of(template), directory.resolve(TOKENIZER_CONFIG));
    writeGenerationConfig(directory, tokenizer, ChatSupport.of(template));
    AtomicFiles.writeText(directory.resolve(CARD), cardJson(card) + "\n");
  }

  /**
   * Writes any model, a row at a time: neither needs to fit memory. The tokenizer goes first: if it
   * cannot be written, nothing else is.
   */
  static void write(Path directory, ModelSource source, TensorType type) throws IOException {
    Files.createDirectories(directory);
    TokenizerJson.write(source.tokenizer(), directory.resolve(TOKENIZER));
    TokenizerJson.writeConfig(
        source.tokenizer(), source.chat(), directory.resolve(TOKENIZER_CONFIG));
    writeGenerationConfig(directory, source.tokenizer(), source.chat());
    SafeTensors.writeRows(
        directory.resolve(WEIGHTS), Parameters.shapes(source.config()), type, source.rows());
    AtomicFiles.writeText(
        directory.resolve(CONFIG), configJson(source.config(), source.tokenizer(), type) + "\n");
    AtomicFiles.writeText(directory.resolve(CARD), cardJson(source.card()) + "\n");
  }

  /**
   * What ends an answer, for transformers: it would else stop only at the end of text, and the
   * model go on with the next turn. Nothing here reads it; without a template that is known there
   * is none, nor one left of an earlier model.
   */
  private static void writeGenerationConfig(Path directory, Tokenizer tokenizer, ChatSupport chat)
      throws IOException {
    Path file = directory.resolve(GENERATION_CONFIG);
    Set<Integer> ends = new LinkedHashSet<>();
    tokenizer.eosId().ifPresent(ends::add); // the first one is also what transformers pads with
    chat.with(tokenizer).template().ifPresent(t -> ends.addAll(t.stopIds(tokenizer)));
    if (chat.with(tokenizer).template().isEmpty() || ends.isEmpty()) {
      Files.deleteIfExists(file);
      return;
    }
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    tokenizer.bosId().ifPresent(id -> root.put("bos_token_id", id));
    ArrayNode ids = root.putArray("eos_token_id");
    ends.forEach(ids::add);
    AtomicFiles.writeText(file, root.toPrettyString() + "\n");
  }

  /** The tensors of parameters, each name after {@code prefix}. */
  static List<SafeTensors.Tensor> tensors(Parameters parameters, String prefix) {
    List<SafeTensors.Tensor> tensors = new ArrayList<>();
    for (Parameters.Parameter p : parameters.all()) {
      tensors.add(
          new SafeTensors.Tensor(
              prefix + p.name(), p.array().data(), p.array().offset(), p.array().shape()));
    }
    return tensors;
  }

  /** Whether names and shapes are those of the configuration: before weights are allocated. */
  private static void checkTensors(HuggingFaceTensors tensors, ModelConfig config) {
    Map<String, Parameters.Shape> expected = shapes(config);
    TreeSet<String> missing = new TreeSet<>(expected.keySet());
    missing.removeAll(tensors.names());
    TreeSet<String> extra = new TreeSet<>(tensors.names());
    extra.removeAll(expected.keySet());
    extra.removeIf(name -> name.endsWith("rotary_emb.inv_freq"));
    if (config.tieEmbeddings()) {
      extra.remove("lm_head.weight");
    }
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new BadFormat(
          WEIGHTS,
          -1,
          "its tensors do not fit "
              + CONFIG
              + (missing.isEmpty() ? "" : "; missing: " + some(missing))
              + (extra.isEmpty() ? "" : "; not known: " + some(extra)));
    }
    for (Parameters.Shape shape : expected.values()) {
      tensors.requireShape(
          shape.name(),
          shape.matrix() ? new int[] {shape.rows(), shape.width()} : new int[] {shape.width()});
    }
  }

  private static String some(TreeSet<String> names) {
    List<String> first = names.stream().limit(3).toList();
    return String.join(", ", first)
        + (names.size() > 3 ? " and " + (names.size() - 3) + " more" : "");
  }

  // ---- writing --------------------------------------------------------------------------------

  static String configJson(ModelConfig c, Tokenizer tokenizer, TensorType type) throws IOException {
    boolean llama = c.norm() == NormType.RMSNORM;
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.putArray("architectures").add(llama ? "LlamaForCausalLM" : "MiniLlmForCausalLM");
    root.put("model_type", llama ? "llama" : HuggingFaceConfig.OURS);
    if (!llama) {
      root.put("norm_type", "layernorm");
    }
    root.put("vocab_size", c.vocabSize());
    root.put("hidden_size", c.dModel());
    root.put("intermediate_size", c.dFf());
    root.put("num_hidden_layers", c.nLayers());
    root.put("num_attention_heads", c.nHeads());
    root.put("num_key_value_heads", c.nKvHeads());
    root.put("head_dim", c.headDim());
    root.put("max_position_embeddings", c.contextLength());
    root.put("rms_norm_eps", Double.parseDouble(Float.toString(c.normEps())));
    root.put("hidden_act", "silu");
    root.put("tie_word_embeddings", c.tieEmbeddings());
    root.put("attention_bias", false);
    root.put("mlp_bias", false);
    double theta = Double.parseDouble(Float.toString(c.ropeTheta()));
    root.put("rope_theta", theta);
    root.putNull("rope_scaling");
    root.putObject("rope_parameters").put("rope_type", "default").put("rope_theta", theta);
    String dtype =
        switch (type) {
          case F32 -> "float32";
          case F16 -> "float16";
          case BF16 -> "bfloat16";
        };
    root.put("torch_dtype", dtype);
    tokenizer.bosId().ifPresent(id -> root.put("bos_token_id", id));
    tokenizer.eosId().ifPresent(id -> root.put("eos_token_id", id));
    return root.toPrettyString();
  }

  // ---- card.json --------------------------------------------------------------------------------

  static ModelCard readCard(Path directory) throws IOException {
    String name = String.valueOf(directory.toAbsolutePath().normalize().getFileName());
    Path file = directory.resolve(CARD);
    if (!Files.exists(file)) {
      return ModelCard.named(name);
    }
    return card(Json.readObject(file), name);
  }

  /** What {@link #cardJson} wrote; {@code name} if it does not say. */
  static ModelCard card(JsonNode root, String name) {
    return new ModelCard(
        root.path("name").asText(name),
        root.path("data").asText(""),
        root.path("loss").asDouble(Double.NaN),
        root.path("bits_per_byte").asDouble(Double.NaN),
        root.path("steps").asLong(0),
        root.path("training_seconds").asLong(0),
        root.path("created_by").asText(""),
        root.path("base").asText(""));
  }

  static String cardJson(ModelCard card) throws IOException {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("name", card.name());
    root.put("data", card.data());
    if (Double.isFinite(card.loss())) {
      root.put("loss", card.loss());
    }
    if (Double.isFinite(card.bitsPerByte())) {
      root.put("bits_per_byte", card.bitsPerByte());
    }
    root.put("steps", card.steps());
    root.put("training_seconds", card.trainingSeconds());
    root.put("created_by", card.createdBy());
    if (!card.base().isEmpty()) {
      root.put("base", card.base());
    }
    return root.toPrettyString();
  }
}
