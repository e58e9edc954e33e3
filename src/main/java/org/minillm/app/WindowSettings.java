package org.minillm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import org.minillm.format.AtomicFiles;

/**
 * What the window remembers from one start to the next.
 *
 * @param language "es" or "en"; empty for the system's
 * @param model path of the model that was open last; empty for none
 */
public record WindowSettings(boolean dark, String language, String model) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Those of a first start. */
  public static final WindowSettings FIRST = new WindowSettings(true, "", "");

  public WindowSettings withDark(boolean value) {
    return new WindowSettings(value, language, model);
  }

  public WindowSettings withLanguage(String value) {
    return new WindowSettings(dark, value, model);
  }

  public WindowSettings withModel(String value) {
    return new WindowSettings(dark, language, value);
  }

  /** Those in a file, or those of a first start where it is missing or unreadable. */
  public static WindowSettings read(Path file) {
    try {
      if (Files.isRegularFile(file)) {
        JsonNode node = JSON.readTree(Files.readString(file));
        return new WindowSettings(
            !node.path("theme").asText().equals("light"),
            node.path("language").asText(),
            node.path("model").asText());
      }
    } catch (IOException e) {
      System.getLogger(WindowSettings.class.getName())
          .log(Level.WARNING, "Cannot read " + file + ": " + e.getMessage());
    }
    return FIRST;
  }

  /** Writes them; makes the directory where it is missing. */
  public void write(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    AtomicFiles.writeText(
        file,
        JSON.writerWithDefaultPrettyPrinter()
                .writeValueAsString(
                    JSON.createObjectNode()
                        .put("theme", dark ? "dark" : "light")
                        .put("language", language)
                        .put("model", model))
            + "\n");
  }
}
