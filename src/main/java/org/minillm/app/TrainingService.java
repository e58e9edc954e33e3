package org.minillm.app;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.minillm.base.ComputeGate;
import org.minillm.base.MiniLlmException;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.format.ModelFiles;
import org.minillm.model.ModelConfig;
import org.minillm.train.Checkpoint;
import org.minillm.train.FineTuning;
import org.minillm.train.text.SourceListing;

/**
 * Trains models on files, one at a time, on the job thread. All methods may be called from any
 * thread and return at once, but for those that say otherwise.
 */
public final class TrainingService implements AutoCloseable, GuardedWork {
  static final String METRICS = "metrics.jsonl";

  /** How works are made; the application trains, tests pretend. */
  interface Works {
    TrainingWork start(TrainingRequest request);

    /** Goes on with a run; {@code anyway}: also where its recorded step is not found again. */
    TrainingWork resume(Path dir, boolean anyway);
  }

  private final ComputeGate gate;
  private final JobRunner jobs;
  private final ResourceMonitor monitor;
  private final Path modelDir;
  private final LongSupplier chatModelBytes;
  private final Works works;
  private final List<TrainingListener> listeners = new CopyOnWriteArrayList<>();
  private final MetricsHistory history = new MetricsHistory();
  private volatile @Nullable TrainingJob current;
  private volatile OptionalLong predicted = OptionalLong.empty();
  private volatile Runnable resumeAnyway = () -> {};

  TrainingService(
      ComputeGate gate,
      ResourceMonitor monitor,
      Path modelDir,
      LongSupplier chatModelBytes,
      Works works) {
    this.gate = gate;
    this.jobs = new JobRunner("minillm-job", gate);
    this.monitor = monitor;
    this.modelDir = modelDir;
    this.chatModelBytes = chatModelBytes;
    this.works = works;
    jobs.listen(
        snapshot -> {
          TrainingJob job = current;
          if (job != null) {
            job.onJob(snapshot);
          }
        });
  }

  /** Puts the service under the guard, and the guard's acts on the run's chart. */
  void guardedBy(MemoryGuard guard) {
    Subscription unusedWork = guard.guard(this);
    Subscription unusedNews =
        guard.listen(
            event -> {
              TrainingJob job = current;
              if (job != null) {
                job.onGuard(event);
              }
            });
    resumeAnyway = guard::resumeAnyway;
  }

  /** What this training would take; reads nothing but the sizes of the files and a base's head. */
  public MemoryPlan plan(TrainingRequest request) {
    long corpus = 0;
    for (Path file : files(request)) {
      try {
        corpus += Files.size(file);
      } catch (NoSuchFileException e) {
        throw new BadInput(file.toString(), "there is no such file");
      } catch (IOException e) {
        throw new BadInput(file.toString(), "cannot be read: " + e.getMessage());
      }
    }
    long budget = monitor.budget();
    AppConfig asked = request.config();
    AppConfig within = asked.withResources(asked.resources().withMaxMemoryMb((int) (budget >> 20)));
    long chat = chatModelBytes.getAsLong();
    if (request.fineTuning().isEmpty()) {
      return MemoryPlan.forTraining(within, corpus, chat, request.frontEnd());
    }
    FineTuning tuning = request.fineTuning().get();
    return MemoryPlan.forFineTuning(
        within, baseShape(tuning), tuning, corpus, chat, request.frontEnd());
  }

  /** The files of the request and of its folders. */
  private static List<Path> files(TrainingRequest request) {
    try {
      return SourceListing.of(request.files()).files();
    } catch (NoSuchFileException e) {
      throw new BadInput(String.valueOf(e.getFile()), "there is no such file");
    } catch (IOException e) {
      throw new BadInput("training", "a folder cannot be read: " + e.getMessage());
    }
  }

  /**
   * Starts a training.
   *
   * @throws org.minillm.base.MiniLlmException.OutOfBudget when the plan does not fit and the
   *     request does not say "anyway"
   * @throws org.minillm.base.MiniLlmException.Busy while a job runs, or when another process uses
   *     the directory
   * @throws BadInput for files that are missing or empty, and for a directory with a run or model
   * @throws IOException when the directory cannot be made
   */
  public void start(TrainingRequest request) throws IOException {
    if (request.files().isEmpty()) {
      throw new BadInput("training", "no file was given; pick a file or folder, or more");
    }
    for (Path file : request.files()) {
      if (!Files.isRegularFile(file) && !Files.isDirectory(file)) {
        throw new BadInput(
            file.toString(), Files.exists(file) ? "is not a text file" : "there is no such file");
      }
      if (!Files.isReadable(file)) {
        throw new BadInput(file.toString(), "may not be read by you (its permissions)");
      }
    }
    requireNew(request.outDir());
    MemoryPlan plan = plan(request);
    if (!request.startAnyway()) {
      plan.require();
    }
    jobs.requireIdle(); // else the figure of the running one would be lost
    predicted = OptionalLong.of(plan.total());
    begin(request.name(), request.outDir(), () -> works.start(request), false);
  }

  /** Goes on with an interrupted run from its last checkpoint; throws as {@link #start}. */
  public void resumeRun(Path dir) throws IOException {
    resumeRun(dir, false);
  }

  /**
   * The same.
   *
   * @param anyway also where the step recorded in the checkpoint is not found again with the same
   *     bits though JDK, kernels and threads are the same
   */
  public void resumeRun(Path dir, boolean anyway) throws IOException {
    if (Checkpoint.locate(dir).isEmpty()) {
      throw new BadInput(
          dir.toString(),
          Files.exists(dir) ? "holds no checkpoint to go on from" : "there is no such directory");
    }
    jobs.requireIdle();
    predicted = OptionalLong.empty();
    begin(
        String.valueOf(dir.toAbsolutePath().normalize().getFileName()),
        dir,
        () -> works.resume(dir, anyway),
        true);
  }

  /**
   * The shape of the model a fine-tuning begins from; only the head of its file is read.
   *
   * @throws BadInput if it cannot be read
   */
  public ModelConfig baseShape(FineTuning tuning) {
    try {
      return ModelFiles.inspect(Path.of(tuning.base())).config();
    } catch (NoSuchFileException e) {
      throw new BadInput(tuning.base(), "there is no such model");
    } catch (IOException e) {
      throw new BadInput(tuning.base(), "cannot be read: " + e.getMessage());
    }
  }

  /** A run never takes the place of another one, or of a model: both are hours of work. */
  private static void requireNew(Path dir) {
    if (Files.exists(dir) && !Files.isDirectory(dir)) {
      throw new BadInput(dir.toString(), "is a file; the model becomes a directory of this name");
    }
    if (Checkpoint.locate(dir).isPresent()) {
      throw new BadInput(
          dir.toString(), "holds a run already; go on with it (resume), or give another directory");
    }
    if (Files.exists(dir.resolve("config.json"))
        || Files.exists(dir.resolve("model.safetensors"))) {
      throw new BadInput(dir.toString(), "holds a model already; give another directory");
    }
  }

  private void begin(String name, Path dir, Supplier<TrainingWork> work, boolean goesOn)
      throws IOException {
    synchronized (this) {
      jobs.requireIdle();
      boolean made = !Files.exists(dir);
      DirectoryLock held = DirectoryLock.take(dir);
      Runnable tidy = goesOn ? () -> {} : () -> UnsavedRun.delete(dir, made);
      try {
        history.clear();
        Path metrics = dir.resolve(METRICS);
        if (goesOn && Files.exists(metrics)) {
          history.read(metrics);
        }
        TrainingJob job =
            new TrainingJob(name, dir, work.get(), gate, monitor, this::tell, history);
        current = job;
        jobs.start(
            "training " + name,
            context -> {
              try (held) {
                run(job, context, tidy);
              }
            });
      } catch (RuntimeException | IOException e) {
        tidy.run();
        held.close();
        throw e;
      }
    }
    tell(TrainingListener::onHistoryReset);
  }

  private static void run(TrainingJob job, JobContext context, Runnable tidy) throws Exception {
    try {
      job.run(context);
    } finally {
      if (job.inVain()) {
        tidy.run();
      }
    }
  }

  /**
   * Interrupted runs in the model directory, newest first. Reads small files: not for the UI
   * thread.
   */
  public List<ResumableRun> resumableRuns() {
    List<ResumableRun> runs = new ArrayList<>();
    if (!Files.isDirectory(modelDir)) {
      return runs;
    }
    try (DirectoryStream<Path> dirs = Files.newDirectoryStream(modelDir, Files::isDirectory)) {
      for (Path dir : dirs) {
        ResumableRun.read(dir).ifPresent(runs::add);
      }
    } catch (IOException e) {
      System.getLogger(TrainingService.class.getName())
          .log(System.Logger.Level.WARNING, "Cannot list " + modelDir + ": " + e.getMessage());
    }
    runs.sort(Comparator.comparingLong(ResumableRun::savedMillis).reversed());
    return runs;
  }

  /**
   * Directories in the model directory whose run has written its points, newest first. Not for the
   * UI thread.
   */
  public List<Path> runs() {
    record Dated(Path dir, long time) {}
    List<Dated> found = new ArrayList<>();
    if (Files.isDirectory(modelDir)) {
      try (DirectoryStream<Path> dirs = Files.newDirectoryStream(modelDir, Files::isDirectory)) {
        for (Path dir : dirs) {
          Path points = dir.resolve(METRICS);
          if (Files.isReadable(points)) {
            found.add(new Dated(dir, Files.getLastModifiedTime(points).toMillis()));
          }
        }
      } catch (IOException e) {
        System.getLogger(TrainingService.class.getName())
            .log(System.Logger.Level.WARNING, "Cannot list " + modelDir + ": " + e.getMessage());
      }
    }
    found.sort(Comparator.comparingLong(Dated::time).reversed());
    return found.stream().map(Dated::dir).toList();
  }

  /**
   * What the sample texts of a run begin with, in their order, as its last checkpoint says; empty
   * without one. Reads a small file: not for the UI thread.
   */
  public List<String> samplePrompts(Path dir) {
    Optional<Path> checkpoint = Checkpoint.locate(dir);
    if (checkpoint.isEmpty()) {
      return List.of();
    }
    try {
      return Checkpoint.readState(checkpoint.get()).options().samplePrompts();
    } catch (IOException | MiniLlmException e) { // it may be changing places with the next one
      return List.of();
    }
  }

  /** Pauses at the next step's boundary; the memory stays. */
  public void pause() {
    TrainingJob job = current;
    if (job != null) {
      job.pause();
    }
  }

  /** Goes on after a pause, also the guard's, though the pressure may still be high. */
  public void resume() {
    TrainingJob job = current;
    if (job != null) {
      job.unpause(resumeAnyway);
    }
  }

  /** Ends the run after saving a checkpoint and the model: it can be resumed later. */
  public void stop() {
    TrainingJob job = current;
    if (job != null && job.stop()) {
      jobs.cancel();
    }
  }

  /**
   * Ends the run at once without saving: what was trained since the last checkpoint is lost, from
   * which it can be resumed.
   */
  public void stopWithoutSaving() {
    TrainingJob job = current;
    if (job != null) {
      job.abandon();
      jobs.cancel();
    }
  }

  /**
   * Bytes the whole process was planned to take with the last training; empty for a resumed one.
   */
  OptionalLong predictedBytes() {
    return predicted;
  }

  /** Whether a training runs or is paused. */
  public boolean busy() {
    return jobs.busy();
  }

  /** Where the running or last training stands; empty before the first. */
  public Optional<TrainingSnapshot> snapshot() {
    return Optional.ofNullable(current).map(TrainingJob::snapshot);
  }

  /** The run's points so far, the steps' averaged to at most {@code maxPoints}; oldest first. */
  public List<MetricsPoint> history(int maxPoints) {
    return history.points(maxPoints);
  }

  /** Points of a run on disk ({@code metrics.jsonl}). Reads a file: not for the UI thread. */
  public List<MetricsPoint> history(Path dir, int maxPoints) throws IOException {
    MetricsHistory read = new MetricsHistory();
    read.read(dir.resolve(METRICS));
    return read.points(maxPoints);
  }

  /**
   * Whether there is a model in training that {@link ChatService#talkToTrainingModel} could use.
   */
  public boolean hasLiveModel() {
    return liveModel().isPresent();
  }

  /** What the running training has allocated, by item. */
  List<MemoryPlan.Line> allocated() {
    TrainingJob job = current;
    return job == null ? List.of() : job.allocated();
  }

  Optional<ChatModel> liveModel() {
    return Optional.ofNullable(current).filter(j -> jobs.busy()).flatMap(TrainingJob::live);
  }

  public Subscription listen(TrainingListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Waits until no training runs; false when the time ran out. */
  public boolean await(long millis) throws InterruptedException {
    return jobs.await(millis);
  }

  /** Stops what runs, saving it, and waits for that at most a minute. */
  @Override
  public void close() {
    stop();
    try {
      jobs.await(60_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    jobs.close();
  }

  private void tell(Consumer<TrainingListener> news) {
    for (TrainingListener listener : listeners) {
      try {
        news.accept(listener);
      } catch (RuntimeException | Error e) { // a listener's mistake must not end the training
        System.getLogger(TrainingService.class.getName())
            .log(System.Logger.Level.ERROR, "A listener of training failed", e);
      }
    }
  }

  private CompletableFuture<String> act(TrainingJob.Act act) {
    TrainingJob job = current;
    return job == null ? CompletableFuture.completedFuture("") : job.ask(act);
  }

  @Override
  public CompletableFuture<String> trim() {
    return act(TrainingJob.Act.TRIM);
  }

  @Override
  public CompletableFuture<String> saveAndPause() {
    return act(TrainingJob.Act.SAVE_AND_PAUSE);
  }

  @Override
  public CompletableFuture<String> release() {
    return act(TrainingJob.Act.RELEASE);
  }

  @Override
  public long bytesToResume() {
    TrainingJob job = current;
    return job == null ? 0 : job.bytesToResume();
  }

  /** The guard's; {@link #resume()} is the user's. */
  @Override
  public CompletableFuture<String> resumePaused() {
    return act(TrainingJob.Act.RESTORE);
  }
}
