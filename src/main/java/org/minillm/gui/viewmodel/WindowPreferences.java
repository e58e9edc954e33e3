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

  public static final List<Double> SCALES = List.of(1.0, 1.25, 1.5, 1.75, 2.0);

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

  /** Whether what moves by itself (curves, figures) moves seldom. */
  public BooleanProperty reducedMotionProperty() {
    return reducedMotion;
  }
}
