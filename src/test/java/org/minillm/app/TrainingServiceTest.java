package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.ComputeGate;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.base.RunControl;
import org.minillm.train.RunState;
import org.minillm.train.Steadiness;
import org.minillm.train.TrainOptions;

/**
 * The service with a work that pretends: its steps cost nothing and it notes what is done to it.
 */
class TrainingServiceTest {
  private static final long MB = 1 << 20;

  @TempDir Path dir;
  private final FakeReadings readings = new FakeReadings();
  private final ResourceMonitor monitor = new ResourceMonitor(readings, 512 * MB);
  private final MemoryGuard guard = new MemoryGuard(monitor, Optional.empty());
  private final ComputeGate gate = new ComputeGate();
  private final FakeWork work = new FakeWork();
  private final List<TrainingSnapshot> snapshots = Collections.synchronizedList(new ArrayList<>());
  private final List<MetricsPoint> points = Collections.synchronizedList(new ArrayList<>());
  private TrainingService service;
  private Path corpus;

  private static final class FakeWork implements TrainingWork {
    final List<String> done = Collections.synchronizedList(new ArrayList<>());
    volatile long steps = 5;
    volatile boolean endless;
    volatile boolean failing;
    volatile boolean full;
    volatile boolean reading;
    volatile boolean buffers = true;
    volatile long step;
    volatile int batch = 4;

    @Override
    public void prepare(RunControl control, Listener listener) {
      listener.phase(TrainingPhase.READING, 0);
      listener.phase(TrainingPhase.TOKENIZER, 0.5);
      while (reading) {
        control.check();
        Thread.yield();
      }
      listener.notice("the text ran out of merges at 300 tokens");
    }

    @Override
    public void train(RunControl control, Listener listener) {
      listener.phase(TrainingPhase.TRAINING, 0);
      for (step = 1; endless || step <= steps; step++) {
        if (failing) {
          throw new IllegalStateException("diverged, on purpose");
        }
        if (!buffers) {
          throw new AssertionError("a step without buffers");
        }
        control.giveWay();
        listener.progress(endless ? 0 : steps, 0.1, 7);
        listener.point(MetricsHistoryTest.step(step, 5), "");
        if (!listener.boundary()) {
          done.add("saved at the stop");
          return;
        }
        Thread.yield();
      }
      listener.point(MetricsHistoryTest.evaluation(steps, 4), "Había una vez");
      done.add("finished");
    }

    @Override
    public String shrink() {
      if (batch == 1) {
        return "";
      }
      batch /= 2;
      return "micro-batch " + 2 * batch + " -> " + batch;
    }

    @Override
    public void saveAndRelease() {
      done.add("saved");
      buffers = false;
    }

    @Override
    public void releaseWeights() {
      done.add("weights freed");
    }

    @Override
    public void restore() {
      if (full) {
        throw new OutOfMemoryError("on purpose");
      }
      done.add("restored");
      buffers = true;
    }

    @Override
    public List<MemoryPlan.Line> allocated() {
      return List.of();
    }

    @Override
    public long bytesToRestore() {
      return 100 * MB;
    }

    @Override
    public int microBatch() {
      return batch;
    }

    @Override
    public long parameters() {
      return 1234;
    }

    @Override
    public int vocabSize() {
      return 300;
    }

    @Override
    public Optional<ChatModel> live() {
      return Optional.of(
          new ChatModel("t", Optional.empty(), TinyModels.fresh("t", 1), () -> step));
    }

    @Override
    public void logEvent(String event) {
      done.add("log: " + event);
    }
  }

  @BeforeEach
  void open() throws Exception {
    corpus = Files.writeString(dir.resolve("corpus.txt"), "Había una vez un gato.\n");
    service =
        new TrainingService(
            gate,
            monitor,
            dir,
            () -> 0,
            new TrainingService.Works() {
              @Override
              public TrainingWork start(TrainingRequest request) {
                return work;
              }

              @Override
              public TrainingWork resume(Path from, boolean anyway) {
                work.done.add("resumed " + from.getFileName());
                return work;
              }
            });
    service.guardedBy(guard);
    service.listen(
        new TrainingListener() {
          @Override
          public void onSnapshot(TrainingSnapshot snapshot) {
            snapshots.add(snapshot);
          }

          @Override
          public void onPoint(MetricsPoint point) {
            points.add(point);
          }
        });
  }

  @AfterEach
  void close() {
    service.close();
  }

  private TrainingRequest request() {
    return request("cuentos");
  }

  private TrainingRequest request(String name) {
    return new TrainingRequest(
        name,
        List.of(corpus),
        dir.resolve(name),
        AppConfig.defaults(),
        FrontEnd.COMMAND_LINE,
        false,
        List.of());
  }

  private void until(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 2000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(5);
    }
    assertTrue(condition.getAsBoolean(), "not reached in 10 s");
  }

  private JobState state() {
    return service.snapshot().map(TrainingSnapshot::state).orElse(JobState.NEW);
  }

  private void startEndless() throws Exception {
    work.endless = true;
    service.start(request());
    until(() -> work.step > 3);
  }

  @Test
  void trainingRunsThroughItsPhasesAndSucceeds() throws Exception {
    service.start(request());
    assertTrue(service.await(10_000));
    TrainingSnapshot last = snapshots.get(snapshots.size() - 1);
    assertEquals(JobState.SUCCEEDED, last.state());
    assertEquals(TrainingPhase.ENDED, last.phase());
    assertEquals(5, last.step());
    assertEquals(5, last.totalSteps());
    assertEquals(4, last.valLoss());
    assertEquals("Había una vez", last.sample());
    assertEquals(300, last.vocabSize());
    assertEquals("the text ran out of merges at 300 tokens", last.notice());
    assertEquals(
        List.of(
            TrainingPhase.IDLE,
            TrainingPhase.READING,
            TrainingPhase.TOKENIZER,
            TrainingPhase.TRAINING,
            TrainingPhase.ENDED),
        snapshots.stream().map(TrainingSnapshot::phase).distinct().toList());
    assertEquals(6, points.size());
    assertEquals(6, service.history(100).size());
    assertEquals(List.of("finished"), work.done);
    assertFalse(service.hasLiveModel());
  }

  @Test
  void pauseAndResume() throws Exception {
    startEndless();
    service.pause();
    until(() -> state() == JobState.PAUSED);
    long at = work.step;
    gate.enter(); // the chat could compute now
    gate.leave();
    assertEquals(at, work.step);
    assertFalse(snapshots.get(snapshots.size() - 1).pausedByGuard());
    service.resume();
    until(() -> work.step > at + 3);
    assertEquals(JobState.RUNNING, state());
  }

  @Test
  void stoppedTrainingSavesAndIsCancelled() throws Exception {
    startEndless();
    service.stop();
    assertTrue(service.await(10_000));
    assertEquals(JobState.CANCELLED, state());
    assertEquals(List.of("saved at the stop"), work.done);
  }

  private void stopWhileReading() throws Exception {
    work.reading = true;
    service.start(request());
    until(() -> service.snapshot().map(s -> s.phase() == TrainingPhase.TOKENIZER).orElse(false));
    Path ids = Files.createDirectories(dir.resolve("cuentos/checkpoints/tokens"));
    Files.writeString(ids.resolve("training.ids"), "as an encoding leaves them");
    service.stop();
    assertTrue(service.await(10_000));
    assertEquals(JobState.CANCELLED, state());
    assertFalse(service.snapshot().orElseThrow().saved());
  }

  @Test
  void aTrainingStoppedBeforeItsFirstStepLeavesNothing() throws Exception {
    stopWhileReading();
    assertFalse(Files.exists(dir.resolve("cuentos")));
  }

  @Test
  void whatWasThereBeforeATrainingThatSavedNothingStays() throws Exception {
    Path own = Files.createDirectories(dir.resolve("cuentos")).resolve("notes.txt");
    Files.writeString(own, "mine");
    stopWhileReading();
    assertTrue(Files.exists(own));
    assertFalse(Files.exists(dir.resolve("cuentos/checkpoints")));
  }

  @Test
  void whatWasTrainedAndFailedKeepsItsDirectory() throws Exception {
    startEndless();
    work.failing = true;
    assertTrue(service.await(10_000));
    assertEquals(JobState.FAILED, state());
    assertTrue(Files.exists(dir.resolve("cuentos")));
  }

  @Test
  void pausedTrainingCanBeStopped() throws Exception {
    startEndless();
    service.pause();
    until(() -> state() == JobState.PAUSED);
    service.stop();
    assertTrue(service.await(10_000));
    assertEquals(JobState.CANCELLED, state());
  }

  @Test
  void failureIsShownAndTheNextTrainingStarts() throws Exception {
    work.failing = true;
    service.start(request());
    assertTrue(service.await(10_000));
    assertEquals(JobState.FAILED, state());
    assertEquals(
        "diverged, on purpose",
        service.snapshot().orElseThrow().failure().orElseThrow().getMessage());
    work.failing = false;
    service.start(request());
    assertTrue(service.await(10_000));
    assertEquals(JobState.SUCCEEDED, state());
  }

  @Test
  void secondTrainingIsRefused() throws Exception {
    startEndless();
    assertThrows(Busy.class, () -> service.start(request()));
    assertEquals(JobState.RUNNING, state());
  }

  @Test
  void directoryOfAnotherTrainingIsRefused() throws Exception {
    try (DirectoryLock other = DirectoryLock.take(dir.resolve("cuentos"))) {
      assertThrows(Busy.class, () -> service.start(request()));
    }
    service.start(request());
    assertTrue(service.await(10_000));
  }

  @Test
  void filesThatAreMissingAreRefusedBeforeAnythingStarts() {
    TrainingRequest none =
        new TrainingRequest(
            "x",
            List.of(),
            dir.resolve("x"),
            AppConfig.defaults(),
            FrontEnd.WINDOW,
            false,
            List.of());
    assertThrows(BadInput.class, () -> service.start(none));
    TrainingRequest missing =
        new TrainingRequest(
            "x",
            List.of(dir.resolve("missing.txt")),
            dir.resolve("x"),
            AppConfig.defaults(),
            FrontEnd.WINDOW,
            false,
            List.of());
    assertThrows(BadInput.class, () -> service.start(missing));
    assertFalse(Files.exists(dir.resolve("x")));
  }

  @Test
  void planThatDoesNotFitIsRefusedUnlessAnyway() throws Exception {
    monitor.setBudget(200 * MB);
    OutOfBudget e = assertThrows(OutOfBudget.class, () -> service.start(request()));
    assertEquals(200 * MB, e.limit());
    assertFalse(e.suggestion().isEmpty());
    service.start(request().withStartAnyway(true));
    assertTrue(service.await(10_000));
    assertEquals(JobState.SUCCEEDED, state());
  }

  @Test
  void guardTrimsPausesAndResumesARunningTraining() throws Exception {
    startEndless();
    readings.rss = 450 * MB; // 88 %
    monitor.tick();
    until(() -> work.batch == 2);
    readings.rss = 480 * MB; // 94 %
    until(
        () -> {
          monitor.tick();
          return state() == JobState.PAUSED;
        });
    assertTrue(work.done.contains("saved"));
    until(() -> service.snapshot().orElseThrow().pausedByGuard());
    assertEquals(100 * MB, service.bytesToResume());
    readings.rss = 200 * MB;
    until(
        () -> {
          monitor.tick();
          return work.done.contains("restored");
        });
    until(() -> state() == JobState.RUNNING);
    assertTrue(
        events().containsAll(List.of("guard trim", "guard pause", "guard resume")),
        events().toString());
    assertEquals(2, service.snapshot().orElseThrow().microBatch());
  }

  private List<String> events() {
    return service.history(1000).stream()
        .map(MetricsPoint::event)
        .filter(e -> !e.isEmpty())
        .map(e -> e.substring(0, e.indexOf(':')))
        .toList();
  }

  private GuardAction lastOfTheGuard() {
    List<GuardEvent> all = guard.events();
    return all.get(all.size() - 1).action();
  }

  @Test
  void calmIsAnEventOfTheRunOnlyAfterTheGuardHasActedOnIt() throws Exception {
    startEndless();
    readings.rss = 400 * MB; // 78 %: it only watches
    monitor.tick();
    assertEquals(GuardAction.WATCH, lastOfTheGuard());
    readings.rss = 200 * MB;
    monitor.tick();
    assertEquals(GuardAction.CALM, lastOfTheGuard());
    assertEquals(List.of(), events());
    readings.rss = 450 * MB; // 88 %
    monitor.tick();
    until(() -> events().equals(List.of("guard trim")));
    readings.rss = 200 * MB;
    monitor.tick();
    assertEquals(List.of("guard trim", "guard calm"), events());
  }

  @Test
  void whatTheGuardDoesAfterTheEndIsNoEventOfTheRun() throws Exception {
    startEndless();
    readings.rss = 450 * MB;
    monitor.tick();
    until(() -> events().equals(List.of("guard trim")));
    service.stop();
    assertTrue(service.await(10_000));
    readings.rss = 200 * MB;
    monitor.tick();
    assertEquals(GuardAction.CALM, lastOfTheGuard());
    assertEquals(List.of("guard trim"), events());
    assertTrue(work.done.stream().noneMatch(d -> d.startsWith("log: guard calm")));
  }

  @Test
  void userCanGoOnThoughTheGuardPaused() throws Exception {
    startEndless();
    readings.rss = 480 * MB;
    until(
        () -> {
          monitor.tick();
          return state() == JobState.PAUSED;
        });
    service.resume();
    until(() -> state() == JobState.RUNNING);
    long at = work.step;
    until(() -> work.step > at + 3);
    assertTrue(work.done.contains("restored"));
  }

  @Test
  void whyItCannotGoOnAfterTheGuardsPauseIsToldUntilItCan() throws Exception {
    startEndless();
    readings.rss = 480 * MB;
    until(
        () -> {
          monitor.tick();
          return state() == JobState.PAUSED;
        });
    work.full = true;
    readings.rss = 200 * MB;
    until(
        () -> {
          monitor.tick();
          return service.snapshot().orElseThrow().failure().isPresent();
        });
    assertEquals(JobState.PAUSED, state());
    assertTrue(service.snapshot().orElseThrow().pausedByGuard());
    work.full = false;
    until(
        () -> {
          monitor.tick();
          return state() == JobState.RUNNING;
        });
    assertEquals(Optional.empty(), service.snapshot().orElseThrow().failure());
  }

  @Test
  void releasedWeightsAreNoModelToChatWith() throws Exception {
    startEndless();
    assertTrue(service.hasLiveModel());
    CompletableFuture<String> saved = service.saveAndPause();
    saved.get(10, TimeUnit.SECONDS);
    assertTrue(service.hasLiveModel());
    service.release().get(10, TimeUnit.SECONDS);
    assertFalse(service.hasLiveModel());
    service.resumePaused().get(10, TimeUnit.SECONDS);
    assertTrue(service.hasLiveModel());
  }

  @Test
  void guardGetsAnAnswerAlsoWhenTheTrainingEnds() throws Exception {
    startEndless();
    service.pause();
    until(() -> state() == JobState.PAUSED);
    service.stop();
    assertTrue(service.await(10_000));
    assertEquals("", service.trim().get(10, TimeUnit.SECONDS));
    assertEquals(0, service.bytesToResume());
  }

  @Test
  void interruptedRunIsFoundAndGoesOnWithItsHistory() throws Exception {
    assertThrows(BadInput.class, () -> service.resumeRun(dir.resolve("cuentos")));
    Path last = Files.createDirectories(dir.resolve("old/checkpoints/last"));
    writeState(last, 40);
    Files.writeString(
        dir.resolve("old/metrics.jsonl"),
        "{\"step\":0,\"tokens\":9,\"loss\":3.5,\"val_loss\":3.6}\n"); // neither averaged nor
    // overtaken
    Path ended = Files.createDirectories(dir.resolve("ended/checkpoints/last"));
    writeState(ended, 100);
    // Killed between the two renames of a checkpoint: the one before counts.
    writeState(Files.createDirectories(dir.resolve("killed/checkpoints/last.old")), 60);
    Files.createDirectories(dir.resolve("broken/checkpoints/last"));
    Files.writeString(dir.resolve("broken/checkpoints/last/state.json"), "{\"step\":");
    List<ResumableRun> runs = service.resumableRuns();
    assertEquals(List.of(40L, 60L), runs.stream().map(ResumableRun::step).sorted().toList());
    assertEquals(100, runs.get(0).totalSteps());
    try (DirectoryLock other = DirectoryLock.take(dir.resolve("old"))) { // another process does
      assertEquals(List.of(60L), service.resumableRuns().stream().map(ResumableRun::step).toList());
    }
    assertTrue(Files.isDirectory(dir.resolve("killed/checkpoints/last.old")), "looking moves it");
    assertEquals(3.5, service.history(dir.resolve("old"), 10).get(0).loss());
    work.endless = true;
    service.resumeRun(dir.resolve("old"));
    assertTrue(work.done.contains("resumed old"));
    assertEquals(3.6, service.history(10_000).get(0).valLoss());
  }

  /** A state as a trainer writes it, of a run of 100 steps. */
  private static void writeState(Path checkpoint, long step) throws Exception {
    RunState state =
        new RunState(
            "run",
            List.of("text.txt"),
            0.1,
            TrainOptions.of(2, 8, 1e-3f, 100),
            step,
            100,
            step * 16,
            step * 2,
            null,
            3.5,
            null,
            1.5,
            "data",
            "jdk",
            "kernels",
            2,
            0,
            new Steadiness(1, 0, List.of(), List.of()),
            null,
            null,
            0,
            0,
            0);
    Files.writeString(
        checkpoint.resolve("state.json"), new ObjectMapper().writeValueAsString(state));
  }

  @Test
  void whatSamplesBeginWithIsReadFromTheCheckpoint() throws Exception {
    Path run = dir.resolve("run");
    assertEquals(List.of(), service.samplePrompts(run));
    Path last = Files.createDirectories(run.resolve("checkpoints/last"));
    writeState(last, 40);
    assertEquals(List.of(""), service.samplePrompts(run));
    Path state = last.resolve("state.json");
    Files.writeString(state, Files.readString(state).replace("[\"\"]", "[\"Había\",\"Once\"]"));
    assertEquals(List.of("Había", "Once"), service.samplePrompts(run));
    Files.writeString(state, "{\"step\":");
    assertEquals(List.of(), service.samplePrompts(run));
  }

  @Test
  void directoryWithARunOrAModelIsNotOverwritten() throws Exception {
    writeState(Files.createDirectories(dir.resolve("run/checkpoints/last")), 40);
    Files.createDirectories(dir.resolve("model"));
    Files.writeString(dir.resolve("model/config.json"), "{}");
    for (String name : List.of("run", "model")) {
      BadInput e = assertThrows(BadInput.class, () -> service.start(request(name)), name);
      assertTrue(e.reason().contains("already"), e.reason());
    }
    assertTrue(work.done.isEmpty());
  }

  @Test
  void snapshotsAreAveragedAndAtMostTenASecond() {
    long[] clock = {1_000_000_000L};
    TrainingFigures figures = new TrainingFigures("x", dir, () -> clock[0]);
    assertTrue(figures.due(false, false).isPresent());
    int shown = 0;
    double sum = 0;
    for (int i = 1; i <= 1000; i++) {
      clock[0] += 1_000_000;
      figures.point(MetricsHistoryTest.step(i, i), "");
      Optional<TrainingSnapshot> due = figures.due(false, false);
      if (due.isPresent()) {
        shown++;
        sum += due.get().loss();
      }
    }
    assertEquals(10, shown);
    assertEquals(500.5, sum / shown, 1e-9);
  }
}
