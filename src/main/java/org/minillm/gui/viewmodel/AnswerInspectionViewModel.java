package org.minillm.gui.viewmodel;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javafx.beans.binding.BooleanExpression;
import javafx.beans.property.ReadOnlyIntegerProperty;
import javafx.beans.property.ReadOnlyIntegerWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.AnswerInspection;
import org.minillm.app.AnswerInspection.Alternative;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatService;
import org.minillm.base.MiniLlmException;
import org.minillm.model.AttentionWeights;
import org.minillm.tokenizer.ChatMessage;

/**
 * Why an answer says what it says: its tokens, and of the selected one the alternatives and what
 * the model attended to. Commands return at once; properties change on the executor of the window.
 */
public final class AnswerInspectionViewModel {
  private final ChatService chat;
  private final Executor ui;
  private final Optional<Predicate<String>> branch;
  private final BooleanExpression refused;
  private final ReadOnlyObjectWrapper<Optional<AnswerInspection>> inspection =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyIntegerWrapper selected = new ReadOnlyIntegerWrapper(-1);
  private final ReadOnlyObjectWrapper<Optional<AttentionWeights>> attention =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private int layer = AttentionWeights.ALL;
  private int head = AttentionWeights.ALL;
  private boolean asking;
  private int asked = -1;

  /**
   * @param ui runs what changes properties
   * @param branch lets the answer go on from a text that it begins with, where that is possible;
   *     says whether it does
   * @param refused true while it does not
   */
  AnswerInspectionViewModel(
      ChatService chat,
      Executor ui,
      Optional<Predicate<String>> branch,
      BooleanExpression refused) {
    this.chat = chat;
    this.ui = ui;
    this.branch = branch;
    this.refused = refused;
  }

  /**
   * Asks the model what it thinks of an answer.
   *
   * @param before the conversation up to the message that was answered, this one included
   */
  void open(List<ChatMessage> before, String answer, ChatMode mode) {
    ask(() -> chat.inspect(before, answer, mode), found -> inspection.set(Optional.of(found)));
  }

  /** The answer's tokens, empty until the model has told. */
  public ReadOnlyObjectProperty<Optional<AnswerInspection>> inspectionProperty() {
    return inspection.getReadOnlyProperty();
  }

  /** Index of the selected token of the answer, -1 for none. */
  public ReadOnlyIntegerProperty selectedProperty() {
    return selected.getReadOnlyProperty();
  }

  /** What the model attended to when it chose the selected token; empty until it has told. */
  public ReadOnlyObjectProperty<Optional<AttentionWeights>> attentionProperty() {
    return attention.getReadOnlyProperty();
  }

  /** The last failure, empty when there was none since. */
  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  /** Selects a token of the answer. */
  public void select(int token) {
    Optional<AnswerInspection> shown = inspection.get();
    if (shown.isEmpty() || token < 0 || token >= shown.get().answer().size()) {
      return;
    }
    if (token != selected.get()) {
      attention.set(Optional.empty());
      selected.set(token);
    }
    askAttention();
  }

  /** One question at a time: what was selected meanwhile is asked for when it is answered. */
  private void askAttention() {
    int token = selected.get();
    if (asking || token < 0) {
      return;
    }
    asking = true;
    asked = token;
    ask(
        () -> chat.attention(inspection.get().orElseThrow(), token),
        found -> {
          if (selected.get() == asked) {
            attention.set(Optional.of(found));
          }
        });
  }

  /** Layer shown, from 0, or {@link AttentionWeights#ALL}. */
  public int layer() {
    return layer;
  }

  /** Head shown, from 0, or {@link AttentionWeights#ALL}. */
  public int head() {
    return head;
  }

  /** Shows the attention of one layer and head, or the mean of all. */
  public void look(int atLayer, int atHead) {
    layer = atLayer;
    head = atHead;
  }

  /** The weights of the layer and head shown, [tokens before the selected one]; empty without. */
  public Optional<float[]> weights() {
    return attention.get().map(weights -> weights.mean(layer, head));
  }

  /** Whether the answer can go on with this token in the place of the selected one. */
  public boolean canTake(Alternative alternative) {
    return branch.isPresent()
        && inspection.get().map(i -> i.canBranch(selected.get(), alternative)).orElse(false);
  }

  /** True while that would do nothing: without a model, or while it answers. */
  public BooleanExpression takingRefused() {
    return refused;
  }

  /**
   * Lets the answer go on with another token in the place of the selected one.
   *
   * @return false where nothing happens
   */
  public boolean take(Alternative alternative) {
    AnswerInspection shown = inspection.get().orElseThrow();
    return branch.orElseThrow().test(shown.branch(selected.get(), alternative));
  }

  /** Asks the chat's thread and takes the answer on the window's. */
  private interface Question<T> {
    CompletableFuture<T> put();
  }

  private <T> void ask(Question<T> question, Consumer<T> take) {
    failure.set(Optional.empty());
    CompletableFuture<T> answer;
    try {
      answer = question.put();
    } catch (MiniLlmException e) {
      asking = false;
      failure.set(Optional.of(e));
      return;
    }
    CompletableFuture<T> unused =
        answer.whenComplete((found, problem) -> ui.execute(() -> answered(found, problem, take)));
  }

  private <T> void answered(T found, Throwable problem, Consumer<T> take) {
    asking = false;
    if (problem == null) {
      take.accept(found);
      if (selected.get() != asked) {
        askAttention();
      }
    } else {
      Throwable cause = problem.getCause();
      Throwable why = problem instanceof CompletionException && cause != null ? cause : problem;
      boolean givenUp = why instanceof CancellationException && inspection.get().isPresent();
      if (!givenUp) { // else it is asked again as a token is selected
        failure.set(Optional.of(why));
      }
    }
  }
}
