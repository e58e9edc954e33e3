package org.minillm.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.minillm.ndarray.RandomGenerator;

/** The sampler against a sorted vocabulary in double. */
class SamplerTest {
  private static final int VOCAB = 1000;

  private static float[] logits(long seed, float width) {
    Random random = new Random(seed);
    float[] logits = new float[VOCAB];
    for (int i = 0; i < VOCAB; i++) {
      logits[i] = (float) random.nextGaussian() * width;
    }
    return logits;
  }

  /** What top-k, then top-p let through, likeliest first. */
  private static List<Integer> kept(float[] logits, int topK, double topP) {
    List<Integer> sorted =
        IntStream.range(0, VOCAB)
            .boxed()
            .sorted(Comparator.comparing((Integer id) -> -logits[id]).thenComparing(id -> id))
            .limit(topK == 0 ? VOCAB : topK)
            .toList();
    float max = logits[sorted.get(0)];
    double mass = sorted.stream().mapToDouble(id -> Math.exp(logits[id] - max)).sum();
    double reached = 0;
    int end = 0;
    while (end < sorted.size() && reached < mass * topP) {
      reached += Math.exp(logits[sorted.get(end++)] - max);
    }
    return sorted.subList(0, Math.max(1, end));
  }

  private static int drawn(float[] logits, List<Integer> kept, float temperature, long seed) {
    float max = logits[kept.get(0)];
    double[] weights =
        kept.stream().mapToDouble(id -> Math.exp((logits[id] - max) / temperature)).toArray();
    double left =
        (new RandomGenerator(seed).nextLong() >>> 11) * 0x1.0p-53 * Arrays.stream(weights).sum();
    for (int i = 0; i < weights.length; i++) {
      left -= weights[i];
      if (left < 0) {
        return kept.get(i);
      }
    }
    return kept.get(kept.size() - 1);
  }

  private static void assertSampled(int topK, float topP) {
    for (int seed = 0; seed < 300; seed++) {
      float[] logits = logits(seed, 0.5f + seed % 6);
      GenerateOptions options =
          GenerateOptions.defaults()
              .withTemperature(0.8f)
              .withTopK(topK)
              .withTopP(topP)
              .withMinP(0)
              .withRepetitionPenalty(1)
              .withSeed(seed);
      int id = new Sampler(options, VOCAB).sample(logits, new int[0], 0);
      assertEquals(drawn(logits, kept(logits, topK, topP), 0.8f, seed), id, "seed " + seed);
    }
  }

  @Test
  void topPOfTheWholeVocabularyDrawsFromTheSmallestSetThatReachesIt() {
    assertSampled(0, 0.9f);
    assertSampled(0, 0.3f);
  }

  @Test
  void topPAfterTopKMeasuresWhatTopKKept() {
    assertSampled(40, 0.9f);
  }

  @Test
  void withoutFiltersEveryTokenMayBeDrawn() {
    assertSampled(0, 1f);
  }

  @Test
  void theSmallestTopPKeepsTheLikeliestToken() {
    float[] logits = logits(1, 2);
    GenerateOptions options = GenerateOptions.defaults().withTopK(0).withTopP(1e-6f);
    int likeliest = kept(logits, 1, 1).get(0);
    for (int seed = 0; seed < 20; seed++) {
      Sampler sampler = new Sampler(options.withSeed(seed), VOCAB);
      assertEquals(likeliest, sampler.sample(logits, new int[0], 0));
    }
    assertTrue(logits[likeliest] > 0);
  }
}
