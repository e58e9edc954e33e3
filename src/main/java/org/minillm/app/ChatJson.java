package org.minillm.app;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.minillm.app.StoredChat.Figures;
import org.minillm.app.StoredChat.Message;
import org.minillm.base.JsonFault;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.generate.StopReason;

/**
 * Chats as JSON. A message follows the one before it in the file unless {@code parent} names
 * another by its index (-1 for none); of siblings, the one with {@code chosen} is on the branch
 * shown. So a chat without branches, as the first versions wrote it, is a plain list.
 */
final class ChatJson {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private ChatJson() {}

  /**
   * Reads a chat.
   *
   * @param file name of the file, for messages
   * @throws BadFormat if it is no chat
   */
  static StoredChat read(String text, String id, String file) {
    JsonNode root = parse(text, file);
    if (!root.path("messages").isArray()) {
      throw new BadFormat(file, -1, "is no chat: it has no list of messages");
    }
    List<Message> messages = new ArrayList<>();
    for (JsonNode node : root.path("messages")) {
      String role = node.path("role").asText();
      if (!role.equals("user") && !role.equals("assistant")) {
        throw new BadFormat(
            file, -1, "is no chat: a message is of neither the user nor the assistant");
      }
      int parent = node.path("parent").asInt(messages.size() - 1);
      if (parent < -1 || parent >= messages.size()) {
        throw new BadFormat(
            file, -1, "is no chat: a message follows one that does not come before it");
      }
      messages.add(
          new Message(
              role.equals("user"),
              node.path("content").asText(),
              figures(node.path("figures"), file),
              parent,
              node.path("chosen").asBoolean()));
    }
    return new StoredChat(
        id,
        root.path("title").asText(),
        root.path("named").asBoolean(),
        root.path("changed").asLong(),
        root.path("mode").asText().equals("completion") ? ChatMode.COMPLETION : ChatMode.CHAT,
        root.path("model").asText(),
        messages);
  }

  private static JsonNode parse(String text, String file) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new BadFormat(file, -1, "is not JSON: " + JsonFault.words(e.getOriginalMessage()));
    }
  }

  private static @Nullable Figures figures(JsonNode node, String file) {
    if (node.isMissingNode()) {
      return null;
    }
    StopReason reason;
    try {
      reason = StopReason.valueOf(node.path("reason").asText());
    } catch (IllegalArgumentException e) {
      throw new BadFormat(
          file, -1, "is no chat: no answer ends for the reason " + node.path("reason"));
    }
    return new Figures(
        node.path("tokens").asInt(),
        node.path("tokens_per_s").asDouble(),
        node.path("first_token_s").asDouble(Double.NaN),
        reason,
        node.path("forgotten_messages").asInt(),
        node.path("forgotten_tokens").asInt(),
        node.path("training_step").asLong(-1));
  }

  /** Through a writer: half a surrogate pair becomes a question mark, bytes would be refused. */
  private static JsonGenerator generator(OutputStream out) throws IOException {
    return JSON.createGenerator(new OutputStreamWriter(out, StandardCharsets.UTF_8));
  }

  /** Writes a chat as it goes: one of thousands of messages is saved with every answer. */
  static void write(StoredChat chat, OutputStream out) throws IOException {
    try (JsonGenerator json = generator(out)) {
      json.writeStartObject();
      json.writeStringField("title", chat.title());
      if (chat.named()) {
        json.writeBooleanField("named", true);
      }
      json.writeNumberField("changed", chat.changedMillis());
      json.writeStringField("mode", chat.mode() == ChatMode.COMPLETION ? "completion" : "chat");
      json.writeStringField("model", chat.model());
      json.writeArrayFieldStart("messages");
      for (int i = 0; i < chat.messages().size(); i++) {
        write(chat.messages().get(i), i, json);
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void write(Message message, int index, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("role", message.user() ? "user" : "assistant");
    json.writeStringField("content", message.text());
    if (message.parent() != index - 1) {
      json.writeNumberField("parent", message.parent());
    }
    if (message.chosen()) {
      json.writeBooleanField("chosen", true);
    }
    Figures figures = message.figures();
    if (figures != null) {
      json.writeObjectFieldStart("figures");
      write(figures, json);
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void write(Figures figures, JsonGenerator json) throws IOException {
    json.writeNumberField("tokens", figures.tokens());
    json.writeNumberField("tokens_per_s", Math.round(10 * figures.tokensPerSecond()) / 10.0);
    if (Double.isFinite(figures.firstTokenSeconds())) {
      json.writeNumberField(
          "first_token_s", Math.round(1000 * figures.firstTokenSeconds()) / 1000.0);
    }
    json.writeStringField("reason", figures.reason().name());
    json.writeNumberField("forgotten_messages", figures.forgottenMessages());
    json.writeNumberField("forgotten_tokens", figures.forgottenTokens());
    if (figures.trainingStep() >= 0) {
      json.writeNumberField("training_step", figures.trainingStep());
    }
  }

  /** Where one was; throws BadFormat as {@link #read}. */
  static ChatPlace readPlace(String text, String file) {
    JsonNode root = parse(text, file);
    TreeMap<String, String> drafts = new TreeMap<>();
    root.path("drafts").properties().forEach(e -> drafts.put(e.getKey(), e.getValue().asText()));
    return new ChatPlace(root.path("open").asText(), drafts);
  }

  static void write(ChatPlace place, OutputStream out) throws IOException {
    try (JsonGenerator json = generator(out)) {
      json.writeStartObject();
      json.writeStringField("open", place.open());
      json.writeObjectFieldStart("drafts");
      for (Map.Entry<String, String> draft : new TreeMap<>(place.drafts()).entrySet()) {
        json.writeStringField(draft.getKey(), draft.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }
}
