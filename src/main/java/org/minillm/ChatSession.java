package org.minillm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/**
 * A conversation with a model. A model with a chat template sees it in that form. One without (it
 * only continues text) sees the messages one after the other, a paragraph each, and continues the
 * last. When the conversation outgrows the context, its oldest turns leave it (the system prompt
 * stays) and {@link #forgottenMessages()} says how many; they remain in {@link #messages()}.
 */
public final class ChatSession {
  /** Tokens kept free for the answer when old turns are dropped, as a share of the context. */
  private static final double ROOM_FOR_ANSWER = 0.25;

  private final MiniLlm model;
  private final List<ChatMessage> messages = new ArrayList<>();
  private int forgotten;

  ChatSession(MiniLlm model, String systemPrompt) {
    this.model = model;
    if (!systemPrompt.isBlank()) {
      messages.add(new ChatMessage("system", systemPrompt));
    }
  }

  /** All messages so far, oldest first. */
  public List<ChatMessage> messages() {
    return List.copyOf(messages);
  }

  /** Messages that no longer fit the context and are not seen by the model. */
  public int forgottenMessages() {
    return forgotten;
  }

  /** Positions of the context that the conversation takes as it stands, at most all of them. */
  public int contextTokens() {
    if (messages.isEmpty()) {
      return 0;
    }
    int tokens = 0;
    // Only the newest messages where there are more than fill the context.
    for (int newest = 8; tokens < model.contextLength(); newest *= 2) {
      int from = Math.max(0, messages.size() - newest);
      while (from > 0 && messages.get(from).role().equals("assistant")) {
        from--; // Llama 2's template has no conversation that begins with an answer
      }
      tokens = standing(messages.subList(from, messages.size())).length;
      if (from == 0) {
        break;
      }
    }
    return Math.min(tokens, model.contextLength());
  }

  /** Replaces the conversation: to go on from an edited or reloaded one. */
  public void setMessages(List<ChatMessage> conversation) {
    messages.clear();
    messages.addAll(conversation);
  }

  /**
   * Answers a message.
   *
   * @param onText hears the answer in pieces of whole characters, on the calling thread
   * @throws BadInput if the message alone does not fit the context; it is not kept then
   */
  public Generated reply(
      String user, GenerateOptions options, Consumer<String> onText, RunControl control) {
    return reply(user, "", options, onText, control);
  }

  /**
   * Answers a message with an answer that begins with a given text; what is generated and heard is
   * what follows it.
   *
   * @param answerStart what the answer begins with; empty leaves it all to the model
   * @throws BadInput if the message and that beginning do not fit the context
   */
  public Generated reply(
      String user,
      String answerStart,
      GenerateOptions options,
      Consumer<String> onText,
      RunControl control) {
    return reply(user, answerStart, options, GenerationListener.ofText(onText), control);
  }

  /** As above; hears the answer's tokens, too. */
  public Generated reply(
      String user,
      String answerStart,
      GenerateOptions options,
      GenerationListener listener,
      RunControl control) {
    messages.add(new ChatMessage("user", user));
    try {
      Generated answer = answer(answerStart, options, listener, control);
      messages.add(new ChatMessage("assistant", answerStart + answer.text()));
      return answer;
    } catch (RuntimeException e) {
      messages.remove(messages.size() - 1);
      throw e;
    }
  }

  /** Drops the last answer and makes another; keeps it where that fails. */
  public Generated again(GenerateOptions options, Consumer<String> onText, RunControl control) {
    int last = messages.size() - 1;
    if (last < 1 || !messages.get(last).role().equals("assistant")) {
      throw new BadInput("again", "there is no answer to make again");
    }
    List<ChatMessage> exchange = List.copyOf(messages.subList(last - 1, last + 1));
    messages.subList(last - 1, last + 1).clear();
    try {
      return reply(exchange.get(0).content(), options, onText, control);
    } catch (RuntimeException e) {
      messages.addAll(exchange);
      throw e;
    }
  }

  /** The ids that the model sees when it is to answer this message; nothing is kept. */
  public int[] promptFor(String user) {
    messages.add(new ChatMessage("user", user));
    try {
      return fittingPrompt(model.chatTemplate(), "");
    } finally {
      messages.remove(messages.size() - 1);
    }
  }

  private Generated answer(
      String start, GenerateOptions options, GenerationListener listener, RunControl control) {
    Optional<ChatTemplate> template = model.chatTemplate();
    IntPredicate stop = stops(template);
    int[] prompt = fittingPrompt(template, start);
    int keep = Math.max(options.keepTokens(), systemTokens(template, prompt));
    GenerateOptions kept = options.withOverflow(options.overflow(), keep);
    return model.generate(prompt, stop, kept, listener, control);
  }

  /** Tokens at the beginning that a sliding context keeps: the system prompt, or the template's. */
  private int systemTokens(Optional<ChatTemplate> template, int[] prompt) {
    String usual = template.map(ChatTemplate::defaultSystem).orElse("");
    if (!hasSystem() && usual.isEmpty()) {
      return 0;
    }
    List<ChatMessage> system =
        hasSystem() ? messages.subList(0, 1) : List.of(ChatMessage.system(usual));
    if (template.isEmpty()) {
      return encode(template, system, "").length;
    }
    int alone = template.get().encode(model.tokenizer(), system, false).length;
    if (alone > 0) {
      return alone;
    }
    // Llama 2's stands within the first turn: what that begins with, whatever the user says.
    List<ChatMessage> saysNothing = List.of(system.get(0), new ChatMessage("user", ""));
    int[] turn = template.get().encode(model.tokenizer(), saysNothing, false);
    int differs = Arrays.mismatch(turn, prompt);
    return differs < 0 ? turn.length : differs;
  }

  private boolean hasSystem() {
    return !messages.isEmpty() && messages.get(0).role().equals("system");
  }

  private IntPredicate stops(Optional<ChatTemplate> template) {
    Tokenizer tokenizer = model.tokenizer();
    Set<Integer> ids = template.map(t -> t.stopIds(tokenizer)).orElseGet(Set::of);
    return id ->
        ids.contains(id)
            || (tokenizer.eosId().isPresent() && tokenizer.eosId().getAsInt() == id)
            || (tokenizer.bosId().isPresent() && tokenizer.bosId().getAsInt() == id);
  }

  /** The conversation's ids, without its oldest turns where it does not fit. */
  private int[] fittingPrompt(Optional<ChatTemplate> template, String answerStart) {
    int room = (int) (model.contextLength() * (1 - ROOM_FOR_ANSWER));
    int keep = hasSystem() ? 1 : 0;
    int[] starts = starts(keep);
    int fits = starts.length - 1;
    int[] prompt = encode(template, from(starts[fits], keep), answerStart);
    if (prompt.length >= model.contextLength()) {
      throw new BadInput(
          "message of " + prompt.length + " tokens",
          "the context holds " + model.contextLength() + ". Send a shorter one.");
    }
    // Backwards from the last message, in steps that double until one is too long, then halve: a
    // long conversation is not encoded whole for the few messages that fit.
    int tooLong = prompt.length > room ? fits - 1 : -1;
    int step = 1;
    while (fits - tooLong > 1) {
      int probe = Math.max(tooLong + 1, fits - step);
      int[] longer = encode(template, from(starts[probe], keep), answerStart);
      if (longer.length <= room) {
        fits = probe;
        prompt = longer;
        step *= 2;
      } else {
        tooLong = probe;
        step = Math.max(1, (fits - tooLong) / 2);
      }
    }
    forgotten = starts[fits] - keep;
    return prompt;
  }

  /**
   * Where what the model sees may begin, the oldest first. An answer whose question is gone would
   * stand first: it goes with it.
   */
  private int[] starts(int keep) {
    return IntStream.range(keep, messages.size())
        .filter(
            i ->
                i == keep
                    || i == messages.size() - 1
                    || !messages.get(i).role().equals("assistant"))
        .toArray();
  }

  /** The system prompt, if there is one, and the messages from one on. */
  private List<ChatMessage> from(int start, int keep) {
    List<ChatMessage> seen = new ArrayList<>(messages.subList(0, keep));
    seen.addAll(messages.subList(start, messages.size()));
    return seen;
  }

  /** The ids of messages as they stand, nothing to be answered. */
  private int[] standing(List<ChatMessage> those) {
    Optional<ChatTemplate> template = model.chatTemplate();
    return template.isPresent()
        ? template.get().encode(model.tokenizer(), those, false)
        : encode(template, those, "");
  }

  private int[] encode(
      Optional<ChatTemplate> template, List<ChatMessage> seen, String answerStart) {
    if (template.isPresent()) {
      return template.get().encode(model.tokenizer(), seen, answerStart);
    }
    StringBuilder text = new StringBuilder();
    for (ChatMessage message : seen) {
      if (text.length() > 0) {
        text.append(message.role().equals("assistant") ? "" : "\n");
      }
      text.append(message.content());
    }
    return model.tokenizer().prompt(text.append(answerStart).toString());
  }
}
