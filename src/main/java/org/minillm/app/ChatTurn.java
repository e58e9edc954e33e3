package org.minillm.app;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.minillm.ChatSession;
import org.minillm.Generated;
import org.minillm.MiniLlm;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.tokenizer.ChatMessage;

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

  int contextUsed() {
    return llm.contextUsed();
  }

  int contextLength() {
    return llm.contextLength();
  }

  void free() {
    llm.releaseSession();
  }

  /**
   * @param before the conversation so far, without the message to answer
   * @param start what the answer begins with, empty for nothing; the reply's text begins so, too
   * @param onText pieces of what follows it
   */
  ChatReply answer(
      String systemPrompt,
      List<ChatMessage> before,
      String message,
      String start,
      GenerateOptions options,
      Consumer<String> onText,
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
    Generated made = session.reply(message, start, options, onText, control);
    return reply(start, made, session.forgottenMessages());
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
      Consumer<String> onText,
      RunControl control) {
    if (model.live()) {
      llm.forget();
    }
    return reply(start, llm.generate(text + start, options, onText, control), 0);
  }

  private ChatReply reply(String start, Generated made, int forgottenMessages) {
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
