package org.minillm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;

/** A real checkpoint of another program continues exactly as that program prints. */
@Tag("shared")
@Tag("golden")
class Stories260kTest {
  private static final Path DIRECTORY = Path.of("..", "shared", "conformance", "stories260K");

  @TestFactory
  List<DynamicTest> greedyTextComesOutCharacterForCharacter() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    JsonNode cases =
        new ObjectMapper().readTree(DIRECTORY.resolve("expected_greedy.json").toFile());
    for (JsonNode c : cases) {
      String prompt = c.get("prompt").asText();
      int positions = Integer.parseInt(c.get("args").asText().replaceAll(".*-n ", ""));
      tests.add(
          DynamicTest.dynamicTest(
              "prompt '" + prompt + "'",
              () -> assertEquals(c.get("expected").asText(), text(prompt, positions))));
    }
    assertEquals(2, tests.size());
    return tests;
  }

  /** llama2.c's -n counts positions, the prompt included. */
  private static String text(String prompt, int positions) throws IOException {
    try (MiniLlm model = MiniLlm.load(DIRECTORY.resolve("stories260K.bin"))) {
      int promptTokens = model.tokenizer().prompt(prompt).length;
      GenerateOptions options =
          GenerateOptions.greedy().withMaxTokens(positions - (promptTokens - 1));
      return prompt + model.generate(prompt, options, piece -> {}, new RunControl()).text();
    }
  }
}
