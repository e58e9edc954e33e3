package org.minillm.gui.view;

import javafx.scene.text.Font;
import javafx.scene.text.Text;

/** How wide words on a canvas are. On the UI thread only. */
final class TextWidths {
  private static final Text TEXT = new Text();

  static {
    TEXT.setFont(Font.font(10));
  }

  private TextWidths() {}

  /** Pixels in the charts' font. */
  static double of(String words) {
    TEXT.setText(words);
    return TEXT.getLayoutBounds().getWidth();
  }
}
