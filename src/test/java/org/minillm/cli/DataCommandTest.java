package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code data check}, {@code fix} and {@code memorised} as a user types them. */
class DataCommandTest {
  private static final String END = "\n<|endoftext|>\n";

  @TempDir Path dir;

  private record Result(int code, String out, String err) {}

  @BeforeEach
  void writeCorpus() throws IOException {
    Files.writeString(
        dir.resolve("text file.txt"),
        "Había una vez un niÃ±o en la casa."
            + END
            + "Una niña que vivía en el bosque."
            + END
            + "Una niña que  vivía en el BOSQUE."
            + END);
    Files.writeString(dir.resolve("config.json"), "{}");
  }

  private Result run(String... args) {
    List<String> all = new ArrayList<>(List.of("data"));
    for (String arg : args) {
      all.add(arg.startsWith("@") ? dir.resolve(arg.substring(1)).toString() : arg);
    }
    all.addAll(2, List.of("--config", dir.resolve("config.json").toString()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = CommandLineMain.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int code = line.execute(all.toArray(String[]::new));
    return new Result(code, out.toString(), err.toString());
  }

  @Test
  void checkTellsWhatIsWrongAndTheStepThatMendsIt() {
    Result result = run("check", "@text file.txt");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("3 documents"), result.out());
    assertTrue(result.out().contains("text file.txt:5 = text file.txt:3"), result.out());
    assertTrue(result.out().contains("niño"), result.out());
    assertTrue(result.out().contains("data fix '" + dir.resolve("text file.txt")), result.out());
  }

  @Test
  void theStepThatMendsAFolderOfConversationsCanHoldThem() throws IOException {
    Path folder = Files.createDirectories(dir.resolve("folder"));
    Files.writeString(
        folder.resolve("chat.ndjson"),
        """
        {"messages": [{"role": "user", "content": "¿Qué tal?"}, \
        {"role": "assistant", "content": "Muy bien."}]}
        """
            .repeat(2));
    Result result = run("check", "@folder");
    assertTrue(result.out().contains("--out fixed.jsonl"), result.out() + result.err());
  }

  @Test
  void jsonHasTheSameFigures() throws IOException {
    Result result = run("check", "@text file.txt", "--json", "--examples", "1");
    JsonNode report = new ObjectMapper().readTree(result.out());
    assertEquals(3, report.path("documents").asInt());
    assertEquals("mojibake", report.path("findings").path(0).path("kind").asText());
    JsonNode duplicates = report.path("findings").path(1);
    assertEquals("duplicates", duplicates.path("kind").asText());
    assertEquals(3, duplicates.path("examples").path(0).path("same_as").path("line").asInt());
    assertTrue(report.path("peak_rss_mb").asDouble() > 1);
  }

  @Test
  void fixWritesANewFileAndTellsWhatItDid() throws IOException {
    Result result = run("fix", "@text file.txt", "--out", "@fixed.txt");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("2 documents of 3 read, 1 repaired"), result.out());
    assertEquals(
        "Había una vez un niño en la casa." + END + "Una niña que vivía en el bosque." + END,
        Files.readString(dir.resolve("fixed.txt")));
    assertTrue(run("check", "@fixed.txt").out().contains("Nothing has to be fixed"));
    Result again = run("fix", "@text file.txt", "--out", "@fixed.txt");
    assertEquals(1, again.code());
    assertTrue(again.err().contains("--force"), again.err());
    Result forced =
        run(
            "fix",
            "@text file.txt",
            "--out",
            "@fixed.txt",
            "--force",
            "--only",
            "mojibake",
            "--json");
    JsonNode report = new ObjectMapper().readTree(forced.out());
    assertEquals(3, report.path("documents_written").asInt());
    assertEquals(1, report.path("done").path("mojibake").path("documents").asInt());
  }

  @Test
  void memorisedTellsWhatStandsInTheDataAndInWhichLine() throws IOException {
    String text = "Dicen que una niña que vivía en el bosque cantaba.";
    Result json =
        run("memorised", "--data", "@text file.txt", "--text", text, "--min-words", "6", "--json");
    assertEquals(0, json.code(), json.err());
    String[] lines = json.out().split("\n");
    JsonNode found = new ObjectMapper().readTree(lines[0]);
    assertEquals(dir.resolve("text file.txt").toString(), found.path("file").asText());
    assertEquals(3, found.path("line").asInt());
    assertEquals("Una niña que vivía en el bosque", found.path("passage").asText());
    JsonNode sums = new ObjectMapper().readTree(lines[1]);
    assertEquals(10, sums.path("words").asInt());
    assertEquals(0.7, sums.path("share").asDouble());
    assertEquals(7, sums.path("longest").asInt());
    assertTrue(
        run("memorised", "--data", "@text file.txt", "--text", text, "--min-words", "6")
            .out()
            .contains("text file.txt, line 3"));
    assertEquals(2, run("memorised", "--text", text).code());
    Result model = run("memorised", "--model", "models/starter.gguf", "--text", text);
    assertEquals(1, model.code());
    assertTrue(model.err().contains("--data"), model.err());
    Result few = run("memorised", "--data", "@text file.txt", "--text", text, "--min-words", "2");
    assertEquals(1, few.code());
    assertTrue(few.err().contains("6 at least"), few.err());
  }

  @Test
  void wrongUsageIsExplained() {
    Result kind = run("fix", "@text file.txt", "--out", "@fixed.txt", "--only", "typos");
    assertEquals(2, kind.code());
    assertTrue(kind.err().contains("near-duplicates"), kind.err());
    assertEquals(2, run("check").code());
    assertEquals(2, run("fix", "@text file.txt").code());
    Result missing = run("check", "@nothing.txt");
    assertEquals(1, missing.code());
    assertTrue(missing.err().contains("no such file"), missing.err());
    Result language = run("fix", "@text file.txt", "--out", "@fixed.txt", "--only", "language");
    assertEquals(1, language.code());
    assertTrue(language.err().contains("es or en"), language.err());
    assertFalse(Files.exists(dir.resolve("fixed.txt")));
  }
}
