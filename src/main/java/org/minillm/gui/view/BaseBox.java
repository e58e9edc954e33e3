package org.minillm.gui.view;

import java.util.Optional;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.CheckBox;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import org.minillm.app.ModelEntry;
import org.minillm.gui.viewmodel.Texts;

/** What a training begins from: nothing, or a model that can write already (fine-tuning). */
final class BaseBox extends VBox {
  private final Texts texts;
  private final Label name = new Label();
  private final CheckBox answersOnly = new CheckBox();
  private final Button offer = new Button();
  private final VBox box;
  private Optional<ModelEntry> base = Optional.empty();
  private Optional<ModelEntry> offered = Optional.empty();

  /**
   * @param chosen hears that there is another base, or none
   * @param changed hears that it is used in another way
   */
  BaseBox(Texts texts, Runnable chosen, Runnable changed) {
    this.texts = texts;
    answersOnly.textProperty().bind(texts.bind("training.answersOnly"));
    answersOnly.selectedProperty().addListener((o, was, now) -> changed.run());
    name.setId("training-base");
    Button away =
        Controls.iconButton(
            texts,
            "training.noBase",
            Icon.CLOSE,
            () -> {
              set(Optional.empty());
              chosen.run();
            });
    away.getStyleClass().add("bare");
    name.setWrapText(true);
    name.setMinHeight(USE_PREF_SIZE);
    name.setMaxWidth(Double.MAX_VALUE);
    HBox.setHgrow(name, Priority.ALWAYS);
    away.setMinWidth(USE_PREF_SIZE);
    HBox named = new HBox(10, name, away);
    named.setAlignment(Pos.CENTER_LEFT);
    answersOnly.setWrapText(true);
    box = new VBox(4, named, answersOnly);
    box.getStyleClass().add("plan");
    offer.setId("training-base-offer");
    offer.setMnemonicParsing(false); // names may have an underscore
    offer.setWrapText(true);
    offer.setMinHeight(USE_PREF_SIZE);
    offer.setOnAction(
        e -> {
          set(offered);
          chosen.run();
        });
    getChildren().addAll(box, offer);
    refresh();
  }

  Optional<ModelEntry> base() {
    return base;
  }

  boolean answersOnly() {
    return answersOnly.isSelected();
  }

  void set(Optional<ModelEntry> model) {
    base = model;
    refresh();
  }

  /** Offers a model to go on from; empty takes the offer back. */
  void offer(Optional<ModelEntry> model) {
    offered = model;
    refresh();
  }

  /** Draws afresh, after a change of the language too. */
  void refresh() {
    name.setText(base.map(m -> texts.get("training.base", m.name())).orElse(""));
    offer.setText(offered.map(m -> texts.get("training.fromOpen", m.name())).orElse(""));
    offer.setAccessibleText(offer.getText());
    Controls.shown(box, base.isPresent());
    Controls.shown(offer, base.isEmpty() && offered.isPresent());
    Controls.shown(this, base.isPresent() || offered.isPresent());
  }
}
