package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javafx.application.Platform;
import javafx.scene.control.Button;
import javafx.scene.control.CheckBox;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.TextArea;
import javafx.scene.control.TextField;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCombination;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.app.ChatState;
import org.minillm.app.JobState;
import org.minillm.app.MetricsPoint;
import org.minillm.app.Preset;
import org.minillm.app.TrainingSnapshot;
import org.minillm.app.TrainingSnapshots;
import org.minillm.generate.GenerateOptions;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.SmallTour;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TourViewModel;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** The real window on real services with tiny models. */
@ExtendWith(ApplicationExtension.class)
class WindowTest {
  private WholeWindow window;
  private ChatViewModel chat;
  private TrainingViewModel training;
  private MainView view;

  @Start
  void start(Stage stage) throws Exception {
    window = new WholeWindow(stage, true);
    chat = window.chat;
    training = window.training;
    view = window.view;
  }

  @AfterEach
  void close() {
    window.close();
  }

  @Test
  void typedTextIsAnsweredByStreamingText(FxRobot robot) throws Exception {
    loadTiny();
    // A seed of its own: some draws of a random model begin with the end of the text.
    WaitForAsyncUtils.waitForAsyncFx(
        5000, () -> chat.setOptions(GenerateOptions.defaults().withSeed(7)));
    TextArea input = robot.lookup("#chat-input").queryAs(TextArea.class);
    WholeWindow.waitFor(
        () -> { // a window that just came may not have the keyboard yet
          robot.clickOn(input);
          return input.isFocused();
        });
    robot.write("hola");
    WholeWindow.waitFor(() -> input.getText().equals("hola"));
    robot.type(KeyCode.ENTER);
    WholeWindow.waitFor(
        () ->
            chat.messages().size() == 2
                && chat.messages().get(1).figuresProperty().get() != null
                && !chat.messages().get(1).textProperty().get().isEmpty());
    assertEquals("hola", chat.messages().get(0).textProperty().get());
    assertEquals("", input.getText());
  }

  @Test
  void theTourComesFromTheChatsMenuAsOftenAsOneLikes(FxRobot robot) throws Exception {
    int[] seen = new int[1];
    robot.interact(
        () -> view.offerTour(new TourViewModel(window.app, Platform::runLater), () -> seen[0]++));
    for (int time = 1; time <= 2; time++) {
      assertTrue(robot.lookup("#tour").tryQuery().isEmpty());
      robot.interact(() -> robot.lookup("#chat-more").queryButton().fire());
      WholeWindow.waitFor(() -> robot.lookup("#chat-tour").tryQuery().isPresent());
      robot.interact(() -> robot.lookup("#chat-tour").queryButton().fire());
      Button train = robot.lookup("#tour-train").queryButton();
      WholeWindow.waitFor(() -> train.getScene() != null && train.isFocused());
      robot.interact(() -> robot.lookup("#tour-skip").queryButton().fire());
      assertEquals(time, seen[0]);
    }
  }

  private void loadTiny() throws Exception {
    chat.load(window.tiny(), true); // the suite is larger than a window may be
    WholeWindow.waitFor(() -> chat.snapshotProperty().get().state() == ChatState.READY);
  }

  /** A short answer. */
  private void sendAndWait() throws Exception {
    WaitForAsyncUtils.waitForAsyncFx(
        5000,
        () -> {
          chat.setOptions(GenerateOptions.defaults().withMaxTokens(4).withSeed(7));
          chat.send("hola");
        });
    WholeWindow.waitFor(
        () -> chat.messages().size() == 2 && chat.canSend() && window.app.chat().await(10));
  }

  @Test
  void theWelcomeGivesWayToAnAnswer(FxRobot robot) throws Exception {
    loadTiny();
    int[] seen = new int[1];
    robot.interact(
        () -> {
          view.offerTour(new TourViewModel(window.app, Platform::runLater), () -> seen[0]++);
          view.showTour();
        });
    assertTrue(robot.lookup("#tour").tryQuery().isPresent());
    robot.interact(() -> chat.send("hola"));
    WholeWindow.waitFor(() -> robot.lookup("#tour").tryQuery().isEmpty());
    assertEquals(1, seen[0]);
    WholeWindow.waitFor(() -> chat.snapshotProperty().get().state() == ChatState.READY);
  }

  @Test
  void aModelThatCouldNotBeOpenedLeavesTheConversationAloneWhenItIsLoadedLater(FxRobot robot)
      throws Exception {
    loadTiny();
    sendAndWait();
    Path later = window.home.resolve("models/later");
    robot.interact(() -> view.open(later)); // it is not there yet
    WholeWindow.waitFor(() -> chat.failureProperty().get().isPresent());
    assertTrue(window.app.chat().await(20_000));
    Files.move(window.tiny(), later);
    robot.interact(() -> chat.load(later, true));
    WholeWindow.waitFor(
        () -> chat.canSend() && chat.snapshotProperty().get().path().equals(Optional.of(later)));
    assertEquals(2, chat.messages().size());
  }

  @Test
  void howTheTourEndsIsToldThoughItWasHidden(FxRobot robot) throws Exception {
    TourViewModel tour =
        SmallTour.of(window.app, Platform::runLater, window.home.resolve("stories"));
    robot.interact(
        () -> {
          view.offerTour(tour, () -> {});
          view.showTour();
          robot.lookup("#tour-train").queryButton().fire();
          robot.lookup("#tour-hide").queryButton().fire();
        });
    assertTrue(robot.lookup("#tour").tryQuery().isEmpty());
    WholeWindow.waitFor(() -> tour.stateProperty().get().step() == TourViewModel.Step.TRAINING);
    assertTrue(robot.lookup("#tour").tryQuery().isEmpty());
    training.stop(); // its model can write by now
    WholeWindow.waitFor(() -> tour.stateProperty().get().step() == TourViewModel.Step.DONE);
    assertTrue(robot.lookup("#tour-talk").tryQuery().isPresent());
    robot.interact(() -> robot.lookup("#tour-end").queryButton().fire());
    robot.interact(view::showTour);
    assertTrue(robot.lookup("#tour-train").tryQuery().isPresent(), "then it begins anew");
  }

  @Test
  void theChatsKeysDoNothingWhereTheChatIsNotInView(FxRobot robot) throws Exception {
    loadTiny();
    sendAndWait();
    Runnable again = view.getScene().getAccelerators().get(KeyCombination.valueOf("Ctrl+Enter"));
    robot.interact(() -> robot.lookup("#rail-MODELS").queryButton().fire());
    robot.interact(again);
    assertEquals(1, chat.messages().get(1).branchProperty().get().count());
    robot.interact(() -> robot.lookup("#rail-CHAT").queryButton().fire());
    robot.interact(() -> robot.lookup("#sampling").queryButton().fire());
    robot.interact(again);
    assertEquals(1, chat.messages().get(1).branchProperty().get().count());
    robot.interact(() -> robot.lookup("#rail-CHAT").queryButton().fire()); // closes what is open
    robot.interact(again);
    assertEquals(2, chat.messages().get(1).branchProperty().get().count());
    WholeWindow.waitFor(chat::canSend);
  }

  @Test
  void allRunsCanBeComparedAndLookedAtWithTheKeyboard(FxRobot robot) throws Exception {
    for (int i = 0; i < 10; i++) {
      Path run = Files.createDirectories(window.home.resolve("models/run_" + i));
      Files.writeString(run.resolve("metrics.jsonl"), "");
    }
    training.runs().refresh();
    WholeWindow.waitFor(() -> training.runs().runsProperty().get().size() == 10);
    robot.interact(() -> robot.lookup("#training-more-earlier").queryButton().fire());
    assertTrue(robot.lookup("#training-more-earlier").tryQuery().isEmpty());
    assertEquals(10, robot.lookup((Button b) -> b.getText().startsWith("run_")).queryAll().size());

    CompareBox box =
        WaitForAsyncUtils.waitForAsyncFx(
            5000, () -> new CompareBox(training, new Texts(Locale.ENGLISH)));
    robot.interact(() -> view.getChildren().add(box));
    List<CheckBox> runs =
        robot.from(box).lookup(".check-box").queryAllAs(CheckBox.class).stream().toList();
    assertEquals(10, runs.size());
    for (CheckBox each : runs.subList(0, 3)) {
      robot.interact(
          () -> {
            each.requestFocus();
            each.fire();
          });
      WaitForAsyncUtils.waitForFxEvents();
      assertSame(each, view.getScene().getFocusOwner());
    }
    assertTrue(runs.get(3).isDisabled(), "three at a time");
    robot.interact(runs.get(2)::fire);
    assertFalse(runs.get(3).isDisabled());
  }

  @Test
  void whatIsTypedIntoTheSettingsOutlivesAnotherPage(FxRobot robot) throws Exception {
    robot.interact(() -> robot.lookup("#rail-SETTINGS").queryButton().fire());
    WholeWindow.waitFor(() -> robot.lookup("#setting-type").tryQuery().isPresent());
    TextField seed = robot.lookup("#setting-seed").queryAs(TextField.class);
    WholeWindow.waitFor(() -> !seed.getText().isEmpty());
    String before = seed.getText();
    robot.interact(() -> seed.setText("77"));
    robot.interact(() -> robot.lookup("#rail-CHAT").queryButton().fire());
    robot.interact(() -> robot.lookup("#rail-SETTINGS").queryButton().fire());
    window.disk.submit(() -> {}).get(); // where the file would be read
    WaitForAsyncUtils.waitForFxEvents();
    assertEquals("77", seed.getText());
    assertFalse(robot.lookup("#settings-save").queryButton().isDisabled());
    robot.interact(() -> robot.lookup("#settings-undo").queryButton().fire());
    WholeWindow.waitFor(() -> seed.getText().equals(before));
  }

  @Test
  void savingIsOfferedOnlyWhileAFieldSaysSomethingElseThanTheFile(FxRobot robot) throws Exception {
    robot.interact(() -> robot.lookup("#rail-SETTINGS").queryButton().fire());
    WholeWindow.waitFor(() -> robot.lookup("#setting-type").tryQuery().isPresent());
    TextField seed = robot.lookup("#setting-seed").queryAs(TextField.class);
    WholeWindow.waitFor(() -> !seed.getText().isEmpty());
    Button save = robot.lookup("#settings-save").queryButton();
    assertTrue(save.isDisabled());
    String before = seed.getText();
    robot.interact(() -> seed.setText("77"));
    assertFalse(save.isDisabled());
    robot.interact(() -> seed.setText(before));
    assertTrue(save.isDisabled());
    robot.interact(() -> seed.setText("77"));
    robot.interact(save::requestFocus);
    robot.interact(save::fire);
    WholeWindow.waitFor(save::isDisabled);
    assertTrue(robot.lookup("#settings-undo").queryButton().isFocused());
  }

  @Test
  void whatIsTypedIntoTheSettingsOutlivesAnotherLanguage(FxRobot robot) throws Exception {
    robot.interact(() -> robot.lookup("#rail-SETTINGS").queryButton().fire());
    WholeWindow.waitFor(() -> robot.lookup("#setting-type").tryQuery().isPresent());
    TextField seed = robot.lookup("#setting-seed").queryAs(TextField.class);
    TextField rate = robot.lookup("#setting-learning_rate").queryAs(TextField.class);
    WholeWindow.waitFor(() -> !seed.getText().isEmpty());
    Button save = robot.lookup("#settings-save").queryButton();
    robot.interact(
        () -> {
          seed.setText("77");
          rate.setText("0.0125");
          robot.lookup("#language").queryButton().fire();
        });
    assertEquals("77", seed.getText());
    assertEquals("0,0125", rate.getText());
    assertFalse(save.isDisabled());
    robot.interact(() -> robot.lookup("#language").queryButton().fire());
    assertEquals("0.0125", rate.getText());
  }

  @Test
  void startedTrainingDrawsPointsAndPauses(FxRobot robot) throws Exception {
    Path text = window.home.resolve("cuento.txt");
    Files.writeString(text, "Había una vez un perro y una gata.\n<|endoftext|>\n".repeat(400));
    Platform.runLater(() -> view.prepareTraining(List.of(text), Preset.NANO, 100_000));
    Button start = robot.lookup("#training-start").queryButton();
    WholeWindow.waitFor(() -> !start.isDisabled());
    robot.clickOn(start);
    WholeWindow.waitFor(() -> training.curve().size() > 3);
    robot.clickOn("#training-pause");
    WholeWindow.waitFor(
        () ->
            training.snapshotProperty().get().map(s -> s.state()).orElse(JobState.NEW)
                == JobState.PAUSED);
    int points = training.curve().size();
    assertTrue(points > 3);
    training.stop();
    WholeWindow.waitFor(() -> !training.busy());
  }

  @Test
  void whatIsThrownAwayBeforeItsFirstCheckpointIsSaidToLeaveNothing(FxRobot robot)
      throws Exception {
    training.onSnapshot(run(JobState.RUNNING));
    WholeWindow.waitFor(training::busy);
    robot.interact(() -> robot.lookup("#training-abandon").queryButton().fire());
    WholeWindow.waitFor(() -> robot.lookup("#training-abandon-sure").tryQuery().isPresent());
    Label warning = robot.lookup("#training-abandon-text").queryAs(Label.class);
    assertEquals("There is no checkpoint yet: nothing of the run is left.", warning.getText());

    robot.interact(() -> robot.lookup("#training-abandon-sure").queryButton().fire());
    training.onSnapshot(run(JobState.CANCELLED));
    WholeWindow.waitFor(() -> training.face() == TrainingFace.UNSAVED);
    Label told = robot.lookup(".banner-UNSAVED").queryAs(Label.class);
    assertEquals("Stopped at step 0, after 1 s, without saving.", told.getText());
  }

  @Test
  void theCheckpointThatStaysIsNamedAsSoonAsThereIsOne(FxRobot robot) throws Exception {
    training.onPoint(MetricsPoint.ofEvent(0, 0, 200, "checkpoint at step 0"));
    training.onSnapshot(run(JobState.RUNNING));
    WholeWindow.waitFor(training::busy);
    robot.interact(() -> robot.lookup("#training-abandon").queryButton().fire());
    WholeWindow.waitFor(() -> robot.lookup("#training-abandon-text").tryQuery().isPresent());
    Label warning = robot.lookup("#training-abandon-text").queryAs(Label.class);
    assertTrue(warning.getText().contains("The checkpoint stays"), warning.getText());
  }

  @Test
  void aModelWithoutRoomIsOfferedAnywayWhereItIsRefused(FxRobot robot) throws Exception {
    MenuButton menu = robot.lookup("#models").queryAs(MenuButton.class);
    robot.interact(menu::show);
    WholeWindow.waitFor(() -> menu.getItems().get(0).getOnAction() != null); // a model's
    window.app.setMaxMemoryMb(64);
    robot.interact(
        () -> {
          menu.hide();
          menu.getItems().get(0).fire();
        });
    WholeWindow.waitFor(() -> robot.lookup("Open anyway").tryQuery().isPresent());
    assertTrue(chat.failureProperty().get().isPresent());
    assertEquals(ChatState.EMPTY, chat.snapshotProperty().get().state());
  }

  @Test
  void onlyAChangedMessageIsAnEditedOne(FxRobot robot) throws Exception {
    loadTiny();
    robot.interact(
        () -> {
          chat.setOptions(GenerateOptions.defaults().withMaxTokens(4).withSeed(7));
          chat.send("hola");
        });
    WholeWindow.waitFor(
        () -> chat.messages().size() == 2 && chat.canSend() && window.app.chat().await(10));
    String name = new Texts(Texts.ENGLISH).get("chat.edit");
    Button edit =
        robot
            .lookup(node -> node instanceof Button b && name.equals(b.getAccessibleText()))
            .queryButton();
    robot.interact(edit::fire);
    TextArea field = robot.lookup("#chat-edit").queryAs(TextArea.class);
    assertFalse(view.editsMessage());
    robot.interact(() -> field.appendText("!"));
    assertTrue(view.editsMessage());
  }

  private static TrainingSnapshot run(JobState state) {
    return TrainingSnapshots.at(0, state, Double.NaN, false);
  }
}
