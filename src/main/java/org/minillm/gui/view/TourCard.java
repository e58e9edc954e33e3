package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import javafx.beans.binding.BooleanExpression;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TourViewModel;
import org.minillm.gui.viewmodel.TourViewModel.State;

/** The tour: a card over the chat, which leaves the curve in view. */
final class TourCard extends VBox {
  private static final double WIDTH = 470;
  private static final double LEFT = 84;
  private static final double BOTTOM = 120;

  private final TourViewModel tour;
  private final Texts texts;
  private final Runnable close;
  private final BiConsumer<Path, String> talk;
  private final BooleanExpression chatBusy;

  /**
   * @param close ends the tour, at any step
   * @param talk opens a model in the chat and lets it continue a text
   * @param chatBusy while it cannot be opened
   */
  TourCard(
      TourViewModel tour,
      Texts texts,
      Runnable close,
      BiConsumer<Path, String> talk,
      BooleanExpression chatBusy) {
    super(10);
    this.tour = tour;
    this.texts = texts;
    this.close = close;
    this.talk = talk;
    this.chatBusy = chatBusy;
    setId("tour");
    getStyleClass().add("tour");
    setMaxSize(WIDTH, Region.USE_PREF_SIZE);
    setPrefWidth(WIDTH);
    StackPane.setAlignment(this, Pos.BOTTOM_LEFT);
    StackPane.setMargin(this, new Insets(0, 0, BOTTOM, LEFT));
    tour.stateProperty().addListener((o, was, now) -> show());
    texts.localeProperty().addListener((o, was, now) -> show());
    show();
  }

  private void show() {
    State s = tour.stateProperty().get();
    List<Node> shown = new ArrayList<>();
    shown.add(words(texts.get("tour.title." + s.step().name()), "title"));
    switch (s.step()) {
      case WELCOME -> {
        for (String pane : new String[] {"chat", "training", "resources"}) {
          Label dot = new Label("·");
          dot.getStyleClass().add("tour-text");
          dot.setMinWidth(USE_PREF_SIZE);
          shown.add(new HBox(8, dot, words(texts.get("tour.pane." + pane), "tour-text")));
        }
        shown.add(words(texts.get("tour.offer"), "tour-text"));
        shown.add(buttons(button("tour.train", true, this::train), skip("tour.skip")));
      }
      case PREPARING -> shown.add(words(texts.get("tour.preparing"), "tour-text"));
      case TRAINING -> {
        shown.add(words(texts.get("tour.watch"), "tour-text"));
        addBefore(s, shown);
      }
      case DONE -> {
        addBefore(s, shown);
        if (!s.after().isEmpty()) {
          shown.add(words(texts.get("tour.after"), "muted"));
          shown.add(words(s.prompt() + s.after(), "tour-text"));
        }
        Button talkNow =
            button(
                "tour.talk",
                true,
                () -> {
                  close.run();
                  s.model().ifPresent(model -> talk.accept(model, s.prompt()));
                });
        talkNow.disableProperty().bind(chatBusy);
        shown.add(buttons(talkNow, skip("tour.end")));
      }
      case FAILED -> {
        shown.add(words(s.failure().map(e -> ErrorTexts.of(e, texts)).orElse(""), "error"));
        shown.add(buttons(button("tour.again", true, this::train), skip("tour.skip")));
      }
    }
    if (s.step() == TourViewModel.Step.PREPARING || s.step() == TourViewModel.Step.TRAINING) {
      shown.add(buttons(skip("tour.hide")));
    }
    getChildren().setAll(shown);
  }

  private void addBefore(State s, List<Node> shown) {
    if (!s.before().isEmpty()) {
      shown.add(words(texts.get("tour.before", texts.number(s.beforeStep(), 0)), "muted"));
      shown.add(words(s.prompt() + s.before(), "tour-text"));
    }
  }

  private void train() {
    tour.train(
        texts.localeProperty().get().getLanguage(),
        texts.get("tour.model"),
        texts.get("tour.prompt"));
  }

  private Button skip(String key) {
    return button(key, false, close);
  }

  private Button button(String key, boolean primary, Runnable action) {
    Button button = Controls.button(texts, key, action);
    button.setId(key.replace('.', '-'));
    if (primary) {
      button.getStyleClass().add("primary");
    }
    return button;
  }

  private static HBox buttons(Button... buttons) {
    HBox row = new HBox(8, buttons);
    row.setAlignment(Pos.CENTER_LEFT);
    return row;
  }

  private static Label words(String text, String style) {
    Label label = new Label(text.replace('\n', ' '));
    label.getStyleClass().add(style);
    label.setWrapText(true);
    label.setMinHeight(Region.USE_PREF_SIZE);
    return label;
  }
}
