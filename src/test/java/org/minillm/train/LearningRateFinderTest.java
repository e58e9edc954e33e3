package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.RunControl;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.train.LearningRateFinder.Point;

class LearningRateFinderTest {
  @TempDir private Path dir;

  private LearningRateFinder.Result find(SmallRun small, List<Point> heard) {
    ModelConfig shape = ModelConfig.of(small.tokenizer.vocabSize(), 32, 2, 2, 64, 32);
    return LearningRateFinder.find(
        Transformer.initialise(shape, 3, small.pool),
        small.dataset,
        SmallRun.options(),
        150,
        heard::add,
        new RunControl());
  }

  @Test
  void rateGrowsByTheSameFactorUntilTheLossRises() throws IOException {
    List<Point> heard = new ArrayList<>();
    LearningRateFinder.Result result = find(new SmallRun(dir), heard);
    assertEquals(result.curve(), heard);
    assertTrue(heard.size() < 150, "did not end where the loss rose");
    double factor = heard.get(1).rate() / heard.get(0).rate();
    for (int i = 2; i < heard.size(); i++) {
      assertEquals(factor, heard.get(i).rate() / heard.get(i - 1).rate(), 1e-9);
    }
    double lowest = heard.stream().mapToDouble(Point::smoothed).min().orElseThrow();
    assertTrue(heard.get(heard.size() - 1).smoothed() > 1.1 * lowest);
  }

  @Test
  void suggestedRateTrainsBetterThanOneFarBelowAndOneFarAbove() throws IOException {
    SmallRun small = new SmallRun(dir);
    double rate = find(small, new ArrayList<>()).suggestion();
    double[] losses = new double[3];
    float[] rates = {(float) (rate / 30), (float) rate, (float) Math.min(1, rate * 30)};
    for (int i = 0; i < 3; i++) {
      float used = rates[i];
      TrainOptions options =
          SmallRun.options()
              .with(o -> o.learningRate(used).minLearningRate(used / 10).maxSteps(60));
      small.undisturbed(dir.resolve("r" + i), options);
      losses[i] = small.evaluations.get(small.evaluations.size() - 1).valLoss();
    }
    assertTrue(losses[1] < losses[0] && losses[1] < losses[2], java.util.Arrays.toString(losses));
  }

  @Test
  void suggestionIsWhereTheLossFallsFastestToTwoDigits() {
    List<Point> curve = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      double loss = 5 - 2 / (1 + Math.exp(-(i - 30) / 4.0)); // falls fastest at 30
      curve.add(new Point(1e-5 * Math.pow(1.1, i), loss, loss));
    }
    assertEquals(1.7e-4, LearningRateFinder.suggestion(curve), 1e-9); // 1e-5 · 1.1³⁰ = 1.745e-4
  }
}
