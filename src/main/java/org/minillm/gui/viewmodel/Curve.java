package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.minillm.app.MetricsPoint;

/**
 * Points of a run for the charts, a few thousand at most: when they are full, neighbours are
 * averaged and from then on as many steps make one point. On the UI thread only.
 *
 * <p>The smoothed loss is an exponential mean whose memory is a twentieth of the points so far, at
 * most {@value #LONGEST_MEMORY}, and whose weights are divided by their sum: it starts on the curve
 * instead of hanging on the first loss, and it does not lag while the loss falls fast.
 */
public final class Curve {
  static final int CAPACITY = 4096;
  private static final int LONGEST_MEMORY = 25;
  private static final double SHARE_REMEMBERED = 0.05;

  private final long[] steps = new long[CAPACITY];
  private float[] loss = new float[256];
  private float[] smooth = new float[256];
  private float[] weight = new float[256];
  private float[] rate = new float[256];
  private float[] gradient = new float[256];
  private float[] speed = new float[256];
  private int size;
  private int stride = 1;
  private final double[] sums = new double[4];
  private int summed;
  private final List<MetricsPoint> evaluations = new ArrayList<>();
  private final List<MetricsPoint> events = new ArrayList<>();

  void clear() {
    size = 0;
    stride = 1;
    summed = 0;
    evaluations.clear();
    events.clear();
  }

  void add(MetricsPoint p) {
    if (!p.event().isEmpty()) {
      if (!events.contains(p)) { // read back with the history and heard again
        events.add(p);
      }
    } else if (!Double.isNaN(p.valLoss())) {
      evaluations.removeIf(e -> e.step() >= p.step());
      evaluations.add(p);
    } else if (!Double.isNaN(p.loss())) {
      while (size > 0 && steps[size - 1] >= p.step()) {
        size--; // the run went back to a checkpoint
        summed = 0;
      }
      if (summed == 0) {
        Arrays.fill(sums, 0);
      }
      sums[0] += p.loss();
      sums[1] += p.learningRate();
      sums[2] += p.gradNorm();
      sums[3] += p.tokensPerSecond();
      if (++summed >= stride) {
        append(p.step());
        summed = 0;
      }
    }
  }

  private void append(long step) {
    if (size == CAPACITY) {
      halve();
    }
    if (size == loss.length) {
      int more = Math.min(CAPACITY, 2 * size);
      loss = Arrays.copyOf(loss, more);
      smooth = Arrays.copyOf(smooth, more);
      weight = Arrays.copyOf(weight, more);
      rate = Arrays.copyOf(rate, more);
      gradient = Arrays.copyOf(gradient, more);
      speed = Arrays.copyOf(speed, more);
    }
    steps[size] = step;
    loss[size] = (float) (sums[0] / summed);
    rate[size] = (float) (sums[1] / summed);
    gradient[size] = (float) (sums[2] / summed);
    speed[size] = (float) (sums[3] / summed);
    smoothen(size++);
  }

  private void smoothen(int i) {
    double memory = Math.max(1, Math.min(LONGEST_MEMORY, SHARE_REMEMBERED * (i + 1)));
    double keep = 1 - 1 / memory;
    double before = i == 0 ? 0 : keep * weight[i - 1];
    double mean = i == 0 ? 0 : smooth[i - 1];
    weight[i] = (float) (before + 1);
    smooth[i] = (float) ((before * mean + loss[i]) / (before + 1));
  }

  private void halve() {
    size /= 2;
    for (int i = 0; i < size; i++) {
      int two = 2 * i + 1;
      steps[i] = steps[two];
      loss[i] = (loss[two - 1] + loss[two]) / 2;
      rate[i] = (rate[two - 1] + rate[two]) / 2;
      gradient[i] = (gradient[two - 1] + gradient[two]) / 2;
      speed[i] = (speed[two - 1] + speed[two]) / 2;
      smoothen(i);
    }
    stride *= 2;
  }

  public int size() {
    return size;
  }

  public long step(int i) {
    return steps[i];
  }

  public double loss(int i) {
    return loss[i];
  }

  /** The smoothed loss. */
  public double smooth(int i) {
    return smooth[i];
  }

  public double rate(int i) {
    return rate[i];
  }

  public double gradient(int i) {
    return gradient[i];
  }

  public double speed(int i) {
    return speed[i];
  }

  public List<MetricsPoint> evaluations() {
    return evaluations;
  }

  public List<MetricsPoint> events() {
    return events;
  }
}
