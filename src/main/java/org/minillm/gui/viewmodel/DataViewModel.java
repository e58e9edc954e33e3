package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.DataDoctor;
import org.minillm.app.DataService;
import org.minillm.app.JobContext;
import org.minillm.app.LatestJob;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.doctor.CheckReport;
import org.minillm.app.doctor.DoctorProgress;
import org.minillm.app.doctor.Finding;
import org.minillm.app.doctor.FindingKind;
import org.minillm.app.doctor.FixReport;
import org.minillm.train.CorpusSummary;

/**
 * The data of the next training: what the files hold, what is wrong with them, and their mended
 * copy. All reading is on the application's own thread for it; choosing other files ends it.
 */
public final class DataViewModel {
  private static final long QUIET_NANOS = 100_000_000;

  /** What is being done. */
  public enum Stage {
    NOTHING,
    /** Formats, languages, documents, tokens. */
    LOOKING,
    /** The data doctor. */
    CHECKING,
    /** Writes the mended copy. */
    MENDING,
    DONE,
    /** The user ended it, or began something else. */
    CANCELLED,
    FAILED
  }

  /**
   * Where it stands.
   *
   * @param progress 0 to 1 within the stage, NaN while unknown
   */
  public record State(
      Stage stage,
      double progress,
      Optional<CorpusSummary> summary,
      Optional<CheckReport> report,
      Optional<FixReport> mended,
      Optional<Throwable> failure) {
    static final State NOTHING =
        new State(
            Stage.NOTHING,
            Double.NaN,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    State at(Stage now, double share) {
      return new State(now, share, summary, report, mended, failure);
    }

    private State with(CorpusSummary found) {
      return new State(stage, progress, Optional.of(found), report, mended, failure);
    }

    private State with(CheckReport found) {
      return new State(stage, progress, summary, Optional.of(found), mended, failure);
    }

    private State with(FixReport done) {
      return new State(stage, progress, summary, report, Optional.of(done), failure);
    }

    private State failed(Throwable problem) {
      return new State(Stage.FAILED, progress, summary, report, mended, Optional.of(problem));
    }

    /** Whether it is being worked on. */
    public boolean busy() {
      return stage == Stage.LOOKING || stage == Stage.CHECKING || stage == Stage.MENDING;
    }

    /** Findings that a mended copy is without. */
    public List<Finding> mendable() {
      return report
          .map(r -> r.findings().stream().filter(f -> f.kind().safe()).toList())
          .orElse(List.of());
    }
  }

  private final LatestJob jobs;
  private final DataService data;
  private final DataDoctor doctor;
  private final Executor ui;
  private final ReadOnlyObjectWrapper<State> state = new ReadOnlyObjectWrapper<>(State.NOTHING);
  private List<Path> files = List.of();
  private int asked;

  /**
   * @param ui runs what changes properties
   */
  DataViewModel(MiniLlmApp app, Executor ui) {
    this.jobs = app.preparation();
    this.data = app.data();
    this.doctor = app.doctor();
    this.ui = ui;
  }

  public ReadOnlyObjectProperty<State> stateProperty() {
    return state.getReadOnlyProperty();
  }

  /** Validation documents that stand in the training text as well; empty where not checked. */
  Optional<Long> leakedDocuments() {
    return state
        .get()
        .report()
        .map(r -> r.finding(FindingKind.LEAKAGE).map(Finding::documents).orElse(0L));
  }

  /** Looks at files and folders, then lets the data doctor check them. */
  public void look(List<Path> chosen) {
    files = List.copyOf(chosen);
    if (chosen.isEmpty()) {
      jobs.cancel();
      asked++;
      state.set(State.NOTHING);
      return;
    }
    state.set(State.NOTHING.at(Stage.LOOKING, Double.NaN));
    List<Path> of = files;
    run((context, tell) -> lookAndCheck(of, context, tell));
  }

  /**
   * Writes a copy without what can be mended safely, beside the first file.
   *
   * @param then hears of the copy on the UI's thread
   */
  public void mend(Consumer<Path> then) {
    List<Path> from = files;
    state.set(state.get().at(Stage.MENDING, 0));
    run(
        (context, tell) -> {
          FixReport done =
              doctor.fix(
                  doctor.options(from),
                  Set.<FindingKind>of(),
                  copyOf(from),
                  false,
                  context.control(),
                  progress(Stage.MENDING, tell));
          tell.also(
              () -> {
                state.set(state.get().with(done).at(Stage.DONE, 1));
                then.accept(done.out());
              });
        });
  }

  /** Ends what is being done. */
  public void cancel() {
    if (state.get().busy()) {
      asked++;
      jobs.cancel();
      state.set(state.get().at(Stage.CANCELLED, Double.NaN));
    }
  }

  private void lookAndCheck(List<Path> of, JobContext context, Teller tell) throws IOException {
    CorpusSummary summary = data.summary(of, Optional.empty(), context.control());
    tell.change(s -> s.with(summary).at(Stage.CHECKING, 0));
    CheckReport report =
        doctor.check(doctor.options(of), context.control(), progress(Stage.CHECKING, tell));
    tell.change(s -> s.with(report).at(Stage.DONE, 1));
  }

  private static DoctorProgress progress(Stage stage, Teller tell) {
    long[] told = {System.nanoTime()};
    return (documents, share) -> {
      long now = System.nanoTime();
      if (now - told[0] >= QUIET_NANOS) {
        told[0] = now;
        tell.change(s -> s.at(stage, share));
      }
    };
  }

  /** "cuentos-mended.txt" beside the first file; a number is added while there is one. */
  static Path copyOf(List<Path> files) {
    Path first = files.get(0).toAbsolutePath().normalize();
    String name = String.valueOf(first.getFileName());
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 && !Files.isDirectory(first) ? name.substring(0, dot) : name;
    boolean objects =
        files.stream().anyMatch(f -> f.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl"));
    String ending = objects ? ".jsonl" : ".txt";
    Path copy = first.resolveSibling(stem + "-mended" + ending);
    for (int i = 2; Files.exists(copy); i++) {
      copy = first.resolveSibling(stem + "-mended-" + i + ending);
    }
    return copy;
  }

  private interface Work {
    void run(JobContext context, Teller tell) throws IOException;
  }

  private void run(Work work) {
    Teller tell = new Teller(++asked);
    jobs.start(
        "data",
        context -> {
          try {
            work.run(context, tell);
          } catch (CancellationException e) {
            tell.cancelled();
            throw e;
          } catch (IOException | RuntimeException | OutOfMemoryError e) {
            tell.change(s -> s.failed(e));
          }
        },
        tell::cancelled);
  }

  /** Changes the state from the job's thread, as long as nothing else was asked since. */
  private final class Teller {
    private final int number;

    Teller(int number) {
      this.number = number;
    }

    void change(UnaryOperator<State> change) {
      also(() -> state.set(change.apply(state.get())));
    }

    /** Something else took its place. */
    void cancelled() {
      change(s -> s.at(Stage.CANCELLED, Double.NaN));
    }

    void also(Runnable action) {
      ui.execute(
          () -> {
            if (number == asked) {
              action.run();
            }
          });
    }
  }
}
