package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The points of a run that a chart needs. Every point is on disk; here at most 4,096 are kept: when
 * they are more, neighbours are averaged, so a run of any length takes the same memory and no loss
 * is dropped. Evaluations and events are marks and stay as they are. Thread-safe.
 */
final class MetricsHistory {
  static final int MOST = 4096;

  private final List<Bucket> buckets = new ArrayList<>();
  private final List<MetricsPoint> marks = new ArrayList<>();
  private int stride = 1;

  /** Averages of {@code count} neighbouring steps; figures that were not measured stay NaN. */
  private record Bucket(int count, MetricsPoint mean) {
    Bucket and(Bucket next) {
      int sum = count + next.count;
      MetricsPoint a = mean;
      MetricsPoint b = next.mean;
      return new Bucket(
          sum,
          new MetricsPoint(
              b.step(),
              b.tokens(),
              mix(a.loss(), b.loss(), next),
              Double.NaN,
              Double.NaN,
              mix(a.learningRate(), b.learningRate(), next),
              mix(a.gradNorm(), b.gradNorm(), next),
              mix(a.tokensPerSecond(), b.tokensPerSecond(), next),
              mix(a.rssMb(), b.rssMb(), next),
              b.seconds(),
              ""));
    }

    private double mix(double a, double b, Bucket next) {
      if (Double.isNaN(a) || Double.isNaN(b)) {
        return Double.isNaN(a) ? b : a;
      }
      return (a * count + b * next.count) / (count + next.count);
    }
  }

  /** Adds the next point; one of an earlier step means the run went back to a checkpoint. */
  synchronized void add(MetricsPoint point) {
    boolean mark = !point.event().isEmpty() || !Double.isNaN(point.valLoss());
    if (mark) {
      addMark(point);
      return;
    }
    if (!buckets.isEmpty() && point.step() <= buckets.get(buckets.size() - 1).mean().step()) {
      buckets.removeIf(b -> b.mean().step() >= point.step());
      marks.removeIf(m -> m.step() >= point.step());
    }
    Bucket one = new Bucket(1, point);
    int last = buckets.size() - 1;
    if (last >= 0 && buckets.get(last).count() < stride) {
      buckets.set(last, buckets.get(last).and(one));
    } else {
      buckets.add(one);
    }
    if (buckets.size() > MOST) {
      stride *= 2;
      List<Bucket> halved = merged(buckets, 2);
      buckets.clear();
      buckets.addAll(halved);
    }
  }

  private void addMark(MetricsPoint point) {
    marks.add(point);
    if (marks.size() > MOST) { // events stay, every other evaluation and checkpoint goes
      List<MetricsPoint> kept = new ArrayList<>();
      for (int i = 0; i < marks.size(); i++) {
        if (i % 2 == 1 || !(marks.get(i).event().isEmpty() || marks.get(i).isCheckpoint())) {
          kept.add(marks.get(i));
        }
      }
      marks.clear();
      marks.addAll(kept);
    }
  }

  /** All points by step, the steps' averaged to at most {@code maxPoints}; marks come on top. */
  synchronized List<MetricsPoint> points(int maxPoints) {
    int group = Math.max(1, (buckets.size() + maxPoints - 1) / Math.max(1, maxPoints));
    List<MetricsPoint> points = new ArrayList<>();
    merged(buckets, group).forEach(b -> points.add(b.mean()));
    points.addAll(marks);
    points.sort(Comparator.comparingLong(MetricsPoint::step));
    return List.copyOf(points);
  }

  synchronized void clear() {
    buckets.clear();
    marks.clear();
    stride = 1;
  }

  private static List<Bucket> merged(List<Bucket> from, int group) {
    List<Bucket> merged = new ArrayList<>();
    for (int i = 0; i < from.size(); i += group) {
      Bucket sum = from.get(i);
      for (int j = i + 1; j < Math.min(i + group, from.size()); j++) {
        sum = sum.and(from.get(j));
      }
      merged.add(sum);
    }
    return merged;
  }

  /** Adds the points of a {@code metrics.jsonl}; see {@link MetricsReader}. */
  void read(Path file) throws IOException {
    new MetricsReader(file).read(this::add);
  }
}
