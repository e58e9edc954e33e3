package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Locale;
import javafx.scene.Scene;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.paint.Color;
import javafx.stage.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.gui.viewmodel.Texts;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;

@ExtendWith(ApplicationExtension.class)
class HeatLegendTest {
  private final StackPane root = new StackPane();

  @Start
  void start(Stage stage) {
    root.getStylesheets().add(MainView.stylesheet().toString());
    root.getStyleClass().addAll("root", "dark");
    stage.setScene(new Scene(root, 300, 60));
  }

  @Test
  void theLegendHasTheColoursOfTheMapInBothThemes(FxRobot robot) {
    HeatLegend legend = new HeatLegend(new Texts(Locale.ENGLISH));
    for (String theme : List.of("dark", "light", "dark")) {
      robot.interact(
          () -> {
            root.getStyleClass().setAll("root", theme);
            root.getChildren().setAll(legend);
            root.applyCss();
          });
      Region warmest = (Region) legend.lookupAll(".heat-step").toArray()[4];
      Color shown = (Color) warmest.getBackground().getFills().get(0).getFill();
      Color map = TokenMap.heat(theme.equals("dark") ? Palette.DARK : Palette.LIGHT, 1);
      assertEquals(map.getRed(), shown.getRed(), 0.01, theme);
      assertEquals(map.getGreen(), shown.getGreen(), 0.01, theme);
      assertEquals(map.getBlue(), shown.getBlue(), 0.01, theme);
    }
  }
}
