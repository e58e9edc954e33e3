package org.minillm.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;

/** Reads and writes Hugging Face's tokenizer.json and tokenizer_config.json. */
public final class TokenizerJson {
  private TokenizerJson() {}

  /**
   * Reads a tokenizer.json; a tokenizer_config.json beside it names BOS and EOS.
   *
   * @throws org.minillm.base.MiniLlmException.BadFormat if it is broken or not representable
   */
  public static Tokenizer read(Path tokenizerJson) throws IOException {
    throw new UnsupportedOperationException("being written");
  }

  /** Reads a tokenizer.json; {@code name} is for messages. */
  public static Tokenizer read(InputStream in, String name) throws IOException {
    throw new UnsupportedOperationException("being written");
  }

  /** Reads a parsed tokenizer.json; {@code name} is for messages. */
  public static Tokenizer read(JsonNode root, String name) {
    throw new UnsupportedOperationException("being written");
  }

  /** The chat template in a tokenizer_config.json, if there is one that is known. */
  public static Optional<ChatTemplate> readChatTemplate(Path tokenizerConfigJson)
      throws IOException {
    throw new UnsupportedOperationException("being written");
  }

  /** Writes a tokenizer.json (temporary name, then renamed). */
  public static void write(Tokenizer tokenizer, Path tokenizerJson) throws IOException {
    throw new UnsupportedOperationException("being written");
  }

  /** Writes a tokenizer.json to a stream and leaves it open. */
  public static void write(Tokenizer tokenizer, OutputStream out) throws IOException {
    throw new UnsupportedOperationException("being written");
  }

  /** Writes a tokenizer_config.json; an empty template leaves {@code chat_template} out. */
  public static void writeConfig(
      Tokenizer tokenizer, Optional<ChatTemplate> template, Path tokenizerConfigJson)
      throws IOException {
    throw new UnsupportedOperationException("being written");
  }

  /** Writes a tokenizer_config.json to a stream and leaves it open. */
  public static void writeConfig(
      Tokenizer tokenizer, Optional<ChatTemplate> template, OutputStream out) throws IOException {
    throw new UnsupportedOperationException("being written");
  }
}
