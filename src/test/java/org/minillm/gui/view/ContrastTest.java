package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javafx.scene.paint.Color;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.app.MemoryPlan;

/**
 * Contrast of the style sheet's colours as WCAG 2.1 computes it: 4.5 : 1 for text, 3 : 1 for lines
 * that mean something.
 */
class ContrastTest {
  static final double TEXT = 4.5;
  private static final double GRAPHIC = 3;

  @ParameterizedTest
  @ValueSource(strings = {"dark", "light"})
  void textStandsOutFromWhatItIsWrittenOn(String theme) throws IOException {
    Map<String, Color> colors = colors(theme);
    List<String> weak = new ArrayList<>();
    for (String behind : List.of("-bg", "-surface", "-raised", "-line", "-accent-surface")) {
      check(colors, "-text", behind, TEXT, weak);
      check(colors, "-muted", behind, TEXT, weak);
    }
    for (String behind : List.of("-bg", "-surface", "-raised", "-accent-surface")) {
      check(colors, "-accent", behind, TEXT, weak); // chips, what is chosen, what went well
    }
    for (String behind : List.of("-bg", "-surface", "-raised")) {
      check(colors, "-red", behind, TEXT, weak); // what went wrong
    }
    for (String behind : List.of("-surface", "-raised")) {
      check(colors, "-amber", behind, TEXT, weak); // warnings, also on cards and banners
      check(colors, "-violet", behind, TEXT, weak); // words at lines of the charts
    }
    check(colors, "-on-accent", "-accent", TEXT, weak);
    assertEquals(List.of(), weak);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dark", "light"})
  void focusAndCurvesStandOutFromWhatIsBehindThem(String theme) throws IOException {
    Map<String, Color> colors = colors(theme);
    List<String> weak = new ArrayList<>();
    for (String behind : List.of("-bg", "-surface", "-raised", "-line", "-accent-surface")) {
      check(colors, "-accent", behind, GRAPHIC, weak); // the border of what has the focus
      check(colors, "-muted", behind, GRAPHIC, weak); // icons, borders of boxes
    }
    for (MemoryPlan.Item item : MemoryPlan.Item.values()) { // parts of the memory bar
      colors.put(item.name(), MemoryBar.color(palette(theme), item));
      check(colors, item.name(), "-raised", GRAPHIC, weak);
    }
    assertEquals(List.of(), weak);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dark", "light"})
  void canvasesHaveTheColoursOfTheStyleSheet(String theme) throws IOException {
    Map<String, Color> colors = colors(theme);
    Palette palette = palette(theme);
    assertEquals(colors.get("-bg"), palette.background());
    assertEquals(colors.get("-raised"), palette.track());
    assertEquals(colors.get("-line"), palette.line());
    assertEquals(colors.get("-text"), palette.text());
    assertEquals(colors.get("-muted"), palette.muted());
    assertEquals(colors.get("-accent"), palette.accent());
    assertEquals(colors.get("-amber"), palette.amber());
    assertEquals(colors.get("-violet"), palette.violet());
    assertEquals(colors.get("-red"), palette.red());
  }

  private static Palette palette(String theme) {
    return theme.equals("dark") ? Palette.DARK : Palette.LIGHT;
  }

  private static void check(
      Map<String, Color> colors, String front, String behind, double least, List<String> weak) {
    double ratio = ratio(colors.get(front), colors.get(behind));
    if (ratio < least) {
      weak.add(String.format("%s on %s: %.2f, at least %.1f", front, behind, ratio, least));
    }
  }

  /** Of two colours, 1 to 21. */
  static double ratio(Color a, Color b) {
    double one = luminance(a);
    double other = luminance(b);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  }

  private static double luminance(Color c) {
    return 0.2126 * linear(c.getRed())
        + 0.7152 * linear(c.getGreen())
        + 0.0722 * linear(c.getBlue());
  }

  private static double linear(double channel) {
    return channel <= 0.03928 ? channel / 12.92 : Math.pow((channel + 0.055) / 1.055, 2.4);
  }

  private static Map<String, Color> colors(String theme) throws IOException {
    String css = Files.readString(Path.of("src/main/resources/org/minillm/gui/window.css"));
    Matcher block = Pattern.compile("\\." + theme + " \\{([^}]*)}").matcher(css);
    assertTrue(block.find(), "no rule ." + theme);
    Matcher color = Pattern.compile("(-[a-z-]+): (#[0-9a-f]{6})").matcher(block.group(1));
    Map<String, Color> colors = new HashMap<>();
    while (color.find()) {
      colors.put(color.group(1), Color.web(color.group(2)));
    }
    return colors;
  }
}
