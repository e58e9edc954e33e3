package org.minillm.gui.view;

import java.util.List;
import javafx.scene.paint.Color;

/** Colours of a theme, for canvases: style sheets do not reach into them. */
record Palette(
    Color background,
    Color track,
    Color line,
    Color text,
    Color muted,
    Color rest,
    Color accent,
    Color amber,
    Color violet,
    Color red,
    List<Color> runs) {
  static final Palette DARK =
      of(
          "#14171a",
          "#222830",
          "#2c333c",
          "#e7eaee",
          "#9aa5b1",
          "#5b6672",
          "#35b8a6",
          "#f0a844",
          "#8f8bf0",
          "#ee6b62",
          List.of("#6aa9f4", "#e58bc3", "#b5c34a"));
  static final Palette LIGHT =
      of(
          "#f4f5f7",
          "#eef1f4",
          "#dde2e8",
          "#1b2026",
          "#566270",
          "#8d97a3",
          "#0a7468",
          "#a85f00",
          "#5a54c9",
          "#c2362c",
          List.of("#1f6fb2", "#a8327e", "#5f6f00"));

  private static Palette of(
      String background,
      String track,
      String line,
      String text,
      String muted,
      String rest,
      String accent,
      String amber,
      String violet,
      String red,
      List<String> runs) {
    return new Palette(
        Color.web(background),
        Color.web(track),
        Color.web(line),
        Color.web(text),
        Color.web(muted),
        Color.web(rest),
        Color.web(accent),
        Color.web(amber),
        Color.web(violet),
        Color.web(red),
        runs.stream().map(Color::web).toList());
  }

  /** The colour of an earlier run behind the curve. */
  Color run(int place) {
    return runs.get(place % runs.size());
  }
}
