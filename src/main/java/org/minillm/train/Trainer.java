package org.minillm.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Diverged;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.ModelCard;
import org.minillm.format.ModelFiles;
import org.minillm.format.TensorType;
import org.minillm.kernel.Kernels;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/**
 * A training run. One thread calls everything here; others reach it through the {@link RunControl}
 * and through what {@link #run}'s boundary does between two steps, where memory may be given back
 * and taken again.
 *
 * <p>A step is a fold over its sequences in order, so its bits do not depend on how they are cut
 * into micro-batches; with batches and dropout being functions of (seed, step, sequence), a run
 * that is killed and resumed ends with the same bits as one that is not.
 */
public final class Trainer implements AutoCloseable {
  private static final double EPS_OF_CLIP = 1e-6; // as torch.nn.utils.clip_grad_norm_

  private final TrainOptions options;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final Dataset dataset;
  private final Path directory;
  private final RunState origin;
  private final TrainListener listener;
  private final RunControl control;
  private final DoubleSupplier rssMb;
  private final WorkerPool pool;
  private final ModelConfig config;
  private final Batches batches;
  private final Schedule schedule;
  private final long totalSteps;
  private final MetricsLog log;
  private final SampleText sample;
  private final Kernels kernels = Kernels.best();

  // Written by the training thread alone; others look.
  private volatile @Nullable Transformer model;
  private volatile @Nullable TrainBuffers buffers;
  private volatile int microBatch;

  private volatile long step;
  private long tokens;
  private double bestValLoss;
  private double lastLoss;
  private double lastBitsPerByte = Double.NaN;
  private double elapsedSeconds;
  private double secondsAStep = Double.NaN;
  private long savedStep = -1;

  /**
   * What a run is about, beside its options.
   *
   * @param name for the model's card
   * @param files of the corpus
   * @param validationFraction of the data's split
   */
  public record About(String name, List<Path> files, double validationFraction) {
    public About {
      files = List.copyOf(files);
    }
  }

  private Trainer(
      Transformer model,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      Dataset dataset,
      RunState state,
      Path directory,
      TrainListener listener,
      RunControl control,
      DoubleSupplier rssMb)
      throws IOException {
    this.model = model;
    this.tokenizer = tokenizer;
    this.template = template;
    this.dataset = dataset;
    this.origin = state;
    this.options = state.options();
    this.directory = directory;
    this.listener = listener;
    this.control = control;
    this.rssMb = rssMb;
    pool = model.pool();
    config = model.config();
    batches =
        new Batches(
            dataset.training(),
            dataset.separator(),
            Math.min(options.contextLength(), config.contextLength()),
            options.seed());
    totalSteps = totalSteps(options, batches);
    if (state.step() > totalSteps) {
      throw new BadFormat(Checkpoint.STATE, -1, "is of step " + state.step() + " of " + totalSteps);
    }
    schedule = new Schedule(options, totalSteps);
    microBatch = options.microBatch();
    step = state.step();
    tokens = state.tokens();
    bestValLoss = state.bestValLoss() == null ? Double.NaN : state.bestValLoss();
    lastLoss = state.lastLoss() == null ? Double.NaN : state.lastLoss();
    elapsedSeconds = state.elapsedSeconds();
    buffers = allocate(model);
    log = new MetricsLog(directory);
    sample = new SampleText(tokenizer, options, dataset.separator());
  }

  /**
   * A new run.
   *
   * @param model its weights are changed
   * @param directory gets the model, its checkpoints and {@code metrics.jsonl}
   * @param rssMb resident set of the process, for the log
   */
  public static Trainer start(
      Transformer model,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      Dataset dataset,
      TrainOptions options,
      About about,
      Path directory,
      TrainListener listener,
      RunControl control,
      DoubleSupplier rssMb)
      throws IOException {
    RunState state =
        new RunState(
            about.name(),
            about.files().stream().map(f -> f.toAbsolutePath().normalize().toString()).toList(),
            about.validationFraction(),
            options,
            0,
            0,
            0,
            0,
            null,
            null,
            0,
            dataset.fingerprint(),
            RunState.jdkNow(),
            Kernels.best().description(),
            model.pool().threads(),
            0,
            0);
    return new Trainer(
        model, tokenizer, template, dataset, state, directory, listener, control, rssMb);
  }

  /**
   * Goes on from a run's last checkpoint.
   *
   * @param tokenizer of the checkpoint, with which the dataset was built again
   * @throws BadFormat if the checkpoint is not whole
   * @throws BadInput if there is none, or the data is not what it was
   */
  public static Trainer resume(
      Path directory,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      Dataset dataset,
      WorkerPool pool,
      TrainListener listener,
      RunControl control,
      DoubleSupplier rssMb)
      throws IOException {
    Path checkpoint =
        Checkpoint.find(directory)
            .orElseThrow(
                () -> new BadInput(directory.toString(), "holds no checkpoint to resume from"));
    RunState state = Checkpoint.readState(checkpoint);
    if (!state.dataFingerprint().equals(dataset.fingerprint())) {
      throw new BadInput(
          directory.toString(),
          "the data is not what this run was trained on (a file changed or is missing): "
              + String.join(", ", state.files()));
    }
    ModelConfig config = ModelFiles.inspect(checkpoint).config();
    requireMemory(directory, config, state.options(), pool);
    Transformer model = new Transformer(config, Parameters.allocate(config), pool);
    Trainer trainer =
        new Trainer(
            model, tokenizer, template, dataset, state, directory, listener, control, rssMb);
    try {
      Checkpoint.read(checkpoint, state, model.parameters(), trainer.buffers().optimizer);
    } catch (IOException | RuntimeException e) {
      trainer.close();
      throw e;
    }
    trainer.savedStep = state.step();
    String differences = state.differences(pool.threads());
    trainer.event(TrainEvent.Kind.RESUMED, "resumed from step " + state.step());
    if (!differences.isEmpty()) {
      trainer.event(TrainEvent.Kind.NOT_BIT_EXACT, "not bit-exact: " + differences);
    }
    return trainer;
  }

  /** Before anything is allocated: what a checkpoint says may not be what this heap can hold. */
  private static void requireMemory(
      Path directory, ModelConfig config, TrainOptions options, WorkerPool pool) {
    int time = Math.min(options.contextLength(), config.contextLength());
    int batch = options.microBatch();
    long bytes =
        16 * config.parameterCount()
            + TrainBuffers.passBytes(config, options, time, batch, pool.threads())
            + 8L * batch * time;
    MemoryBudget heap = MemoryBudget.ofHeap();
    if (heap.free() < bytes) {
      System.gc(); // what reading the data left behind counts as used until then
    }
    heap.require("Going on with " + directory, bytes);
  }

  private static long totalSteps(TrainOptions options, Batches batches) {
    long perStep = options.sequencesPerStep();
    long byEpochs =
        options.maxEpochs() == 0
            ? Long.MAX_VALUE
            : ((long) options.maxEpochs() * batches.windows() + perStep - 1) / perStep;
    return Math.min(byEpochs, options.maxSteps() == 0 ? Long.MAX_VALUE : options.maxSteps());
  }

  // ---- what is asked of a run -------------------------------------------------------------------

  /** The model in training; empty while its weights are released. */
  public Optional<Transformer> model() {
    return Optional.ofNullable(model);
  }

  public long step() {
    return step;
  }

  public long tokens() {
    return tokens;
  }

  public long totalSteps() {
    return totalSteps;
  }

  /** Passes over the data so far. */
  public double epoch() {
    return (double) step * options.sequencesPerStep() / batches.windows();
  }

  /** Seconds of training so far, pauses not counted. */
  public double elapsedSeconds() {
    return elapsedSeconds;
  }

  public int microBatch() {
    return microBatch;
  }

  /** Halves the micro-batch from the next one on; false when it is 1. The bits stay the same. */
  public boolean halveMicroBatch() {
    if (microBatch == 1) {
      return false;
    }
    int half = microBatch / 2;
    // Only a divisor keeps the step's sequences in whole micro-batches.
    while (options.sequencesPerStep() % half != 0) {
      half--;
    }
    microBatch = half;
    TrainBuffers b = buffers;
    if (b != null) {
      b.resize(half);
    }
    event(TrainEvent.Kind.MICRO_BATCH_HALVED, "micro-batch " + 2 * half + " → " + half);
    return true;
  }

  /** Saves a checkpoint and gives gradients, moments and activations back. At a boundary only. */
  public void saveAndRelease() throws IOException {
    saveCheckpoint();
    buffers = null;
    event(TrainEvent.Kind.RELEASED, "saved and released");
  }

  /** Gives the weights back, too; after {@link #saveAndRelease}. */
  public void releaseWeights() {
    if (buffers != null) {
      throw new IllegalStateException("save and release first");
    }
    model = null;
  }

  /** Bytes {@link #restore} will allocate. */
  public long bytesToRestore() {
    if (buffers != null) {
      return 0;
    }
    long weights = 4 * config.parameterCount();
    return (model == null ? 4 : 3) * weights + passBytes();
  }

  /** Takes back what was given and reads it from the checkpoint. */
  public void restore() throws IOException {
    if (buffers != null) {
      return;
    }
    Path checkpoint =
        Checkpoint.find(directory)
            .orElseThrow(() -> new BadInput(directory.toString(), "its checkpoint is gone"));
    RunState state = Checkpoint.readState(checkpoint);
    if (state.step() != step) {
      throw new BadFormat(
          Checkpoint.STATE, -1, "is of step " + state.step() + ", the run is at step " + step);
    }
    Transformer m = model;
    boolean readWeights = m == null;
    if (m == null) {
      m = new Transformer(config, Parameters.allocate(config), pool);
    }
    TrainBuffers b = allocate(m);
    if (readWeights) {
      Checkpoint.read(checkpoint, state, m.parameters(), b.optimizer);
    } else {
      Checkpoint.readMoments(checkpoint, b.optimizer);
    }
    model = m;
    buffers = b;
    event(TrainEvent.Kind.REACQUIRED, "buffers read back");
  }

  /** Appends an event of somebody else (the memory guard) to the run's log. */
  public void logEvent(String text) {
    log.event(step, tokens, elapsedSeconds, text);
  }

  /** Bytes of the token ids in memory. */
  public long dataBytes() {
    return dataset.memoryBytes();
  }

  /** Bytes of the activations, allocated or not. */
  public long passBytes() {
    return TrainBuffers.passBytes(config, options, batches.time(), microBatch, pool.threads());
  }

  private TrainBuffers allocate(Transformer m) {
    return new TrainBuffers(m, options, batches.time(), microBatch);
  }

  private TrainBuffers buffers() {
    TrainBuffers b = buffers;
    if (b == null) {
      throw new IllegalStateException("the buffers are released");
    }
    return b;
  }

  private Transformer weights() {
    Transformer m = model;
    if (m == null) {
      throw new IllegalStateException("the weights are released");
    }
    return m;
  }

  // ---- the run ----------------------------------------------------------------------------------

  /**
   * Trains until the planned steps are done, the boundary says no, or the control cancels (the step
   * under way is dropped then). A checkpoint and the model are saved in every case.
   *
   * @param boundary called between two steps, where buffers may be released and restored; false
   *     saves and ends
   * @throws Diverged if the loss is no number any more; the last checkpoint stays
   * @throws IOException if a checkpoint cannot be written; the one before stays
   */
  public TrainResult run(BooleanSupplier boundary) throws IOException {
    boolean goOn = true;
    MeanMetrics sinceEvaluation = new MeanMetrics();
    try {
      while (step < totalSteps && goOn) {
        goOn = boundary.getAsBoolean();
        if (goOn) {
          StepMetrics metrics = takeStep();
          sinceEvaluation.add(metrics);
          log.step(metrics, rssMb.getAsDouble());
          listener.onStep(metrics);
          boolean last = step == totalSteps;
          if (last || step % options.evalInterval() == 0) {
            evaluate(sinceEvaluation);
            sinceEvaluation = new MeanMetrics();
          }
          if (!last && step % options.checkpointInterval() == 0) {
            saveCheckpoint();
          }
        }
      }
    } catch (CancellationException e) {
      goOn = false;
    }
    boolean finished = step == totalSteps;
    listener.onSideWork("saving");
    if (buffers != null) {
      saveCheckpoint();
      ModelFiles.save(directory, weights(), tokenizer, template, card(), TensorType.F32);
    }
    event(
        finished ? TrainEvent.Kind.FINISHED : TrainEvent.Kind.STOPPED,
        finished ? "finished" : "stopped at step " + step);
    return new TrainResult(step, finished, lastLoss, bestValLoss);
  }

  private StepMetrics takeStep() {
    long start = System.nanoTime();
    TrainBuffers b = buffers();
    Transformer m = weights();
    long targets = (long) options.sequencesPerStep() * batches.time();
    double loss = b.gradient(batches, step, control) / targets;
    double norm = b.optimizer.norm(b.gradients);
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      event(TrainEvent.Kind.DIVERGED, "diverged at step " + (step + 1));
      throw new Diverged(step + 1, loss);
    }
    double clip = options.gradClip();
    float scale = clip == 0 ? 1f : (float) Math.min(1, clip / (norm + EPS_OF_CLIP));
    double rate = schedule.rate(step);
    b.optimizer.update(m.parameters(), b.gradients, step + 1, rate, scale);
    step++;
    tokens += targets;
    lastLoss = loss;
    double seconds = (System.nanoTime() - start) / 1e9;
    elapsedSeconds += seconds;
    secondsAStep = Double.isNaN(secondsAStep) ? seconds : 0.95 * secondsAStep + 0.05 * seconds;
    return new StepMetrics(
        step,
        totalSteps,
        tokens,
        epoch(),
        loss,
        rate,
        norm,
        targets / seconds,
        Math.round((totalSteps - step) * secondsAStep),
        elapsedSeconds,
        microBatch);
  }

  // ---- evaluation -------------------------------------------------------------------------------

  private void evaluate(MeanMetrics since) throws IOException {
    listener.onSideWork("evaluating");
    double valLoss = Double.NaN;
    double bitsPerByte = Double.NaN;
    if (dataset.validationTokens() > 0) {
      Dataset.Prefix prefix = dataset.validationPrefix(options.evalTokens());
      EvalResult result =
          Evaluator.evaluate(
              buffers().pass(),
              dataset.validation(),
              prefix.tokens(),
              prefix.bytes(),
              batches.time(),
              control);
      valLoss = result.loss();
      bitsPerByte = result.bitsPerByte();
      lastBitsPerByte = bitsPerByte;
    }
    boolean best = !Double.isNaN(valLoss) && !(valLoss >= bestValLoss);
    if (best) {
      bestValLoss = valLoss;
      Checkpoint.writeBest(directory, weights(), tokenizer, template, card());
    }
    Evaluation evaluation =
        new Evaluation(
            step,
            tokens,
            since.loss(),
            valLoss,
            bitsPerByte,
            since.tokensPerSecond(),
            best,
            sample.of(weights(), control));
    log.evaluation(evaluation, elapsedSeconds, rssMb.getAsDouble());
    listener.onEvaluation(evaluation);
  }

  // ---- saving -----------------------------------------------------------------------------------

  private void saveCheckpoint() throws IOException {
    if (savedStep == step) {
      return;
    }
    listener.onSideWork("saving");
    RunState state =
        new RunState(
            origin.name(),
            origin.files(),
            origin.validationFraction(),
            options,
            step,
            totalSteps,
            tokens,
            step * options.sequencesPerStep(),
            Double.isNaN(bestValLoss) ? null : bestValLoss,
            Double.isNaN(lastLoss) ? null : lastLoss,
            elapsedSeconds,
            origin.dataFingerprint(),
            RunState.jdkNow(),
            kernels.description(),
            pool.threads(),
            0,
            0);
    Files.createDirectories(Checkpoint.root(directory));
    Checkpoint.write(directory, weights(), buffers().optimizer, tokenizer, template, card(), state);
    savedStep = step;
    event(TrainEvent.Kind.CHECKPOINT, "checkpoint at step " + step);
  }

  private ModelCard card() {
    List<String> names = new ArrayList<>();
    for (String file : origin.files()) {
      names.add(String.valueOf(Path.of(file).getFileName()));
    }
    return new ModelCard(
        origin.name(),
        String.join(", ", names),
        lastLoss,
        lastBitsPerByte,
        step,
        Math.round(elapsedSeconds),
        "Mini-LLM");
  }

  private void event(TrainEvent.Kind kind, String detail) {
    if (kind != TrainEvent.Kind.CHECKPOINT) {
      log.event(step, tokens, elapsedSeconds, detail);
    }
    listener.onEvent(new TrainEvent(step, kind, detail));
  }

  @Override
  public void close() throws IOException {
    buffers = null;
    log.close();
  }
}
