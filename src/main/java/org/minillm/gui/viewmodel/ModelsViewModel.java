package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.ExportReport;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.app.ModelHousekeeping.Trashed;
import org.minillm.app.ModelLibrary;
import org.minillm.app.ModelLibrary.Unreadable;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;

/** The models in the model directory, what chatting with each would take, what is done to them. */
public final class ModelsViewModel {
  /** The type that int8 weights have in a file. */
  private static final String INT8 = "q8_0";

  /**
   * One model.
   *
   * @param plan of chatting with it, empty where that could not be told
   */
  public record Row(ModelEntry entry, Optional<MemoryPlan> plan) {}

  /** A format of other programs and how it stores weights; as the command line names them. */
  public record ExportChoice(String format, String type) {
    /** Whether it is one file; else a folder. */
    public boolean file() {
      return format.equals("gguf");
    }
  }

  /** What a model can be exported as, the usual first. */
  public static final List<ExportChoice> EXPORTS =
      List.of(
          new ExportChoice("gguf", INT8),
          new ExportChoice("gguf", "f16"),
          new ExportChoice("gguf", "f32"),
          new ExportChoice("hf", "f32"),
          new ExportChoice("hf", "f16"),
          new ExportChoice("hf", "bf16"),
          new ExportChoice("llama2c", "f32"),
          new ExportChoice("llama2c", INT8));

  /** How the last action went; drawn anew for each language. */
  public sealed interface Outcome {
    /** Nothing was done yet, or nothing worth a word. */
    record None() implements Outcome {}

    record Failed(Throwable problem) implements Outcome {}

    record Renamed(String name) implements Outcome {}

    record Duplicated(String name) implements Outcome {}

    /** It is in the trash; {@link ModelsViewModel#undo} takes it out. */
    record ThrownAway(String name) implements Outcome {}

    record Restored(String name) implements Outcome {}

    record Quantised(ExportReport report) implements Outcome {}

    record Exported(ExportReport report) implements Outcome {}
  }

  private record Thrown(String name, Trashed where) {}

  /** Work on the disk. */
  private interface Work {
    Outcome run() throws IOException;
  }

  private final MiniLlmApp app;
  private final Executor ui;
  private final Executor background;
  private final Executor longWork;
  private final Deque<Thrown> thrown = new ArrayDeque<>();
  private final ReadOnlyObjectWrapper<List<Row>> rows = new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<List<Unreadable>> unreadable =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<Outcome> outcome =
      new ReadOnlyObjectWrapper<>(new Outcome.None());
  private final ReadOnlyBooleanWrapper busy = new ReadOnlyBooleanWrapper();

  /**
   * @param ui runs what changes properties
   * @param background runs what reads the disk
   * @param longWork runs what is done to models: copies and exports, which may take minutes
   */
  public ModelsViewModel(MiniLlmApp app, Executor ui, Executor background, Executor longWork) {
    this.app = app;
    this.ui = ui;
    this.background = background;
    this.longWork = longWork;
  }

  /** As of the last {@link #refresh}, newest first. */
  public ReadOnlyObjectProperty<List<Row>> rowsProperty() {
    return rows.getReadOnlyProperty();
  }

  /** What looks like a model and cannot be read; set before the rows. */
  public ReadOnlyObjectProperty<List<Unreadable>> unreadableProperty() {
    return unreadable.getReadOnlyProperty();
  }

  public ReadOnlyObjectProperty<Outcome> outcomeProperty() {
    return outcome.getReadOnlyProperty();
  }

  /** Whether an action is under way; one at a time. */
  public ReadOnlyBooleanProperty busyProperty() {
    return busy.getReadOnlyProperty();
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
    background.execute(this::read);
  }

  private void read() {
    List<Row> found = new ArrayList<>();
    ModelLibrary.Listing listing = app.library().listing();
    for (ModelEntry entry : listing.models()) {
      found.add(new Row(entry, plan(entry)));
    }
    ui.execute(
        () -> {
          unreadable.set(listing.unreadable());
          rows.set(List.copyOf(found));
        });
  }

  private Optional<MemoryPlan> plan(ModelEntry entry) {
    try {
      return Optional.of(app.chat().planFor(entry.path()));
    } catch (IOException | MiniLlmException e) {
      return Optional.empty(); // loading it will say what is wrong
    }
  }

  /** Gives a model another name. */
  public void rename(ModelEntry model, String name) {
    perform(
        () -> {
          Path unused = app.housekeeping().rename(model.path(), name);
          return new Outcome.Renamed(name.strip());
        });
  }

  /**
   * Copies a model.
   *
   * @param name of the copy
   */
  public void duplicate(ModelEntry model, String name) {
    perform(
        () -> {
          Path unused = app.housekeeping().duplicate(model.path(), name);
          return new Outcome.Duplicated(name.strip());
        });
  }

  /** Moves a model to the trash. */
  public void throwAway(ModelEntry model) {
    throwAway(model.path(), model.name());
  }

  /** Moves what cannot be read to the trash. */
  public void throwAway(Unreadable model) {
    throwAway(model.path(), String.valueOf(model.path().getFileName()));
  }

  private void throwAway(Path path, String name) {
    perform(
        () -> {
          Trashed where = app.housekeeping().throwAway(path);
          synchronized (thrown) {
            thrown.push(new Thrown(name, where));
          }
          return new Outcome.ThrownAway(name);
        });
  }

  /** Takes back what was thrown away last; nothing without such. */
  public void undo() {
    Thrown last;
    synchronized (thrown) {
      last = thrown.poll();
    }
    if (last != null) {
      perform(
          () -> {
            Path unused = app.housekeeping().restore(last.where());
            return new Outcome.Restored(last.name());
          });
    }
  }

  /** Writes a model as a GGUF file with int8 weights beside it, under a name that is free. */
  public void quantise(ModelEntry model) {
    perform(
        () -> {
          Path to = app.models().quantizedPath(model.path(), INT8);
          return new Outcome.Quantised(
              app.models()
                  .quantize(
                      model.path(),
                      Optional.empty(),
                      INT8,
                      Optional.of(to),
                      false,
                      new RunControl()));
        });
  }

  /**
   * Writes a model for another program and checks it.
   *
   * @param to a file or folder; a file may exist, and is replaced
   */
  public void export(ModelEntry model, ExportChoice how, Path to) {
    perform(
        () ->
            new Outcome.Exported(
                app.models()
                    .export(
                        model.path(),
                        Optional.empty(),
                        how.format(),
                        Optional.of(how.type()),
                        to,
                        how.file(),
                        new RunControl())));
  }

  private void perform(Work work) {
    if (busy.get()) {
      return;
    }
    busy.set(true);
    outcome.set(new Outcome.None());
    longWork.execute(
        () -> {
          Outcome how;
          try {
            how = work.run();
          } catch (IOException | RuntimeException | OutOfMemoryError e) {
            how = new Outcome.Failed(e);
          }
          Outcome told = how;
          ui.execute(
              () -> {
                busy.set(false);
                outcome.set(told);
              });
          refresh();
        });
  }
}
