package org.minillm.gui.view;

import javafx.scene.text.Font;
import javafx.scene.text.Text;

/** How large words on a canvas are, in pixels. On the UI thread only. */
final class TextWidths {
  private static final Text TEXT = new Text();

  private TextWidths() {}

  /** How wide words are. */
  static double of(String words, Font font) {
    TEXT.setFont(font);
    TEXT.setText(words);
    return TEXT.getLayoutBounds().getWidth();
  }

  /** How high a line is. */
  static double line(Font font) {
    TEXT.setFont(font);
    TEXT.setText("0");
    return TEXT.getLayoutBounds().getHeight();
  }
}
