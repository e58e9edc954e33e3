package org.minillm.app.corpus;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.minillm.app.corpus.Piece.Alternatives;
import org.minillm.app.corpus.Piece.Draw;
import org.minillm.ndarray.RandomGenerator;

/** Choices that go where they have been least, to meet every branch and every entry soon. */
final class Coverage implements Choices {
  private final RandomGenerator random = new RandomGenerator(1);
  private final Map<Piece, int[]> visits = new IdentityHashMap<>();
  private final Set<Entry> printed;
  private int missing;

  /**
   * @param printed takes the entries that are drawn; a set by identity
   */
  Coverage(Skeleton skeleton, Set<Entry> printed) {
    this.printed = printed;
    skeleton.turns().forEach(this::expect);
  }

  private void expect(List<Piece> pieces) {
    for (Piece piece : pieces) {
      if (piece instanceof Draw draw) {
        expect(piece, draw.candidates().size());
      } else if (piece instanceof Alternatives alternatives) {
        expect(piece, alternatives.branches().size());
        alternatives.branches().forEach(this::expect);
      }
    }
  }

  private void expect(Piece piece, int ways) {
    visits.put(piece, new int[ways]);
    missing += ways;
  }

  /** Ways not taken yet. */
  int missing() {
    return missing;
  }

  /** The alternatives with a branch that was never taken. */
  List<Alternatives> missed() {
    List<Alternatives> missed = new ArrayList<>();
    visits.forEach(
        (piece, counts) -> {
          boolean complete = true;
          for (int count : counts) {
            complete &= count > 0;
          }
          if (!complete && piece instanceof Alternatives alternatives) {
            missed.add(alternatives);
          }
        });
    return missed;
  }

  @Override
  public int branch(Alternatives alternatives) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < alternatives.branches().size(); i++) {
      all.add(i);
    }
    return visit(alternatives, all);
  }

  @Override
  public Entry entry(Draw draw, List<Entry> taken) {
    List<Integer> free = new ArrayList<>();
    for (int i = 0; i < draw.candidates().size(); i++) {
      if (!Choices.isTaken(draw.candidates().get(i), taken)) {
        free.add(i);
      }
    }
    Entry entry = draw.candidates().get(visit(draw, free));
    printed.add(entry);
    return entry;
  }

  private int visit(Piece piece, List<Integer> free) {
    int[] counts = Objects.requireNonNull(visits.get(piece));
    // One choice in four is free: draws that depend on each other could go in circles otherwise.
    int best = free.get(random.nextInt(free.size()));
    if (random.nextInt(4) > 0) {
      for (int i : free) {
        best = counts[i] < counts[best] ? i : best;
      }
    }
    if (counts[best] == 0) {
      missing--;
    }
    counts[best]++;
    return best;
  }
}
