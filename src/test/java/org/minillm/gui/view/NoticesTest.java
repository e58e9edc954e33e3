package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import javafx.scene.Scene;
import javafx.scene.control.Alert;
import javafx.scene.control.ButtonType;
import javafx.scene.control.Label;
import javafx.scene.layout.StackPane;
import javafx.stage.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;

@ExtendWith(ApplicationExtension.class)
class NoticesTest {
  private Stage window;

  @Start
  void start(Stage stage) {
    window = stage;
    stage.setScene(new Scene(new StackPane(), 400, 300));
    stage.show();
  }

  private static Label content(Alert box) {
    return (Label) box.getDialogPane().lookup(".content");
  }

  @Test
  void aQuestionBelongsToTheWindowAndLooksLikeIt(FxRobot robot) {
    for (boolean dark : new boolean[] {true, false}) {
      Palette palette = dark ? Palette.DARK : Palette.LIGHT;
      robot.interact(
          () -> {
            Alert box =
                Notices.ask(
                    window,
                    new Notices.Looks(dark, 20),
                    "title",
                    "text",
                    ButtonType.OK,
                    ButtonType.CANCEL);
            box.show();
            assertEquals(window, box.getOwner());
            assertEquals(
                palette.background(),
                box.getDialogPane().getBackground().getFills().get(0).getFill());
            assertEquals(palette.text(), content(box).getTextFill());
            assertEquals(20, content(box).getFont().getSize());
            box.close();
          });
    }
  }

  @Test
  void wordsBeforeThereIsAWindowHaveItsLooksToo(FxRobot robot) {
    robot.interact(
        () -> {
          Alert box = Notices.say(new Notices.Looks(true, 14), "title", "x", "Close");
          box.show();
          assertEquals(Palette.DARK.text(), content(box).getTextFill());
          box.close();
        });
  }
}
