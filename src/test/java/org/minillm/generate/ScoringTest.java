package org.minillm.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.MiniLlm;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelCard;
import org.minillm.model.AttentionWeights;
import org.minillm.model.InferenceSession;
import org.minillm.model.ModelConfig;
import org.minillm.model.QuantizedParameters;
import org.minillm.model.TrainingPass;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.SimpleTokenizer;

class ScoringTest {
  private static final int V = 50;
  private static final int CONTEXT = 600;
  private static final int K = 4;

  private final Transformer model = random(ModelConfig.of(V, 32, 2, 4, 48, CONTEXT).withKvHeads(2));
  private final Generator generator = new Generator(new InferenceSession(model, CONTEXT, 16));

  /** A fresh model with weights large enough that its distributions say something. */
  private static Transformer random(ModelConfig config) {
    Transformer made = Transformer.initialise(config, 3, WorkerPool.shared());
    made.parameters()
        .all()
        .forEach(
            p -> {
              float[] data = made.parameters().data();
              for (int i = 0; p.decays() && i < p.array().size(); i++) {
                data[p.array().offset() + i] *= 12;
              }
            });
    return made;
  }

  private static int[] ids(int n) {
    return new Random(7).ints(n, 0, V).toArray();
  }

  private List<ScoredToken> score(int[] ids, int from) {
    List<ScoredToken> scored = new ArrayList<>();
    generator.score(ids, from, K, scored::add, new RunControl());
    return scored;
  }

  /** log softmax of a row of logits in double, written out. */
  private static double[] logSoftmax(float[] logits, int row) {
    double sum = 0;
    for (int i = 0; i < V; i++) {
      sum += Math.exp(logits[row * V + i]);
    }
    double[] log = new double[V];
    for (int i = 0; i < V; i++) {
      log[i] = logits[row * V + i] - Math.log(sum);
    }
    return log;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 64, 256, 257, 258, 520, 601})
  void scoresAreTheSoftmaxOfTheFullForwardPass(int n) {
    int[] ids = ids(n);
    float[] logits = new TrainingPass(model, 1, n - 1, 32, true).logits(ids, 1, n - 1);
    List<ScoredToken> scored = score(ids, 1);
    assertEquals(n - 1, scored.size());
    for (int i = 0; i < scored.size(); i++) {
      double[] expected = logSoftmax(logits, i);
      ScoredToken token = scored.get(i);
      assertEquals(ids[i + 1], token.id());
      assertEquals(expected[token.id()], token.logProbability(), 5e-4);
      assertEquals(K, token.candidates().size());
      double[] sorted = Arrays.stream(expected).sorted().toArray();
      for (int k = 0; k < K; k++) {
        Candidate candidate = token.candidates().get(k);
        assertEquals(sorted[V - 1 - k], candidate.logProbability(), 5e-4);
        assertEquals(expected[candidate.id()], candidate.logProbability(), 5e-4);
      }
      if (token.rank() <= K) {
        assertEquals(token.id(), token.candidates().get(token.rank() - 1).id());
      }
    }
  }

  @Test
  void allCandidatesTogetherHaveProbabilityOne() {
    Distribution distribution = new Distribution(V);
    float[] logits = new float[3 * V];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) new Random(i).nextGaussian() * 5;
    }
    List<Candidate> all = distribution.at(logits, V).candidates(V + 10);
    assertEquals(V, all.size());
    assertEquals(1, all.stream().mapToDouble(Candidate::probability).sum(), 1e-5);
    assertEquals(V, all.stream().map(Candidate::id).distinct().count());
    for (int i = 0; i < V; i++) {
      assertEquals(i + 1, distribution.rank(all.get(i).id()));
    }
    assertEquals(List.of(), distribution.candidates(0));
  }

  @Test
  void equalLogitsComeInTheOrderOfTheirIds() {
    Distribution distribution = new Distribution(V).at(new float[V], 0);
    assertEquals(List.of(0, 1, 2), distribution.candidates(3).stream().map(Candidate::id).toList());
    assertEquals(1, distribution.rank(49));
    assertEquals(-Math.log(V), distribution.logProbability(30), 1e-6);
  }

  @Test
  void theEndOfATextScoresAsInTheWhole() {
    int[] ids = ids(300);
    List<ScoredToken> whole = score(ids, 1);
    generator.forget();
    List<ScoredToken> end = score(ids, 290);
    assertEquals(10, end.size());
    for (int i = 0; i < end.size(); i++) {
      assertEquals(
          whole.get(289 + i).logProbability(), end.get(i).logProbability(), 2e-4, "token " + i);
    }
    assertEquals(List.of(), score(ids, 300));
  }

  @Test
  void generationGoesOnAfterAnInspectionAsWithoutOne() {
    int[] prompt = ids(40);
    GenerateOptions greedy = GenerateOptions.greedy().withMaxTokens(30);
    int[] alone = generate(prompt, greedy);
    List<ScoredToken> unused = score(ids(90), 20);
    AttentionWeights unusedWeights = generator.attention(ids(60), 31, new RunControl());
    assertArrayEquals(alone, generate(prompt, greedy));
  }

  private int[] generate(int[] prompt, GenerateOptions options) {
    return generator
        .generate(prompt, id -> false, options, (id, d) -> true, new RunControl())
        .tokens();
  }

  @Test
  void aGeneratedTokenIsHeardWithTheScoreItHasInTheText() {
    int[] prompt = ids(20);
    List<ScoredToken> heard = new ArrayList<>();
    int[] made =
        generator
            .generate(
                prompt,
                id -> false,
                GenerateOptions.defaults().withMaxTokens(25).withSeed(5).withTemperature(1.5f),
                (id, distribution) -> heard.add(distribution.score(id, K)),
                new RunControl())
            .tokens();
    int[] all = Arrays.copyOf(prompt, prompt.length + made.length);
    System.arraycopy(made, 0, all, prompt.length, made.length);
    generator.forget();
    List<ScoredToken> scored = score(all, prompt.length);
    assertEquals(scored.size(), heard.size());
    for (int i = 0; i < heard.size(); i++) {
      assertEquals(scored.get(i).id(), heard.get(i).id());
      assertEquals(scored.get(i).logProbability(), heard.get(i).logProbability(), 5e-4);
      assertEquals(scored.get(i).candidates().get(0).id(), heard.get(i).candidates().get(0).id());
    }
  }

  @Test
  void attentionRowsSumToOneAndSeeNoLaterToken() {
    int[] ids = ids(300);
    AttentionWeights weights = generator.attention(ids, 270, new RunControl());
    assertEquals(271, weights.keys());
    for (int layer = 0; layer < weights.layers(); layer++) {
      for (int head = 0; head < weights.heads(); head++) {
        float[] row = weights.mean(layer, head);
        double sum = 0;
        for (float weight : row) {
          assertTrue(weight >= 0);
          sum += weight;
        }
        assertEquals(1, sum, 1e-5);
      }
    }
    int[] others = ids.clone();
    Arrays.fill(others, 271, 300, 1);
    generator.forget();
    assertArrayEquals(
        weights.weights(), generator.attention(others, 270, new RunControl()).weights());
    float[] mean = weights.mean(AttentionWeights.ALL, AttentionWeights.ALL);
    double expected = 0;
    for (int layer = 0; layer < weights.layers(); layer++) {
      for (int head = 0; head < weights.heads(); head++) {
        expected += weights.weight(layer, head, 100) / (weights.layers() * weights.heads());
      }
    }
    assertEquals(expected, mean[100], 1e-6);
  }

  @Test
  void attentionIsTheSameWhateverTheCacheHolds() {
    int[] ids = ids(120);
    float[] fresh = generator.attention(ids, 80, new RunControl()).weights();
    List<ScoredToken> unused = score(ids, 1);
    assertArrayEquals(fresh, generator.attention(ids, 80, new RunControl()).weights(), 1e-5f);
  }

  @Test
  void theFirstTokenAttendsToItselfAlone() {
    AttentionWeights weights = generator.attention(ids(5), 0, new RunControl());
    assertEquals(1, weights.keys());
    assertEquals(1f, weights.weight(1, 3, 0));
  }

  @Test
  void anInt8ModelIsInspectedAsItRuns() {
    Transformer int8 =
        new Transformer(
            model.config(),
            QuantizedParameters.of(model.config(), model.parameters()),
            WorkerPool.shared());
    Generator quantised = new Generator(new InferenceSession(int8, CONTEXT, 16));
    int[] ids = ids(50);
    List<ScoredToken> scored = new ArrayList<>();
    quantised.score(ids, 1, K, scored::add, new RunControl());
    InferenceSession session = new InferenceSession(int8, CONTEXT, 16);
    for (int i = 0; i < 49; i++) {
      float[] logits = session.append(ids, i, i + 1, new RunControl());
      assertEquals(logSoftmax(logits, 0)[ids[i + 1]], scored.get(i).logProbability(), 5e-4);
    }
  }

  @Test
  void longTextsGoInWindowsAndTheirLossIsThatOfTheEvaluation() {
    SimpleTokenizer tokenizer = new SimpleTokenizer();
    ModelConfig shape = ModelConfig.of(tokenizer.vocabSize(), 16, 1, 2, 32, 64);
    Transformer small = random(shape);
    try (MiniLlm llm =
        MiniLlm.of(
            new LoadedModel(
                small, tokenizer, Optional.empty(), ModelCard.named("small"), Path.of("")))) {
      String text = "Una vez, a long time ago, there was a small house. ".repeat(5);
      int[] ids = tokenizer.encode(text);
      List<ScoredToken> scored = llm.score(text, 2);
      assertEquals(ids.length, scored.size());
      int[] all = new int[ids.length + 1];
      all[0] = tokenizer.eosId().getAsInt();
      System.arraycopy(ids, 0, all, 1, ids.length);
      double nats = 0;
      for (int from = 0; from < ids.length; from += 64) {
        int n = Math.min(64, ids.length - from);
        nats +=
            new TrainingPass(small, 1, n, 32, true)
                .loss(
                    Arrays.copyOfRange(all, from, from + n),
                    Arrays.copyOfRange(all, from + 1, from + n + 1),
                    1,
                    n,
                    new RunControl());
      }
      double bits = scored.stream().mapToDouble(ScoredToken::bits).sum();
      assertEquals(nats / Math.log(2), bits, 1e-3 * bits);
    }
  }

  @Test
  void whatDoesNotFitIsRefusedAndCancellingEnds() {
    BadInput tooLong = assertThrows(BadInput.class, () -> score(ids(CONTEXT + 2), 1));
    assertTrue(tooLong.getMessage().contains("602 tokens"), tooLong.getMessage());
    assertThrows(
        BadInput.class, () -> generator.attention(ids(CONTEXT + 2), CONTEXT, new RunControl()));
    RunControl control = new RunControl();
    control.cancel();
    assertThrows(
        CancellationException.class, () -> generator.score(ids(90), 1, K, t -> {}, control));
  }
}
