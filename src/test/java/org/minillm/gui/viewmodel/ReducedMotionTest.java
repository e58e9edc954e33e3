package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.FrontEnd;
import org.minillm.app.GuardLevel;
import org.minillm.app.JobState;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ResourceSnapshots;
import org.minillm.app.RoomyApp;
import org.minillm.app.TrainingSnapshot;
import org.minillm.app.TrainingSnapshots;

/** What moves by itself in the window, and how seldom it does when motion is reduced. */
class ReducedMotionTest {
  private static final long SECOND = 1_000_000_000;

  @TempDir Path home;
  private MiniLlmApp app;
  private long now = 100 * SECOND;

  @BeforeEach
  void open() throws IOException {
    app = RoomyApp.open(home, FrontEnd.WINDOW);
  }

  @AfterEach
  void close() {
    app.close();
  }

  /** Timelines and transitions run sixty times a second; these two only build parts and wait. */
  @Test
  void nothingInTheWindowIsAnimated() throws IOException {
    Set<String> used =
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("org.minillm.gui")
                .stream()
                .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
                .map(d -> d.getTargetClass())
                .filter(c -> c.getPackageName().equals("javafx.animation"))
                .map(c -> c.getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of("AnimationTimer", "PauseTransition"), used);
    String sheet = Files.readString(Path.of("src/main/resources/org/minillm/gui/window.css"));
    assertEquals(-1, sheet.indexOf("transition"));
  }

  private static TrainingSnapshot at(long step, JobState state, double valLoss) {
    return TrainingSnapshots.at(step, state, valLoss, true);
  }

  private static MetricsPoint point(long step) {
    return new MetricsPoint(step, 0, 4, Double.NaN, Double.NaN, 1e-3, 1, 100, 300, step, "");
  }

  private long step(TrainingViewModel training) {
    return training.snapshotProperty().get().orElseThrow().step();
  }

  @Test
  void curveAndFiguresOfATrainingChangeEveryTwoSecondsAndWhatHappensAtOnce() {
    TrainingViewModel training = new TrainingViewModel(app, Runnable::run, work -> {}, () -> now);
    training.onSnapshot(at(1, JobState.RUNNING, Double.NaN));
    now += SECOND / 10;
    training.onSnapshot(at(2, JobState.RUNNING, Double.NaN));
    assertEquals(2, step(training));

    training.reduceMotion(true);
    now += 2 * SECOND;
    training.onSnapshot(at(3, JobState.RUNNING, Double.NaN));
    assertEquals(3, step(training));
    now += SECOND;
    training.onPoint(point(4));
    training.onSnapshot(at(4, JobState.RUNNING, Double.NaN));
    assertEquals(3, step(training));
    assertEquals(0, training.curve().size());
    now += SECOND;
    training.onSnapshot(at(5, JobState.RUNNING, Double.NaN));
    assertEquals(5, step(training));
    assertEquals(1, training.curve().size());
    training.onSnapshot(at(6, JobState.RUNNING, 3.5)); // an evaluation
    assertEquals(6, step(training));
    training.onSnapshot(at(7, JobState.PAUSED, 3.5));
    assertEquals(JobState.PAUSED, training.snapshotProperty().get().orElseThrow().state());

    training.reduceMotion(false);
    training.onSnapshot(at(8, JobState.PAUSED, 3.5));
    assertEquals(8, step(training));
  }

  private ResourcesViewModel resources() {
    LinkedBlockingQueue<Runnable> undone = new LinkedBlockingQueue<>(); // of the real monitor
    return new ResourcesViewModel(app, undone::add, work -> {});
  }

  private static ResourcesViewModel.State reading(long rss, GuardLevel level) {
    return reading(0, rss, level);
  }

  private static ResourcesViewModel.State reading(long millis, long rss, GuardLevel level) {
    return new ResourcesViewModel.State(
        ResourceSnapshots.at(millis, rss, 1000),
        new MemoryPlan("", List.of(), 1000, List.of()),
        level,
        Optional.empty());
  }

  @Test
  void resourcesChangeEveryThirdSecondAndTheGuardsStateAtOnce() {
    ResourcesViewModel resources = resources();
    resources.show(reading(1, GuardLevel.CALM), false);
    resources.show(reading(2, GuardLevel.CALM), false);
    assertEquals(2, resources.stateProperty().get().orElseThrow().resources().rss());
    resources.reduceMotion(true);
    long[] shown = new long[4];
    for (int i = 0; i < shown.length; i++) {
      resources.show(reading(3 + i, GuardLevel.CALM), false);
      shown[i] = resources.stateProperty().get().orElseThrow().resources().rss();
    }
    assertEquals(List.of(2L, 2L, 5L, 5L), List.of(shown[0], shown[1], shown[2], shown[3]));
    resources.show(reading(7, GuardLevel.TRIM), false);
    assertEquals(GuardLevel.TRIM, resources.stateProperty().get().orElseThrow().level());
    assertEquals(7, resources.core(0).length);
  }

  @Test
  void resourcesChangeEveryNinthSecondWhileNothingGoesOn() {
    ResourcesViewModel resources = resources();
    List<Long> shown = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      resources.show(reading(i, GuardLevel.CALM), true);
      shown.add(resources.stateProperty().get().orElseThrow().resources().rss());
    }
    assertEquals(List.of(1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 10L), shown);
    assertEquals(10, resources.core(0).length);
  }

  @Test
  void aReadingStandsForTheSecondsSinceTheLast() {
    ResourcesViewModel resources = resources();
    List<Long> shown = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      resources.show(reading(50_000 + 3000 * i, i, GuardLevel.CALM), true);
      shown.add(resources.stateProperty().get().orElseThrow().resources().rss());
    }
    assertEquals(List.of(1L, 1L, 1L, 4L), shown);
    assertEquals(1 + 3 * 3, resources.core(0).length);
  }
}
