package org.minillm.gui.view;

import javafx.scene.Node;
import javafx.scene.layout.Pane;
import javafx.scene.shape.SVGPath;
import javafx.scene.transform.Scale;

/** Line icons, drawn on 24 × 24. */
enum Icon {
  CHAT("M4 5h16v11h-9l-4.5 4v-4H4z"),
  MODELS("M12 3l8 4.5v9L12 21l-8-4.500v-9zM4 7.500l8 4.500 8-4.500M12 12v9"),
  EYE("M3 12c4-7 14-7 18 0c-4 7-14 7-18 0M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6"),
  BOOK("M4 5h6a2 2 0 0 1 2 2v13a2 2 0 0 0-2-2H4zM20 5h-6a2 2 0 0 0-2 2v13a2 2 0 0 1 2-2h6z"),
  SETTINGS(
      "M4 7h8M18 7h2M12 7a3 3 0 1 0 6 0a3 3 0 1 0-6 0M4 17h2M12 17h8M6 17a3 3 0 1 0 6 0a3 3 0 1 0-6"
          + " 0"),
  MAXIMISE("M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"),
  RESTORE("M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5"),
  PLUS("M12 5v14M5 12h14"),
  LIST("M4 6h16M4 12h16M4 18h10"),
  TRASH("M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13"),
  THEME("M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 4v16M12 8l5-1M12 12h8M12 16l5 1"),
  STOP("M6 6h12v12H6z"),
  PAUSE("M8 5v14M16 5v14"),
  PLAY("M7 4l12 8-12 8z"),
  AGAIN("M19 8a8 8 0 1 0 1 5M20 4v5h-5"),
  COPY("M9 9h11v11H9zM5 15H4V4h11v1"),
  CLOSE("M6 6l12 12M18 6L6 18"),
  EDIT("M4 20l1-4L16 5l3 3L8 19zM14 7l3 3"),
  LEFT("M14 6l-6 6 6 6"),
  RIGHT("M10 6l6 6-6 6"),
  BOTTOM("M12 5v14M6 13l6 6 6-6"),
  CONTINUE("M4 6h16M4 11h10M4 16h6M13 16h7M17 12l4 4-4 4"),
  EXPORT("M12 15V4M8 8l4-4 4 4M5 14v6h14v-6"),
  IMPORT("M12 4v11M8 11l4 4 4-4M5 14v6h14v-6"),
  HELP(
      "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300"
          + "c-.7.4-1 .9-1 1.700M12 17h.01"),
  KEYBOARD("M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 14.500h8"),
  MORE(
      "M4 12a1.500 1.500 0 1 0 3 0a1.500 1.500 0 1 0-3 0M10.500 12a1.500 1.500 0 1 0 3 0"
          + "a1.500 1.500 0 1 0-3 0M17 12a1.500 1.500 0 1 0 3 0a1.500 1.500 0 1 0-3 0"),
  AXES("M4 4v16h16M8 15l4-5 3 3 5-7"),
  DOWN("M6 9l6 6 6-6"),
  UP("M6 15l6-6 6 6");

  private static final double SIDE = 24;
  private static final double STROKE = 1.7;

  private final String path;

  Icon(String path) {
    this.path = path;
  }

  /** A new node of that many pixels, whatever part of them is drawn on. */
  Node node(double size) {
    SVGPath shape = new SVGPath();
    shape.setContent(path);
    shape.getStyleClass().add("icon");
    if (this == STOP || this == PLAY) {
      shape.getStyleClass().add("icon-filled");
    }
    double scale = size / SIDE;
    shape.setStrokeWidth(STROKE / scale);
    shape.getTransforms().add(new Scale(scale, scale));
    shape.setManaged(false);
    Pane ground = new Pane(shape); // a window has a hundred of them: no node too many
    ground.setMinSize(size, size);
    ground.setPrefSize(size, size);
    ground.setMaxSize(size, size);
    return ground;
  }
}
