package org.minillm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelCard;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.StopReason;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

class CompletionTest {
  /** A model that says this token and no other, whatever came before. */
  private static Transformer always(int id, int vocabSize) {
    ModelConfig config =
        new ModelConfig(vocabSize, 8, 1, 1, 1, 8, 16, 10_000f, 1e-5f, NormType.LAYERNORM, false);
    Parameters parameters = Parameters.allocate(config);
    Parameters.Parameter bias = parameters.get("model.norm.bias");
    Arrays.fill(parameters.data(), bias.array().offset(), bias.array().offset() + 8, 1f);
    int row = parameters.get("lm_head.weight").array().offset() + 8 * id;
    Arrays.fill(parameters.data(), row, row + 8, 1f);
    return new Transformer(config, parameters, WorkerPool.shared());
  }

  private static Generated completion(Tokenizer tokenizer, Optional<ChatTemplate> template) {
    int end = tokenizer.idOf("<|im_end|>").getAsInt();
    try (MiniLlm model =
        MiniLlm.of(
            new LoadedModel(
                always(end, tokenizer.vocabSize()),
                tokenizer,
                template,
                ModelCard.named("test"),
                Path.of("")))) {
      return model.generate("a", GenerateOptions.greedy().withMaxTokens(4));
    }
  }

  @Test
  void aTextOfAModelThatChatsEndsWhereATurnEnds() throws Exception {
    Tokenizer tokenizer =
        BpeTrainer.train(
            consumer -> consumer.accept("a b a b"),
            260,
            BpeTrainer.SPECIALS,
            WorkerPool.shared(),
            new RunControl(),
            (stage, done, total) -> {});
    Generated chats = completion(tokenizer, Optional.of(ChatTemplate.chatml()));
    assertEquals(StopReason.END_OF_TEXT, chats.stopReason());
    assertEquals("", chats.text());
    assertEquals(StopReason.MAX_TOKENS, completion(tokenizer, Optional.empty()).stopReason());
  }
}
