package org.minillm.format;

import java.nio.file.Path;
import java.util.Optional;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatSupport;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/**
 * A model read from a file.
 *
 * @param chat what its files say about conversations
 */
public record LoadedModel(
    Transformer model, Tokenizer tokenizer, ChatSupport chat, ModelCard card, Path path) {

  /**
   * The same with a known form of conversations.
   *
   * @param chatTemplate empty for a model that only continues text
   */
  public LoadedModel(
      Transformer model,
      Tokenizer tokenizer,
      Optional<ChatTemplate> chatTemplate,
      ModelCard card,
      Path path) {
    this(model, tokenizer, ChatSupport.of(chatTemplate), card, path);
  }

  /** How it was taught to chat; empty for a model that only continues text. */
  public Optional<ChatTemplate> chatTemplate() {
    return chat.template();
  }
}
