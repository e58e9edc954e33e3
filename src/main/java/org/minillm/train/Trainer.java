package org.minillm.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Diverged;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.ModelFiles;
import org.minillm.kernel.Kernels;
import org.minillm.model.ModelConfig;
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
  private final TrainOptions options;
  private final Dataset dataset;
  private final Sequences batches;
  private final long totalSteps;
  private final RunMemory memory;
  private final RunProgress progress;
  private final RunFiles files;
  private final RunReport report;
  private final TrainingLoop loop;

  /**
   * What a run is about, beside its options.
   *
   * @param name for the model's card
   * @param files of the corpus
   * @param validationFraction of the data's split
   * @param fineTuning what it begins from; empty for a training from random weights
   */
  public record About(
      String name, List<Path> files, double validationFraction, Optional<FineTuning> fineTuning) {
    public About {
      files = List.copyOf(files);
    }

    /** Of a training from random weights. */
    public About(String name, List<Path> files, double validationFraction) {
      this(name, files, validationFraction, Optional.empty());
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
    this.dataset = dataset;
    this.options = state.options();
    FineTuning tuning = state.fineTuning();
    Optional<AnswerMask> mask =
        tuning != null && tuning.answersOnly()
            ? Optional.of(new AnswerMask(tokenizer, dataset.separator()))
            : Optional.empty();
    int context = Math.min(options.contextLength(), model.config().contextLength());
    batches =
        mask.isPresent()
            ? dataset.trainingConversations(mask.get(), context, options.seed())
            : new Batches(dataset.training(), dataset.separator(), context, options.seed());
    totalSteps = totalSteps(options, batches);
    if (state.step() > totalSteps) {
      throw new BadFormat(Checkpoint.STATE, -1, "is of step " + state.step() + " of " + totalSteps);
    }
    memory = new RunMemory(model, options, tuning, batches.time());
    progress = new RunProgress(state);
    files = new RunFiles(directory, tokenizer, template, state);
    report = new RunReport(directory, progress, listener, rssMb);
    RunEvaluation evaluation =
        new RunEvaluation(
            options,
            new Validation(dataset, tokenizer, options, mask, batches.time()),
            memory,
            progress,
            files,
            report,
            new SampleText(
                tokenizer,
                mask.isPresent() ? template : Optional.empty(),
                options,
                dataset.separator()),
            control);
    loop =
        new TrainingLoop(
            options,
            directory,
            batches,
            totalSteps,
            memory,
            progress,
            files,
            report,
            evaluation,
            control);
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
            null,
            0,
            dataset.fingerprint(),
            RunState.jdkNow(),
            Kernels.best().description(),
            model.pool().threads(),
            0,
            Steadiness.START,
            null,
            about.fineTuning().orElse(null),
            TrainableModel.baseChecksum(model),
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
    requireMemory(directory, config, state, pool);
    Transformer model = TrainableModel.allocate(config, state, pool);
    Trainer trainer =
        new Trainer(
            model, tokenizer, template, dataset, state, directory, listener, control, rssMb);
    try {
      Checkpoint.read(checkpoint, state, model, trainer.memory.buffers().optimizer);
    } catch (IOException | RuntimeException e) {
      trainer.close();
      throw e;
    }
    String differences = state.differences(pool.threads());
    trainer.loop.hasRead(state, differences);
    boolean provable = state.replay() != null || state.ended();
    trainer.report.event(
        TrainEvent.Kind.RESUMED,
        "resumed from step "
            + state.step()
            + (provable ? "" : "; no step was recorded: not proven that the bits are the same"));
    if (!differences.isEmpty()) {
      trainer.report.event(TrainEvent.Kind.NOT_BIT_EXACT, "not bit-exact: " + differences);
    }
    return trainer;
  }

  /**
   * Goes on also where the recorded step is not found again with the same JDK, kernels and threads;
   * the run is not bit-exact then. Before {@link #run}.
   */
  public void goOnAnyway() {
    loop.goOnAnyway();
  }

  /** Before anything is allocated: what a checkpoint says may not be what this heap can hold. */
  private static void requireMemory(
      Path directory, ModelConfig config, RunState state, WorkerPool pool) {
    TrainOptions options = state.options();
    FineTuning tuning = state.fineTuning();
    int time = Math.min(options.contextLength(), config.contextLength());
    int batch = options.microBatch();
    long bytes =
        TrainableModel.weightBytes(config, tuning)
            + TrainableModel.gradientBytes(config, tuning)
            + TrainableModel.optimizerBytes(config, options.optimizer(), tuning)
            + TrainBuffers.passBytes(
                config,
                options,
                time,
                batch,
                options.memorySaver(),
                pool.threads(),
                TrainableModel.rank(tuning))
            + 8L * batch * time;
    MemoryBudget heap = MemoryBudget.ofHeap();
    if (heap.free() < bytes) {
      System.gc(); // what reading the data left behind counts as used until then
    }
    heap.require("Going on with " + directory, bytes);
  }

  private static long totalSteps(TrainOptions options, Sequences batches) {
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
    return memory.model();
  }

  public long step() {
    return progress.step();
  }

  public long totalSteps() {
    return totalSteps;
  }

  public int microBatch() {
    return memory.microBatch();
  }

  /**
   * Makes the activations smaller from the next step on: half the micro-batch with twice the
   * accumulation while it can be halved, then the memory saver. The bits stay the same. At a
   * boundary only.
   *
   * @return what was done, "micro-batch 4 → 2, accumulation 1 → 2"; empty when nothing is left
   */
  public Optional<String> trim() {
    Optional<String> done = memory.halveMicroBatch();
    if (done.isPresent()) {
      report.event(TrainEvent.Kind.MICRO_BATCH_HALVED, done.get());
      return done;
    }
    done = memory.saveMemory();
    done.ifPresent(what -> report.event(TrainEvent.Kind.MEMORY_SAVER_ON, what));
    return done;
  }

  /**
   * Saves a checkpoint and gives gradients, moments and activations back. At a boundary only. While
   * the loss is high nothing is saved: {@link #restore} goes back to the checkpoint before.
   */
  public void saveAndRelease() throws IOException {
    loop.saveCheckpoint(); // at once: what waits for memory must not compute another step
    memory.releaseBuffers();
    report.event(TrainEvent.Kind.RELEASED, "saved and released");
  }

  /** Gives the weights back, too; after {@link #saveAndRelease}. */
  public void releaseWeights() {
    memory.releaseWeights();
  }

  /** Bytes {@link #restore} will allocate. */
  public long bytesToRestore() {
    return memory.bytesToRestore();
  }

  /** Takes back what was given and reads it from the checkpoint. */
  public void restore() throws IOException {
    if (memory.holdsBuffers()) {
      return;
    }
    RunState state = files.readState();
    if (state.step() != loop.savedStep()) {
      throw new BadFormat(
          Checkpoint.STATE,
          -1,
          "is of step " + state.step() + ", the run saved step " + loop.savedStep());
    }
    if (state.step() != progress.step()) { // released while the loss was high
      progress.repeatFrom(state);
      memory.releaseWeights();
    }
    memory.restore(files, state);
    loop.hasRead(state, state.differences(memory.weights().pool().threads()));
    report.event(TrainEvent.Kind.REACQUIRED, "buffers read back, at step " + state.step());
  }

  /** Appends an event of somebody else (the memory guard) to the run's log. */
  public void logEvent(String text) {
    report.log(text);
  }

  /** Bytes of memory that the data takes. */
  public long dataBytes() {
    return dataset.memoryBytes() + (long) Integer.BYTES * batches.windows();
  }

  /** Bytes of the weights, adapters counted; allocated or not. */
  public long weightBytes() {
    return memory.weightBytes();
  }

  /** Bytes of the gradient of what is trained, allocated or not. */
  public long gradientBytes() {
    return memory.gradientBytes();
  }

  /** Bytes of what the optimiser remembers, allocated or not. */
  public long optimizerBytes() {
    return memory.optimizerBytes();
  }

  /** Bytes of the activations, allocated or not. */
  public long passBytes() {
    return memory.passBytes();
  }

  // ---- the run ----------------------------------------------------------------------------------

  /**
   * Trains until the planned steps are done, early stopping ends it, the boundary says no, or the
   * control cancels (the step under way is dropped then). A checkpoint and the model are saved in
   * every case but after {@link #abandon}; the model is the best one after early stopping, else the
   * last.
   *
   * @param boundary called between two steps, where buffers may be released and restored; false
   *     saves and ends
   * @throws Diverged if the loss diverges once too often; the last checkpoint stays
   * @throws BadInput if the step recorded in the checkpoint is not found again
   * @throws IOException if a checkpoint cannot be written; the one before stays
   */
  public TrainResult run(BooleanSupplier boundary) throws IOException {
    return loop.run(boundary);
  }

  /**
   * Lets {@link #run} end without saving; whoever calls it cancels as well. The last checkpoint
   * stays. May be called from any thread.
   */
  public void abandon() {
    loop.abandon();
  }

  @Override
  public void close() throws IOException {
    memory.releaseBuffers();
    report.close();
  }
}
