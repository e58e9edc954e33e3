package org.minillm.app;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/**
 * A model to chat with: one from disk, or the one in training, whose weights change between turns.
 *
 * @param path where it was loaded from, empty for the model in training
 * @param step training step, -1 for a finished model
 */
record ChatModel(
    String name,
    Optional<Path> path,
    Transformer transformer,
    Tokenizer tokenizer,
    Optional<ChatTemplate> template,
    LongSupplier step) {
  boolean live() {
    return path.isEmpty();
  }

  /** The template, where the tokenizer has its special tokens. */
  Optional<ChatTemplate> usableTemplate() {
    return template.filter(t -> t.supports(tokenizer));
  }
}
