package org.minillm.app;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.format.AtomicFiles;

/**
 * Changes one value of {@code config.json} and leaves every other character as the user wrote it:
 * order, indentation, blank lines.
 */
public final class ConfigFile {
  private ConfigFile() {}

  /**
   * Writes {@code section.key} into the file; adds it, and makes the file, where it is missing.
   *
   * @param key full key, for instance {@code resources.max_memory_mb}
   * @param value as JSON: {@code 400}, {@code "bpe"}, {@code true}
   * @throws BadConfig when the key is not known or the file would not be valid afterwards; the file
   *     is untouched then
   */
  public static void set(Path file, String key, String value) throws IOException {
    set(file, Map.of(key, value));
  }

  /** As {@link #set(Path, String, String)}, for keys that are valid only together. */
  public static void set(Path file, Map<String, String> values) throws IOException {
    String text = Files.exists(file) ? Files.readString(file) : "{\n}\n";
    for (Map.Entry<String, String> entry : values.entrySet()) {
      text = replaced(text, entry.getKey(), entry.getValue());
    }
    AppConfig.parse(text, file.toString());
    AtomicFiles.writeText(file, text);
  }

  static String replaced(String json, String fullKey, String value) throws IOException {
    int dot = fullKey.indexOf('.');
    String section = dot < 0 ? fullKey : fullKey.substring(0, dot);
    String key = fullKey.substring(dot + 1);
    if (!ConfigReader.KEYS.getOrDefault(section, List.of()).contains(key)) {
      throw new BadConfig(fullKey, value, "a key of config.json");
    }
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      int depth = 0;
      boolean inSection = false;
      int rootStart = -1;
      int sectionStart = -1;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
          depth++;
          int after = (int) parser.currentTokenLocation().getCharOffset() + 1;
          if (depth == 1) {
            rootStart = after;
          } else if (depth == 2 && inSection) {
            sectionStart = after;
          }
        } else if (token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY) {
          depth--;
        } else if (token == JsonToken.FIELD_NAME && depth == 1) {
          inSection = parser.currentName().equals(section);
        } else if (token == JsonToken.FIELD_NAME
            && depth == 2
            && inSection
            && parser.currentName().equals(key)) {
          parser.nextToken();
          int from = (int) parser.currentTokenLocation().getCharOffset();
          parser.skipChildren();
          parser.finishToken();
          int to = (int) parser.currentLocation().getCharOffset();
          while (to > from && Character.isWhitespace(json.charAt(to - 1))) {
            to--;
          }
          return json.substring(0, from) + value + json.substring(to);
        }
      }
      String entry = '"' + key + "\": " + value;
      return sectionStart >= 0
          ? inserted(json, sectionStart, entry, "    ", "  ")
          : inserted(json, rootStart, '"' + section + "\": {" + entry + "}", "  ", "");
    }
  }

  /** Puts an entry first into the object that begins before {@code at}. */
  private static String inserted(
      String json, int at, String entry, String indent, String closingIndent) {
    int next = at;
    while (next < json.length() && Character.isWhitespace(json.charAt(next))) {
      next++;
    }
    boolean empty = json.charAt(next) == '}';
    String space = empty ? "\n" + indent : json.substring(at, next);
    return json.substring(0, at)
        + space
        + entry
        + (empty ? "\n" + closingIndent : "," + json.substring(at, next))
        + json.substring(next);
  }
}
