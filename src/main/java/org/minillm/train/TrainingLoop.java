package org.minillm.train;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Diverged;
import org.minillm.base.RunControl;

/**
 * The steps of a run. A checkpoint is written in the middle of a step, between its gradient and its
 * update: that the loss is calm says that what is saved is sound, and loss and gradient norm go
 * into the checkpoint, so that a resumed run proves itself with its first step, at no cost.
 *
 * <p>When the loss diverges (see {@link Steadiness}) the run returns to the last checkpoint, which
 * is read into the buffers that are there, halves its rate for good, and leaves out the data from
 * the checkpoint up to the step that diverged (as Chowdhery et al. 2022 did for PaLM).
 */
final class TrainingLoop {
  private static final double EPS_OF_CLIP = 1e-6; // as torch.nn.utils.clip_grad_norm_

  private final TrainOptions options;
  private final Path directory;
  private final Sequences batches;
  private final Schedule schedule;
  private final long totalSteps;
  private final RunMemory memory;
  private final RunProgress progress;
  private final RunFiles files;
  private final RunReport report;
  private final RunEvaluation evaluation;
  private final RunControl control;

  private long savedStep = -1;
  private RunState.@Nullable Replay replay;
  private String differences = "";
  private volatile boolean abandoned;
  private boolean anyway;

  /** A step's mean loss in nats a token and its gradient's norm; the gradient is in the buffers. */
  private record Gradient(double loss, double norm, double seconds) {}

  TrainingLoop(
      TrainOptions options,
      Path directory,
      Sequences batches,
      long totalSteps,
      RunMemory memory,
      RunProgress progress,
      RunFiles files,
      RunReport report,
      RunEvaluation evaluation,
      RunControl control) {
    this.options = options;
    this.directory = directory;
    this.batches = batches;
    this.schedule = new Schedule(options, totalSteps);
    this.totalSteps = totalSteps;
    this.memory = memory;
    this.progress = progress;
    this.files = files;
    this.report = report;
    this.evaluation = evaluation;
    this.control = control;
  }

  /**
   * The buffers hold a checkpoint of that state.
   *
   * @param differentNow why the bits may be others, empty if they may not
   */
  void hasRead(RunState state, String differentNow) {
    savedStep = state.step();
    // After a return to a checkpoint the data that its next step was computed with is left out.
    replay = state.sequences() == progress.sequences ? state.replay() : null;
    differences = differentNow;
  }

  /** The step of the checkpoint that this run wrote or read last; -1 before the first. */
  long savedStep() {
    return savedStep;
  }

  /** A recorded step that is not found again is told then, not refused. */
  void goOnAnyway() {
    anyway = true;
  }

  /** Ends without saving: what the last checkpoint holds is what stays. */
  void abandon() {
    abandoned = true;
  }

  /** Passes over the data so far. */
  double epoch() {
    return (double) progress.sequences / batches.windows();
  }

  /** See {@link Trainer#run}. */
  TrainResult run(BooleanSupplier boundary) throws IOException {
    boolean goOn = true;
    boolean cancelled = false;
    try {
      while (!ended() && goOn) {
        goOn = boundary.getAsBoolean();
        if (goOn) {
          advance();
        }
      }
    } catch (CancellationException e) {
      cancelled = true;
    }
    boolean finished = ended();
    boolean best = !abandoned && saveAtEnd(finished, cancelled);
    reportEnd(finished, best);
    return new TrainResult(progress.step(), finished, progress.lastLoss, progress.bestValLoss);
  }

  /**
   * The checkpoint holds the last model, and so does the run's directory but after early stopping.
   *
   * @return whether the run's model is the best one
   */
  private boolean saveAtEnd(boolean finished, boolean cancelled) throws IOException {
    report.sideWork("saving");
    if (memory.holdsBuffers() && (finished || sound())) {
      // A run that goes on one day has its next step recorded, for the proof on resume.
      boolean record = !finished && !cancelled && savedStep != progress.step();
      saveCheckpoint(record ? gradient(new RunControl()) : null);
    }
    if (stoppedEarly() && files.copyModelOfBest()) {
      return true;
    }
    if (memory.model().isPresent() && (finished || sound())) {
      files.saveModel(memory.weights(), progress);
    } else {
      files.copyModelOfCheckpoint();
    }
    return false;
  }

  /** Whether the last step was calm: what the loss says of the weights while it is high is open. */
  private boolean sound() {
    return progress.steadiness.high().isEmpty();
  }

  private boolean ended() {
    return progress.step() >= totalSteps || evaluation.stale();
  }

  private boolean stoppedEarly() {
    return progress.step() < totalSteps && evaluation.stale();
  }

  private void reportEnd(boolean finished, boolean best) {
    if (stoppedEarly()) {
      report.event(
          TrainEvent.Kind.STOPPED_EARLY,
          "stopped early at step "
              + progress.step()
              + ": no better validation loss in "
              + progress.staleEvaluations
              + " evaluations; "
              + (best ? "the run's model is the best one" : "the run's model is the last one"));
    } else if (finished) {
      report.event(TrainEvent.Kind.FINISHED, "finished");
    } else {
      report.event(
          TrainEvent.Kind.STOPPED,
          "stopped at step "
              + progress.step()
              + (sound() || abandoned
                  ? ""
                  : "; its loss was high, step " + savedStep + " is saved"));
    }
  }

  /** One step, or a return to the last checkpoint. */
  private void advance() throws IOException {
    Gradient gradient = gradient(control);
    checkReplay(gradient);
    Steadiness.Verdict verdict = progress.steadiness.judge(gradient.loss(), gradient.norm());
    if (verdict == Steadiness.Verdict.DIVERGED) {
      goBack(gradient);
      return;
    }
    // Before the update: this step's figures say that what is saved is sound, and are the proof.
    if (verdict == Steadiness.Verdict.CALM && checkpointDue()) {
      saveCheckpoint(gradient);
    }
    StepMetrics metrics = update(gradient, verdict);
    evaluation.add(metrics);
    report.step(metrics);
    if (progress.step() == totalSteps || progress.step() % options.evalInterval() == 0) {
      evaluation.evaluate();
    }
  }

  /** Of the next step. */
  private Gradient gradient(RunControl control) {
    long start = System.nanoTime();
    TrainBuffers b = memory.buffers();
    double loss = b.gradient(batches, progress.sequences, progress.step(), control);
    return new Gradient(loss, b.optimizer.norm(b.gradients), (System.nanoTime() - start) / 1e9);
  }

  /** What the next step computes, padding and questions of conversations counted. */
  private long positionsPerStep() {
    return (long) options.sequencesPerStep() * batches.time();
  }

  /** Those of the next step that count in its loss. */
  private long targets() {
    long targets = 0;
    for (int i = 0; i < options.sequencesPerStep(); i++) {
      targets += batches.counted(progress.sequences + i);
    }
    return targets;
  }

  private StepMetrics update(Gradient gradient, Steadiness.Verdict verdict) {
    long start = System.nanoTime();
    TrainBuffers b = memory.buffers();
    double clip = options.gradClip();
    float scale = clip == 0 ? 1f : (float) Math.min(1, clip / (gradient.norm() + EPS_OF_CLIP));
    long step = progress.step();
    double rate = schedule.rate(step) * progress.steadiness.rateFactor();
    b.optimizer.update(memory.weights().trainable(), b.gradients, step + 1, rate, scale);
    progress.steadiness = progress.steadiness.after(verdict, gradient.loss());
    double seconds = gradient.seconds() + (System.nanoTime() - start) / 1e9;
    progress.stepDone(options.sequencesPerStep(), targets(), gradient.loss(), seconds);
    return new StepMetrics(
        progress.step(),
        totalSteps,
        progress.tokens,
        epoch(),
        gradient.loss(),
        rate,
        gradient.norm(),
        positionsPerStep() / seconds,
        progress.etaSeconds(totalSteps - progress.step()),
        progress.elapsedSeconds,
        memory.microBatch());
  }

  // ---- divergence and the proof of a resume -----------------------------------------------------

  /**
   * Back to the last checkpoint, with half the rate and other data; gives up after a few times, or
   * where there is none yet.
   */
  private void goBack(Gradient found) throws IOException {
    long at = progress.step() + 1;
    String what =
        String.format(
            Locale.ROOT,
            "diverged at step %d (loss %.4g after %.4g, gradient norm %.4g)",
            at,
            found.loss(),
            progress.steadiness.median(),
            found.norm());
    if (progress.steadiness.rollbacks() == Steadiness.MOST_ROLLBACKS) {
      report.event(
          TrainEvent.Kind.DIVERGED,
          what + " after " + Steadiness.MOST_ROLLBACKS + " returns; gave up");
      throw new Diverged(at, found.loss(), true);
    }
    if (savedStep < 0) {
      report.event(TrainEvent.Kind.DIVERGED, what + " before the first checkpoint; gave up");
      throw new Diverged(at, found.loss(), false);
    }
    RunState state = files.readState();
    TrainBuffers b = memory.buffers();
    files.read(state, memory.weights(), b.optimizer);
    progress.goBack(state, options.sequencesPerStep());
    savedStep = state.step();
    report.event(
        TrainEvent.Kind.ROLLED_BACK,
        String.format(
            Locale.ROOT,
            "%s: back to step %d, learning rate × %s, the data of %d steps is left out",
            what,
            state.step(),
            BigDecimal.valueOf(progress.steadiness.rateFactor()).toPlainString(),
            at - state.step()));
  }

  /** Whether the step is the one that the checkpoint recorded. */
  private void checkReplay(Gradient found) {
    RunState.Replay then = replay;
    replay = null;
    if (then == null) {
      return;
    }
    long step = progress.step() + 1;
    if (Double.compare(then.loss(), found.loss()) == 0
        && Double.compare(then.gradNorm(), found.norm()) == 0) {
      report.event(TrainEvent.Kind.REPLAYED, "step " + step + " replayed: identical");
      return;
    }
    String figures =
        String.format(
            Locale.ROOT,
            "loss %.9g then, %.9g now; gradient norm %.9g then, %.9g now",
            then.loss(),
            found.loss(),
            then.gradNorm(),
            found.norm());
    if (differences.isEmpty() && !anyway) {
      throw new BadInput(
          directory.toString(),
          "step "
              + step
              + " was computed again and is not what it was ("
              + figures
              + "), though JDK, kernels and threads are the same: a file or the machine is at"
              + " fault. --anyway goes on, not bit-exact");
    }
    report.event(TrainEvent.Kind.NOT_BIT_EXACT, "step " + step + " replayed: " + figures);
  }

  // ---- saving -----------------------------------------------------------------------------------

  /** After a multiple of the interval, and at the beginning, so that there is one to go back to. */
  private boolean checkpointDue() {
    long interval = options.checkpointInterval();
    return Math.floorDiv(savedStep, interval) < progress.step() / interval;
  }

  /**
   * Saves as it is, without a step for the proof; while the loss is high the checkpoint that is
   * there stays, and the run goes on from that one.
   */
  void saveCheckpoint() throws IOException {
    if (sound()) {
      saveCheckpoint(null);
    }
  }

  /**
   * @param next the next step's gradient, where it is known
   */
  private void saveCheckpoint(@Nullable Gradient next) throws IOException {
    if (savedStep == progress.step()) {
      return;
    }
    report.sideWork("saving");
    boolean known = next != null && Double.isFinite(next.loss()) && Double.isFinite(next.norm());
    RunState state =
        progress.state(
            totalSteps,
            memory.weights().pool().threads(),
            next != null && known ? new RunState.Replay(next.loss(), next.norm()) : null);
    files.saveCheckpoint(memory.weights(), memory.buffers().optimizer, progress, state);
    savedStep = progress.step();
    report.event(TrainEvent.Kind.CHECKPOINT, "checkpoint at step " + progress.step());
  }
}
