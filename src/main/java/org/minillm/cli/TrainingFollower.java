package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.minillm.app.JobState;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingPhase;
import org.minillm.app.TrainingSnapshot;
import org.minillm.train.CorpusSummary;

/** Prints what a training reports, results and news apart, and waits for its end. */
final class TrainingFollower implements TrainingListener {
  private static final long TELL_NANOS = 2_000_000_000L;

  /** What begins or ends a run, or comes every few steps, gets no line. */
  private static final Set<TrainingPhase> SILENT =
      EnumSet.of(TrainingPhase.IDLE, TrainingPhase.EVALUATING, TrainingPhase.ENDED);

  private final MiniLlmApp app;
  private final boolean json;
  private final PrintWriter out;
  private final PrintWriter err;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Object lock = new Object();
  private boolean begun;
  private boolean stopped;
  private final AtomicReference<@Nullable TrainingSnapshot> last = new AtomicReference<>();
  private @Nullable TrainingPhase phase;
  private String notice = "";
  private String sample = "";
  private double gradNorm = Double.NaN;
  private long told;
  private long toldStep;

  /**
   * @param json whether results are objects
   * @param out for results
   * @param err for news
   */
  TrainingFollower(MiniLlmApp app, boolean json, PrintWriter out, PrintWriter err) {
    this.app = app;
    this.json = json;
    this.out = out;
    this.err = err;
  }

  @Override
  public void onSnapshot(TrainingSnapshot s) {
    last.set(s);
    if (s.phase() != phase && !SILENT.contains(s.phase())) {
      tell(s.phase().name().toLowerCase(Locale.ROOT) + " …");
      phase = s.phase();
    }
    if (!s.notice().isEmpty() && !s.notice().equals(notice)) {
      notice = s.notice();
      tell(notice);
    }
    if (!s.sample().isEmpty() && !s.sample().equals(sample)) {
      sample = s.sample();
      tell(sample.indent(4).stripTrailing());
    }
    long now = System.nanoTime();
    if (!json
        && s.step() > toldStep
        && s.phase() == TrainingPhase.TRAINING
        && now - told > TELL_NANOS) {
      told = now;
      toldStep = s.step();
      tell(
          String.format(
              Locale.ROOT,
              "step %d/%d  loss %.3f  gradient %.2f  %.0f tokens/s  %s left",
              s.step(),
              s.totalSteps(),
              s.loss(),
              s.gradNorm(),
              s.tokensPerSecond(),
              duration(s.etaSeconds())));
    }
    if (s.state().ended()) {
      ended.countDown();
    }
  }

  @Override
  public void onData(CorpusSummary summary) {
    if (summary.exact()) {
      tell(DataSummaryText.tokens(summary));
    } else {
      DataSummaryText.lines(summary).forEach(this::tell);
    }
  }

  @Override
  public void onPoint(MetricsPoint p) {
    if (!Double.isNaN(p.gradNorm())) {
      gradNorm = p.gradNorm();
    }
    if (Double.isNaN(p.valLoss())) {
      return;
    }
    if (json) {
      long left = app.training().snapshot().map(TrainingSnapshot::etaSeconds).orElse(-1L);
      new JsonLines()
          .put("step", p.step())
          .put("tokens", p.tokens())
          .put("loss", p.loss())
          .put("val_loss", p.valLoss())
          .put("bits_per_byte", p.bitsPerByte())
          .put("grad_norm", gradNorm)
          .put("tokens_per_s", p.tokensPerSecond())
          .put("eta_s", left < 0 ? null : left)
          .put("rss_mb", app.monitor().readNow().rssMb())
          .print(out);
    } else {
      out.printf(
          Locale.ROOT,
          "step %d  loss %.4f  validation %.4f  bits/byte %.4f  %.0f tokens/s%n",
          p.step(),
          p.loss(),
          p.valLoss(),
          p.bitsPerByte(),
          p.tokensPerSecond());
      out.flush();
    }
  }

  /** What begins a training. */
  interface Beginning {
    void run() throws IOException;
  }

  /** Begins a training, unless Ctrl+C came before it: then it does nothing and returns false. */
  boolean begin(Beginning training) throws IOException {
    synchronized (lock) {
      if (!stopped) {
        training.run();
        begun = true;
      }
      return begun;
    }
  }

  /** Nothing more will be told: what waits for the end may go. */
  void finish() {
    finished.countDown();
  }

  /** Waits for the training's end and tells how it ended; the exit code. */
  int await() throws InterruptedException {
    ended.await();
    TrainingSnapshot s = last.get();
    if (s == null) {
      return CommandLineMain.FAILED;
    }
    if (s.state() == JobState.SUCCEEDED) {
      tell("Done: " + s.outDir());
      return 0;
    }
    if (s.state() == JobState.CANCELLED) {
      tell(
          s.saved()
              ? "Stopped and saved at step " + s.step() + ". Go on: train --resume " + s.outDir()
              : "Stopped before there was anything to save.");
      return 0;
    }
    tell(s.failure().map(CommandLineMain::message).orElse("The training failed."));
    return CommandLineMain.FAILED;
  }

  /**
   * On Ctrl+C: saves, and keeps the process alive until that is done and told. Before a training
   * has begun there is nothing to wait for, and none will begin any more.
   */
  void stopAndWait() {
    synchronized (lock) {
      stopped = true;
      if (!begun) {
        return;
      }
    }
    app.training().stop();
    try {
      finished.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(String text) {
    err.println(text);
    err.flush();
  }

  private static String duration(long seconds) {
    if (seconds < 0) {
      return "?";
    }
    return seconds < 120
        ? seconds + " s"
        : seconds < 7200
            ? seconds / 60 + " min"
            : seconds / 3600 + " h " + seconds / 60 % 60 + " min";
  }
}
