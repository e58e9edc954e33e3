package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.text.Text;
import javafx.stage.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;

/** An answer that grows token by token looks at each step as if it had come at once. */
@ExtendWith(ApplicationExtension.class)
class MessageTextTest {
  private static final String ANSWER =
      "Había **una** vez *un* `perro`.\n\n`x``y.\n\n# Título\n\n1. uno\n2. dos **tres**\n\n> cita\n\n"
          + "```\nint x;\n```\n\nFin **del** cuento";

  private final MessageText growing = new MessageText();

  @Start
  void start(Stage stage) {
    stage.setScene(new Scene(growing, 400, 300));
  }

  @Test
  void everyPrefixLooksAsIfItHadComeAtOnce(FxRobot robot) {
    robot.interact(
        () -> {
          for (String caret : List.of("", "▍")) {
            for (int end = 0; end <= ANSWER.length(); end++) {
              String shown = ANSWER.substring(0, end) + caret;
              MessageText fresh = new MessageText();
              fresh.show(shown, true);
              growing.show(shown, true);
              assertEquals(runs(fresh), runs(growing), shown);
            }
          }
        });
  }

  @Test
  void aParagraphThatGrowsKeepsItsNode(FxRobot robot) {
    robot.interact(
        () -> {
          growing.show("Había", true);
          Node before = growing.lookup(".message-run");
          growing.show("Había una", true);
          assertSame(before, growing.lookup(".message-run"));
        });
  }

  /** Texts with their styles and what they stand in. */
  private static List<String> runs(MessageText message) {
    List<String> runs = new ArrayList<>();
    for (Node node : message.lookupAll(".message-run")) {
      StringBuilder within = new StringBuilder();
      for (Node at = node; at != message; at = at.getParent()) {
        within.append(at.getClass().getSimpleName()).append(at.getStyleClass());
      }
      runs.add(((Text) node).getText() + within);
    }
    return runs;
  }
}
