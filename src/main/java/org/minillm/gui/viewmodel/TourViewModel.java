package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.AppConfig;
import org.minillm.app.ChatReply;
import org.minillm.app.CompletionService;
import org.minillm.app.FrontEnd;
import org.minillm.app.JobState;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.Preset;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingRequest;
import org.minillm.app.TrainingSnapshot;
import org.minillm.app.corpus.CorpusFile;
import org.minillm.app.corpus.CorpusGenerator;
import org.minillm.app.corpus.CorpusOptions;
import org.minillm.app.corpus.Language;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;

/**
 * The tour, which comes by itself at the first start: writes stories of our own, trains a toy on
 * them for two minutes, and lets it continue the same words before and after.
 */
public final class TourViewModel implements TrainingListener {
  private static final double MINUTES = 2;
  private static final double MEGABYTES = 2;
  private static final int TOKENS = 48;
  private static final long SEED = 1;
  private static final int MOST_MB = 320;
  private static final int FEWEST_STEPS = 120;
  private static final int SMALL_BATCH = 8;

  /** Where the tour stands. */
  public enum Step {
    WELCOME,
    /** Stories are written and the machine is measured. */
    PREPARING,
    TRAINING,
    DONE,
    FAILED;

    /** Whether the tour came to its end, which the window shows by itself. */
    public boolean ended() {
      return this == DONE || this == FAILED;
    }
  }

  /**
   * What is shown.
   *
   * @param before what the model wrote at {@code beforeStep}; empty until it did
   * @param after what it wrote at the end
   * @param model where it is, once it is trained
   */
  public record State(
      Step step,
      String prompt,
      String before,
      long beforeStep,
      String after,
      Optional<Path> model,
      Optional<Throwable> failure) {}

  private static final State FIRST =
      new State(Step.WELCOME, "", "", 0, "", Optional.empty(), Optional.empty());

  private final MiniLlmApp app;
  private final Executor ui;
  private final Path stories;
  private final double megabytes;
  private final int mostMb;
  private final ReadOnlyObjectWrapper<State> state = new ReadOnlyObjectWrapper<>(FIRST);
  private volatile Optional<Path> training = Optional.empty();
  private volatile boolean beforeAsked;

  /**
   * @param ui runs what changes properties
   */
  public TourViewModel(MiniLlmApp app, Executor ui) {
    this(app, ui, MiniLlmApp.dataDir().resolve("tour"), MEGABYTES, MOST_MB);
  }

  /**
   * @param stories where they are written
   * @param megabytes of stories
   * @param mostMb budget of the toy
   */
  TourViewModel(MiniLlmApp app, Executor ui, Path stories, double megabytes, int mostMb) {
    this.app = app;
    this.ui = ui;
    this.stories = stories;
    this.megabytes = megabytes;
    this.mostMb = mostMb;
    app.training().listen(this);
  }

  public ReadOnlyObjectProperty<State> stateProperty() {
    return state.getReadOnlyProperty();
  }

  /** The tour is opened: what came to its end begins anew. */
  public void open() {
    if (state.get().step().ended()) {
      become(FIRST);
    }
  }

  /**
   * The one button: writes the stories, proposes a run of two minutes and starts it.
   *
   * @param language "es" or "en", of the stories
   * @param name of the model
   * @param prompt what it continues before and after
   */
  public void train(String language, String name, String prompt) {
    become(new State(Step.PREPARING, prompt, "", 0, "", Optional.empty(), Optional.empty()));
    beforeAsked = false;
    background(
        () -> {
          List<Path> files = stories(Language.of(language).orElse(Language.EN));
          AppConfig run = proposed(files);
          Path dir = app.library().newDirectory(name);
          training = Optional.of(dir);
          app.training()
              .start(
                  new TrainingRequest(
                      name, files, dir, run, FrontEnd.WINDOW, false, List.of(prompt)));
        },
        () -> become(FIRST));
  }

  /** A run of two minutes; on a machine too busy for that, a short one of the smallest shape. */
  private AppConfig proposed(List<Path> files) throws IOException {
    try {
      return app.advice().propose(small(app.config()), files, MINUTES).config();
    } catch (BadInput e) {
      AppConfig smallest = app.config().withPreset(Preset.NANO);
      return smallest.withTraining(
          smallest
              .training()
              .forSteps(FEWEST_STEPS)
              .withBatchSize(SMALL_BATCH)
              .withEvalInterval(FEWEST_STEPS / 4));
    }
  }

  /** A toy needs little, and wide shapes need not be measured for it. */
  private AppConfig small(AppConfig config) {
    int budget = Math.min(mostMb, config.resources().maxMemoryMb());
    return config.withResources(config.resources().withMaxMemoryMb(budget));
  }

  private List<Path> stories(Language language) throws IOException {
    CorpusOptions options =
        new CorpusOptions(
            stories, List.of(language), megabytes, SEED, true, List.of(), true, Optional.empty());
    return CorpusGenerator.write(options, new RunControl(), file -> {}).stream()
        .map(CorpusFile::path)
        .toList();
  }

  @Override
  public void onSnapshot(TrainingSnapshot s) {
    if (!training.equals(Optional.of(s.outDir()))) {
      return;
    }
    if (s.state() == JobState.FAILED) {
      training = Optional.empty();
      fail(s.failure().orElseGet(() -> new IOException(s.name())));
    } else if (s.state().ended()) {
      training = Optional.empty();
      if (s.saved()) { // stopped early, it can write as well
        finish(s.outDir());
      } else {
        ui.execute(() -> become(FIRST));
      }
    } else if (!beforeAsked && app.training().hasLiveModel()) {
      beforeAsked = true;
      background(this::tellBefore, () -> beforeAsked = false);
    }
    if (!s.state().ended()) {
      ui.execute(
          () -> {
            State now = state.get();
            if (now.step() == Step.PREPARING && app.training().hasLiveModel()) {
              become(with(now, Step.TRAINING));
            }
          });
    }
  }

  private void tellBefore() throws IOException, InterruptedException {
    ChatReply reply = written(CompletionService.LIVE);
    ui.execute(
        () -> {
          State now = state.get();
          become(
              new State(
                  now.step(),
                  now.prompt(),
                  reply.text(),
                  reply.trainingStep(),
                  now.after(),
                  now.model(),
                  now.failure()));
        });
  }

  private void finish(Path dir) {
    background(
        () -> {
          String text;
          try {
            text = written(CompletionService.id(dir)).text();
          } finally {
            app.completions().letGo(); // nobody asks it this way again
          }
          ui.execute(() -> done(dir, text));
        },
        () -> done(dir, ""));
  }

  private void done(Path dir, String text) {
    State now = state.get();
    become(
        new State(
            Step.DONE,
            now.prompt(),
            now.before(),
            now.beforeStep(),
            text,
            Optional.of(dir),
            Optional.empty()));
  }

  /** The same dice before and after: only the weights differ. */
  private ChatReply written(String model) throws IOException, InterruptedException {
    GenerateOptions options = GenerateOptions.defaults().withMaxTokens(TOKENS).withSeed(SEED);
    return app.completions()
        .complete(model, state.get().prompt(), options, piece -> {}, new RunControl());
  }

  private static State with(State s, Step step) {
    return new State(
        step, s.prompt(), s.before(), s.beforeStep(), s.after(), s.model(), s.failure());
  }

  /** What may wait for the disk or the model. */
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  /**
   * @param dropped done on the UI's thread where something else takes its place before it began
   */
  private void background(Work work, Runnable dropped) {
    try {
      app.preparation()
          .start(
              "tour",
              context -> {
                try {
                  work.run();
                } catch (IOException | RuntimeException | OutOfMemoryError e) {
                  fail(e);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              },
              () -> ui.execute(dropped));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void fail(Throwable e) {
    ui.execute(
        () -> {
          State now = state.get();
          become(
              new State(
                  Step.FAILED,
                  now.prompt(),
                  now.before(),
                  now.beforeStep(),
                  "",
                  Optional.empty(),
                  Optional.of(e)));
        });
  }

  private void become(State next) {
    state.set(next);
  }
}
