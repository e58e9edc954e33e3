package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.AppConfig;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RunProposal;

/** Proposes a run for a time and a memory, after measuring this machine for ten seconds. */
public final class PlannerViewModel {
  /** Fields, as {@link Problem#field()} names them. */
  public static final String MINUTES = "minutes";

  public static final String MEMORY = "memory";
  private static final double MOST_MINUTES = 1e6;
  private static final long LEAST_MB = 64;
  private static final long MOST_MB = 1_048_576;
  private static final double ACCEPTED = 0.85;

  private final MiniLlmApp app;
  private final Executor ui;
  private final ReadOnlyBooleanWrapper measuring = new ReadOnlyBooleanWrapper();
  private final ReadOnlyObjectWrapper<Optional<RunProposal>> proposal =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private int asked;

  /**
   * @param ui runs what changes properties
   */
  PlannerViewModel(MiniLlmApp app, Executor ui) {
    this.app = app;
    this.ui = ui;
  }

  public ReadOnlyBooleanProperty measuringProperty() {
    return measuring.getReadOnlyProperty();
  }

  /** What was proposed last; empty before, and while it is measured. */
  public ReadOnlyObjectProperty<Optional<RunProposal>> proposalProperty() {
    return proposal.getReadOnlyProperty();
  }

  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  /** The budget, for the field. */
  public int budget() {
    return app.config().resources().maxMemoryMb();
  }

  /** What must be mended in the fields; empty when nothing must. */
  public static List<Problem> problems(String minutes, String megabytes) {
    if (Numbers.real(minutes).filter(n -> n > 0 && n <= MOST_MINUTES).isEmpty()) {
      return List.of(Problem.of(MINUTES, "check.minutes"));
    }
    if (Numbers.whole(megabytes).filter(n -> n >= LEAST_MB && n <= MOST_MB).isEmpty()) {
      return List.of(Problem.of(MEMORY, "check.memory", LEAST_MB));
    }
    return List.of();
  }

  /** Measures and proposes; the fields must be without problems. */
  public void propose(List<Path> files, String minutes, String megabytes) {
    int number = ++asked;
    double time = Numbers.real(minutes).orElseThrow();
    int memory = (int) (long) Numbers.whole(megabytes).orElseThrow();
    proposal.set(Optional.empty());
    failure.set(Optional.empty());
    measuring.set(true);
    app.preparation()
        .start(
            "plan",
            context -> {
              try {
                RunProposal made = app.advice().propose(within(memory), files, time);
                end(number, () -> proposal.set(Optional.of(made)));
              } catch (IOException | RuntimeException | OutOfMemoryError e) {
                end(number, () -> failure.set(Optional.of(e)));
              }
            },
            () -> end(number, () -> {}));
  }

  /** Forgets what was proposed, and what is being measured. */
  public void forget() {
    asked++;
    measuring.set(false);
    proposal.set(Optional.empty());
    failure.set(Optional.empty());
  }

  private void end(int number, Runnable action) {
    ui.execute(
        () -> {
          if (number == asked) {
            measuring.set(false);
            action.run();
          }
        });
  }

  /** The chat's model stays in memory while it trains: what it takes is not there to plan with. */
  private AppConfig within(int megabytes) {
    AppConfig config = app.config();
    long chat = app.usage().bytes(MemoryPlan.Item.CHAT_MODEL);
    long left = Math.max(LEAST_MB, megabytes - (long) Math.ceil(chat / ACCEPTED / (1 << 20)));
    return config.withResources(config.resources().withMaxMemoryMb((int) left));
  }
}
