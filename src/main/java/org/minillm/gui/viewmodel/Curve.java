package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.minillm.app.MetricsPoint;

/** Points of a run for the charts, in arrays that grow; on the UI thread only. */
public final class Curve {
  private static final double SMOOTHING = 0.92;

  private long[] steps = new long[1024];
  private double[] loss = new double[1024];
  private double[] smooth = new double[1024];
  private double[] rate = new double[1024];
  private double[] gradient = new double[1024];
  private double[] speed = new double[1024];
  private int size;
  private final List<MetricsPoint> evaluations = new ArrayList<>();
  private final List<MetricsPoint> events = new ArrayList<>();

  void clear() {
    size = 0;
    evaluations.clear();
    events.clear();
  }

  void add(MetricsPoint p) {
    if (!p.event().isEmpty()) {
      events.add(p);
    } else if (!Double.isNaN(p.valLoss())) {
      evaluations.add(p);
    } else if (!Double.isNaN(p.loss())) {
      while (size > 0 && steps[size - 1] >= p.step()) {
        size--; // the run went back to a checkpoint
      }
      grow();
      steps[size] = p.step();
      loss[size] = p.loss();
      // An exponential mean whose first values are not pulled to the very first loss.
      double keep = Math.min(SMOOTHING, 1 - 1.0 / (size + 1));
      smooth[size] = size == 0 ? p.loss() : keep * smooth[size - 1] + (1 - keep) * p.loss();
      rate[size] = p.learningRate();
      gradient[size] = p.gradNorm();
      speed[size] = p.tokensPerSecond();
      size++;
    }
  }

  private void grow() {
    if (size == steps.length) {
      int more = 2 * size;
      steps = Arrays.copyOf(steps, more);
      loss = Arrays.copyOf(loss, more);
      smooth = Arrays.copyOf(smooth, more);
      rate = Arrays.copyOf(rate, more);
      gradient = Arrays.copyOf(gradient, more);
      speed = Arrays.copyOf(speed, more);
    }
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

  /** Running mean of the loss. */
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
