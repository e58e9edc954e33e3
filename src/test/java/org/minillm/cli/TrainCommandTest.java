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
import picocli.CommandLine;

/** {@code train --json} as a program calls it. */
class TrainCommandTest {
  @TempDir private Path dir;

  @Test
  void everyEvaluationHasGradientAndTimeLeft() throws IOException {
    Path text =
        Files.writeString(
            dir.resolve("text.txt"), "Había una vez un perro.\n<|endoftext|>\n".repeat(60));
    Path config = Files.writeString(dir.resolve("config.json"), "{}");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = CommandLineMain.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    String args =
        "--vocab 270 --d-model 16 --layers 1 --heads 2 --d-ff 32 --context 32 --batch 2 --steps 4"
            + " --eval-every 2 --anyway --json --config "
            + config;
    List<String> all = new java.util.ArrayList<>(List.of("train", "--data", text.toString()));
    all.addAll(List.of("--out", dir.resolve("out").toString()));
    all.addAll(List.of(args.split(" ")));
    int code = line.execute(all.toArray(String[]::new));
    assertEquals(0, code, err::toString);
    List<String> lines = out.toString().lines().toList();
    assertEquals(2, lines.size(), out::toString);
    for (String evaluation : lines) {
      JsonNode found = new ObjectMapper().readTree(evaluation);
      assertTrue(found.path("grad_norm").asDouble() > 0, evaluation);
      assertTrue(found.path("eta_s").canConvertToExactIntegral(), evaluation);
    }
  }
}
