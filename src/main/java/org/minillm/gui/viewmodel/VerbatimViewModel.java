package org.minillm.gui.viewmodel;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import javafx.beans.InvalidationListener;
import javafx.beans.property.ReadOnlyDoubleProperty;
import javafx.beans.property.ReadOnlyDoubleWrapper;
import javafx.beans.property.ReadOnlyIntegerProperty;
import javafx.beans.property.ReadOnlyIntegerWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.value.ObservableValue;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.app.TrainingData;
import org.minillm.app.VerbatimLookup;
import org.minillm.app.VerbatimQuestions;
import org.minillm.app.verbatim.VerbatimReport;
import org.minillm.app.verbatim.VerbatimRun;

/**
 * What of an answer stands word for word in the data of a model. Commands return at once;
 * properties change on the executor of the window.
 */
public final class VerbatimViewModel {
  /** How far it is. */
  public enum Stage {
    NO_MODEL,
    /** A model is being opened; it is looked up when that is there. */
    OPENING,
    LOOKING,
    /** The data of the model are indexed before. */
    INDEXING,
    FOUND,
    /** It was ended before there was an answer. */
    CANCELLED,
    FAILED
  }

  /**
   * The model whose data are looked through.
   *
   * @param model where it is; empty where none is open
   * @param opening whether one is on its way
   */
  public record Source(Optional<Path> model, String name, boolean opening) {
    /**
     * The model of the chat.
     *
     * @param run directory of the run in training, whose model the chat may talk to
     */
    public static Source of(ChatSnapshot chat, Optional<Path> run) {
      return new Source(
          chat.live() ? run : chat.path(), chat.modelName(), chat.state() == ChatState.LOADING);
    }
  }

  private final VerbatimQuestions service;
  private final Executor ui;
  private final ObservableValue<Source> source;
  private final InvalidationListener onSource = o -> sourceChanged();
  private final String before;
  private final String answer;
  private final ReadOnlyObjectWrapper<Stage> stage = new ReadOnlyObjectWrapper<>(Stage.NO_MODEL);
  private final ReadOnlyDoubleWrapper progress = new ReadOnlyDoubleWrapper(Double.NaN);
  private final ReadOnlyIntegerWrapper selected = new ReadOnlyIntegerWrapper(-1);
  private Optional<VerbatimLookup> lookup = Optional.empty();
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private String modelName = "";

  /** Counts the questions: what an earlier one still tells is of no interest. */
  private int question;

  /**
   * @param ui runs what changes properties
   * @param source whose data are looked through: the first model that is there when it is asked for
   * @param before what the answer continues; it is shown and not looked up
   */
  public VerbatimViewModel(
      VerbatimQuestions service,
      Executor ui,
      ObservableValue<Source> source,
      String before,
      String answer) {
    this.service = service;
    this.ui = ui;
    this.source = source;
    this.before = before;
    this.answer = answer;
  }

  /** Looks the answer up; the data's words are indexed before where that was not done yet. */
  public void look() {
    failure.set(Optional.empty());
    progress.set(Double.NaN);
    source.removeListener(onSource);
    Source now = source.getValue();
    if (now.opening() || now.model().isEmpty()) {
      stage.set(now.opening() ? Stage.OPENING : Stage.NO_MODEL);
      source.addListener(onSource);
      return;
    }
    modelName = now.name();
    stage.set(Stage.LOOKING);
    int asked = ++question;
    service
        .look(now.model().get(), answer, share -> ui.execute(() -> tell(asked, share)))
        .whenComplete((found, problem) -> ui.execute(() -> answered(asked, found, problem)));
  }

  private void sourceChanged() {
    Source now = source.getValue();
    if (now.opening() != (stage.get() == Stage.OPENING) || now.model().isPresent()) {
      look();
    }
  }

  private void tell(int asked, double share) {
    if (asked == question && (stage.get() == Stage.LOOKING || stage.get() == Stage.INDEXING)) {
      progress.set(share);
      stage.set(Stage.INDEXING);
    }
  }

  private void answered(int asked, @Nullable VerbatimLookup found, @Nullable Throwable problem) {
    if (asked != question) {
      return;
    }
    progress.set(Double.NaN);
    if (found != null) {
      lookup = Optional.of(found);
      stage.set(Stage.FOUND);
      found
          .report()
          .flatMap(r -> r.longest().map(run -> r.runs().indexOf(run)))
          .ifPresent(this::select);
      return;
    }
    Throwable cause = problem == null ? null : problem.getCause();
    Throwable why = problem instanceof CompletionException && cause != null ? cause : problem;
    if (why instanceof CancellationException) {
      stage.set(Stage.CANCELLED);
    } else {
      failure.set(Optional.ofNullable(why));
      stage.set(Stage.FAILED);
    }
  }

  /** Ends the indexing. */
  public void cancel() {
    question++;
    progress.set(Double.NaN);
    stage.set(Stage.CANCELLED);
    service.cancel();
  }

  /** Nobody looks any more: no model is waited for. An indexing goes on, for the next question. */
  public void close() {
    question++;
    source.removeListener(onSource);
  }

  /** What the answer continues, empty where it stands on its own. */
  public String before() {
    return before;
  }

  /** The answer that is looked up. */
  public String answer() {
    return answer;
  }

  public ReadOnlyObjectProperty<Stage> stageProperty() {
    return stage.getReadOnlyProperty();
  }

  /** Share of the data that is indexed, 0 to 1; NaN while none are. */
  public ReadOnlyDoubleProperty progressProperty() {
    return progress.getReadOnlyProperty();
  }

  /** The last failure, empty when there was none since. */
  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  /** Index of the run that is shown with its place; -1 where there is none. */
  public ReadOnlyIntegerProperty selectedProperty() {
    return selected.getReadOnlyProperty();
  }

  /** The runs that were found, in the order of the answer. */
  public List<VerbatimRun> runs() {
    return report().map(VerbatimReport::runs).orElse(List.of());
  }

  private Optional<VerbatimReport> report() {
    return lookup.flatMap(VerbatimLookup::report);
  }

  /** The run that is shown. */
  public Optional<VerbatimRun> run() {
    int index = selected.get();
    return index < 0 ? Optional.empty() : Optional.of(runs().get(index));
  }

  /** Shows a run; nothing happens for one that there is not. */
  public void select(int index) {
    if (index >= 0 && index < runs().size()) {
      selected.set(index);
    }
  }

  /**
   * Shows the longest run that a place of the answer, in characters, is in; none outside of any.
   */
  public void selectAt(int place) {
    List<VerbatimRun> all = runs();
    int best = -1;
    for (int i = 0; i < all.size(); i++) {
      VerbatimRun run = all.get(i);
      boolean inside = run.from() <= place && place < run.to();
      if (inside && (best < 0 || run.words() > all.get(best).words())) {
        best = i;
      }
    }
    select(best);
  }

  /** The result in a sentence, or why there is none. */
  public String summary(Texts texts) {
    return switch (stage.get()) {
      case NO_MODEL -> texts.get("verbatim.noModel");
      case OPENING -> texts.get("verbatim.opening");
      case LOOKING -> texts.get("verbatim.looking", modelName);
      case INDEXING ->
          texts.get("verbatim.indexing", modelName, texts.number(100 * progress.get(), 0));
      case CANCELLED -> texts.get("verbatim.cancelled", modelName);
      case FAILED -> "";
      case FOUND -> report().map(r -> found(r, texts)).orElseGet(() -> noData(texts));
    };
  }

  private String noData(Texts texts) {
    TrainingData data = lookup.orElseThrow().data();
    return data.known()
        ? texts.get("verbatim.gone", modelName, data.missing().get(0).toString())
        : texts.get("verbatim.unknown", modelName);
  }

  private String found(VerbatimReport report, Texts texts) {
    if (report.words() < report.minWords()) {
      return texts.get("verbatim.short", report.words(), report.minWords());
    }
    return report.runs().isEmpty()
        ? texts.get("verbatim.none", report.words(), report.minWords(), modelName)
        : texts.get(
            "verbatim.found",
            percent(report.share(), texts),
            modelName,
            report.longestWords(),
            percent((double) report.longestWords() / report.words(), texts),
            report.minWords());
  }

  /** What must be known to read the result: data that are gone or have changed; usually nothing. */
  public String remark(Texts texts) {
    Optional<VerbatimLookup> shown = lookup.filter(found -> found.report().isPresent());
    if (shown.isEmpty()) {
      return "";
    }
    TrainingData data = shown.get().data();
    if (!data.missing().isEmpty()) {
      int all = data.files().size() + data.missing().size();
      return texts.get("verbatim.missing", data.missing().size(), all);
    }
    return shown.get().changed() ? texts.get("verbatim.changed") : "";
  }

  /** The run that is shown in figures. */
  public String figures(Texts texts) {
    int all = report().map(VerbatimReport::words).orElse(0);
    return run()
        .map(
            run ->
                texts.get(
                    "verbatim.run",
                    selected.get() + 1,
                    runs().size(),
                    run.words(),
                    percent((double) run.words() / all, texts)))
        .orElse("");
  }

  /** Where the run that is shown stands. */
  public String place(Texts texts) {
    return run()
        .map(
            run -> {
              String file = String.valueOf(run.file().getFileName());
              return run.line() > 0
                  ? texts.get("verbatim.line", file, texts.number(run.line(), 0))
                  : file;
            })
        .orElse("");
  }

  private static String percent(double share, Texts texts) {
    return texts.number(100 * share, 0) + " %";
  }
}
