package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javafx.application.Platform;
import javafx.beans.property.SimpleObjectProperty;
import javafx.geometry.Bounds;
import javafx.geometry.Point2D;
import javafx.scene.Scene;
import javafx.scene.control.Label;
import javafx.scene.input.KeyCode;
import javafx.scene.layout.StackPane;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.VerbatimViewModel;
import org.minillm.gui.viewmodel.VerbatimViewModel.Source;
import org.minillm.train.Corpus;
import org.minillm.train.RunState;
import org.minillm.train.Steadiness;
import org.minillm.train.TrainOptions;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** An answer looked up in the data of a model, in a real window on the real service. */
@ExtendWith(ApplicationExtension.class)
class VerbatimViewTest {
  private static final String TALE =
      "Había una vez un perro llamado Tino que vivía cerca del río con su abuela.";
  private static final String OTHER =
      "The quick brown fox jumps over the lazy dog, and then it sleeps until the morning comes.";

  private final Texts texts = new Texts(Locale.ENGLISH);
  private final StackPane root = new StackPane();
  private MiniLlmApp app;
  private Path home;
  private boolean back;

  @Start
  void start(Stage stage) throws Exception {
    home = Files.createTempDirectory("minillm-verbatim");
    app = RoomyApp.open(home, FrontEnd.WINDOW);
    root.getStyleClass().addAll("root", "dark");
    root.getStylesheets().add(MainView.stylesheet().toString());
    stage.setScene(new Scene(root, 780, 560));
    stage.show();
  }

  @AfterEach
  void close() {
    app.close();
  }

  /** A model directory as far as it tells of its data. */
  private Path model(String text) throws IOException {
    Path data = Files.writeString(home.resolve("tales.txt"), text);
    RunState state =
        new RunState(
            "tales",
            List.of(data.toString()),
            0.1,
            TrainOptions.of(2, 8, 1e-3f, 100),
            100,
            100,
            1600,
            200,
            null,
            3.5,
            null,
            1.5,
            Corpus.open(List.of(data)).fingerprint() + "/512/100/10",
            "jdk",
            "kernels",
            2,
            0,
            new Steadiness(1, 0, List.of(), List.of()),
            null,
            null,
            0,
            0,
            0);
    Path checkpoint = Files.createDirectories(home.resolve("tales/checkpoints/last"));
    Files.writeString(
        checkpoint.resolve("state.json"), new ObjectMapper().writeValueAsString(state));
    return home.resolve("tales");
  }

  private VerbatimView show(FxRobot robot, Optional<Path> model, String answer) {
    return show(robot, model, "", answer);
  }

  private VerbatimView show(FxRobot robot, Optional<Path> model, String before, String answer) {
    VerbatimView[] made = new VerbatimView[1];
    robot.interact(
        () -> {
          VerbatimViewModel verbatim =
              new VerbatimViewModel(
                  app.verbatim(),
                  Platform::runLater,
                  new SimpleObjectProperty<>(new Source(model, "tales", false)),
                  before,
                  answer);
          made[0] = new VerbatimView(verbatim, texts, () -> back = true);
          root.getChildren().setAll(made[0]);
        });
    return made[0];
  }

  private static void waitFor(Callable<Boolean> condition) throws Exception {
    WaitForAsyncUtils.waitFor(60, TimeUnit.SECONDS, condition);
    WaitForAsyncUtils.waitForFxEvents();
  }

  /** The middle of a cell of the map, on the screen. */
  private static Point2D middle(FxRobot robot, VerbatimView view, int cell) {
    Point2D[] middle = new Point2D[1];
    robot.interact(
        () -> {
          Bounds bounds = view.map().boundsOf(cell);
          middle[0] = view.map().localToScreen(bounds.getCenterX(), bounds.getCenterY());
        });
    return middle[0];
  }

  private static String text(FxRobot robot, String id) {
    return robot.lookup(id).queryAs(Label.class).getText();
  }

  @Test
  void copiedWordsAreMarkedWithTheLongestRunAndItsPlaceAndTheOthersAreAClickAway(FxRobot robot)
      throws Exception {
    Path model = model("First line.\n\n" + TALE + "\n<|endoftext|>\n" + OTHER);
    String answer = "Once, they say:\n\n" + TALE + " And " + OTHER.substring(0, 44) + " ran.";
    VerbatimView view = show(robot, Optional.of(model), answer);
    waitFor(() -> text(robot, "#verbatim-summary").startsWith("83 % of the answer"));
    assertTrue(text(robot, "#verbatim-summary").contains("The longest has 15 words"));
    assertEquals("tales.txt, line 3", text(robot, "#verbatim-place"));
    robot.clickOn(middle(robot, view, view.cellAt(answer.indexOf("fox"))));
    waitFor(() -> text(robot, "#verbatim-place").equals("tales.txt, line 5"));
    assertTrue(view.map().getAccessibleText().startsWith("Run 2 of 2"));
    robot.clickOn("#verbatim-before");
    waitFor(() -> text(robot, "#verbatim-place").equals("tales.txt, line 3"));
    waitFor(view.map()::isFocused);
    robot.interact(() -> texts.setLocale(Texts.SPANISH));
    waitFor(() -> text(robot, "#verbatim-place").equals("tales.txt, línea 3"));
    robot.type(KeyCode.ESCAPE);
    waitFor(() -> back);
  }

  @Test
  void whatTheAnswerContinuesStandsBeforeItAndIsNotCounted(FxRobot robot) throws Exception {
    String answer = TALE.substring("Había".length());
    VerbatimView view = show(robot, Optional.of(model(TALE)), "Había", answer);
    waitFor(() -> text(robot, "#verbatim-summary").startsWith("100 % of the answer"));
    assertTrue(text(robot, "#verbatim-summary").contains("The longest has 14 words"));
    assertEquals(1, view.cellAt(0), "the beginning is a cell of its own");
    robot.clickOn(middle(robot, view, 0));
    assertEquals(view.cellAt(1), view.map().selected(), "which cannot be selected");
  }

  @Test
  void whatIsTheModelsOwnAndAModelWithoutDataAreToldInASentence(FxRobot robot) throws Exception {
    Path model = model(TALE);
    show(robot, Optional.of(model), "El gato verde de la montaña comió siete lápices de colores.");
    waitFor(() -> text(robot, "#verbatim-summary").startsWith("Nothing was copied"));
    assertFalse(robot.lookup("#verbatim-place").query().getParent().getParent().isVisible());
    Files.delete(home.resolve("tales.txt"));
    show(robot, Optional.of(model), TALE);
    waitFor(() -> text(robot, "#verbatim-summary").contains("not there any more"));
    show(robot, Optional.of(home.resolve("nothing")), TALE);
    waitFor(() -> text(robot, "#verbatim-summary").contains("does not tell"));
    show(robot, Optional.empty(), TALE);
    waitFor(() -> text(robot, "#verbatim-summary").startsWith("No model is open"));
    show(robot, Optional.of(model(TALE)), "Una vez.");
    waitFor(() -> text(robot, "#verbatim-summary").startsWith("The answer has 2 words"));
  }
}
