package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.minillm.app.MetricsPoint;

/**
 * The points of a run for the charts: every step of up to {@value #CAPACITY} (about 7 MB); of a
 * longer run neighbours are averaged and from then on as many steps make one point. On the UI
 * thread only, but for one that nobody sees yet.
 *
 * <p>The smoothed loss is an exponential mean whose weights are divided by their sum: it starts on
 * the curve instead of hanging on the first loss. It remembers a share of the points so far, so it
 * does not lag while the loss falls fast, and at most as many as {@link #setSmoothing} says; of a
 * long run more, so that what the eye sees is equally smooth whatever the length.
 */
public final class Curve {
  static final int CAPACITY = 1 << 17;

  /** Smoothing of a new curve, 0 to 1: 25 points of a short run. */
  public static final double SMOOTHING = 0.466;

  private static final int MOST_CHECKPOINTS = 256;
  private static final double STRONGEST = 1000;
  private static final int SHORT_RUN = 1024;
  private static final double LARGEST_SHARE = 0.25;
  private static final double POINTS_OF_WHOLE_SHARE = 500;

  /** What is measured at every step. */
  public enum Series {
    LOSS,
    RATE,
    GRADIENT,
    SPEED,
    MEMORY
  }

  private static final int SERIES = Series.values().length;

  private long[] steps = new long[256];
  private long[] tokens = new long[256];
  private float[] seconds = new float[256];
  private float[] smooth = new float[256];
  private float[] weight = new float[256];
  private final MinMaxPyramid[] series = new MinMaxPyramid[SERIES];
  private int size;
  private int stride = 1;
  private final double[] sums = new double[SERIES];
  private int summed;
  private int checkpoints;
  private double smoothing = SMOOTHING;
  private int smoothedFor = SHORT_RUN;
  private double bitsPerNat = Double.NaN;
  private final List<MetricsPoint> evaluations = new ArrayList<>();
  private final List<MetricsPoint> events = new ArrayList<>();

  /** An empty one. */
  public Curve() {
    clear();
  }

  void clear() {
    size = 0;
    stride = 1;
    summed = 0;
    checkpoints = 0;
    smoothedFor = SHORT_RUN;
    bitsPerNat = Double.NaN;
    for (int i = 0; i < SERIES; i++) {
      series[i] = new MinMaxPyramid();
    }
    evaluations.clear();
    events.clear();
  }

  void add(MetricsPoint p) {
    if (!p.event().isEmpty()) {
      // What was read back with the history may be heard again.
      if (events.stream().noneMatch(e -> e.step() == p.step() && e.event().equals(p.event()))) {
        events.add(p);
        if (p.isCheckpoint() && ++checkpoints > MOST_CHECKPOINTS) {
          thinCheckpoints();
        }
      }
    } else if (!Double.isNaN(p.valLoss())) {
      evaluations.removeIf(e -> e.step() >= p.step());
      evaluations.add(p);
      if (p.valLoss() > 0 && p.bitsPerByte() > 0) {
        bitsPerNat = p.bitsPerByte() / p.valLoss();
      }
    } else if (!Double.isNaN(p.loss())) {
      addStep(p);
    }
  }

  private void thinCheckpoints() {
    int[] seen = {0};
    events.removeIf(e -> e.isCheckpoint() && seen[0]++ % 2 == 0);
    checkpoints = seen[0] / 2;
  }

  private void addStep(MetricsPoint p) {
    if (size > 0 && steps[size - 1] >= p.step()) { // the run went back to a checkpoint
      while (size > 0 && steps[size - 1] >= p.step()) {
        size--;
      }
      for (MinMaxPyramid each : series) {
        each.truncate(size);
      }
      summed = 0;
    }
    if (summed == 0) {
      Arrays.fill(sums, 0);
    }
    sums[Series.LOSS.ordinal()] += p.loss();
    sums[Series.RATE.ordinal()] += p.learningRate();
    sums[Series.GRADIENT.ordinal()] += p.gradNorm();
    sums[Series.SPEED.ordinal()] += p.tokensPerSecond();
    sums[Series.MEMORY.ordinal()] += p.rssMb();
    if (++summed >= stride) {
      append(p);
      summed = 0;
    }
  }

  private void append(MetricsPoint p) {
    if (size == CAPACITY) {
      halve();
    }
    if (size == steps.length) {
      int more = 2 * size;
      steps = Arrays.copyOf(steps, more);
      tokens = Arrays.copyOf(tokens, more);
      seconds = Arrays.copyOf(seconds, more);
      smooth = Arrays.copyOf(smooth, more);
      weight = Arrays.copyOf(weight, more);
    }
    steps[size] = p.step();
    tokens[size] = p.tokens();
    float before = size == 0 ? 0 : seconds[size - 1];
    seconds[size] = Double.isNaN(p.seconds()) ? before : Math.max(before, (float) p.seconds());
    for (int i = 0; i < SERIES; i++) {
      series[i].add(sums[i] / summed);
    }
    size++;
    if (size > 2 * smoothedFor) {
      smoothedFor = 2 * smoothedFor;
      smoothen(0);
    } else {
      smoothen(size - 1);
    }
  }

  private void halve() {
    int half = size / 2;
    for (int i = 0; i < half; i++) {
      steps[i] = steps[2 * i + 1];
      tokens[i] = tokens[2 * i + 1];
      seconds[i] = seconds[2 * i + 1];
    }
    for (MinMaxPyramid each : series) {
      each.halve();
    }
    size = half;
    stride *= 2;
    smoothen(0);
  }

  /**
   * How much the smoothed loss is smoothed.
   *
   * @param value 0 (not at all) to 1
   */
  void setSmoothing(double value) {
    if (value != smoothing) {
      smoothing = value;
      smoothen(0);
    }
  }

  private void smoothen(int from) {
    double most = Math.pow(STRONGEST, smoothing);
    double share = Math.min(LARGEST_SHARE, most / POINTS_OF_WHOLE_SHARE);
    double longest = most * smoothedFor / SHORT_RUN;
    MinMaxPyramid loss = of(Series.LOSS);
    for (int i = from; i < size; i++) {
      double memory = Math.max(1, Math.min(longest, share * (i + 1)));
      double keep = smoothing == 0 ? 0 : 1 - 1 / memory;
      double before = i == 0 ? 0 : keep * weight[i - 1];
      double mean = i == 0 ? 0 : smooth[i - 1];
      weight[i] = (float) (before + 1);
      smooth[i] = (float) ((before * mean + loss.get(i)) / (before + 1));
    }
  }

  public int size() {
    return size;
  }

  public long step(int i) {
    return steps[i];
  }

  public long tokens(int i) {
    return tokens[i];
  }

  public double seconds(int i) {
    return seconds[i];
  }

  public double loss(int i) {
    return of(Series.LOSS).get(i);
  }

  /** The smoothed loss. */
  public double smooth(int i) {
    return smooth[i];
  }

  /** A figure of a point; NaN where it was not measured. */
  public double value(Series which, int i) {
    return of(which).get(i);
  }

  MinMaxPyramid of(Series which) {
    return series[which.ordinal()];
  }

  /** Where a point lies across. */
  public double x(XAxis axis, int i) {
    return switch (axis) {
      case STEPS -> steps[i];
      case TOKENS -> tokens[i];
      case TIME -> seconds[i];
    };
  }

  /** Where an evaluation or event lies across: that of its step where it does not say itself. */
  public double x(XAxis axis, MetricsPoint mark) {
    if (axis == XAxis.STEPS) {
      return mark.step();
    }
    if (axis == XAxis.TOKENS && mark.tokens() > 0) {
      return mark.tokens();
    }
    if (axis == XAxis.TIME && !Double.isNaN(mark.seconds())) {
      return mark.seconds();
    }
    return size == 0 ? 0 : x(axis, Math.min(size - 1, indexFrom(XAxis.STEPS, mark.step(), 0)));
  }

  /** The first point at or after {@code x}, from point {@code from} on; {@link #size} for none. */
  int indexFrom(XAxis axis, double x, int from) {
    int low = from;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (x(axis, middle) < x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The point nearest to {@code x}; -1 where there is none. */
  public int nearest(XAxis axis, double x) {
    if (size == 0) {
      return -1;
    }
    int after = Math.min(size - 1, indexFrom(axis, x, 0));
    boolean earlier = after > 0 && x - x(axis, after - 1) < x(axis, after) - x;
    return earlier ? after - 1 : after;
  }

  /**
   * Bits a byte that one nat a token is, by the last evaluation: with it runs of different
   * vocabularies compare. NaN before the first.
   */
  public double bitsPerNat() {
    return bitsPerNat;
  }

  public List<MetricsPoint> evaluations() {
    return evaluations;
  }

  public List<MetricsPoint> events() {
    return events;
  }
}
