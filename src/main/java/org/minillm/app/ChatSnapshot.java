package org.minillm.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.minillm.tokenizer.ChatMessage;

/**
 * What the chat shows.
 *
 * @param modelName empty without a model
 * @param path of a model from disk
 * @param live whether it is the model in training
 * @param chats whether the model knows conversations; else every message is a text that it
 *     continues
 * @param unknownTemplate whether that is because its chat template is not known here
 * @param parameters number of weights
 * @param contextLength positions; {@code contextUsed} of them are in use
 * @param messages the conversation, the answer under way not included
 * @param partial the answer under way, empty when there is none
 * @param lastReply figures of the last answer
 */
public record ChatSnapshot(
    ChatState state,
    String modelName,
    Optional<Path> path,
    boolean live,
    boolean chats,
    boolean unknownTemplate,
    long parameters,
    int contextLength,
    int contextUsed,
    String systemPrompt,
    List<ChatMessage> messages,
    String partial,
    Optional<ChatReply> lastReply) {
  public ChatSnapshot {
    messages = List.copyOf(messages);
  }

  /** The same in another state. */
  public ChatSnapshot withState(ChatState now) {
    return new ChatSnapshot(
        now,
        modelName,
        path,
        live,
        chats,
        unknownTemplate,
        parameters,
        contextLength,
        contextUsed,
        systemPrompt,
        messages,
        partial,
        lastReply);
  }
}
