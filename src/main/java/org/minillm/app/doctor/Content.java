package org.minillm.app.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.train.Corpus;
import org.minillm.train.text.Words;

/**
 * What a document says: its text, or the messages of a conversation; and how it is written again.
 *
 * @param text of a document that is no conversation, else empty
 * @param messages of a conversation, else empty
 * @param json the line it was read from, empty for a document of plain text
 */
record Content(String text, List<ChatMessage> messages, String json) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String ANSWERER = "assistant";

  static Content of(Corpus.Document document) {
    if (!document.chat()) {
      return new Content(document.text(), List.of(), document.json());
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode message : tree(document.json()).path("messages")) {
      messages.add(
          new ChatMessage(message.path("role").asText(), message.path("content").asText()));
    }
    return new Content("", messages, document.json());
  }

  boolean conversation() {
    return !messages.isEmpty();
  }

  /** All that is said, without roles. */
  String said() {
    return conversation()
        ? messages.stream().map(ChatMessage::content).collect(Collectors.joining("\n"))
        : text;
  }

  /** What the model is asked: all but the answers. */
  List<String> asked() {
    return conversation()
        ? messages.stream().filter(m -> !isAnswer(m)).map(ChatMessage::content).toList()
        : List.of(text);
  }

  /** What the model answers. */
  List<String> answered() {
    return messages.stream().filter(Content::isAnswer).map(ChatMessage::content).toList();
  }

  private static boolean isAnswer(ChatMessage message) {
    return message.role().equals(ANSWERER);
  }

  /** The text as a training reads it. */
  String trained() {
    return conversation() ? ChatTemplate.chatml().render(messages, false) : text;
  }

  /** What marks turns or documents and stands in a message, where it must not. */
  Optional<String> marker() {
    return messages.stream()
        .flatMap(m -> Corpus.markerIn(ChatTemplate.chatml(), m).stream())
        .findFirst();
  }

  boolean isEmpty() {
    return conversation()
        ? answered().stream().allMatch(String::isBlank)
        : text.chars().noneMatch(c -> Words.isWordPart((char) c));
  }

  /** The same with every text replaced; this very object where nothing changed. */
  Content map(UnaryOperator<String> change) {
    if (!conversation()) {
      String changed = change.apply(text).strip();
      return changed.equals(text) ? this : new Content(changed, messages, json);
    }
    List<ChatMessage> changed =
        messages.stream().map(m -> new ChatMessage(m.role(), change.apply(m.content()))).toList();
    return changed.equals(messages) ? this : new Content(text, changed, json);
  }

  Content withMessages(List<ChatMessage> others) {
    return new Content(text, List.copyOf(others), json);
  }

  Content withText(String other) {
    return new Content(other, messages, json);
  }

  /** A line of JSON; fields that the line had besides are kept. */
  String toJson(Optional<Content> original) {
    if (!json.isEmpty() && original.equals(Optional.of(this))) {
      return json.strip();
    }
    ObjectNode node = json.isEmpty() ? MAPPER.createObjectNode() : (ObjectNode) tree(json);
    if (conversation()) {
      boolean sameTurns = node.path("messages").size() == messages.size();
      ArrayNode old = (ArrayNode) node.path("messages");
      ArrayNode turns = MAPPER.createArrayNode();
      for (int i = 0; i < messages.size(); i++) {
        ObjectNode turn = sameTurns ? (ObjectNode) old.get(i) : MAPPER.createObjectNode();
        turn.put("role", messages.get(i).role()).put("content", messages.get(i).content());
        turns.add(turn);
      }
      node.set("messages", turns);
    } else {
      node.put("text", text);
    }
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode tree(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e); // the corpus has read the line before
    }
  }
}
