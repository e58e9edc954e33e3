package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import javafx.event.Event;
import javafx.scene.Node;
import javafx.scene.Parent;
import javafx.scene.Scene;
import javafx.scene.control.ButtonBase;
import javafx.scene.control.ComboBoxBase;
import javafx.scene.control.Control;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollBar;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.Slider;
import javafx.scene.control.TextField;
import javafx.scene.control.TextInputControl;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCombination;
import javafx.scene.input.KeyEvent;
import javafx.scene.text.Text;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.gui.viewmodel.Texts;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** The real window as a screen reader and a keyboard meet it. */
@ExtendWith(ApplicationExtension.class)
class AccessibilityTest {
  private static final int MOST_TABS = 200;

  private WholeWindow window;
  private MainView view;
  private Scene scene;

  @Start
  void start(Stage stage) throws Exception {
    window = new WholeWindow(stage, true);
    view = window.view;
    scene = view.getScene();
  }

  @AfterEach
  void close() {
    window.close();
  }

  @Test
  void everyControlOfEveryPageHasANameForScreenReaders() throws Exception {
    Set<String> nameless = new TreeSet<>();
    Set<String> seen = new TreeSet<>();
    for (String page : pages()) {
      go(page);
      if (page.equals("rail-MODELS")) {
        WholeWindow.waitFor(() -> onUi(() -> view.lookup(".unfold") != null));
        press(".unfold");
      }
      onUi(
          () -> {
            walk(view, page, nameless, seen);
            return true;
          });
    }
    assertEquals(Set.of(), nameless);
    assertTrue(seen.size() > 40, "only " + seen.size() + " controls were met: " + seen);
  }

  @Test
  void tabReachesEveryControlAndShowsWhereItIs() throws Exception {
    for (String page : pages()) {
      go(page);
      List<Node> all = new ArrayList<>();
      onUi(() -> all.addAll(reachable(view)));
      Set<Node> met = new LinkedHashSet<>();
      onUi(
          () -> {
            all.get(0).requestFocus();
            return true;
          });
      Node first = onUi(scene::getFocusOwner);
      met.add(first);
      for (int i = 0; i < MOST_TABS; i++) {
        Node now = onUi(this::tab);
        assertTrue(onUi(now::isFocusVisible) || now instanceof TextInputControl, name(now));
        if (!met.add(now)) {
          break;
        }
      }
      Set<String> missed = new TreeSet<>();
      all.stream().filter(n -> !met.contains(n)).forEach(n -> missed.add(page + " " + name(n)));
      assertEquals(Set.of(), missed);
    }
  }

  @Test
  void pagesHaveShortcutsInTheOrderOfTheRailAndTheirTipsTellThem() throws Exception {
    List<String> inOrder = new ArrayList<>();
    for (Rail.Page page : Rail.Page.values()) {
      for (Locale locale : List.of(Texts.SPANISH, Texts.ENGLISH)) {
        String tip = new Texts(locale).get("rail." + page);
        assertTrue(tip.endsWith("(" + page.keys() + ")"), tip);
      }
      onUi(
          () -> {
            scene.getAccelerators().get(KeyCombination.valueOf(page.keys())).run();
            return true;
          });
      inOrder.add(onUi(() -> view.lookup(".rail-button.chosen").getId()));
    }
    assertEquals(pages(), inOrder);
  }

  @Test
  void theLargestTextIsCutNowhereInTheWindowAsItOpens() throws Exception {
    onUi(
        () -> {
          window.view.preferences().fontSizeProperty().set(20);
          return true;
        });
    Set<String> cut = new TreeSet<>();
    for (String language : List.of("EN", "ES")) {
      for (String page : pages()) {
        go(page);
        onUi(
            () -> {
              view.applyCss();
              view.layout();
              view.lookupAll(".label").forEach(node -> noteCut(node, language + page, cut));
              view.lookupAll(".text-field").forEach(node -> noteCut(node, language + page, cut));
              return true;
            });
      }
      press("#language");
    }
    assertEquals(Set.of(), cut);
  }

  /** A label whose words end in dots that are not its own; a field too narrow for what it holds. */
  private static void noteCut(Node node, String where, Set<String> cut) {
    for (Node at = node; at != null; at = at.getParent()) {
      if (!at.isVisible()) {
        return;
      }
    }
    if (node instanceof Label label && node.lookup(".text") instanceof Text shown) {
      boolean whole = shown.getText().equals(label.getText()) || label.isWrapText();
      if (!whole && label.getTooltip() == null) { // a path may be cut where its tip has it whole
        cut.add(where + " " + label.getText() + " is " + shown.getText());
      }
    }
    if (node instanceof TextField field && field.lookup(".text") instanceof Text shown) {
      if (shown.getLayoutBounds().getWidth() > field.getWidth()) {
        cut.add(where + " " + field.getId() + " holds " + field.getText());
      }
    }
  }

  @Test
  void languageButtonWorksAlsoBesideTheSettings() throws Exception {
    go("rail-SETTINGS");
    for (String language : List.of("ES", "EN", "ES")) {
      press("#language");
      assertEquals(language, onUi(() -> ((ButtonBase) view.lookup("#language")).getText()));
      assertEquals(
          language.equals("ES") ? Texts.SPANISH : Texts.ENGLISH,
          onUi(() -> ((ComboBoxBase<?>) view.lookup("#window-language")).getValue()));
    }
  }

  /** What has the focus after the key; sent to the scene itself: no window needs the keyboard. */
  private Node tab() {
    Event.fireEvent(
        scene.getFocusOwner(),
        new KeyEvent(KeyEvent.KEY_PRESSED, "", "", KeyCode.TAB, false, false, false, false));
    return scene.getFocusOwner();
  }

  private List<String> pages() throws Exception {
    return onUi(() -> view.lookupAll(".rail-button").stream().map(Node::getId).toList());
  }

  private void go(String page) throws Exception {
    press("#" + page);
    while (onUi(view::makeNext)) {
      // what the page holds comes in parts
    }
    WaitForAsyncUtils.waitForFxEvents();
  }

  private void press(String selector) throws Exception {
    onUi(
        () -> {
          ((ButtonBase) view.lookup(selector)).fire();
          view.applyCss();
          view.layout();
          return true;
        });
  }

  /** What the keyboard must be able to reach. */
  private static List<Node> reachable(Parent parent) {
    List<Node> found = new ArrayList<>();
    for (Node child : parent.getChildrenUnmodifiable()) {
      if (!child.isVisible() || child.isDisabled()) {
        continue;
      }
      if (child instanceof Control && child.isFocusTraversable()) {
        found.add(child);
      }
      if (child instanceof Parent inside && !leaf(child)) {
        found.addAll(reachable(inside));
      }
    }
    return found;
  }

  /** A control whose parts are its own business. */
  private static boolean leaf(Node node) {
    return node instanceof Control && !(node instanceof ScrollPane);
  }

  private static void walk(Parent parent, String page, Set<String> nameless, Set<String> seen) {
    for (Node child : parent.getChildrenUnmodifiable()) {
      if (!child.isVisible()) {
        continue;
      }
      if (child instanceof Control && !(child instanceof ScrollBar)) {
        check(child, page, nameless, seen);
      }
      if (child instanceof Parent inside && !leaf(child)) {
        walk(inside, page, nameless, seen);
      }
    }
  }

  private static void check(Node node, String page, Set<String> nameless, Set<String> seen) {
    boolean acts =
        node instanceof ButtonBase
            || node instanceof TextInputControl
            || node instanceof ComboBoxBase
            || node instanceof Slider
            || (node instanceof Control && node.isFocusTraversable());
    if (!acts || node instanceof Label || node instanceof ScrollPane) {
      return;
    }
    String text = node instanceof ButtonBase button ? button.getText() : "";
    String accessible = node.getAccessibleText();
    seen.add(page + " " + name(node));
    if ((accessible == null || accessible.isBlank()) && (text == null || text.isBlank())) {
      nameless.add(page + " " + name(node));
    }
  }

  private static String name(Node node) {
    return node.getClass().getSimpleName()
        + " "
        + node.getId()
        + " "
        + node.getStyleClass()
        + " "
        + node.getAccessibleText()
        + (node instanceof ButtonBase button ? " " + button.getText() : "");
  }

  private static <T> T onUi(java.util.concurrent.Callable<T> work) throws Exception {
    return WaitForAsyncUtils.waitForAsyncFx(20_000, work);
  }
}
