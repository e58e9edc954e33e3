package org.minillm.app;

import java.util.ArrayList;
import java.util.List;
import org.minillm.ChatSession;
import org.minillm.Generated;
import org.minillm.GenerationListener;
import org.minillm.MiniLlm;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.Tokenizer;

/**
 * Answers with one model. The cache of a model in training holds keys of older weights, so it is
 * forgotten at each turn. One thread at a time, which must have the turn at the compute gate.
 */
final class ChatTurn {
  private final ChatModel model;
  private final MiniLlm llm;
  private final ChatSession session;

  ChatTurn(ChatModel model) {
    this.model = model;
    this.llm = MiniLlm.of(model.loaded());
    this.session = llm.chat("");
  }

  Tokenizer tokenizer() {
    return llm.tokenizer();
  }

  int contextUsed() {
    return llm.contextUsed();
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
   * @param listener hears the answer
   */
  ChatReply answer(
      String systemPrompt,
      List<ChatMessage> before,
      String message,
      GenerateOptions options,
      GenerationListener listener,
      RunControl control) {
    if (model.live()) {
      llm.forget();
    }
    List<ChatMessage> conversation = new ArrayList<>();
    if (!systemPrompt.isBlank()) {
      conversation.add(ChatMessage.system(systemPrompt));
    }
    conversation.addAll(before);
    session.setMessages(conversation);
    Generated made = session.reply(message, options, listener, control);
    return reply(made, session.forgottenMessages());
  }

  /** Continues a text as it stands. */
  ChatReply complete(
      String text, GenerateOptions options, GenerationListener listener, RunControl control) {
    if (model.live()) {
      llm.forget();
    }
    return reply(llm.generate(text, options, listener, control), 0);
  }

  private ChatReply reply(Generated made, int forgottenMessages) {
    return new ChatReply(
        made.text(),
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
