package org.minillm.gui.view;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import javafx.scene.control.Button;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.gui.viewmodel.Texts;

/** The strip on the left that leads to the pages. */
final class Rail extends VBox {
  /** What the large pane on the left shows. */
  enum Page {
    CHAT(Icon.CHAT),
    MODELS(Icon.MODELS),
    INSPECT(Icon.EYE),
    SETTINGS(Icon.SETTINGS);

    private final Icon icon;

    Page(Icon icon) {
      this.icon = icon;
    }

    /** The shortcut, by its place: "Ctrl+1" and on. */
    String keys() {
      return "Ctrl+" + (ordinal() + 1);
    }
  }

  private final Map<Page, Button> buttons = new EnumMap<>(Page.class);

  /**
   * @param go shows a page
   */
  Rail(Texts texts, Consumer<Page> go) {
    super(6);
    getStyleClass().add("rail");
    for (Page page : Page.values()) {
      Button button =
          Controls.iconButton(texts, "rail." + page.name(), page.icon, () -> go.accept(page));
      button.setGraphic(page.icon.node(19));
      button.getStyleClass().add("rail-button");
      button.setId("rail-" + page.name());
      buttons.put(page, button);
      if (page == Page.SETTINGS) {
        Region space = new Region();
        VBox.setVgrow(space, Priority.ALWAYS);
        getChildren().add(space);
      }
      getChildren().add(button);
    }
  }

  void choose(Page page) {
    buttons.forEach(
        (each, button) -> {
          button.getStyleClass().remove("chosen");
          if (each == page) {
            button.getStyleClass().add("chosen");
          }
        });
  }
}
