package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javafx.beans.property.BooleanProperty;
import javafx.beans.property.DoubleProperty;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.ReadOnlyIntegerProperty;
import javafx.beans.property.ReadOnlyIntegerWrapper;
import javafx.beans.property.SimpleBooleanProperty;
import javafx.beans.property.SimpleDoubleProperty;
import javafx.beans.property.SimpleObjectProperty;

/**
 * How the charts of a run are looked at: axes, smoothing, what is in view, where the cross-hair is,
 * which earlier runs lie behind. All charts of a run share one, so they share the x axis.
 */
public final class ChartViewModel {
  /** Two runs are of different vocabularies if a nat of them differs by more bits a byte. */
  private static final double SAME_VOCABULARY = 0.02;

  private final Supplier<Curve> main;
  private final ObjectProperty<XAxis> axis = new SimpleObjectProperty<>(XAxis.STEPS);
  private final BooleanProperty logX = new SimpleBooleanProperty();
  private final BooleanProperty logY = new SimpleBooleanProperty();
  private final BooleanProperty clip = new SimpleBooleanProperty(true);
  private final BooleanProperty bits = new SimpleBooleanProperty();
  private final DoubleProperty smoothing = new SimpleDoubleProperty(Curve.SMOOTHING);
  private final DoubleProperty hover = new SimpleDoubleProperty(Double.NaN);
  private final ReadOnlyIntegerWrapper revision = new ReadOnlyIntegerWrapper();
  private final Viewport view = new Viewport();
  private List<ComparedRun> compared = List.of();

  /**
   * An earlier run behind the main one.
   *
   * @param color its place among the colours of runs
   */
  public record ComparedRun(String name, Curve curve, int color) {}

  /**
   * @param main the curve now
   */
  ChartViewModel(Supplier<Curve> main) {
    this.main = main;
    axis.addListener((o, was, now) -> resetView());
    logX.addListener((o, was, now) -> resetView());
    logY.addListener((o, was, now) -> changed());
    clip.addListener((o, was, now) -> changed());
    bits.addListener((o, was, now) -> changed());
    smoothing.addListener(
        (o, was, now) -> {
          smoothen();
          changed();
        });
  }

  /** Changes when the charts have to be drawn again. */
  public ReadOnlyIntegerProperty revisionProperty() {
    return revision.getReadOnlyProperty();
  }

  public ObjectProperty<XAxis> axisProperty() {
    return axis;
  }

  public BooleanProperty logXProperty() {
    return logX;
  }

  public BooleanProperty logYProperty() {
    return logY;
  }

  /** Whether far outliers of the raw loss may leave the picture. */
  public BooleanProperty clipProperty() {
    return clip;
  }

  /** Whether bits a byte are asked for; see {@link #inBits}. */
  public BooleanProperty bitsProperty() {
    return bits;
  }

  /** 0 to 1; see {@link Curve#setSmoothing}. */
  public DoubleProperty smoothingProperty() {
    return smoothing;
  }

  /** Where the cross-hair stands, in units of the x axis; NaN for nowhere. */
  public DoubleProperty hoverProperty() {
    return hover;
  }

  public Viewport view() {
    return view;
  }

  /** The run itself. */
  public Curve curve() {
    return main.get();
  }

  /** The runs behind it. */
  public List<ComparedRun> compared() {
    return compared;
  }

  void setCompared(List<ComparedRun> runs) {
    compared = List.copyOf(runs);
    curveChanged();
  }

  /** The curve has other points, or is another one. */
  void curveChanged() {
    smoothen();
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Curve each : curves()) {
      if (each.size() > 0) {
        low = Math.min(low, each.x(axis.get(), 0));
        high = Math.max(high, each.x(axis.get(), each.size() - 1));
      }
      if (!each.evaluations().isEmpty()) {
        int last = each.evaluations().size() - 1;
        high = Math.max(high, each.x(axis.get(), each.evaluations().get(last)));
      }
    }
    if (high >= low) {
      view.setExtent(low, high);
    }
    changed();
  }

  private void resetView() {
    view.setLogarithmic(logX.get());
    view.reset();
    hover.set(Double.NaN);
    curveChanged();
  }

  private void smoothen() {
    curves().forEach(curve -> curve.setSmoothing(smoothing.get()));
  }

  private List<Curve> curves() {
    List<Curve> all = new ArrayList<>();
    all.add(curve());
    compared.forEach(run -> all.add(run.curve()));
    return all;
  }

  private void changed() {
    revision.set(revision.get() + 1);
  }

  /** Zooms around a place of the view, 0 to 1; a factor below 1 comes closer. */
  public void zoom(double factor, double at) {
    view.zoom(factor, at);
    changed();
  }

  /** Moves the view by a part of its width. */
  public void pan(double part) {
    view.pan(part);
    changed();
  }

  /** Shows all again. */
  public void resetZoom() {
    view.reset();
    changed();
  }

  /** Puts the cross-hair on the point of the run next to a place of the view, 0 to 1. */
  public void hoverAt(double at) {
    int nearest = curve().nearest(axis.get(), view.value(at));
    hover.set(nearest < 0 ? Double.NaN : curve().x(axis.get(), nearest));
  }

  /** Moves the cross-hair by that many points of the run, to the last one where it was nowhere. */
  public void moveHover(int points) {
    int last = curve().size() - 1;
    int now = hovered();
    if (last >= 0) {
      int next = now < 0 ? last : Math.max(0, Math.min(last, now + points));
      hover.set(curve().x(axis.get(), next));
    }
  }

  /** The point under the cross-hair; -1 for none. */
  public int hovered() {
    return Double.isNaN(hover.get()) ? -1 : curve().nearest(axis.get(), hover.get());
  }

  /**
   * Whether the loss is shown in bits a byte: when asked for, and by itself when runs of different
   * vocabularies are compared, whose nats a token say nothing to each other. Not while the run
   * itself was not evaluated.
   */
  public boolean inBits() {
    double own = curve().bitsPerNat();
    return !Double.isNaN(own) && (bits.get() || vocabulariesDiffer());
  }

  /** Whether runs of different vocabularies are compared. */
  public boolean vocabulariesDiffer() {
    double own = curve().bitsPerNat();
    return compared.stream()
        .mapToDouble(run -> run.curve().bitsPerNat())
        .anyMatch(other -> Math.abs(other / own - 1) > SAME_VOCABULARY);
  }

  /** What the loss chart shows at that width. */
  public LossFrame frame(int width) {
    return LossFrame.of(curves(), inBits(), axis.get(), view, width, clip.get());
  }

  /** The columns of another figure of the run. */
  public Columns columns(Curve.Series which, int width, Columns into) {
    return Columns.of(curve(), which, axis.get(), view, width, into);
  }
}
