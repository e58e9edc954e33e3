package org.minillm.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.minillm.base.JsonFault;
import org.minillm.base.JsonTree;
import org.minillm.base.MiniLlmException.BadFormat;

/** Small JSON files of a model directory. */
final class Json {
  private static final long MAX_BYTES = 1 << 20;

  private Json() {}

  /** Reads an object of at most 1 MB. */
  static JsonNode readObject(Path path) throws IOException {
    String file = String.valueOf(path.getFileName());
    if (Files.isDirectory(path)) {
      throw new BadFormat(file, -1, "is a directory, not a file");
    }
    long size = Files.size(path);
    if (size > MAX_BYTES) {
      throw new BadFormat(file, -1, "is " + size + " bytes long; at most 1 MB is read");
    }
    try {
      JsonNode root = JsonTree.read(Files.readString(path, StandardCharsets.UTF_8));
      if (!root.isObject()) {
        throw new BadFormat(file, 0, "is not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      long at = e.getLocation() == null ? -1 : e.getLocation().getCharOffset();
      throw new BadFormat(file, at, "is not JSON: " + JsonFault.words(e.getOriginalMessage()));
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new BadFormat(file, -1, "is not UTF-8");
    }
  }
}
