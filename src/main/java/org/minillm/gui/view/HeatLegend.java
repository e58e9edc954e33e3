package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javafx.geometry.Pos;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Region;
import javafx.scene.paint.Color;
import org.minillm.gui.viewmodel.Texts;

/** What the colours of a {@link TokenMap} mean: from expected to surprising. */
final class HeatLegend extends HBox {
  /** A token of this loss in bits, one chance in a thousand, has the warmest ground. */
  static final double HOTTEST_BITS = 10;

  private static final int STEPS = 5;

  private final List<Region> steps = new ArrayList<>();

  HeatLegend(Texts texts) {
    super(4);
    setAlignment(Pos.CENTER);
    for (int i = 0; i < STEPS; i++) {
      Region step = new Region();
      step.getStyleClass().add("heat-step");
      steps.add(step);
    }
    getChildren().add(Controls.label(texts, "inspect.expected", "key"));
    getChildren().addAll(steps);
    getChildren().add(Controls.label(texts, "inspect.surprising", "key"));
    Palette.follow(this, this::paint);
  }

  private void paint() {
    for (int i = 0; i < STEPS; i++) {
      Color colour = TokenMap.heat(Palette.of(this), i / (STEPS - 1.0));
      steps
          .get(i)
          .setStyle(
              String.format(
                  Locale.ROOT,
                  "-fx-background-color: rgba(%d,%d,%d,%.2f)",
                  Math.round(255 * colour.getRed()),
                  Math.round(255 * colour.getGreen()),
                  Math.round(255 * colour.getBlue()),
                  colour.getOpacity()));
    }
  }

  /** How warm the ground of a token is. */
  static double heat(double bits) {
    return Math.min(1, bits / HOTTEST_BITS);
  }
}
