package org.minillm.app.corpus;

import java.util.Arrays;
import java.util.List;
import org.minillm.ndarray.RandomGenerator;

/**
 * Texts of skeletons without end: round after round, each round every skeleton once in a new order,
 * so that none dominates however many there are of its texts. A skeleton whose texts are used up
 * sits out; when less than a quarter of them still has new texts, everything may come again,
 * because these few would make the rest of the file.
 */
final class TextStream {
  /** Draws of one skeleton that may give a text seen before. */
  private static final int TRIES = 30;

  private final List<Skeleton> skeletons;
  private final RandomGenerator random;
  private final Choices choices;
  private final SeenTexts seen = new SeenTexts();
  private final boolean[] usedUp;
  private int[] round = {};
  private int at;
  private int left;
  private int cycles = 1;

  TextStream(List<Skeleton> skeletons, RandomGenerator random) {
    this.skeletons = skeletons;
    this.random = random;
    this.choices = Choices.random(random);
    this.usedUp = new boolean[skeletons.size()];
    this.left = skeletons.size();
  }

  /** A text and what it was made of. */
  record Text(Skeleton skeleton, List<String> turns) {}

  Text next() {
    while (true) {
      if (at == round.length) {
        round = random.permutation(skeletons.size());
        at = 0;
      }
      int index = round[at++];
      if (usedUp[index]) {
        continue;
      }
      Skeleton skeleton = skeletons.get(index);
      for (int i = 0; i < TRIES; i++) {
        List<String> turns = Renderer.render(skeleton, choices);
        if (seen.add(turns)) {
          return new Text(skeleton, turns);
        }
      }
      usedUp[index] = true;
      left--;
      if (left == 0 || left < skeletons.size() / 4) {
        seen.clear();
        Arrays.fill(usedUp, false);
        left = skeletons.size();
        cycles++;
      }
    }
  }

  /** How many times the skeletons were gone through until used up, the present time counted. */
  int cycles() {
    return cycles;
  }
}
