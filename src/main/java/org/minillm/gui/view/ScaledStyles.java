package org.minillm.gui.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;
import org.minillm.gui.viewmodel.WindowPreferences;

/**
 * The window's style sheet with another size of text. Sizes in em would do it in the sheet itself,
 * but JavaFX multiplies those of nested rules.
 */
final class ScaledStyles {
  private static final Pattern SIZE = Pattern.compile("-fx-font-size: (\\d+(?:\\.\\d+)?)px");

  private ScaledStyles() {}

  /**
   * Where a style sheet is whose usual text has that many pixels.
   *
   * @return the sheet itself for the usual size, else a data URL
   */
  static String url(int fontSize) {
    if (fontSize == WindowPreferences.USUAL_FONT_SIZE) {
      return MainView.stylesheet().toString();
    }
    try (InputStream in = MainView.stylesheet().openStream()) {
      String css = scaled(new String(in.readAllBytes(), StandardCharsets.UTF_8), fontSize);
      return "data:text/css;charset=utf-8;base64,"
          + Base64.getEncoder().encodeToString(css.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a resource of this very jar
    }
  }

  static String scaled(String css, int fontSize) {
    double factor = (double) fontSize / WindowPreferences.USUAL_FONT_SIZE;
    return SIZE.matcher(css)
        .replaceAll(
            size ->
                String.format(
                    Locale.ROOT,
                    "-fx-font-size: %.1fpx",
                    Double.parseDouble(size.group(1)) * factor));
  }
}
