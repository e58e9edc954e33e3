package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javafx.css.PseudoClass;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.ButtonBase;
import javafx.scene.control.MenuButton;
import javafx.scene.layout.Background;
import javafx.scene.layout.StackPane;
import javafx.scene.paint.Color;
import javafx.stage.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;

/** That a button shows what the mouse does to it, wherever it stands. */
@ExtendWith(ApplicationExtension.class)
class ButtonStatesTest {
  private static final PseudoClass HOVER = PseudoClass.getPseudoClass("hover");
  private static final PseudoClass ARMED = PseudoClass.getPseudoClass("armed");

  private final StackPane root = new StackPane();

  @Start
  void start(Stage stage) {
    root.getStylesheets().add(MainView.stylesheet().toString());
    stage.setScene(new Scene(root, 200, 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dark", "light"})
  void buttonsLookDifferentUnderTheMouseAndWhenPressed(String theme, FxRobot robot) {
    root.getStyleClass().setAll("root", theme);
    List<String> alike = new ArrayList<>();
    for (String place :
        List.of("panel", "card", "plan", "tile", "popover", "tour", "segments", "chat-menu")) {
      for (String kind : List.of("plain", "primary", "bare", "quiet", "icon-button", "chosen")) {
        StackPane around = new StackPane();
        around.getStyleClass().add(place);
        if (place.equals("chat-menu")) {
          around.getStyleClass().add("popover");
        }
        check(around, with(new Button("x"), kind), place + " " + kind, alike, robot);
      }
    }
    check(new StackPane(), with(new Button("x"), "rail-button"), "rail", alike, robot);
    check(new StackPane(), new MenuButton("x"), "menu", alike, robot);
    assertEquals(List.of(), alike);
  }

  @Test
  void whatIsChosenKeepsItsGroundUnderTheMouse(FxRobot robot) {
    root.getStyleClass().setAll("root", "dark");
    StackPane segments = new StackPane();
    segments.getStyleClass().add("segments");
    Button button = with(new Button("x"), "chosen");
    Background[] grounds = new Background[2];
    robot.interact(
        () -> {
          segments.getChildren().setAll(button);
          root.getChildren().setAll(segments);
          grounds[0] = ground(button);
          button.pseudoClassStateChanged(HOVER, true);
          grounds[1] = ground(button);
        });
    assertEquals(grounds[0], grounds[1]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dark", "light"})
  void whatIsChosenCanBeReadAtRestUnderTheMouseAndPressed(String theme, FxRobot robot) {
    root.getStyleClass().setAll("root", theme);
    List<String> weak = new ArrayList<>();
    for (String place : List.of("popover", "segments", "panel")) {
      StackPane around = new StackPane();
      around.getStyleClass().add(place);
      Button button = with(new Button("x"), "chosen");
      if (place.equals("panel")) {
        button.getStyleClass().addAll("bare", "row-button");
      }
      robot.interact(
          () -> {
            around.getChildren().setAll(button);
            root.getChildren().setAll(around);
            note(button, place + " at rest", weak);
            button.pseudoClassStateChanged(HOVER, true);
            note(button, place + " under the mouse", weak);
            button.pseudoClassStateChanged(ARMED, true);
            note(button, place + " pressed", weak);
          });
    }
    assertEquals(List.of(), weak);
  }

  /** Notes a text that stands out too little from its button's ground, where it has one. */
  private static void note(Button button, String state, List<String> weak) {
    Color ground = (Color) ground(button).getFills().get(0).getFill();
    double ratio = ContrastTest.ratio((Color) button.getTextFill(), ground);
    if (ground.isOpaque() && ratio < ContrastTest.TEXT) {
      weak.add(String.format("%s: %.2f", state, ratio));
    }
  }

  private static Button with(Button button, String kind) {
    button.getStyleClass().add(kind);
    return button;
  }

  /** Notes where two of at rest, under the mouse and pressed have the same ground. */
  private void check(
      StackPane around, ButtonBase button, String name, List<String> alike, FxRobot robot) {
    robot.interact(
        () -> {
          around.getChildren().setAll(button);
          root.getChildren().setAll(around);
          Set<Background> grounds = new HashSet<>();
          grounds.add(ground(button));
          button.pseudoClassStateChanged(HOVER, true);
          grounds.add(ground(button));
          button.pseudoClassStateChanged(ARMED, true);
          grounds.add(ground(button));
          boolean staysChosen = name.equals("segments chosen");
          if (grounds.size() < (staysChosen ? 2 : 3)) {
            alike.add(name + " " + grounds.size());
          }
        });
  }

  private static Background ground(ButtonBase button) {
    button.applyCss();
    return button.getBackground();
  }
}
