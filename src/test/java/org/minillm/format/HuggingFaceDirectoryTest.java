package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.BpeTokenizer;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.ChatTemplate;

class HuggingFaceDirectoryTest extends AbstractModelFormatTest {
  @Override
  ModelConfig shape() {
    return ModelConfig.of(261, 4, 1, 2, 4, 16).withTiedEmbeddings(false);
  }

  @Override
  Path write(Path directory) throws IOException {
    BpeTokenizer tokenizer =
        BpeTrainer.train(
            documents -> documents.accept("abab abab abab"),
            261,
            BpeTrainer.SPECIALS,
            WorkerPool.shared(),
            new RunControl(),
            BpeTrainer.Progress.NONE);
    Path model = directory.resolve("model");
    ModelFiles.save(
        model,
        Transformer.initialise(shape(), SEED, WorkerPool.shared()),
        tokenizer,
        Optional.of(ChatTemplate.chatml()),
        ModelCard.named("tiny"),
        TensorType.F32);
    return model;
  }

  @Override
  List<Path> files(Path model) {
    return List.of(
        model.resolve("model.safetensors"),
        model.resolve("config.json"),
        model.resolve("tokenizer.json"));
  }

  @Test
  void anEmptyTokenizerIsToldAsTheJsonThatItsNamePromises() throws IOException {
    Path file = Files.createFile(dir.resolve("tokenizer.json"));
    BadFormat refusal = assertThrows(BadFormat.class, () -> ModelFiles.loadTokenizer(file));
    assertTrue(refusal.getMessage().contains("JSON"), refusal.getMessage());
  }
}
