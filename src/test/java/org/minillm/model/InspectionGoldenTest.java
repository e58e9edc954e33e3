package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.generate.Candidate;
import org.minillm.generate.Generator;
import org.minillm.generate.ScoredToken;
import org.minillm.model.TorchGoldenTest.Golden;

/** What PyTorch says of the same tokens: src/test/python/inspection_goldens.py made the values. */
@Tag("golden")
class InspectionGoldenTest {
  private static final int TOP = 3;

  private static JsonNode values(String name) throws IOException {
    try (InputStream json = Golden.open(name + "-inspection.json")) {
      return new ObjectMapper().readTree(json);
    }
  }

  private static int[] ids(Golden golden) {
    int[] ids = Arrays.copyOf(golden.tokens(0, 0), golden.time + 1);
    ids[golden.time] = golden.tokens(0, 1)[golden.time - 1];
    return ids;
  }

  @ParameterizedTest
  @ValueSource(strings = {TorchGoldenTest.RMS, TorchGoldenTest.LAYER})
  void everyTokensProbabilityRankAndLikeliestOthersAreTorchs(String name) throws IOException {
    Golden golden = new Golden(name);
    JsonNode torch = values(name);
    Generator generator = new Generator(new InferenceSession(golden.model(), golden.time, 4));
    List<ScoredToken> scored = new ArrayList<>();
    generator.score(ids(golden), 1, TOP, scored::add, Models.control());
    assertEquals(golden.time, scored.size());
    for (int i = 0; i < scored.size(); i++) {
      ScoredToken token = scored.get(i);
      assertEquals(ids(golden)[i + 1], token.id());
      assertEquals(
          torch.get("log_probabilities").get(i).asDouble(),
          token.logProbability(),
          2e-5,
          "at " + i);
      assertEquals(torch.get("ranks").get(i).asInt(), token.rank());
      assertEquals(TOP, token.candidates().size());
      for (int k = 0; k < TOP; k++) {
        Candidate candidate = token.candidates().get(k);
        assertEquals(torch.get("top_ids").get(i).get(k).asInt(), candidate.id());
        assertEquals(
            torch.get("top_log_probabilities").get(i).get(k).asDouble(),
            candidate.logProbability(),
            2e-5);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {TorchGoldenTest.RMS, TorchGoldenTest.LAYER})
  void attentionOfEveryLayerAndHeadIsTorchs(String name) throws IOException {
    Golden golden = new Golden(name);
    JsonNode torch = values(name);
    int position = torch.get("position").asInt();
    Generator generator = new Generator(new InferenceSession(golden.model(), golden.time, 4));
    AttentionWeights ours = generator.attention(ids(golden), position, Models.control());
    assertEquals(golden.config.nLayers(), ours.layers());
    assertEquals(golden.config.nHeads(), ours.heads());
    assertEquals(position + 1, ours.keys());
    for (int layer = 0; layer < ours.layers(); layer++) {
      for (int head = 0; head < ours.heads(); head++) {
        for (int key = 0; key < ours.keys(); key++) {
          assertEquals(
              torch.get("attention").get(layer).get(head).get(key).asDouble(),
              ours.weight(layer, head, key),
              2e-6,
              "layer " + layer + ", head " + head + ", key " + key);
        }
      }
    }
  }
}
