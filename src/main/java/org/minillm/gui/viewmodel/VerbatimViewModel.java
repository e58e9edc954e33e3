package org.minillm.gui.viewmodel;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyDoubleProperty;
import javafx.beans.property.ReadOnlyDoubleWrapper;
import javafx.beans.property.ReadOnlyIntegerProperty;
import javafx.beans.property.ReadOnlyIntegerWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.TrainingData;
import org.minillm.app.VerbatimLookup;
import org.minillm.app.VerbatimService;
import org.minillm.app.verbatim.VerbatimReport;
import org.minillm.app.verbatim.VerbatimRun;

/**
 * What of an answer stands word for word in the data of a model. Commands return at once;
 * properties change on the executor of the window.
 */
public final class VerbatimViewModel {
  private final VerbatimService service;
  private final Executor ui;
  private final Optional<Path> model;
  private final String modelName;
  private final String answer;
  private final ReadOnlyObjectWrapper<Optional<VerbatimLookup>> lookup =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyDoubleWrapper progress = new ReadOnlyDoubleWrapper(Double.NaN);
  private final ReadOnlyIntegerWrapper selected = new ReadOnlyIntegerWrapper(-1);
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private boolean cancelled;

  /**
   * @param ui runs what changes properties
   * @param model whose data are looked through; empty where no model is open
   */
  public VerbatimViewModel(
      VerbatimService service, Executor ui, Optional<Path> model, String modelName, String answer) {
    this.service = service;
    this.ui = ui;
    this.model = model;
    this.modelName = modelName;
    this.answer = answer;
  }

  /** Looks the answer up; the data's words are indexed before where that was not done yet. */
  public void look() {
    cancelled = false;
    failure.set(Optional.empty());
    model.ifPresent(
        path ->
            service
                .look(path, answer, share -> ui.execute(() -> tell(share)))
                .whenComplete((found, problem) -> ui.execute(() -> answered(found, problem))));
  }

  private void tell(double share) {
    if (!cancelled && lookup.get().isEmpty()) {
      progress.set(share);
    }
  }

  private void answered(VerbatimLookup found, Throwable problem) {
    progress.set(Double.NaN);
    if (problem == null) {
      lookup.set(Optional.of(found));
      found
          .report()
          .flatMap(r -> r.longest().map(run -> r.runs().indexOf(run)))
          .ifPresent(this::select);
      return;
    }
    Throwable cause = problem.getCause();
    Throwable why = problem instanceof CompletionException && cause != null ? cause : problem;
    cancelled |= why instanceof CancellationException;
    if (!(why instanceof CancellationException)) {
      failure.set(Optional.of(why));
    }
  }

  /** Ends the indexing. */
  public void cancel() {
    cancelled = true;
    progress.set(Double.NaN);
    service.cancel();
  }

  /** Whether the indexing was ended before there was an answer. */
  public boolean isCancelled() {
    return cancelled;
  }

  /** The answer that is looked up. */
  public String answer() {
    return answer;
  }

  /** What was found, empty until then. */
  public ReadOnlyObjectProperty<Optional<VerbatimLookup>> lookupProperty() {
    return lookup.getReadOnlyProperty();
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
    return lookup.get().flatMap(VerbatimLookup::report);
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
    if (model.isEmpty()) {
      return texts.get("verbatim.noModel");
    }
    if (lookup.get().isEmpty()) {
      return failure.get().isPresent()
          ? ""
          : texts.get(
              cancelled
                  ? "verbatim.cancelled"
                  : Double.isNaN(progress.get()) ? "verbatim.looking" : "verbatim.indexing",
              modelName,
              texts.number(100 * progress.get(), 0));
    }
    Optional<VerbatimReport> report = report();
    return report.map(r -> found(r, texts)).orElseGet(() -> noData(texts));
  }

  private String noData(Texts texts) {
    TrainingData data = lookup.get().orElseThrow().data();
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
    Optional<VerbatimLookup> shown = lookup.get().filter(found -> found.report().isPresent());
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
