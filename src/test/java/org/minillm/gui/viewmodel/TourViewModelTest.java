package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingPhase;
import org.minillm.app.TrainingSnapshot;
import org.minillm.gui.viewmodel.TourViewModel.Step;

/** The tour on real services, with few stories and a budget that leaves the smallest shape. */
class TourViewModelTest {
  private static final String PROMPT = "Once upon a time";

  @TempDir Path home;
  private final LinkedBlockingQueue<Runnable> ui = new LinkedBlockingQueue<>();
  private final List<Step> steps = new ArrayList<>();
  private MiniLlmApp app;
  private TourViewModel tour;

  @BeforeEach
  void open() throws IOException {
    Path config = home.resolve("config.json");
    Files.writeString(
        config, "{\"resources\": {\"max_memory_mb\": 4096, \"model_dir\": \"models\"}}");
    app = MiniLlmApp.open(config, FrontEnd.WINDOW);
    tour = tour(home.resolve("stories"));
    tour.stateProperty()
        .addListener(
            (o, was, now) -> {
              if (was.step() != now.step()) {
                steps.add(now.step());
              }
            });
  }

  @AfterEach
  void close() {
    app.close();
  }

  private TourViewModel tour(Path stories) {
    return SmallTour.of(app, ui::add, stories);
  }

  private TourViewModel.State state() {
    return tour.stateProperty().get();
  }

  /** Does the window's work until the tour comes to a step. */
  private void until(Step step) throws InterruptedException {
    while (state().step() != step) {
      Runnable work = ui.poll(120, TimeUnit.SECONDS);
      assertNotNull(work, "nothing happens at " + state());
      work.run();
      assertTrue(
          step == Step.FAILED || state().step() != Step.FAILED,
          () -> ErrorTexts.of(state().failure().orElseThrow(), new Texts(Locale.ENGLISH)));
    }
  }

  @Test
  void aToyIsTrainedAndWritesAtItsEndAndOpenedAgainTheTourBeginsAnew() throws Exception {
    assertEquals(Step.WELCOME, state().step());
    tour.open();
    assertEquals(Step.WELCOME, state().step());
    tour.train("en", "First model", PROMPT);
    assertEquals(Step.PREPARING, state().step());
    until(Step.TRAINING);
    tour.open(); // hidden meanwhile, it goes on where it is
    assertEquals(Step.TRAINING, state().step());
    until(Step.DONE);
    assertEquals(List.of(Step.PREPARING, Step.TRAINING, Step.DONE), steps);
    assertEquals(PROMPT, state().prompt());
    assertFalse(state().after().isBlank());
    assertNotEquals(state().before(), state().after());
    Path model = state().model().orElseThrow();
    assertTrue(app.library().entry(model).isPresent());
    assertEquals(0, app.completions().bytes());
    assertEquals(0, app.training().snapshot().orElseThrow().failure().stream().count());
    tour.open();
    assertEquals(Step.WELCOME, state().step());
    assertEquals(Optional.empty(), state().model());
  }

  @Test
  void aTourWhosePlaceIsTakenBeforeItBeganCanBeBegunAgain() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    app.preparation().start("slow", context -> go.await(), () -> {});
    tour.train("en", "First model", PROMPT);
    assertEquals(Step.PREPARING, state().step());
    app.preparation().start("another", context -> {}, () -> {});
    go.countDown();
    until(Step.WELCOME);
  }

  @Test
  void aTourWhoseTrainingIsStoppedBeforeItSavedAnythingCanBeBegunAgain() throws Exception {
    app.training()
        .listen(
            new TrainingListener() {
              @Override
              public void onSnapshot(TrainingSnapshot s) {
                if (s.phase() == TrainingPhase.TOKENIZER) {
                  app.training().stop();
                }
              }
            });
    tour.train("en", "First model", PROMPT);
    until(Step.WELCOME);
    assertEquals(List.of(), app.library().list());
    assertFalse(Files.exists(home.resolve("models/first-model")));
  }

  @Test
  void whatGoesWrongIsToldAndTheTourCanBeBegunAgain() throws Exception {
    Path file = Files.writeString(home.resolve("file"), "in the way");
    tour = tour(file.resolve("stories"));
    tour.train("en", "First model", PROMPT);
    until(Step.FAILED);
    String told = ErrorTexts.of(state().failure().orElseThrow(), new Texts(Locale.ENGLISH));
    assertTrue(told.contains(file.toString()), told);
    assertEquals(PROMPT, state().prompt());
    tour.open();
    assertEquals(Step.WELCOME, state().step());
    assertEquals(Optional.empty(), state().failure());
  }
}
