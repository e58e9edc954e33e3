package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import javafx.scene.Scene;
import javafx.scene.image.Image;
import javafx.scene.layout.StackPane;
import javafx.scene.paint.Color;
import javafx.stage.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;

@ExtendWith(ApplicationExtension.class)
class CoreBarsTest {
  private final CoreBars bars = new CoreBars(Palette.DARK);
  private Stage stage;

  @Start
  void start(Stage shown) {
    stage = shown;
    shown.setScene(new Scene(new StackPane(bars), 80, 14));
    shown.show();
  }

  @Test
  void eachCoreHasABarAsHighAsItsUse(FxRobot robot) {
    robot.interact(() -> bars.show(new double[] {0, 0.5, 1, 2}));
    List<Integer> heights = new ArrayList<>();
    robot.interact(
        () -> {
          Image image = stage.getScene().snapshot(null);
          for (int core = 0; core < 4; core++) {
            int high = 0;
            for (int y = 0; y < 14; y++) {
              Color color = image.getPixelReader().getColor(core * 20 + 9, y);
              high += Math.abs(color.getGreen() - Palette.DARK.accent().getGreen()) < 0.02 ? 1 : 0;
            }
            heights.add(high);
          }
        });
    assertEquals(List.of(0, 7, 14, 14), heights);
  }
}
