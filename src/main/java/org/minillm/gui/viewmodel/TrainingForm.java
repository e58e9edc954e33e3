package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.minillm.app.AppConfig;
import org.minillm.app.Preset;
import org.minillm.train.FineTuning;

/**
 * What the training form says, as typed.
 *
 * @param preset the shape; empty for that of {@code config.json}
 * @param steps optimiser steps
 * @param batch sequences a step
 * @param context tokens at once in place of the shape's, where a plan's suggestion was taken
 * @param memorySaver whether to recompute activations; empty for what {@code config.json} says
 * @param proposed shape and training in place of all those, where the planner's proposal was taken
 * @param base the model to go on from, whose shape and tokenizer hold; empty to train a new one
 */
public record TrainingForm(
    String name,
    List<Path> files,
    Optional<Preset> preset,
    String steps,
    String batch,
    OptionalInt context,
    Optional<Boolean> memorySaver,
    Optional<AppConfig> proposed,
    Optional<FineTuning> base) {
  /** Fields, as {@link Problem#field()} names them. */
  public static final String NAME = "name";

  public static final String FILES = "files";
  public static final String STEPS = "steps";
  public static final String BATCH = "batch";

  private static final int LONGEST_NAME = 100;
  private static final long MOST_STEPS = 1_000_000_000;
  private static final long LARGEST_BATCH = 4096;
  private static final int EVALUATIONS = 10;

  public TrainingForm {
    files = List.copyOf(files);
  }

  /** Of a new model, without a proposal. */
  public TrainingForm(
      String name,
      List<Path> files,
      Optional<Preset> preset,
      String steps,
      String batch,
      OptionalInt context,
      Optional<Boolean> memorySaver) {
    this(
        name,
        files,
        preset,
        steps,
        batch,
        context,
        memorySaver,
        Optional.empty(),
        Optional.empty());
  }

  /** What must be mended before it can start; empty when nothing must. Looks at the files. */
  public List<Problem> problems() {
    List<Problem> problems = new ArrayList<>();
    checkFiles(problems);
    String plain = name.strip();
    if (plain.isEmpty()) {
      problems.add(Problem.of(NAME, "check.name"));
    } else if (plain.length() > LONGEST_NAME || plain.matches(".*[/\\\\\\p{Cntrl}].*")) {
      problems.add(Problem.of(NAME, "check.nameCharacters"));
    }
    checkWhole(problems, STEPS, steps, MOST_STEPS);
    checkWhole(problems, BATCH, batch, LARGEST_BATCH);
    return problems;
  }

  private void checkFiles(List<Problem> problems) {
    if (files.isEmpty()) {
      problems.add(Problem.of(FILES, "check.noFiles"));
    }
    for (Path file : files) {
      String shown = String.valueOf(file.getFileName());
      if (!Files.isReadable(file)) {
        problems.add(Problem.of(FILES, "check.unreadable", shown));
      } else if (!Files.isDirectory(file) && size(file) == 0) {
        problems.add(Problem.of(FILES, "check.empty", shown));
      }
    }
  }

  private static void checkWhole(List<Problem> problems, String field, String typed, long most) {
    if (Numbers.whole(typed).filter(n -> n >= 1 && n <= most).isEmpty()) {
      problems.add(Problem.of(field, "check.whole", most));
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0; // the checks and the training say what is wrong with it
    }
  }

  /** The configuration of this training; the form must be without problems. */
  AppConfig config(AppConfig base) {
    AppConfig config =
        this.base.isPresent()
            ? base.forFineTuning(this.base.get().loraRank() > 0)
            : preset.map(base::withPreset).orElse(base);
    if (proposed.isPresent() && this.base.isEmpty()) {
      AppConfig own = proposed.get();
      config =
          base.withHyperparameters(own.hyperparameters())
              .withTraining(own.training())
              .withOptimization(own.optimization());
    }
    config = config.withModel(config.model().withName(name.strip()));
    if (context.isPresent()) {
      config =
          config.withHyperparameters(config.hyperparameters().withMaxSeqLen(context.getAsInt()));
    }
    if (memorySaver.isPresent()) {
      config = config.withOptimization(config.optimization().withMemorySaver(memorySaver.get()));
    }
    long count = Numbers.whole(steps).orElseThrow();
    int interval = config.training().evalInterval();
    return config.withTraining(
        config
            .training()
            .forSteps(count)
            .withBatchSize((int) (long) Numbers.whole(batch).orElseThrow())
            // A short run is measured too.
            .withEvalInterval((int) Math.max(1, Math.min(interval, count / EVALUATIONS))));
  }
}
