package org.minillm.gui;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javafx.animation.KeyFrame;
import javafx.animation.Timeline;
import javafx.scene.Scene;
import javafx.scene.control.Label;
import javafx.scene.layout.StackPane;
import javafx.stage.Stage;
import javafx.util.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

@ExtendWith(ApplicationExtension.class)
class PulseTimerTest {
  private static final int PATIENCE_SECONDS = 30;

  private Label label;
  private final AtomicInteger pulses = new AtomicInteger();
  private PulseTimer timer;

  @Start
  void start(Stage stage) {
    timer = PulseTimer.use().orElseThrow();
    label = new Label("before");
    Scene scene = new Scene(new StackPane(label), 200, 100);
    scene.addPostLayoutPulseListener(pulses::incrementAndGet);
    stage.setScene(scene);
    stage.show();
  }

  private static void await(Callable<Boolean> state) throws Exception {
    WaitForAsyncUtils.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS, state);
  }

  @Test
  void itStopsWhereNothingMovesAndEachChangeIsDrawnAllTheSame(FxRobot robot) throws Exception {
    for (int i = 0; i < 3; i++) {
      await(() -> !timer.ticks());
      int before = pulses.get();
      String text = "change " + i;
      robot.interact(() -> label.setText(text));
      await(() -> pulses.get() > before);
      assertEquals(text, label.getText());
    }
  }

  @Test
  void anAnimationRunsToItsEndAndThenItStops(FxRobot robot) throws Exception {
    await(() -> !timer.ticks());
    AtomicBoolean ended = new AtomicBoolean();
    robot.interact(
        () -> {
          Timeline moves = new Timeline(new KeyFrame(Duration.millis(400)));
          moves.setOnFinished(e -> ended.set(true));
          moves.play();
        });
    assertTrue(timer.ticks());
    await(ended::get);
    await(() -> !timer.ticks());
  }
}
