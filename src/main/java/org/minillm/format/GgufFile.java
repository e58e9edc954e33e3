package org.minillm.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.minillm.base.JsonTree;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.tokenizer.ChatSupport;
import org.minillm.tokenizer.Tokenizer;

/**
 * GGUF, llama.cpp's single file, architecture {@code llama}. F32, F16 and BF16 become float32 in
 * memory; Q8_0 stays int8; Q4_0 becomes int8 with the same scales, which is exact (its quants are
 * -8 to 7). What this app cannot compute exactly is refused.
 */
final class GgufFile {
  static final String FORMAT = "GGUF";
  static final String LLAMA = "llama.";

  /** Key of ours: the model's card, as card.json has it. */
  static final String CARD = "minillm.card";

  private GgufFile() {}

  static ModelInfo inspect(Path path) throws IOException {
    GgufHeader header = GgufHeader.read(path, false, MemoryBudget.ofHeap());
    ModelConfig config = config(header);
    try (GgufTensors tensors = GgufTensors.open(path, header, config)) {
      return new ModelInfo(
          path,
          FORMAT,
          config,
          Files.size(path),
          mostlyType(header),
          card(header.metadata(), path),
          chat(header.metadata()),
          ModelSource.bytesAsStored(config, tensors));
    }
  }

  static ModelSource open(Path path, MemoryBudget budget) throws IOException {
    GgufHeader header = GgufHeader.read(path, true, budget);
    ModelConfig config = config(header);
    GgufMetadata m = header.metadata();
    Tokenizer tokenizer = GgufTokenizer.read(m);
    if (tokenizer.vocabSize() > config.vocabSize()) {
      throw m.broken(
          GgufHeader.TOKENS,
          "are "
              + tokenizer.vocabSize()
              + ", the embedding has only "
              + config.vocabSize()
              + " rows");
    }
    return new ModelSource(
        path, config, tokenizer, chat(m), card(m, path), GgufTensors.open(path, header, config));
  }

  static Tokenizer loadTokenizer(Path path) throws IOException {
    return GgufTokenizer.read(GgufHeader.read(path, true, MemoryBudget.ofHeap()).metadata());
  }

  private static ChatSupport chat(GgufMetadata m) {
    return ChatSupport.of(m.text(GgufTokenizer.CHAT_TEMPLATE).orElse(""));
  }

  private static ModelCard card(GgufMetadata m, Path path) {
    String name = m.text("general.name").orElse("");
    String named = name.isBlank() ? String.valueOf(path.getFileName()) : name;
    Optional<String> own = m.text(CARD);
    if (own.isPresent()) {
      try {
        return HuggingFaceDirectory.card(JsonTree.read(own.get()), named).withName(named);
      } catch (JsonProcessingException e) {
        throw m.broken(CARD, "is not JSON");
      }
    }
    ModelCard card = ModelCard.named(named);
    return new ModelCard(
        card.name(),
        m.text("general.description").orElse(""),
        card.loss(),
        card.bitsPerByte(),
        card.steps(),
        card.trainingSeconds(),
        card.createdBy(),
        card.base());
  }

  /** The type of most values. */
  private static String mostlyType(GgufHeader header) {
    Map<GgufType, Long> values = new EnumMap<>(GgufType.class);
    header.tensors().values().forEach(t -> values.merge(t.type(), t.values(), Long::sum));
    return values.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(e -> e.getKey().name())
        .orElse(GgufType.F32.name());
  }

  private static ModelConfig config(GgufHeader header) {
    GgufMetadata m = header.metadata();
    String architecture = m.requireText("general.architecture");
    if (!architecture.equals("llama")) {
      throw m.broken("general.architecture", "is '" + architecture + "'; supported: llama");
    }
    GgufHeader.Tensor embedding = header.tensors().get("token_embd.weight");
    if (embedding == null || embedding.shape().length != 2) {
      throw new BadFormat(m.file(), -1, "has no matrix token_embd.weight");
    }
    int heads = m.requireInteger(LLAMA + "attention.head_count");
    double eps =
        m.real(LLAMA + "attention.layer_norm_rms_epsilon")
            .orElseThrow(() -> m.broken(LLAMA + "attention.layer_norm_rms_epsilon", "is missing"));
    ModelConfig config;
    try {
      config =
          new ModelConfig(
              embedding.shape()[0],
              m.requireInteger(LLAMA + "embedding_length"),
              m.requireInteger(LLAMA + "block_count"),
              heads,
              m.integer(LLAMA + "attention.head_count_kv").orElse(heads),
              m.requireInteger(LLAMA + "feed_forward_length"),
              m.requireInteger(LLAMA + "context_length"),
              (float) m.real(LLAMA + "rope.freq_base").orElse(ModelConfig.DEFAULT_ROPE_THETA),
              (float) eps,
              NormType.RMSNORM,
              !header.tensors().containsKey("output.weight"));
    } catch (BadConfig e) {
      throw new BadFormat(m.file(), -1, "its key-values cannot be: " + e.getMessage());
    }
    refuseOtherModels(m, config);
    return config;
  }

  private static void refuseOtherModels(GgufMetadata m, ModelConfig config) {
    for (String key :
        new String[] {"rope.dimension_count", "attention.key_length", "attention.value_length"}) {
      OptionalInt dim = m.integer(LLAMA + key);
      if (dim.isPresent() && dim.getAsInt() != config.headDim()) {
        throw m.broken(
            LLAMA + key,
            "is " + dim.getAsInt() + "; supported: the head's size, " + config.headDim());
      }
    }
    OptionalInt vocabulary = m.integer(LLAMA + "vocab_size");
    if (vocabulary.isPresent() && vocabulary.getAsInt() != config.vocabSize()) {
      throw m.broken(
          LLAMA + "vocab_size",
          "is " + vocabulary.getAsInt() + ", the embedding has " + config.vocabSize() + " rows");
    }
    Optional<String> scaling = m.text(LLAMA + "rope.scaling.type");
    if (scaling.isPresent() && !scaling.get().equals("none")) {
      throw m.broken(LLAMA + "rope.scaling.type", "is '" + scaling.get() + "'; supported: none");
    }
    if (m.real(LLAMA + "rope.scale_linear").orElse(1) != 1) {
      throw m.broken(LLAMA + "rope.scale_linear", "is not 1; scaled RoPE is not supported");
    }
    if (m.integer(LLAMA + "expert_count").orElse(0) > 0) {
      throw m.broken(LLAMA + "expert_count", "is not 0; experts are not supported");
    }
  }
}
