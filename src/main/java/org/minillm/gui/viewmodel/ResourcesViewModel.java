package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.GuardEvent;
import org.minillm.app.GuardLevel;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ResourceSnapshot;

/** The resources pane's state, once a second. */
public final class ResourcesViewModel {
  private static final int HISTORY = 90;

  /** What is shown. */
  public record State(
      ResourceSnapshot resources, MemoryPlan usage, GuardLevel level, Optional<GuardEvent> act) {}

  private final MiniLlmApp app;
  private final Executor background;
  private final List<Deque<Double>> cores = new ArrayList<>();
  private final ReadOnlyObjectWrapper<Optional<State>> state =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private volatile Optional<GuardEvent> lastAct = Optional.empty();

  public ResourcesViewModel(MiniLlmApp app, Executor ui, Executor background) {
    this.app = app;
    this.background = background;
    app.guard().listen(event -> lastAct = Optional.of(event));
    app.monitor()
        .listen(
            snapshot -> {
              State now = new State(snapshot, app.usage(), app.guard().level(), lastAct);
              ui.execute(() -> show(now));
            });
  }

  private void show(State now) {
    List<Double> cpu = now.resources().cpu();
    for (int i = 0; i < cpu.size(); i++) {
      if (cores.size() <= i) {
        cores.add(new ArrayDeque<>());
      }
      Deque<Double> core = cores.get(i);
      core.addLast(cpu.get(i));
      if (core.size() > HISTORY) {
        core.removeFirst();
      }
    }
    state.set(Optional.of(now));
  }

  public ReadOnlyObjectProperty<Optional<State>> stateProperty() {
    return state.getReadOnlyProperty();
  }

  /** Use of a core over the last minute and a half, 0 to 1, oldest first. */
  public double[] core(int i) {
    return i < cores.size()
        ? cores.get(i).stream().mapToDouble(Double::doubleValue).toArray()
        : new double[0];
  }

  /** Changes the budget of the running process and of {@code config.json}. */
  public void setBudget(int megabytes) {
    background.execute(
        () -> {
          try {
            app.setMaxMemoryMb(megabytes);
          } catch (IOException | RuntimeException e) {
            System.getLogger(ResourcesViewModel.class.getName())
                .log(System.Logger.Level.WARNING, "Cannot set the budget: " + e.getMessage());
          }
        });
  }
}
