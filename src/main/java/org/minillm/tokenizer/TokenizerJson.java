package org.minillm.tokenizer;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.minillm.base.MiniLlmException;

/**
 * Hugging Face's {@code tokenizer.json} (version 1.0) and {@code tokenizer_config.json}. A
 * byte-level BPE is written so that {@code tokenizers} and {@code transformers} give the same ids;
 * a character tokenizer as WordLevel + Split. Reading is {@link TokenizerJsonReader}'s: what this
 * project cannot represent exactly is refused, never approximated.
 */
public final class TokenizerJson {
  /** What splits text into characters, line feeds included. */
  static final String ANY_CHARACTER = "[\\s\\S]";

  private static final JsonFactory JSON = new JsonFactory();

  private TokenizerJson() {}

  /**
   * Reads a tokenizer.json; where a tokenizer_config.json stands beside it, BOS and EOS are the
   * tokens it names, else they are {@code <|endoftext|>} if there is one.
   *
   * @throws MiniLlmException.BadFormat if it is broken or not representable
   * @throws MiniLlmException.OutOfBudget if it is too large for the heap
   */
  public static Tokenizer read(Path tokenizerJson) throws IOException {
    return TokenizerJsonReader.read(tokenizerJson);
  }

  /** Reads a tokenizer.json; {@code name} is what messages call it. The stream stays open. */
  public static Tokenizer read(InputStream in, String name) throws IOException {
    return TokenizerJsonReader.read(in, name);
  }

  /** Reads a parsed tokenizer.json; {@code name} is what messages call it. */
  public static Tokenizer read(JsonNode root, String name) {
    return new TokenizerJsonReader(name).tokenizer(root);
  }

  /**
   * The chat template in a tokenizer_config.json, or in the chat_template.jinja that newer
   * transformers put beside it; neither need be there.
   */
  public static ChatSupport readChat(Path tokenizerConfigJson) throws IOException {
    return TokenizerJsonReader.readChat(tokenizerConfigJson);
  }

  /**
   * Writes a tokenizer.json: to a temporary name, then renamed.
   *
   * @throws MiniLlmException.BadInput if the tokenizer is llama2.c's, which has no such form
   */
  public static void write(Tokenizer tokenizer, Path tokenizerJson) throws IOException {
    writeFile(tokenizerJson, out -> write(tokenizer, out));
  }

  /** Writes a tokenizer.json to a stream and leaves it open. */
  public static void write(Tokenizer tokenizer, OutputStream out) throws IOException {
    if (!(tokenizer instanceof BpeTokenizer) && !(tokenizer instanceof SimpleTokenizer)) {
      throw new MiniLlmException.BadInput(
          "tokenizer of kind " + tokenizer.kind(),
          "it cannot be written as tokenizer.json; keep its tokenizer.bin beside the model");
    }
    try (JsonGenerator json = generator(out)) {
      json.writeStartObject();
      json.writeStringField("version", "1.0");
      json.writeNullField("truncation");
      json.writeNullField("padding");
      if (tokenizer instanceof BpeTokenizer bpe) {
        writeAdded(json, bpe.addedTokens());
        writeBpe(json, bpe);
      } else if (tokenizer instanceof SimpleTokenizer simple) {
        writeAdded(json, simple.addedTokens());
        writeSimple(json, simple);
      }
      json.writeEndObject();
    }
  }

  private static void writeAdded(JsonGenerator json, List<AddedTokens.Token> tokens)
      throws IOException {
    json.writeArrayFieldStart("added_tokens");
    for (AddedTokens.Token token : tokens) {
      json.writeStartObject();
      json.writeNumberField("id", token.id());
      json.writeStringField("content", token.text());
      json.writeBooleanField("single_word", false);
      json.writeBooleanField("lstrip", false);
      json.writeBooleanField("rstrip", false);
      json.writeBooleanField("normalized", false);
      json.writeBooleanField("special", token.special());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeBpe(JsonGenerator json, BpeTokenizer bpe) throws IOException {
    json.writeNullField("normalizer");
    json.writeObjectFieldStart("pre_tokenizer");
    json.writeStringField("type", "Sequence");
    json.writeArrayFieldStart("pretokenizers");
    json.writeStartObject();
    json.writeStringField("type", "Digits");
    json.writeBooleanField("individual_digits", true);
    json.writeEndObject();
    json.writeStartObject();
    writeByteLevel(json);
    json.writeEndObject();
    json.writeEndArray();
    json.writeEndObject();
    json.writeObjectFieldStart("post_processor");
    writeByteLevel(json);
    json.writeEndObject();
    json.writeObjectFieldStart("decoder");
    writeByteLevel(json);
    json.writeEndObject();
    json.writeObjectFieldStart("model");
    json.writeStringField("type", "BPE");
    json.writeNullField("dropout");
    json.writeNullField("unk_token");
    json.writeNullField("continuing_subword_prefix");
    json.writeNullField("end_of_word_suffix");
    json.writeBooleanField("fuse_unk", false);
    json.writeBooleanField("byte_fallback", false);
    json.writeBooleanField("ignore_merges", false);
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < bpe.vocabSize(); id++) {
      json.writeNumberField(bpe.spelling(id), id);
    }
    json.writeEndObject();
    // "a b" rather than ["a","b"]: every version of every reader knows it, and no byte-level token
    // has a space.
    json.writeArrayFieldStart("merges");
    for (int rank = 0; rank < bpe.mergeCount(); rank++) {
      json.writeString(bpe.mergeText(rank));
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeByteLevel(JsonGenerator json) throws IOException {
    json.writeStringField("type", "ByteLevel");
    json.writeBooleanField("add_prefix_space", false);
    json.writeBooleanField("trim_offsets", true);
    json.writeBooleanField("use_regex", true);
  }

  private static void writeSimple(JsonGenerator json, SimpleTokenizer simple) throws IOException {
    json.writeNullField("normalizer");
    json.writeObjectFieldStart("pre_tokenizer");
    json.writeStringField("type", "Split");
    json.writeObjectFieldStart("pattern");
    json.writeStringField("Regex", ANY_CHARACTER);
    json.writeEndObject();
    json.writeStringField("behavior", "Isolated");
    json.writeBooleanField("invert", false);
    json.writeEndObject();
    json.writeNullField("post_processor");
    json.writeObjectFieldStart("decoder");
    json.writeStringField("type", "Fuse");
    json.writeEndObject();
    json.writeObjectFieldStart("model");
    json.writeStringField("type", "WordLevel");
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < simple.vocabSize(); id++) {
      json.writeNumberField(simple.tokenText(id), id);
    }
    json.writeEndObject();
    json.writeStringField("unk_token", simple.tokenText(simple.unknownId()));
    json.writeEndObject();
  }

  /** Writes a tokenizer_config.json; without a Jinja text {@code chat_template} is left out. */
  public static void writeConfig(Tokenizer tokenizer, ChatSupport chat, Path tokenizerConfigJson)
      throws IOException {
    writeFile(tokenizerConfigJson, out -> writeConfig(tokenizer, chat, out));
  }

  /** Writes a tokenizer_config.json to a stream and leaves it open. */
  public static void writeConfig(Tokenizer tokenizer, ChatSupport chat, OutputStream out)
      throws IOException {
    try (JsonGenerator json = generator(out)) {
      json.writeStartObject();
      // Without this class, transformers picks one by model_type that changes BOS and ids.
      json.writeStringField("tokenizer_class", "PreTrainedTokenizerFast");
      if (tokenizer.bosId().isPresent()) {
        json.writeStringField("bos_token", tokenizer.tokenText(tokenizer.bosId().getAsInt()));
      }
      if (tokenizer.eosId().isPresent()) {
        json.writeStringField("eos_token", tokenizer.tokenText(tokenizer.eosId().getAsInt()));
      }
      if (tokenizer instanceof SimpleTokenizer simple) {
        json.writeStringField("unk_token", simple.tokenText(simple.unknownId()));
      }
      json.writeBooleanField("clean_up_tokenization_spaces", false);
      Optional<String> jinja = chat.jinja();
      if (jinja.isPresent()) {
        json.writeStringField("chat_template", jinja.get());
      }
      json.writeEndObject();
    }
  }

  private static JsonGenerator generator(OutputStream out) throws IOException {
    return JSON.createGenerator(out, JsonEncoding.UTF8)
        .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
        .useDefaultPrettyPrinter();
  }

  private interface Writing {
    void to(OutputStream out) throws IOException;
  }

  /** format.AtomicFiles in small: this room may not use that one. */
  private static void writeFile(Path target, Writing writing) throws IOException {
    if (Files.isDirectory(target)) {
      throw new IOException("could not write " + target + ": it is a directory");
    }
    Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
    try {
      try (FileChannel channel =
              FileChannel.open(
                  temporary,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE);
          OutputStream out =
              new BufferedOutputStream(java.nio.channels.Channels.newOutputStream(channel))) {
        writing.to(out);
        out.flush();
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (NoSuchFileException e) {
      throw new IOException(
          "could not write " + target + ": its directory does not exist or cannot be written", e);
    } catch (AccessDeniedException e) {
      throw new IOException("could not write " + target + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException("could not write " + target + ": " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
