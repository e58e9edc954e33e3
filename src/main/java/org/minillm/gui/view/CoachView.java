package org.minillm.gui.view;

import java.util.List;
import java.util.Locale;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.gui.viewmodel.CoachAdvice;
import org.minillm.gui.viewmodel.Texts;

/** All that the coach says of a run, each remark with the figures it stands on. */
final class CoachView extends ScrollPane {
  private final Texts texts;
  private final VBox list = new VBox(8);

  CoachView(Texts texts) {
    this.texts = texts;
    setId("coach-view");
    setFitToWidth(true);
    setHbarPolicy(ScrollBarPolicy.NEVER);
    setContent(list);
    accessibleTextProperty().bind(texts.bind("training.view.COACH"));
  }

  void show(List<CoachAdvice> advice) {
    list.getChildren().clear();
    for (CoachAdvice each : advice) {
      Label head = wrapped(each.headline(texts), "title");
      Label text = wrapped(each.text(texts), "small");
      VBox card = new VBox(2, head, text);
      card.getStyleClass().setAll("banner", style(each.kind().tone()));
      list.getChildren().add(card);
    }
    if (advice.isEmpty()) {
      list.getChildren().add(wrapped(texts.get("coach.nothing"), "muted"));
    }
  }

  /** The style of a remark's border. */
  static String style(CoachAdvice.Tone tone) {
    return "tone-" + tone.name().toLowerCase(Locale.ROOT);
  }

  private static Label wrapped(String words, String style) {
    Label label = new Label(words);
    label.getStyleClass().add(style);
    label.setWrapText(true);
    label.setMinHeight(Region.USE_PREF_SIZE);
    return label;
  }
}
