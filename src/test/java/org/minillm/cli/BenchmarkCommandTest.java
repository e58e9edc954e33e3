package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.format.ModelFiles;
import picocli.CommandLine;

/** The lines that scripts read; how fast it is is not tested. */
class BenchmarkCommandTest {
  @TempDir Path dir;

  private JsonNode run(String what, String... options) throws IOException {
    Path config = dir.resolve("config.json");
    Files.writeString(
        config,
        """
        {"model": {"preset": "nano"}, "resources": {"max_memory_mb": 100000, "cache_dir": "c"}}
        """);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = CommandLineMain.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    String[] args = new String[5 + options.length];
    List.of("benchmark", what, "--json", "--config", config.toString()).toArray(args);
    System.arraycopy(options, 0, args, 5, options.length);
    assertEquals(0, line.execute(args), err.toString());
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void trainingIsMeasured() throws IOException {
    JsonNode line = run("train", "--steps", "1");
    assertEquals("train", line.path("benchmark").asText());
    for (String key : List.of("params", "tokens_per_s", "step_ms", "planned_mb", "peak_rss_mb")) {
      assertTrue(line.path(key).asDouble() > 0, key);
    }
    assertTrue(line.path("kernels").isTextual() && line.path("jdk").isTextual());
  }

  @Test
  void tokenizerIsMeasured() throws IOException {
    Path text = Files.writeString(dir.resolve("text.txt"), "Una niña y un niño, 12.\n".repeat(99));
    JsonNode line = run("tokenizer", "--data", text.toString(), "--threads", "2");
    assertEquals(2, line.path("threads").asInt());
    for (String key :
        List.of(
            "train_cold_s",
            "train_s",
            "encode_cold_mb_per_s",
            "encode_first_mb_per_s",
            "encode_mb_per_s",
            "encode_all_threads_first_mb_per_s",
            "encode_all_threads_mb_per_s")) {
      assertTrue(line.path(key).asDouble() > 0, key);
    }
  }

  @Test
  void aGivenTokenizerIsMeasuredWithoutTraining() throws IOException {
    Path text = Files.writeString(dir.resolve("text.txt"), "Una niña y un niño, 12.\n".repeat(99));
    Path given = Path.of("src/test/resources/tokenizer/hf_tokenizer.json");
    JsonNode line = run("tokenizer", "--data", text.toString(), "--tokenizer", given.toString());
    assertEquals(ModelFiles.loadTokenizer(given).vocabSize(), line.path("vocab_size").asInt());
    assertTrue(line.path("train_s").isMissingNode());
    assertTrue(line.path("encode_first_mb_per_s").asDouble() > 0);
  }

  @Test
  void int8GenerationIsMeasured() throws IOException {
    JsonNode line = run("generate", "--tokens", "8", "--quantization", "int8", "--seconds", "0.5");
    assertEquals("generate", line.path("benchmark").asText());
    for (String key :
        List.of("prompt_tokens_per_s", "decode_tokens_per_s", "ttft_ms", "peak_rss_mb")) {
      assertTrue(line.path(key).asDouble() > 0, key);
    }
  }
}
