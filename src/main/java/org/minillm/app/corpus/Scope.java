package org.minillm.app.corpus;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known at a point of a skeleton, whichever alternatives were taken before it: the bound
 * names with the entries they may stand for, and how many entries each kind of draw has used at
 * most.
 */
final class Scope {
  private final Map<String, List<Entry>> bound;
  private final Map<List<Entry>, Integer> drawn;

  Scope() {
    bound = new HashMap<>();
    drawn = new IdentityHashMap<>();
  }

  private Scope(Scope outer) {
    bound = new HashMap<>(outer.bound);
    drawn = new IdentityHashMap<>(outer.drawn);
  }

  /** The scope inside an alternative. */
  Scope inner() {
    return new Scope(this);
  }

  /** After the alternatives: their names are gone, what they may have drawn is not. */
  void leave(Scope inner) {
    inner.drawn.forEach((candidates, count) -> drawn.merge(candidates, count, Math::max));
  }

  /** What a name may stand for, or null where it is not bound. */
  @Nullable List<Entry> candidates(String name) {
    return bound.get(name);
  }

  /** The bound names, for messages. */
  String names() {
    return bound.isEmpty() ? "none" : String.join(", ", bound.keySet().stream().sorted().toList());
  }

  /**
   * Binds a name to one of the candidates.
   *
   * @return whether earlier draws always leave one
   */
  boolean bind(String name, List<Entry> candidates) {
    int used = 0;
    for (Map.Entry<List<Entry>, Integer> draw : drawn.entrySet()) {
      if (draw.getKey() == candidates || overlap(draw.getKey(), candidates)) {
        used += draw.getValue();
      }
    }
    bound.put(name, candidates);
    drawn.merge(candidates, 1, Integer::sum);
    return candidates.isEmpty() || used < candidates.size();
  }

  private static boolean overlap(List<Entry> a, List<Entry> b) {
    for (Entry entry : a) {
      for (Entry other : b) {
        if (entry == other) {
          return true;
        }
      }
    }
    return false;
  }
}
