package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ListView;
import javafx.scene.control.TextArea;
import javafx.scene.control.TextField;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.StackPane;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatStore;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.app.StoredChat;
import org.minillm.format.TensorType;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.OverflowPolicy;
import org.minillm.generate.StopReason;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Message;
import org.minillm.gui.viewmodel.Message.Branch;
import org.minillm.gui.viewmodel.Texts;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** The chat's pane in a real window, on a real service with a tiny model. */
@ExtendWith(ApplicationExtension.class)
class ChatPaneTest {
  private static final GenerateOptions SIX =
      GenerateOptions.defaults().withMaxTokens(6).withTemperature(2);

  private final ExecutorService disk = WholeWindow.disk();
  private final Texts texts = new Texts(Locale.ENGLISH);
  private MiniLlmApp app;
  private ChatStore store;
  private ChatViewModel chat;
  private Popover popover;

  @Start
  void start(Stage stage) throws Exception {
    Path home = Files.createTempDirectory("minillm-chat-pane");
    try (MiniLlm tiny = new MiniLlm(new Config(300, 128, 2, 2, 256, 64))) {
      tiny.save(home.resolve("models/tiny"), TensorType.F32);
    }
    app = RoomyApp.open(home, FrontEnd.WINDOW);
    store = new ChatStore(home.resolve("chats"));
    chat =
        new ChatViewModel(app.chat(), store, Platform::runLater, disk, System::currentTimeMillis);
    chat.load(home.resolve("models/tiny"), true); // the suite is larger than a window may be
    popover = new Popover();
    ChatPane pane = new ChatPane(chat, texts, popover);
    StackPane root = new StackPane(pane, popover);
    root.getStyleClass().addAll("root", "dark");
    root.getStylesheets().add(MainView.stylesheet().toString());
    stage.setScene(new Scene(root, 760, 700));
    stage.show();
    while (pane.makeNext()) {
      // all that the window makes one a pulse
    }
  }

  @AfterEach
  void close() {
    app.close();
    disk.shutdownNow();
  }

  @Test
  void anAnswerIsMadeAgainTwiceTheArrowGoesBackAndAnEditGoesOn(FxRobot robot) throws Exception {
    Message first = answered(() -> Platform.runLater(() -> send("hola", SIX.withSeed(7))));
    Message second = answered(() -> pressWith(robot, ".answer-again", SIX.withSeed(5)));
    Message third = answered(() -> pressWith(robot, ".answer-again", SIX.withSeed(6)));
    assertEquals(new Branch(3, 3), third.branchProperty().get());
    press(robot, last(robot, ".branch-back"));
    waitFor(() -> last() == second);
    press(robot, last(robot, ".branch-back"));
    waitFor(() -> last() == first);
    assertTrue(last(robot, ".branch-back").isDisabled());

    press(robot, last(robot, ".answer-edit"));
    TextArea editor = robot.lookup("#chat-edit").queryAs(TextArea.class);
    assertEquals(first.textProperty().get(), editor.getText());
    Platform.runLater(() -> editor.setText("La luna "));
    Message edited = answered(() -> press(robot, robot.lookup("#chat-edit-go-on").queryButton()));
    assertTrue(edited.textProperty().get().startsWith("La luna "));
    assertEquals(new Branch(4, 4), edited.branchProperty().get());
    assertNotEquals("La luna ", edited.textProperty().get());
    assertTrue(robot.lookup("#chat-edit").tryQuery().isEmpty(), "the field is gone");
    assertEquals(2, chat.messages().size());
  }

  @Test
  void theKeyBeforeTheFieldIsTheLastOfTheAnswer(FxRobot robot) throws Exception {
    answered(() -> Platform.runLater(() -> send("hola", SIX.withSeed(7))));
    Node input = robot.lookup("#chat-input").query();
    robot.interact(
        () -> {
          input.requestFocus();
          input.fireEvent(
              new KeyEvent(KeyEvent.KEY_PRESSED, "", "", KeyCode.TAB, true, false, false, false));
        });
    assertEquals("why-action", input.getScene().getFocusOwner().getId());
  }

  @Test
  void theCaretIsInTheFieldWhenOneWantsToType(FxRobot robot) throws Exception {
    Node input = robot.lookup("#chat-input").query();
    waitFor(chat::canSend);
    answered(
        () -> {
          robot.interact(() -> chat.setOptions(SIX.withSeed(7)));
          Button suggestion =
              robot.lookup((Button b) -> b.getText().equals(texts.get("chat.suggest1"))).query();
          press(robot, suggestion);
          assertSame(input, owner(robot));
        });
    press(robot, last(robot, ".answer-edit"));
    assertEquals("chat-edit", owner(robot).getId());
    key(robot, KeyCode.ESCAPE, false);
    assertSame(input, owner(robot));

    press(robot, robot.lookup("#why-action").queryButton());
    waitFor(() -> robot.lookup("#why-back").tryQuery().isPresent());
    robot.interact(() -> robot.lookup("#why-back").query().requestFocus());
    key(robot, KeyCode.ESCAPE, false);
    waitFor(() -> robot.lookup("#why-back").tryQuery().isEmpty());
    assertSame(input, owner(robot));

    assertTrue(app.chat().await(60_000));
    waitFor(chat::canSend);
    robot.interact(() -> chat.draftProperty().set("hola"));
    Button send = robot.lookup("#chat-send").queryButton();
    answered(
        () ->
            robot.interact(
                () -> {
                  send.requestFocus();
                  send.fire();
                }));
    assertSame(input, owner(robot));

    Button fresh = robot.lookup("#chat-new").queryButton();
    robot.interact(fresh::requestFocus);
    press(robot, fresh);
    assertSame(input, owner(robot));
  }

  @Test
  void theKeyboardStaysInWhatIsOpenAndEscClosesItFromAnywhere(FxRobot robot) {
    Button opener = robot.lookup("#sampling").queryButton();
    press(robot, opener);
    assertTrue(Controls.hasKeyboard(popover));
    key(robot, KeyCode.TAB, false);
    Node first = owner(robot);
    for (boolean back : List.of(false, true)) {
      boolean came = false;
      for (int i = 0; i < 40 && !came; i++) {
        key(robot, KeyCode.TAB, back);
        assertTrue(Controls.hasKeyboard(popover), "after " + i);
        came = owner(robot) == first;
      }
      assertTrue(came, "it goes round");
    }
    robot.interact(() -> robot.lookup("#chat-input").query().requestFocus());
    WaitForAsyncUtils.waitForFxEvents();
    assertTrue(Controls.hasKeyboard(popover));
    robot.interact(
        () -> {
          robot.lookup("#chat-input").query().requestFocus();
          owner(robot).fireEvent(pressed(KeyCode.ESCAPE, false));
        });
    assertFalse(popover.isOpen());
    WaitForAsyncUtils.waitForFxEvents();
    assertSame(opener, owner(robot));
  }

  @Test
  void whatTheChosenPresetDoesIsSaid(FxRobot robot) {
    press(robot, robot.lookup("#sampling").queryButton());
    Label way = robot.lookup("#sampling-way").queryAs(Label.class);
    assertEquals(texts.get("sampling.preset.why.BALANCED"), way.getText());
    press(robot, robot.lookup("#sampling-preset-CREATIVE").queryButton());
    assertEquals(texts.get("sampling.preset.why.CREATIVE"), way.getText());
    robot.interact(() -> robot.lookup("#sampling-TOP_K").queryAs(TextField.class).setText("3"));
    assertEquals(texts.get("sampling.preset.why.OWN"), way.getText());
  }

  @Test
  void aTitleThatIsBeingTypedHoldsWhenAnotherChatIsOpened(FxRobot robot) throws Exception {
    ListView<?> list = renaming(robot);
    robot.interact(() -> ((TextField) owner(robot)).setText("Tres"));
    robot.clickOn(robot.from(list).lookup("Dos").queryAs(Node.class));
    waitFor(() -> chat.id().equals("b") && !popover.isOpen());
    disk.submit(() -> {}).get();
    assertEquals("Tres", store.read("a").title());
  }

  @Test
  void aSearchGoesOnWhileATitleIsAFieldAndEscLeavesOnlyTheTitle(FxRobot robot) throws Exception {
    ListView<?> list = renaming(robot);
    Node title = owner(robot);
    robot.interact(() -> ((TextField) title).setText("Tres"));
    key(robot, KeyCode.ESCAPE, false);
    assertTrue(popover.isOpen());
    assertNull(title.getScene());
    assertSame(list, owner(robot));

    key(robot, KeyCode.F2, false);
    TextField search = robot.lookup("#chats-search").queryAs(TextField.class);
    robot.interact(search::requestFocus);
    robot.interact(() -> search.setText("dos"));
    waitFor(() -> list.getItems().size() == 1);
    robot.interact(() -> search.setText(""));
    waitFor(() -> list.getItems().size() == 2);
    assertSame(search, owner(robot));
    assertEquals("Uno", store.read("a").title());
    key(robot, KeyCode.ESCAPE, false);
    assertFalse(popover.isOpen());
  }

  /** Opens the chats, two of them, and makes the title of "a" a field. */
  private ListView<?> renaming(FxRobot robot) throws Exception {
    store.save(stored("b", "Dos", 1));
    store.save(stored("a", "Uno", 2));
    press(robot, robot.lookup("#chats").queryButton());
    ListView<?> list = robot.lookup("#chats-list").queryAs(ListView.class);
    waitFor(() -> list.getItems().size() == 2);
    robot.interact(
        () -> {
          list.requestFocus();
          list.getSelectionModel().select(0);
        });
    key(robot, KeyCode.F2, false);
    waitFor(() -> owner(robot) instanceof TextField field && field.getText().equals("Uno"));
    return list;
  }

  private static StoredChat stored(String id, String title, long changed) {
    List<StoredChat.Message> messages =
        List.of(new StoredChat.Message(true, title, null, -1, false));
    return new StoredChat(id, title, true, changed, ChatMode.CHAT, "tiny", messages);
  }

  /** What has the keyboard. */
  private static Node owner(FxRobot robot) {
    return robot.lookup("#chat-input").query().getScene().getFocusOwner();
  }

  private static KeyEvent pressed(KeyCode code, boolean shift) {
    return new KeyEvent(KeyEvent.KEY_PRESSED, "", "", code, shift, false, false, false);
  }

  /** Presses a key where the keyboard is; sent to the scene: no window needs to be in front. */
  private static void key(FxRobot robot, KeyCode code, boolean shift) {
    robot.interact(() -> owner(robot).fireEvent(pressed(code, shift)));
    WaitForAsyncUtils.waitForFxEvents();
  }

  @Test
  void anAnswerIsStoppedAndWhatCameStays(FxRobot robot) throws Exception {
    waitFor(chat::canSend);
    Button send = robot.lookup("#chat-send").queryButton();
    // Without end: the likeliest token each time, and a context that slides.
    GenerateOptions endless =
        GenerateOptions.greedy().withMaxTokens(1_000_000).withOverflow(OverflowPolicy.SLIDE, 0);
    Platform.runLater(() -> send("hola", endless));
    waitFor(() -> chat.answering() && !last().textProperty().get().isEmpty());
    press(robot, send);
    waitFor(() -> !last().openProperty().get() && chat.canSend());
    assertEquals(StopReason.CANCELLED, last().figuresProperty().get().reason());
    String came = last().textProperty().get();
    assertTrue(!came.isEmpty());
    WaitForAsyncUtils.waitForFxEvents();
    assertEquals(came, last().textProperty().get());
  }

  @Test
  void aQuestionWithoutAnAnswerOffersToBeAnswered(FxRobot robot) throws Exception {
    waitFor(chat::canSend);
    List<StoredChat.Message> asked =
        List.of(
            new StoredChat.Message(true, "uno", null, -1, false),
            new StoredChat.Message(false, "dos", null, 0, false),
            new StoredChat.Message(true, "tres", null, 1, false));
    Platform.runLater(
        () -> {
          chat.setOptions(SIX.withSeed(7));
          chat.open(new StoredChat("cut", "Cut", true, 1, ChatMode.CHAT, "tiny", asked));
        });
    waitFor(() -> shows(robot, "tres"));
    List<Node> offers =
        robot.lookup(".answer-it").queryAll().stream().filter(Node::isVisible).toList();
    assertEquals(1, offers.size(), "only the last question has none");
    assertEquals(1, offers.get(0).getParent().getOpacity(), "to be seen without the mouse");
    answered(() -> press(robot, (Button) offers.get(0)));
    assertEquals(4, chat.messages().size());
    assertTrue(robot.lookup(".answer-it").queryAll().stream().noneMatch(Node::isVisible));
  }

  @Test
  void ofTwoThousandMessagesOnlyThoseInViewHaveNodesAndTheReaderIsNotMoved(FxRobot robot)
      throws Exception {
    waitFor(chat::canSend);
    RowList<?> list = robot.lookup("#chat-messages").queryAs(RowList.class);
    Platform.runLater(() -> chat.open(longChat(2000)));
    waitFor(() -> list.liveRows() > 0 && shows(robot, "Answer 1999"));
    assertTrue(list.liveRows() < 30, list.liveRows() + " rows");
    assertTrue(list.followingProperty().get());
    Platform.runLater(() -> list.scrollBy(-30_000));
    waitFor(() -> !list.followingProperty().get() && !shows(robot, "Answer 1999"));
    assertTrue(list.liveRows() < 30, list.liveRows() + " rows");
    List<String> before = WaitForAsyncUtils.waitForAsyncFx(30_000, () -> inView(robot));
    Message last = last();
    Platform.runLater(() -> chat.edit(last, "Another end."));
    waitFor(() -> last() != last);
    List<String> after = WaitForAsyncUtils.waitForAsyncFx(30_000, () -> inView(robot));
    assertEquals(before, after, "a change at the end moves nobody who reads above");
    Platform.runLater(list::showEnd);
    waitFor(() -> shows(robot, "Another end."));
    assertSame(chat.messages().get(1999), last());
  }

  @Test
  void aMessageThatIsBeingEditedOutlivesAScrollAndAnotherLanguageAndTabLeadsBackToIt(FxRobot robot)
      throws Exception {
    waitFor(chat::canSend);
    RowList<?> list = robot.lookup("#chat-messages").queryAs(RowList.class);
    Platform.runLater(() -> chat.open(longChat(400)));
    waitFor(() -> list.liveRows() > 0 && shows(robot, "Answer 399"));
    press(robot, last(robot, ".answer-edit"));
    TextArea editor = robot.lookup("#chat-edit").queryAs(TextArea.class);
    robot.interact(
        () -> {
          editor.setText("Half a thought");
          robot.lookup("#chat-input").query().requestFocus();
          list.scrollBy(-20_000);
        });
    waitFor(() -> !list.followingProperty().get() && !shows(robot, "Question 398"));
    assertSame(editor, robot.lookup("#chat-edit").query());
    robot.interact(() -> texts.setLocale(Texts.SPANISH));
    waitFor(() -> list.liveRows() > 1);
    assertSame(editor, robot.lookup("#chat-edit").query());

    robot.interact(editor::requestFocus);
    waitFor(() -> shows(robot, "Question 398"));
    assertEquals("Half a thought", editor.getText());
    press(robot, robot.lookup("#chat-edit-done").queryButton());
    waitFor(() -> last().textProperty().get().equals("Half a thought"));
    assertTrue(robot.lookup("#chat-edit").tryQuery().isEmpty());
  }

  @Test
  void whatIsNotTakenCannotBeDone(FxRobot robot) throws Exception {
    Message answer = answered(() -> Platform.runLater(() -> send("hola", SIX.withSeed(7))));
    press(robot, last(robot, ".answer-edit"));
    TextArea editor = robot.lookup("#chat-edit").queryAs(TextArea.class);
    Button done = robot.lookup("#chat-edit-done").queryButton();
    robot.interact(() -> editor.setText(" \n"));
    assertTrue(done.isDisabled());
    robot.interact(
        () ->
            editor.fireEvent(
                new KeyEvent(
                    KeyEvent.KEY_PRESSED, "", "", KeyCode.ENTER, false, true, false, false)));
    assertSame(editor, robot.lookup("#chat-edit").query());
    assertSame(answer, last());
    robot.interact(() -> editor.setText("La luna"));
    assertFalse(done.isDisabled());
    GenerateOptions endless =
        GenerateOptions.greedy().withMaxTokens(1_000_000).withOverflow(OverflowPolicy.SLIDE, 0);
    Platform.runLater(() -> send("adiós", endless));
    waitFor(chat::answering);
    assertTrue(done.isDisabled());
    Platform.runLater(chat::stop);
    waitFor(chat::canSend);
    assertFalse(done.isDisabled());
  }

  private static StoredChat longChat(int count) {
    List<StoredChat.Message> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean user = i % 2 == 0;
      String text =
          user
              ? "Question " + i
              : "Answer " + i + "\n\n- *one*\n- two\n\n" + "word ".repeat(i % 90);
      messages.add(new StoredChat.Message(user, text, null, i - 1, false));
    }
    return new StoredChat("long", "Long", true, 1, ChatMode.CHAT, "tiny", messages);
  }

  /** The texts of the messages that one sees, on the toolkit's thread. */
  private static List<String> inView(FxRobot robot) {
    double height = robot.lookup("#chat-messages").query().getLayoutBounds().getHeight();
    return robot.lookup(n -> n instanceof MessageText).queryAll().stream()
        .filter(
            n -> {
              Node row = n;
              while (!(row instanceof MessageRow)) {
                row = row.getParent();
              }
              return row.getLayoutY() < height
                  && row.getLayoutY() + row.getLayoutBounds().getHeight() > 0;
            })
        .map(Node::getAccessibleText)
        .sorted()
        .toList();
  }

  private static boolean shows(FxRobot robot, String text) {
    return inView(robot).stream().anyMatch(t -> t.startsWith(text));
  }

  private void send(String text, GenerateOptions options) {
    chat.setOptions(options);
    chat.send(text);
  }

  private void pressWith(FxRobot robot, String style, GenerateOptions options) {
    WaitForAsyncUtils.waitForAsyncFx(5000, () -> chat.setOptions(options));
    press(robot, last(robot, style));
  }

  /** Presses a button as the keyboard does: that depends on no mouse and no window in front. */
  private static void press(FxRobot robot, Button button) {
    robot.interact(button::fire);
  }

  private static Button last(FxRobot robot, String style) {
    WaitForAsyncUtils.waitForFxEvents();
    List<Node> found = new ArrayList<>(robot.lookup(style).queryAll());
    return (Button) found.get(found.size() - 1);
  }

  private Message last() {
    return chat.messages().get(chat.messages().size() - 1);
  }

  /** Does something that begins an answer and waits for its end. */
  private Message answered(Runnable action) throws Exception {
    waitFor(chat::canSend);
    assertTrue(app.chat().await(60_000)); // the job of the turn before ends after its news
    Message before = chat.messages().isEmpty() ? null : last();
    action.run();
    waitFor(
        () ->
            !chat.messages().isEmpty()
                && last() != before
                && last().figuresProperty().get() != null
                && chat.canSend());
    return last();
  }

  /** Waits for a condition, which is asked on the toolkit's thread. */
  private static void waitFor(Callable<Boolean> condition) throws Exception {
    WaitForAsyncUtils.waitFor(
        60, TimeUnit.SECONDS, () -> WaitForAsyncUtils.waitForAsyncFx(30_000, condition));
    WaitForAsyncUtils.waitForFxEvents();
  }
}
