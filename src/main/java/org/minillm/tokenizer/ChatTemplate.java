package org.minillm.tokenizer;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How a conversation becomes one text. */
public final class ChatTemplate {
  private ChatTemplate() {}

  /** ChatML: {@code <|im_start|>role\ncontent<|im_end|>\n}. */
  public static ChatTemplate chatml() {
    return new ChatTemplate();
  }

  /** The template a Jinja text means, if it is one this class knows. */
  public static Optional<ChatTemplate> recognise(String jinja) {
    throw new UnsupportedOperationException("being written");
  }

  /** Jinja for tokenizer_config.json. */
  public String jinja() {
    throw new UnsupportedOperationException("being written");
  }

  /** Whether the tokenizer has the special tokens this template needs. */
  public boolean supports(Tokenizer tokenizer) {
    throw new UnsupportedOperationException("being written");
  }

  /** The conversation as text, specials written out; with the opening of an answer if asked. */
  public String render(List<ChatMessage> messages, boolean openAnswer) {
    throw new UnsupportedOperationException("being written");
  }

  /** The conversation as ids; no text of a message becomes a special token. */
  public int[] encode(Tokenizer tokenizer, List<ChatMessage> messages, boolean openAnswer) {
    throw new UnsupportedOperationException("being written");
  }

  /** The ids that close an answer whose ids were generated: {@code <|im_end|>\n}. */
  public int[] closing(Tokenizer tokenizer) {
    throw new UnsupportedOperationException("being written");
  }

  /** The tokens that end an answer. */
  public List<String> stops() {
    throw new UnsupportedOperationException("being written");
  }

  /** The ids of {@link #stops()} in this tokenizer, and its end of text. */
  public Set<Integer> stopIds(Tokenizer tokenizer) {
    throw new UnsupportedOperationException("being written");
  }
}
