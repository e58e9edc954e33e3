package org.minillm.quality;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.minillm.ChatSession;
import org.minillm.Generated;
import org.minillm.MiniLlm;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;

/**
 * Lets a model answer a file of prompts, for people to judge; not part of the suite.
 *
 * <pre>Answers MODEL PROMPTS.jsonl OUT.jsonl [TEMPERATURE [MIN_P]]</pre>
 *
 * A prompt of kind "continue" is continued as plain text; the turns of the others are said one
 * after the other in one chat. The seed of a prompt's answers is its line's number.
 */
final class Answers {
  private static final int MOST_TOKENS = 200;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Answers() {}

  public static void main(String[] args) throws IOException {
    GenerateOptions options = GenerateOptions.defaults().withMaxTokens(MOST_TOKENS);
    if (args.length > 3) {
      options = options.withTemperature(Float.parseFloat(args[3]));
    }
    if (args.length > 4) {
      options = options.withMinP(Float.parseFloat(args[4]));
    }
    List<String> prompts = Files.readAllLines(Path.of(args[1]));
    try (MiniLlm model = MiniLlm.load(Path.of(args[0]));
        BufferedWriter out = Files.newBufferedWriter(Path.of(args[2]))) {
      for (int i = 0; i < prompts.size(); i++) {
        ObjectNode prompt = (ObjectNode) MAPPER.readTree(prompts.get(i));
        GenerateOptions seeded = options.withSeed(i + 1);
        ArrayNode answers = prompt.put("seed", i + 1).putArray("answers");
        ArrayNode reasons = prompt.putArray("stop_reasons");
        ChatSession chat = model.chat("");
        for (JsonNode turn : prompt.path("turns")) {
          Generated answer =
              prompt.path("kind").asText().equals("continue")
                  ? model.generate(turn.asText(), seeded)
                  : chat.reply(turn.asText(), seeded, text -> {}, new RunControl());
          answers.add(answer.text());
          reasons.add(answer.stopReason().name().toLowerCase(java.util.Locale.ROOT));
        }
        out.write(MAPPER.writeValueAsString(prompt));
        out.newLine();
      }
    }
  }
}
