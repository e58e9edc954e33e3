package org.minillm.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.GenerationResult;
import org.minillm.generate.Generator;
import org.minillm.generate.OverflowPolicy;
import org.minillm.model.InferenceSession;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.StreamingDecoder;
import org.minillm.tokenizer.Tokenizer;

/**
 * Answers with one model. A model with a chat template gets the whole conversation; what it shares
 * with the turn before is in the cache and costs nothing. Without a template a message is the
 * beginning of a text of its own.
 *
 * <p>The cache of a model in training holds keys of older weights, so it is forgotten at each turn.
 * One thread at a time, which must have the turn at the compute gate.
 */
final class ChatTurn {
  private final ChatModel model;
  private final InferenceSession session;
  private final Generator generator;

  ChatTurn(ChatModel model, int chunkSize) {
    this.model = model;
    this.session =
        new InferenceSession(
            model.transformer(), model.transformer().config().contextLength(), chunkSize);
    this.generator = new Generator(session);
  }

  int contextUsed() {
    return generator.contextUsed();
  }

  int contextLength() {
    return generator.contextLength();
  }

  void free() {
    session.free();
  }

  /**
   * @param conversation the last message is the user's
   * @param onText pieces of the answer
   */
  ChatReply answer(
      String systemPrompt,
      List<ChatMessage> conversation,
      GenerateOptions asked,
      Consumer<String> onText,
      RunControl control) {
    if (model.live()) {
      generator.forget();
    }
    Tokenizer tokenizer = model.tokenizer();
    Optional<ChatTemplate> template = model.usableTemplate();
    List<ChatMessage> messages = new ArrayList<>(conversation);
    Optional<ChatMessage> system =
        systemPrompt.isBlank() ? Optional.empty() : Optional.of(ChatMessage.system(systemPrompt));
    int[] prompt = prompt(template, system, messages);
    int forgottenMessages = 0;
    GenerateOptions options = asked;
    if (asked.overflow() == OverflowPolicy.SLIDE) {
      int room = Math.max(1, Math.min(asked.maxTokens(), contextLength() / 4));
      while (template.isPresent()
          && prompt.length > contextLength() - room
          && messages.size() > 2) {
        messages.subList(0, 2).clear(); // a question with its answer
        forgottenMessages += 2;
        prompt = prompt(template, system, messages);
      }
      int keep =
          template.isPresent() && system.isPresent()
              ? template.get().encode(tokenizer, List.of(system.get()), false).length
              : 0;
      options = asked.withOverflow(OverflowPolicy.SLIDE, keep);
    }
    long start = System.nanoTime();
    Answer answer = new Answer(tokenizer, options.stop(), onText, start);
    GenerationResult result =
        generator.generate(prompt, stops(template, tokenizer), options, answer::onToken, control);
    answer.end();
    int tokens = result.tokens().length;
    return new ChatReply(
        answer.text.toString(),
        result.reason(),
        result.promptTokens(),
        result.reusedTokens(),
        tokens,
        tokens == 0 ? 0 : tokens / Math.max(1e-9, result.decodeNanos() / 1e9),
        tokens == 0 ? Double.NaN : (answer.firstToken - start) / 1e9,
        forgottenMessages,
        result.forgottenTokens(),
        generator.contextUsed(),
        generator.contextLength(),
        model.step().getAsLong());
  }

  private int[] prompt(
      Optional<ChatTemplate> template, Optional<ChatMessage> system, List<ChatMessage> messages) {
    if (template.isEmpty()) {
      return model.tokenizer().prompt(messages.get(messages.size() - 1).content());
    }
    List<ChatMessage> all = new ArrayList<>();
    system.ifPresent(all::add);
    all.addAll(messages);
    return template.get().encode(model.tokenizer(), all, true);
  }

  private static IntPredicate stops(Optional<ChatTemplate> template, Tokenizer tokenizer) {
    if (template.isPresent()) {
      Set<Integer> ids = template.get().stopIds(tokenizer);
      return ids::contains;
    }
    int end = tokenizer.eosId().orElse(-1);
    return id -> id == end;
  }

  /** Turns tokens into text, stops at stop strings. */
  private static final class Answer {
    private final StreamingDecoder decoder;
    private final StopStrings stops;
    private final Consumer<String> onText;
    private final StringBuilder text = new StringBuilder();
    private long firstToken;
    private boolean first = true;

    Answer(Tokenizer tokenizer, List<String> stops, Consumer<String> onText, long start) {
      this.decoder = tokenizer.streamingDecoder();
      this.stops = new StopStrings(stops);
      this.onText = onText;
      this.firstToken = start;
    }

    boolean onToken(int id, float logProbability) {
      if (first) {
        first = false;
        firstToken = System.nanoTime();
      }
      show(stops.accept(decoder.accept(id)));
      return !stops.found();
    }

    void end() {
      show(stops.accept(decoder.flush()));
      show(stops.flush());
    }

    private void show(String piece) {
      if (!piece.isEmpty()) {
        text.append(piece);
        onText.accept(piece);
      }
    }
  }
}
