package org.minillm.gui.viewmodel;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javafx.beans.property.ReadOnlyDoubleProperty;
import javafx.beans.property.ReadOnlyDoubleWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import org.minillm.app.InspectionService;
import org.minillm.app.ScoredText;
import org.minillm.app.TokenizedText;
import org.minillm.base.MiniLlmException;

/** A text of the user's, seen through one model or two; commands return at once. */
public final class InspectViewModel {
  private final InspectionService service;
  private final Executor ui;
  private final StringProperty text = new SimpleStringProperty("");
  private final ReadOnlyObjectWrapper<List<TokenizedText>> tokens =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<List<ScoredText>> scores =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyDoubleWrapper progress = new ReadOnlyDoubleWrapper(Double.NaN);
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private Optional<Path> first = Optional.empty();
  private Optional<Path> second = Optional.empty();

  /** Number of the latest question: the answers to earlier ones are not shown. */
  private int latest;

  /**
   * @param ui runs what changes properties
   */
  public InspectViewModel(InspectionService service, Executor ui) {
    this.service = service;
    this.ui = ui;
  }

  /** The text that is looked at. */
  public StringProperty textProperty() {
    return text;
  }

  /** The text as the tokenizers cut it, in the order of the models. */
  public ReadOnlyObjectProperty<List<TokenizedText>> tokensProperty() {
    return tokens.getReadOnlyProperty();
  }

  /** The loss of the text's tokens, in the order of the models; of the last measurement. */
  public ReadOnlyObjectProperty<List<ScoredText>> scoresProperty() {
    return scores.getReadOnlyProperty();
  }

  /** Share of a measurement that is done, 0 to 1; NaN while none is under way. */
  public ReadOnlyDoubleProperty progressProperty() {
    return progress.getReadOnlyProperty();
  }

  /** The last failure, empty when there was none since. */
  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  /** The models looked through: one, or two to compare. */
  public void choose(Optional<Path> one, Optional<Path> other) {
    first = one;
    second = other.filter(path -> !one.equals(Optional.of(path)));
  }

  private List<Path> models() {
    return Stream.of(first, second).flatMap(Optional::stream).toList();
  }

  /** Cuts the text into tokens; again at each change, so a measurement under way is not ended. */
  public void tokenize() {
    if (measuring()) {
      return;
    }
    if (text.get().isEmpty() || first.isEmpty()) {
      tokens.set(List.of());
      return;
    }
    ask(() -> service.tokenize(models(), text.get()), tokens::set);
  }

  public boolean measuring() {
    return !Double.isNaN(progress.get());
  }

  /** Measures the loss of each token. */
  public void measure() {
    if (text.get().isEmpty() || first.isEmpty()) {
      return;
    }
    progress.set(0);
    int question = latest + 1;
    ask(
        () -> service.score(models(), text.get(), share -> ui.execute(() -> tell(question, share))),
        scores::set);
  }

  private void tell(int question, double share) {
    if (question == latest && measuring()) {
      progress.set(share);
    }
  }

  /** Ends a measurement. */
  public void cancel() {
    latest++;
    progress.set(Double.NaN);
    service.cancel();
  }

  /** Asks the service. */
  private interface Question<T> {
    CompletableFuture<T> put();
  }

  private <T> void ask(Question<T> question, Consumer<T> take) {
    failure.set(Optional.empty());
    int number = ++latest;
    try {
      CompletableFuture<Void> unused =
          question
              .put()
              .thenAccept(found -> ui.execute(() -> answered(number, () -> take.accept(found))))
              .exceptionally(
                  problem -> {
                    ui.execute(() -> answered(number, () -> failed(problem)));
                    return null;
                  });
    } catch (MiniLlmException e) {
      answered(number, () -> failed(e));
    }
  }

  private void answered(int number, Runnable take) {
    if (number == latest) {
      progress.set(Double.NaN);
      take.run();
    }
  }

  private void failed(Throwable problem) {
    Throwable cause = problem.getCause();
    Throwable found = problem instanceof CompletionException && cause != null ? cause : problem;
    if (!(found instanceof CancellationException)) {
      failure.set(Optional.of(found));
    }
  }
}
