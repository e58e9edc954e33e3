package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import javafx.application.Platform;
import javafx.geometry.Bounds;
import javafx.geometry.Point2D;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.layout.StackPane;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatState;
import org.minillm.app.ChatStore;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.format.TensorType;
import org.minillm.generate.GenerateOptions;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** From an answer to the alternatives of one of its words, in the real pane with a tiny model. */
@ExtendWith(ApplicationExtension.class)
class AnswerInspectionViewTest {
  private final ExecutorService disk = WholeWindow.disk();
  private final Texts texts = new Texts(Locale.ENGLISH);
  private MiniLlmApp app;
  private ChatViewModel chat;
  private ChatPane pane;

  @Start
  void start(Stage stage) throws Exception {
    Path home = Files.createTempDirectory("minillm-why");
    try (MiniLlm tiny = new MiniLlm(new Config(300, 32, 2, 2, 64, 64))) {
      tiny.save(home.resolve("models/tiny"), TensorType.F32);
    }
    app = RoomyApp.open(home, FrontEnd.WINDOW);
    ChatStore store = new ChatStore(home.resolve("chats"));
    chat =
        new ChatViewModel(app.chat(), store, Platform::runLater, disk, System::currentTimeMillis);
    Popover popover = new Popover();
    pane = new ChatPane(chat, texts, popover);
    while (pane.makeNext()) {
      // all that the window makes one a pulse
    }
    StackPane root = new StackPane(pane, popover);
    root.getStyleClass().addAll("root", "dark");
    root.getStylesheets().add(MainView.stylesheet().toString());
    stage.setScene(new Scene(root, 780, 700));
    stage.show();
    chat.load(home.resolve("models/tiny"), true); // the suite is larger than a window may be
  }

  @AfterEach
  void close() {
    app.close();
    disk.shutdownNow();
  }

  private static void waitFor(Callable<Boolean> condition) throws Exception {
    WaitForAsyncUtils.waitFor(60, TimeUnit.SECONDS, condition);
    WaitForAsyncUtils.waitForFxEvents();
  }

  /** What stands in the middle of the pane. */
  private Node shown() {
    return ((StackPane) pane.getCenter()).getChildren().get(0);
  }

  /** Asks, and opens the inspection of the answer. */
  private AnswerInspectionView explained(FxRobot robot) throws Exception {
    waitFor(() -> chat.canSend());
    robot.interact(
        () -> {
          chat.setMode(ChatMode.COMPLETION);
          // Greedy with a repetition penalty: the same text each time, which is not one letter.
          chat.setOptions(
              GenerateOptions.greedy().withRepetitionPenalty(1.3f).withMaxTokens(12).withSeed(1));
          chat.send("hola");
        });
    waitFor(
        () ->
            chat.canSend()
                && chat.messages().size() == 2
                && chat.messages().get(1).figuresProperty().get() != null);
    assertTrue(app.chat().await(20_000));
    waitFor(() -> robot.lookup(this::asksWhy).tryQuery().isPresent());
    robot.clickOn(robot.lookup(this::asksWhy).queryButton());
    waitFor(() -> shown() instanceof AnswerInspectionView);
    AnswerInspectionView view = (AnswerInspectionView) shown();
    waitFor(() -> view.answer().isPresent());
    assertTrue(app.chat().await(20_000));
    return view;
  }

  private boolean asksWhy(Node node) {
    return node instanceof Button && texts.get("why.action").equals(node.getAccessibleText());
  }

  private static void clickToken(FxRobot robot, AnswerInspectionView view, int index) {
    TokenMap map = view.map();
    Bounds bounds = map.boundsOf(index);
    Point2D middle = map.localToScreen(bounds.getCenterX(), bounds.getCenterY());
    robot.clickOn(middle);
  }

  @Test
  void aClickOnAWordShowsWhatCouldStandThereAndWhatWasLookedAt(FxRobot robot) throws Exception {
    AnswerInspectionView view = explained(robot);
    int from = view.answer().orElseThrow().from();
    int token = Math.min(3, view.answer().orElseThrow().answer().size() - 1);
    clickToken(robot, view, from + token);
    waitFor(() -> view.map().selected() == from + token);
    waitFor(() -> !robot.lookup(".share-fill.attention").queryAll().isEmpty());
    var alternatives = robot.lookup(".alternative").queryAllAs(Button.class);
    assertTrue(alternatives.size() >= 8, alternatives.size() + " alternatives");
    assertTrue(alternatives.stream().allMatch(Button::isVisible));
    assertEquals(
        1, alternatives.stream().filter(b -> b.getStyleClass().contains("chosen-token")).count());
  }

  @Test
  void theWordsBeforeTheAnswerCannotBeSelectedAndTheChatComesBack(FxRobot robot) throws Exception {
    AnswerInspectionView view = explained(robot);
    clickToken(robot, view, 0);
    WaitForAsyncUtils.waitForFxEvents();
    assertEquals(-1, view.map().selected());
    robot.clickOn("#why-back");
    waitFor(() -> !(shown() instanceof AnswerInspectionView));
    assertEquals(2, chat.messages().size());
  }

  @Test
  void anotherWordBeginsABranchFromThere(FxRobot robot) throws Exception {
    AnswerInspectionView view = explained(robot);
    String first = chat.messages().get(1).textProperty().get();
    int from = view.answer().orElseThrow().from();
    clickToken(robot, view, from + 1);
    waitFor(() -> !robot.lookup(".share-fill.attention").queryAll().isEmpty());
    assertTrue(app.chat().await(20_000));
    Button other =
        robot.lookup(".alternative").queryAllAs(Button.class).stream()
            .filter(b -> !b.isDisabled())
            .findFirst()
            .orElseThrow();
    robot.interact(other::fire);
    waitFor(
        () ->
            chat.canSend()
                && chat.messages().size() == 2
                && chat.messages().get(1).branchProperty().get().count() == 2
                && chat.messages().get(1).figuresProperty().get() != null);
    String second = chat.messages().get(1).textProperty().get();
    assertEquals(first.substring(0, 1), second.substring(0, 1));
    assertNotEquals(first.substring(0, 2), second.substring(0, 2));
    assertTrue(!(shown() instanceof AnswerInspectionView));
  }

  @Test
  void withoutAModelNoWordIsAskedForAndNoneIsTaken(FxRobot robot) throws Exception {
    AnswerInspectionView view = explained(robot);
    clickToken(robot, view, view.answer().orElseThrow().from() + 1);
    waitFor(() -> !robot.lookup(".share-fill.attention").queryAll().isEmpty());
    assertTrue(app.chat().await(20_000));
    robot.interact(chat::eject);
    waitFor(() -> chat.snapshotProperty().get().state() == ChatState.EMPTY);
    Button other =
        robot.lookup(".alternative").queryAllAs(Button.class).stream()
            .filter(b -> !b.getStyleClass().contains("chosen-token"))
            .findFirst()
            .orElseThrow();
    assertTrue(other.isDisabled());
    assertSame(view, shown());
    assertEquals(2, chat.messages().size());
    robot.interact(() -> robot.lookup("#why-back").queryButton().fire());
    waitFor(() -> robot.lookup(this::asksWhy).tryQuery().isPresent());
    assertTrue(robot.lookup(this::asksWhy).queryButton().isDisabled());
  }

  @Test
  void aViewThatNobodyShowsIsLetGo(FxRobot robot) throws Exception {
    explained(robot);
    List<WeakReference<Node>> closed =
        WaitForAsyncUtils.waitForAsyncFx(
            30_000,
            () ->
                List.of(
                    new WeakReference<>(new ChatsBox(chat, texts, () -> {})),
                    new WeakReference<>(
                        new AnswerInspectionView(
                            chat.inspect(chat.messages().get(1)), texts, () -> {}))));
    waitFor(
        () -> {
          System.gc();
          return closed.stream().allMatch(view -> view.get() == null);
        });
  }
}
