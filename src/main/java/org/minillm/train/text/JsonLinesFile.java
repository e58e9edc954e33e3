package org.minillm.train.text;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.minillm.base.JsonFault;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.tokenizer.ChatMessage;

/**
 * A JSON object a line: {@code {"text": …}} or a conversation {@code {"messages": [{"role",
 * "content"}, …]}}.
 */
record JsonLinesFile(TextFile file) implements SourceFile.Textual {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final List<String> ROLES = List.of("system", "user", "assistant");

  static JsonLinesFile recognise(Path path) throws IOException {
    return new JsonLinesFile(TextFile.recognise(path));
  }

  @Override
  public boolean inPieces() {
    return false;
  }

  @Override
  public TextFormat format() {
    return TextFormat.JSON_LINES;
  }

  @Override
  public void read(TextSink to) throws IOException {
    try (TextLines lines = file.open()) {
      long number = 1;
      for (String line = wholeLine(lines, number);
          line != null;
          line = wholeLine(lines, ++number)) {
        if (!line.isBlank()) {
          accept(parse(line, number), number, line, to);
        }
      }
    }
  }

  private JsonNode parse(String line, long number) {
    try {
      return MAPPER.readTree(line);
    } catch (MismatchedInputException e) {
      throw new BadInput(at(number), "has more than one JSON object; write one a line");
    } catch (JsonProcessingException e) {
      JsonLocation place = e.getLocation();
      String column = place == null ? "" : ", column " + place.getColumnNr();
      String fault = JsonFault.wordsInLine(e.getOriginalMessage());
      throw new BadInput(at(number) + column, "is not JSON: " + fault);
    }
  }

  private void accept(JsonNode node, long number, String line, TextSink to) {
    JsonNode messages = node.path("messages");
    if (messages.isArray() && !messages.isEmpty() && allHaveRoles(messages)) {
      List<ChatMessage> turns = new ArrayList<>();
      messages.forEach(
          m -> turns.add(new ChatMessage(m.path("role").asText(), m.path("content").asText())));
      to.conversation(turns, number, line);
    } else if (node.path("text").isTextual()) {
      String text = node.path("text").asText().strip();
      if (text.isEmpty()) {
        to.empty(number);
      } else {
        to.text(text, number, line);
      }
    } else {
      throw new BadInput(
          at(number),
          "has neither \"text\" nor \"messages\" with role (system, user, assistant) and"
              + " content");
    }
  }

  private static boolean allHaveRoles(JsonNode messages) {
    for (JsonNode message : messages) {
      if (!message.path("content").isTextual()
          || !ROLES.contains(message.path("role").asText(""))) {
        return false;
      }
    }
    return true;
  }

  private @Nullable String wholeLine(TextLines lines, long number) throws IOException {
    String piece = lines.next();
    if (piece == null || lines.ended()) {
      return piece;
    }
    StringBuilder line = new StringBuilder(piece);
    while (piece != null && !lines.ended()) {
      piece = lines.next();
      line.append(piece == null ? "" : piece);
      if (line.length() > LONGEST_DOCUMENT) {
        throw new BadInput(
            at(number), "is longer than " + LONGEST_DOCUMENT + " characters; one document a line");
      }
    }
    return line.toString();
  }

  private String at(long line) {
    return file.path() + ", line " + line;
  }
}
