package org.minillm.app.corpus;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.minillm.app.corpus.Piece.Alternatives;

/**
 * What a check of a language's skeletons found.
 *
 * @param entries of all lists
 * @param alternatives places with a choice of branches
 * @param texts made to take every branch and draw every entry
 * @param meanStoryBytes mean length of these texts of stories, 0 without any
 * @param problems faults that keep the corpus from being written
 * @param warnings likely slips: entries that nothing draws, skeletons with few texts, spelling
 */
public record CorpusCheck(
    Language language,
    int files,
    int lists,
    int entries,
    int stories,
    int dialogues,
    int alternatives,
    long texts,
    int meanStoryBytes,
    List<Problem> problems,
    List<Problem> warnings) {
  /** Texts in a row without a new branch or entry, until what is missing counts as unreachable. */
  private static final int PATIENCE = 5000;

  /** A story with fewer texts repeats itself soon. */
  private static final int FEW = 200;

  /**
   * Reads the skeletons and, where they have no problems, makes texts until every branch was taken
   * and every entry drawn.
   *
   * @param skeletons directory with folders {@code es} and {@code en}; empty for those shipped
   */
  public static CorpusCheck of(Language language, Optional<Path> skeletons) throws IOException {
    Grammar grammar = Grammar.read(language, skeletons);
    Run run = new Run(grammar);
    if (grammar.problems().isEmpty()) {
      grammar.checked();
      grammar.stories().forEach(run::draw);
      grammar.dialogues().forEach(run::draw);
      run.findIdle();
    }
    return new CorpusCheck(
        language,
        grammar.files(),
        grammar.lists().size(),
        grammar.lists().values().stream().mapToInt(l -> l.entries().size()).sum(),
        grammar.stories().size(),
        grammar.dialogues().size(),
        run.alternatives,
        run.texts,
        run.stories == 0 ? 0 : (int) (run.storyBytes / run.stories),
        run.problems,
        run.warnings);
  }

  private static final class Run {
    private final Grammar grammar;
    private final TextRules rules;
    private final Set<Entry> drawn = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Problem> problems;
    private final List<Problem> warnings = new ArrayList<>();
    private int alternatives;
    private long texts;
    private long stories;
    private long storyBytes;

    Run(Grammar grammar) {
      this.grammar = grammar;
      this.rules = new TextRules(grammar.language());
      this.problems = new ArrayList<>(grammar.problems());
    }

    void draw(Skeleton skeleton) {
      Coverage coverage = new Coverage(skeleton, drawn);
      Set<String> slips = new HashSet<>();
      int idle = 0;
      do {
        int before = coverage.missing();
        List<String> turns = Renderer.render(skeleton, coverage);
        idle = coverage.missing() < before ? 0 : idle + 1;
        texts++;
        look(skeleton, turns, slips);
      } while (coverage.missing() > 0 && idle < PATIENCE);
      skeleton.turns().forEach(this::count);
      for (Alternatives missed : coverage.missed()) {
        problems.add(
            new Problem(missed.place().toString(), "an alternative that no text seems to reach"));
      }
      if (!skeleton.dialogue() && skeleton.texts() < FEW) {
        warn(
            skeleton,
            String.format(
                Locale.ROOT, "makes only %.0f different texts; vary it", skeleton.texts()));
      }
    }

    private void look(Skeleton skeleton, List<String> turns, Set<String> slips) {
      for (int i = 0; i < turns.size(); i++) {
        String text = turns.get(i);
        if (text.isEmpty()) {
          problems.add(new Problem(skeleton.place().toString(), "can come out empty"));
          continue;
        }
        // A person may write to the model without capitals; the model's texts are the example.
        boolean ours = !skeleton.dialogue() || Skeleton.role(i).equals("assistant");
        if (ours) {
          rules.check(
              text,
              (rule, around) -> {
                if (slips.add(rule)) {
                  warn(skeleton, rule + ": …" + around + "…");
                }
              });
        }
      }
      if (!skeleton.dialogue()) {
        stories++;
        storyBytes += turns.get(0).getBytes(StandardCharsets.UTF_8).length;
      }
    }

    private void count(List<Piece> pieces) {
      for (Piece piece : pieces) {
        if (piece instanceof Alternatives choice) {
          alternatives++;
          choice.branches().forEach(this::count);
        }
      }
    }

    /** Entries that nothing draws. */
    void findIdle() {
      for (WordList list : grammar.lists().values()) {
        List<Entry> idle = list.entries().stream().filter(e -> !drawn.contains(e)).toList();
        if (!list.entries().isEmpty() && idle.size() == list.entries().size()) {
          warnings.add(
              new Problem(list.place().toString(), "nothing draws from list " + list.name()));
        } else {
          for (Entry entry : idle) {
            warnings.add(
                new Problem(
                    entry.place().toString(),
                    "nothing draws '" + entry.text() + "' of list " + list.name()));
          }
        }
      }
    }

    private void warn(Skeleton skeleton, String reason) {
      warnings.add(new Problem(skeleton.place().toString(), skeleton.name() + ": " + reason));
    }
  }
}
