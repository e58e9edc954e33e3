package org.minillm.tokenizer;

import java.util.Optional;

/**
 * What a model's files say about conversations: a form that is known here, one that is not, or
 * nothing.
 *
 * @param template the known form
 * @param unknown the Jinja text of a form that is not known, or whose markers the tokenizer lacks:
 *     such a model is only asked to continue text, and the text is kept where the model is written
 */
public record ChatSupport(Optional<ChatTemplate> template, Optional<String> unknown) {
  private static final ChatSupport NONE = new ChatSupport(Optional.empty(), Optional.empty());

  /** A model that only continues text. */
  public static ChatSupport none() {
    return NONE;
  }

  /** What a Jinja text means. */
  public static ChatSupport of(String jinja) {
    if (jinja.isBlank()) {
      return NONE;
    }
    Optional<ChatTemplate> known = ChatTemplate.recognise(jinja);
    return new ChatSupport(known, known.isPresent() ? Optional.empty() : Optional.of(jinja));
  }

  /** A known form, or none. */
  public static ChatSupport of(Optional<ChatTemplate> template) {
    return new ChatSupport(template, Optional.empty());
  }

  /** The same with this tokenizer, which may lack the markers. */
  public ChatSupport with(Tokenizer tokenizer) {
    return template.isEmpty() || template.get().supports(tokenizer)
        ? this
        : new ChatSupport(Optional.empty(), Optional.of(template.get().jinja()));
  }

  /** The Jinja text, for a model's files. */
  public Optional<String> jinja() {
    return template.map(ChatTemplate::jinja).or(() -> unknown);
  }
}
