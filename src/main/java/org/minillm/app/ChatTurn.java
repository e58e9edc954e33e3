package org.minillm.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.minillm.ChatSession;
import org.minillm.Generated;
import org.minillm.GenerationListener;
import org.minillm.MiniLlm;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.ScoredToken;
import org.minillm.model.AttentionWeights;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.Tokenizer;

/**
 * Answers with one model. The cache of a model in training holds keys of older weights, so it is
 * forgotten at each turn. One thread at a time, which must have the turn at the compute gate.
 */
final class ChatTurn {
  private static final int ANSWERS = 64;

  private final ChatModel model;
  private final MiniLlm llm;
  private final ChatSession session;

  /** The ids of the latest answers, by their text. */
  private final Map<String, int[]> answers =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, int[]> eldest) {
          return size() > ANSWERS;
        }
      };

  ChatTurn(ChatModel model) {
    this(model, model.wholeContext());
  }

  /**
   * @param context positions it has room for, 1 to the model's
   */
  ChatTurn(ChatModel model, int context) {
    this.model = model;
    this.llm = MiniLlm.of(model.loaded(), context);
    this.session = llm.chat("");
  }

  Tokenizer tokenizer() {
    return llm.tokenizer();
  }

  /** A model may be padded to more ids than its tokenizer knows. */
  private int[] known(int[] ids) {
    return Arrays.stream(ids).filter(id -> id < llm.tokenizer().vocabSize()).toArray();
  }

  int contextUsed() {
    return llm.contextUsed();
  }

  /** Positions that a conversation will take; nothing is computed. From any thread. */
  int contextTokens(String systemPrompt, List<ChatMessage> conversation) {
    if (conversation.isEmpty()) {
      return 0;
    }
    ChatSession counted = llm.chat("");
    counted.setMessages(withSystem(systemPrompt, conversation));
    return counted.contextTokens();
  }

  int contextLength() {
    return llm.contextLength();
  }

  void free() {
    llm.releaseSession();
  }

  /** Throws BadInput for a model that was taught conversations in a form not known here. */
  void requireKnownTemplate() {
    if (model.unknownTemplate()) {
      throw new BadInput(
          "model " + model.name(),
          "its chat template is not known here, so it cannot be asked as it was taught; it can be"
              + " given a text to continue (completions)");
    }
  }

  /**
   * @param before the conversation so far, without the message to answer
   * @param start what the answer begins with, empty for nothing; the reply's text begins so, too
   * @param listener hears what follows it
   */
  ChatReply answer(
      String systemPrompt,
      List<ChatMessage> before,
      String message,
      String start,
      GenerateOptions options,
      GenerationListener listener,
      RunControl control) {
    forgetIfLive();
    see(systemPrompt, before);
    Generated made = session.reply(message, start, options, listener, control);
    return reply(start, made, session.forgottenMessages());
  }

  private void forgetIfLive() {
    if (model.live()) {
      llm.forget();
    }
  }

  private void see(String systemPrompt, List<ChatMessage> before) {
    session.setMessages(withSystem(systemPrompt, before));
  }

  private static List<ChatMessage> withSystem(String systemPrompt, List<ChatMessage> messages) {
    List<ChatMessage> conversation = new ArrayList<>();
    if (!systemPrompt.isBlank()) {
      conversation.add(ChatMessage.system(systemPrompt));
    }
    conversation.addAll(messages);
    return conversation;
  }

  /**
   * Continues a text as it stands.
   *
   * @param start of the continuation, as for {@link #answer}
   */
  ChatReply complete(
      String text,
      String start,
      GenerateOptions options,
      GenerationListener listener,
      RunControl control) {
    forgetIfLive();
    return reply(start, llm.generate(text + start, options, listener, control), 0);
  }

  /**
   * What the model thinks of each token of an answer. An answer made here lately keeps the tokens
   * it was made of; another one is encoded.
   *
   * @param before the conversation without the message that was answered
   */
  AnswerInspection inspect(
      String systemPrompt,
      List<ChatMessage> before,
      String message,
      String answer,
      ChatMode mode,
      RunControl control) {
    forgetIfLive();
    Tokenizer tokenizer = llm.tokenizer();
    see(systemPrompt, before);
    int[] prompt =
        mode == ChatMode.COMPLETION ? tokenizer.prompt(message) : session.promptFor(message);
    if (prompt.length == 0) {
      throw new BadInput("answer", "there is nothing before it that it could be explained by");
    }
    int[] made = idsOf(answer);
    int seen = Math.min(made.length, Math.max(0, llm.contextLength() + 1 - prompt.length));
    int[] ids = Arrays.copyOf(prompt, prompt.length + seen);
    System.arraycopy(made, 0, ids, prompt.length, seen);
    List<ScoredToken> scored =
        llm.scoreAnswer(ids, prompt.length, AnswerInspection.CANDIDATES, control);
    return new AnswerInspection(tokenizer, llm.config(), ids, prompt.length, scored, made.length);
  }

  /** How the heads attended to what stands before a token of an answer. */
  AttentionWeights attention(AnswerInspection inspection, int token, RunControl control) {
    forgetIfLive();
    return llm.attention(inspection.ids(), inspection.from() + token - 1, control);
  }

  private int[] idsOf(String answer) {
    int[] ids = answers.get(answer);
    return ids == null ? llm.tokenizer().encode(answer) : ids;
  }

  private ChatReply reply(String start, Generated made, int forgottenMessages) {
    // Encoding the text again may cut it otherwise; what a stop string ended is not all text.
    if (start.isEmpty() && llm.tokenizer().decode(known(made.ids())).equals(made.text())) {
      answers.put(made.text(), made.ids());
    }
    return new ChatReply(
        start + made.text(),
        made.stopReason(),
        made.promptTokens(),
        made.reusedTokens(),
        made.tokens(),
        made.decodeTokensPerSecond(),
        made.tokens() == 0 ? Double.NaN : made.firstTokenMillis() / 1000,
        forgottenMessages,
        made.forgottenTokens(),
        llm.contextUsed(),
        llm.contextLength(),
        model.step().getAsLong());
  }
}
