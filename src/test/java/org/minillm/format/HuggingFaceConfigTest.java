package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.base.MiniLlmException.BadFormat;

class HuggingFaceConfigTest {
  private static final String GOOD =
      """
      {"model_type": "llama", "vocab_size": 300, "hidden_size": 16, "intermediate_size": 32,
       "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 64}
      """;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  private Path write(String json) throws IOException {
    return Files.writeString(dir.resolve("config.json"), json);
  }

  @Test
  void whatIsLeftOutHasTransformersDefaults() throws IOException {
    var config = HuggingFaceConfig.read(write(GOOD));
    assertEquals(2, config.nKvHeads());
    assertEquals(10_000f, config.ropeTheta());
    assertEquals(
        config,
        HuggingFaceConfig.read(
            write(GOOD.strip().replace("}", ", \"head_dim\": null, \"rope_scaling\": null}"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "model_type|\"gpt2\"",
        "model_type|7",
        "hidden_act|\"gelu\"",
        "hidden_act|true",
        "attention_bias|true",
        "attention_bias|\"no\"",
        "mlp_bias|true",
        "rope_scaling|{\"type\":\"linear\"}",
        "rope_parameters|[1]",
        "rope_parameters|{\"rope_type\":\"yarn\"}",
        "rope_parameters|{\"rope_theta\":\"x\"}",
        "rope_theta|\"10000\"",
        "rope_theta|1e400",
        "rope_theta|0",
        "rope_theta|-1",
        "rms_norm_eps|\"NaN\"",
        "rms_norm_eps|0",
        "rms_norm_eps|1e-400",
        "rms_norm_eps|[]",
        "tie_word_embeddings|\"yes\"",
        "tie_word_embeddings|1",
        "vocab_size|null",
        "vocab_size|300.5",
        "vocab_size|\"300\"",
        "vocab_size|0",
        "vocab_size|-1",
        "vocab_size|2147483648",
        "vocab_size|99999999999999999999",
        "hidden_size|15",
        "hidden_size|2147483647",
        "num_hidden_layers|0",
        "num_hidden_layers|2147483647",
        "num_attention_heads|0",
        "num_attention_heads|-2",
        "num_attention_heads|3",
        "num_key_value_heads|\"2\"",
        "num_key_value_heads|0",
        "num_key_value_heads|3",
        "head_dim|2147483647",
        "head_dim|\"8\"",
        "intermediate_size|0",
        "intermediate_size|{}",
        "max_position_embeddings|0",
        "max_position_embeddings|2147483647",
      })
  void wrongValueIsRefusedByItsKey(String key, String value) throws IOException {
    ObjectNode root = (ObjectNode) JSON.readTree(GOOD);
    root.set(key, JSON.readTree("[0]").get(0));
    String json =
        JSON.writeValueAsString(root).replace('"' + key + "\":0", '"' + key + "\":" + value);
    BadFormat e = assertThrows(BadFormat.class, () -> HuggingFaceConfig.read(write(json)));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("config.json"), message);
    assertTrue(e.reason().length() > 10 && e.reason().length() < 400, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "`",
        "{",
        "[]",
        "null",
        "{} {}",
        "{\"vocab_size\": NaN}",
        "{\"vocab_size\": Infinity}",
      },
      quoteCharacter = '`')
  void textThatIsNoObjectIsRefused(String json) {
    assertThrows(BadFormat.class, () -> HuggingFaceConfig.read(write(json == null ? "" : json)));
  }

  @Test
  void doubledKeyIsRefused() {
    assertThrows(
        BadFormat.class,
        () -> HuggingFaceConfig.read(write(GOOD.strip().replace("}", ", \"vocab_size\": 301}"))));
  }

  @Test
  void deepNestingAndGreatLengthAreRefused() {
    assertThrows(
        BadFormat.class, () -> HuggingFaceConfig.read(write("{\"a\":" + "[".repeat(100_000))));
    assertThrows(
        BadFormat.class,
        () -> HuggingFaceConfig.read(write("{\"a\":\"" + "x".repeat(2 << 20) + "\"}")));
  }

  @Test
  void otherEncodingIsRefused() throws IOException {
    Path file = Files.write(dir.resolve("config.json"), new byte[] {'{', '"', (byte) 0xE9, '"'});
    assertThrows(BadFormat.class, () -> HuggingFaceConfig.read(file));
  }
}
