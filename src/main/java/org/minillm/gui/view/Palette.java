package org.minillm.gui.view;

import java.util.List;
import javafx.beans.InvalidationListener;
import javafx.scene.Node;
import javafx.scene.Scene;
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
      web(
          "#14171a",
          "#222830",
          "#2c333c",
          "#e7eaee",
          "#9aa5b1",
          "#6e7a88",
          "#35b8a6",
          "#f0a844",
          "#8f8bf0",
          "#ee6b62",
          List.of("#6aa9f4", "#e58bc3", "#b5c34a"));
  static final Palette LIGHT =
      web(
          "#f4f5f7",
          "#eef1f4",
          "#dde2e8",
          "#1b2026",
          "#566270",
          "#7c8793",
          "#0a7468",
          "#9c5800",
          "#5a54c9",
          "#c2362c",
          List.of("#1f6fb2", "#a8327e", "#5f6f00"));

  private static Palette web(
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

  /** The palette of the theme that a node is shown in; of the dark one until it is shown. */
  static Palette of(Node node) {
    Scene scene = node.getScene();
    boolean light = scene != null && scene.getRoot().getStyleClass().contains("light");
    return light ? LIGHT : DARK;
  }

  /** Lets a node know when it may have got another palette, as long as it is shown. */
  static void follow(Node node, Runnable changed) {
    InvalidationListener onTheme = o -> changed.run();
    node.sceneProperty()
        .addListener(
            (o, was, now) -> {
              if (was != null) {
                was.getRoot().getStyleClass().removeListener(onTheme);
              }
              if (now != null) {
                now.getRoot().getStyleClass().addListener(onTheme);
                changed.run();
              }
            });
  }

  /** The colour of an earlier run behind the curve. */
  Color run(int place) {
    return runs.get(place % runs.size());
  }
}
