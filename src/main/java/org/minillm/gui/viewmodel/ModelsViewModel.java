package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.base.MiniLlmException;

/** The models in the model directory, each with what chatting with it would take. */
public final class ModelsViewModel {
  /**
   * One model.
   *
   * @param plan of chatting with it, empty where that could not be told
   */
  public record Row(ModelEntry entry, Optional<MemoryPlan> plan) {}

  private final MiniLlmApp app;
  private final Executor ui;
  private final Executor background;
  private final ReadOnlyObjectWrapper<List<Row>> rows = new ReadOnlyObjectWrapper<>(List.of());

  /**
   * @param ui runs what changes properties
   * @param background runs what reads the disk
   */
  public ModelsViewModel(MiniLlmApp app, Executor ui, Executor background) {
    this.app = app;
    this.ui = ui;
    this.background = background;
  }

  /** As of the last {@link #refresh}, newest first. */
  public ReadOnlyObjectProperty<List<Row>> rowsProperty() {
    return rows.getReadOnlyProperty();
  }

  /** Whether there is a model in training to talk to. */
  public boolean hasLiveModel() {
    return app.training().hasLiveModel();
  }

  /** Where the models are. */
  public String directory() {
    return app.library().directory().toString();
  }

  /** Reads the directory again. */
  public void refresh() {
    background.execute(
        () -> {
          List<Row> found = new ArrayList<>();
          for (ModelEntry entry : app.library().list()) {
            found.add(new Row(entry, plan(entry)));
          }
          ui.execute(() -> rows.set(List.copyOf(found)));
        });
  }

  private Optional<MemoryPlan> plan(ModelEntry entry) {
    try {
      return Optional.of(app.chat().planFor(entry.path()));
    } catch (IOException | MiniLlmException e) {
      return Optional.empty(); // loading it will say what is wrong
    }
  }
}
