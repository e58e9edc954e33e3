package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleConsumer;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.SimpleObjectProperty;
import org.junit.jupiter.api.Test;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.app.TrainingData;
import org.minillm.app.VerbatimLookup;
import org.minillm.app.VerbatimQuestions;
import org.minillm.app.verbatim.VerbatimReport;
import org.minillm.gui.viewmodel.VerbatimViewModel.Source;
import org.minillm.gui.viewmodel.VerbatimViewModel.Stage;

class VerbatimViewModelTest {
  private static final Path TALES = Path.of("models/tales");
  private static final Source NONE = new Source(Optional.empty(), "", false);
  private static final Source OPENING = new Source(Optional.empty(), "", true);
  private static final Source OPEN = new Source(Optional.of(TALES), "tales", false);

  private record Asked(
      Path model, DoubleConsumer progress, CompletableFuture<VerbatimLookup> answer) {}

  private final List<Asked> asked = new ArrayList<>();
  private int cancels;
  private final Texts texts = new Texts(Locale.ENGLISH);
  private final ObjectProperty<Source> source = new SimpleObjectProperty<>(OPEN);
  private final VerbatimQuestions service =
      new VerbatimQuestions() {
        @Override
        public CompletableFuture<VerbatimLookup> look(
            Path model, String answer, DoubleConsumer progress) {
          CompletableFuture<VerbatimLookup> found = new CompletableFuture<>();
          asked.add(new Asked(model, progress, found));
          return found;
        }

        @Override
        public void cancel() {
          cancels++;
        }
      };
  private final VerbatimViewModel verbatim =
      new VerbatimViewModel(service, Runnable::run, source, "", "Once upon a time");

  private static VerbatimLookup found() {
    return new VerbatimLookup(
        new TrainingData(List.of(Path.of("tales.txt")), List.of(), Optional.empty()),
        false,
        Optional.of(new VerbatimReport(4, 8, 0, List.of())));
  }

  private void assertSays(Stage stage, String beginning) {
    assertEquals(stage, verbatim.stageProperty().get());
    String summary = verbatim.summary(texts);
    assertTrue(summary.startsWith(beginning), summary);
  }

  @Test
  void theIndexingIsToldInPercentAndThenWhatWasFound() {
    verbatim.look();
    assertSays(Stage.LOOKING, "Looking it up in the data of tales");
    asked.get(0).progress().accept(0.42);
    assertSays(Stage.INDEXING, "Indexing the data of tales for the first time: 42 %");
    asked.get(0).answer().complete(found());
    assertSays(Stage.FOUND, "The answer has 4 words");
    assertTrue(Double.isNaN(verbatim.progressProperty().get()));
  }

  @Test
  void goingBackEndsNoIndexing() {
    verbatim.look();
    asked.get(0).progress().accept(0.9);
    verbatim.close();
    assertEquals(0, cancels);
    source.set(OPENING);
    source.set(OPEN);
    assertEquals(1, asked.size());
  }

  @Test
  void aLookUpThatOthersEndedSaysSoAndCanBeAskedAgain() {
    verbatim.look();
    asked.get(0).answer().completeExceptionally(new CancellationException()); // the guard did
    assertSays(Stage.CANCELLED, "The data of tales were not indexed");
    verbatim.look();
    assertSays(Stage.LOOKING, "Looking it up");
    asked.get(1).answer().complete(found());
    assertSays(Stage.FOUND, "The answer has 4 words");
  }

  @Test
  void whatIsCancelledSaysSoAtOnceAndItsEchoDoesNotEndTheNextQuestion() {
    verbatim.look();
    asked.get(0).progress().accept(0.1);
    verbatim.cancel();
    assertEquals(1, cancels);
    assertSays(Stage.CANCELLED, "The data of tales were not indexed");
    verbatim.look();
    asked.get(0).progress().accept(0.2);
    asked.get(0).answer().completeExceptionally(new CancellationException());
    assertSays(Stage.LOOKING, "Looking it up");
  }

  @Test
  void aModelThatIsBeingOpenedIsWaitedFor() {
    source.set(OPENING);
    verbatim.look();
    assertSays(Stage.OPENING, "A model is being opened");
    source.set(OPEN);
    assertEquals(TALES, asked.get(0).model());
    assertSays(Stage.LOOKING, "Looking it up in the data of tales");
    source.set(new Source(Optional.of(Path.of("models/other")), "other", false));
    assertEquals(1, asked.size());
    assertSays(Stage.LOOKING, "Looking it up in the data of tales");
  }

  @Test
  void aModelThatCannotBeOpenedLeavesNone() {
    source.set(OPENING);
    verbatim.look();
    source.set(NONE);
    assertSays(Stage.NO_MODEL, "No model is open");
    source.set(OPENING);
    assertSays(Stage.OPENING, "A model is being opened");
    source.set(OPEN);
    assertEquals(1, asked.size());
  }

  @Test
  void aFailureIsToldAsOneAndGoesWithTheNextQuestion() {
    verbatim.look();
    IOException full = new IOException("disk full");
    asked.get(0).answer().completeExceptionally(full);
    assertEquals(Stage.FAILED, verbatim.stageProperty().get());
    assertEquals(Optional.of(full), verbatim.failureProperty().get());
    verbatim.look();
    assertEquals(Optional.empty(), verbatim.failureProperty().get());
  }

  @Test
  void theChatsModelIsTheSourceAndTheRunsWhenItTalksToTheModelInTraining() {
    assertEquals(
        OPEN, Source.of(chat(ChatState.READY, Optional.of(TALES), false), Optional.empty()));
    Path run = Path.of("models/run");
    Source live = Source.of(chat(ChatState.READY, Optional.empty(), true), Optional.of(run));
    assertEquals(Optional.of(run), live.model());
    assertTrue(
        Source.of(chat(ChatState.LOADING, Optional.empty(), false), Optional.empty()).opening());
  }

  private static ChatSnapshot chat(ChatState state, Optional<Path> path, boolean live) {
    return new ChatSnapshot(
        state, "tales", path, live, true, false, 0, 0, 0, "", List.of(), "", Optional.empty());
  }
}
