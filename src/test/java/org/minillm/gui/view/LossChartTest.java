package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import javafx.scene.Scene;
import javafx.scene.layout.StackPane;
import javafx.stage.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.gui.viewmodel.FallingLoss;
import org.minillm.gui.viewmodel.Texts;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;

@ExtendWith(ApplicationExtension.class)
class LossChartTest {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 500;
  private static final int PICTURE_BYTES = 4 * WIDTH * HEIGHT;
  private static final int REDRAWS = 30;

  private final FallingLoss loss = new FallingLoss();

  @Start
  void start(Stage stage) {
    StackPane root =
        new StackPane(new LossChart(loss.charts(), new Texts(Locale.ENGLISH), Palette.DARK));
    root.getStylesheets().add(MainView.stylesheet().toString());
    stage.setScene(new Scene(root, WIDTH, HEIGHT));
    stage.show();
  }

  /** JavaFX's software renderer makes its pictures on the heap. */
  @Test
  void drawingItAgainMakesNoPicturesAsLargeAsItself(FxRobot robot) throws Exception {
    redraw(robot, 5); // what it makes once
    long before = rendererAllocated();
    redraw(robot, REDRAWS);
    long each = (rendererAllocated() - before) / REDRAWS;
    assertTrue(each < PICTURE_BYTES / 4, each + " bytes for each drawing");
  }

  private void redraw(FxRobot robot, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      robot.interact(() -> loss.changed());
      Thread.sleep(40); // two pulses
    }
  }

  private static long rendererAllocated() {
    Thread renderer =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().startsWith("QuantumRenderer"))
            .findFirst()
            .orElseThrow();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getThreadAllocatedBytes(renderer.getId());
  }
}
