package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.format.TensorType;
import picocli.CommandLine;

/** {@code eval --chat} as a user types it, on the model that is shipped. */
class EvalCommandTest {
  private static final String ANSWER = "¡Hola! ¿Cómo estás hoy?";
  private static final String NONSENSE = "zqx wvu¿ kkj ¡ppö";

  @TempDir Path dir;

  private record Result(int code, String out, String err) {}

  private Result run(Path model, String file) throws IOException {
    return run(model, file, "--chat", "--json");
  }

  private Result run(Path model, String file, String... options) throws IOException {
    Path config = Files.writeString(dir.resolve("config.json"), "{}");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = CommandLineMain.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    List<String> args = new ArrayList<>();
    args.addAll(List.of("eval", "--config", config.toString(), model.toString()));
    args.addAll(List.of(options));
    args.addAll(List.of("--data", dir.resolve(file).toString()));
    int code = line.execute(args.toArray(String[]::new));
    return new Result(code, out.toString(), err.toString());
  }

  private String conversation(String question, String answer) {
    return "{\"messages\": [{\"role\": \"user\", \"content\": \""
        + question
        + "\"}, {\"role\": \"assistant\", \"content\": \""
        + answer
        + "\"}]}\n";
  }

  private JsonNode evaluated(String lines) throws IOException {
    Files.writeString(dir.resolve("pairs.jsonl"), lines);
    Result result = run(Path.of("models/starter.gguf"), "pairs.jsonl");
    assertEquals(0, result.code(), result.err());
    return new ObjectMapper().readTree(result.out());
  }

  @Test
  void theAnswersAloneCount() throws IOException {
    JsonNode one = evaluated(conversation("Hola", ANSWER));
    int bytes = ANSWER.getBytes(StandardCharsets.UTF_8).length;
    assertEquals(bytes, one.path("bytes").asInt());
    JsonNode longer = evaluated(conversation("Hola, buenos días, ¿qué tal va todo?", ANSWER));
    assertEquals(bytes, longer.path("bytes").asInt());
    assertEquals(one.path("tokens").asInt(), longer.path("tokens").asInt());
    JsonNode nonsense = evaluated(conversation("Hola", NONSENSE));
    assertTrue(
        nonsense.path("bits_per_byte").asDouble() > 2 * one.path("bits_per_byte").asDouble(),
        nonsense + " " + one);
    JsonNode both = evaluated(conversation("Hola", ANSWER).repeat(3));
    assertEquals(3 * bytes, both.path("bytes").asInt());
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeItIsRead() throws IOException {
    try (MiniLlm wide = new MiniLlm(new Config(300, 32, 2, 2, 64, 300_000))) {
      wide.save(dir.resolve("wide"), TensorType.F32);
    }
    Files.writeString(dir.resolve("text.txt"), "Había una vez. ".repeat(30_000));
    Result refused = run(dir.resolve("wide"), "text.txt");
    assertEquals(1, refused.code());
    assertTrue(refused.err().contains("evaluation with context 300000"), refused.err());
    Files.writeString(dir.resolve("text.txt"), "Había una vez.");
    Result small = run(dir.resolve("wide"), "text.txt", "--json");
    assertEquals(0, small.code(), small.err());
  }

  @Test
  void textAndModelsThatDoNotChatAreRefused() throws IOException {
    Files.writeString(dir.resolve("text.txt"), "Había una vez.");
    Result text = run(Path.of("models/starter.gguf"), "text.txt");
    assertEquals(1, text.code());
    assertTrue(text.err().contains("is text, not conversations"), text.err());
    try (MiniLlm tiny = new MiniLlm(new Config(300, 32, 2, 2, 64, 64))) {
      tiny.save(dir.resolve("tiny"), TensorType.F32);
    }
    Files.writeString(dir.resolve("pairs.jsonl"), conversation("Hola", ANSWER));
    Result mute = run(dir.resolve("tiny"), "pairs.jsonl");
    assertEquals(1, mute.code());
    assertTrue(mute.err().contains("ChatML"), mute.err());
  }
}
