package org.minillm.gui.viewmodel;

import java.util.List;
import javafx.beans.property.BooleanProperty;
import javafx.beans.property.DoubleProperty;
import javafx.beans.property.IntegerProperty;
import javafx.beans.property.SimpleBooleanProperty;
import javafx.beans.property.SimpleDoubleProperty;
import javafx.beans.property.SimpleIntegerProperty;

/** How the window looks, beyond its theme and language. */
public final class WindowPreferences {
  /** Pixels of the usual text. */
  public static final int USUAL_FONT_SIZE = 14;

  /** What can be chosen. */
  public static final List<Integer> FONT_SIZES = List.of(12, 13, 14, 15, 16, 18, 20);

  private static final List<Double> SCALES = List.of(1.0, 1.25, 1.5, 1.75, 2.0);

  /** The smallest window that shows all of its panes. */
  public static final double LEAST_WIDTH = 1100;

  public static final double LEAST_HEIGHT = 640;

  private List<Double> scales = SCALES;
  private final IntegerProperty fontSize = new SimpleIntegerProperty(USUAL_FONT_SIZE);
  private final DoubleProperty scale = new SimpleDoubleProperty(1);
  private final BooleanProperty reducedMotion = new SimpleBooleanProperty();

  /** Pixels of the usual text; the rest keeps its proportion. */
  public IntegerProperty fontSizeProperty() {
    return fontSize;
  }

  /** Pixels of the screen to a pixel of the window; from the next start on. */
  public DoubleProperty scaleProperty() {
    return scale;
  }

  /** The scales that can be chosen, the smallest first. */
  public List<Double> scales() {
    return scales;
  }

  /**
   * Offers only scales at which the window is no larger than the screen: else what would change the
   * scale could be out of sight. One that is set and larger gives way to the largest of these.
   *
   * @param width of the screen, in pixels of a window of scale 1
   */
  public void fitScreen(double width, double height) {
    scales =
        SCALES.stream()
            .filter(s -> s == 1 || (s * LEAST_WIDTH <= width && s * LEAST_HEIGHT <= height))
            .toList();
    if (scale.get() > largestScale()) {
      scale.set(largestScale());
    }
  }

  /** The largest scale that can be chosen. */
  public double largestScale() {
    return scales.get(scales.size() - 1);
  }

  /** Whether what moves by itself (curves, figures) moves seldom. */
  public BooleanProperty reducedMotionProperty() {
    return reducedMotion;
  }
}
