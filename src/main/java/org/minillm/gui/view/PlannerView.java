package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.TextField;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.app.AppConfig;
import org.minillm.app.RunProposal;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.PlannerViewModel;
import org.minillm.gui.viewmodel.Problem;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** Minutes and megabytes in, a run out: what it would be, what is expected of it, and a button. */
final class PlannerView extends VBox {
  private final TrainingViewModel training;
  private final PlannerViewModel planner;
  private final Texts texts;
  private final Supplier<List<Path>> files;
  private final TextField minutes = new TextField("20");
  private final TextField memory = new TextField();
  private final Button propose;
  private final Label answer = new Label();
  private final Label details = new Label();
  private final Button take;

  /**
   * @param files of the form
   * @param taken takes what is proposed into the form
   * @param answered hears that there is more of it to be seen than before
   */
  PlannerView(
      TrainingViewModel training,
      Texts texts,
      Supplier<List<Path>> files,
      Consumer<RunProposal> taken,
      Runnable answered) {
    super(6);
    this.training = training;
    this.planner = training.planner();
    this.texts = texts;
    this.files = files;
    memory.setText(Integer.toString(planner.budget()));
    minutes.setId("planner-minutes");
    memory.setId("planner-memory");
    minutes.setPrefColumnCount(3);
    memory.setPrefColumnCount(4);
    minutes.accessibleTextProperty().bind(texts.bind("planner.minutes"));
    memory.accessibleTextProperty().bind(texts.bind("planner.memory"));
    propose = Controls.button(texts, "planner.propose", this::propose);
    for (TextField field : List.of(minutes, memory)) {
      field.setOnAction(e -> propose.fire()); // not while it is disabled
    }
    propose.setId("planner-propose");
    FlowPane asked =
        new FlowPane(
            8,
            4,
            Controls.label(texts, "planner.for"),
            minutes,
            Controls.label(texts, "planner.minutes"),
            memory,
            Controls.label(texts, "planner.memory"));
    asked.setPrefWrapLength(0); // takes what the button leaves, and a second line with large text
    asked.setAlignment(Pos.CENTER_LEFT);
    HBox.setHgrow(asked, Priority.ALWAYS);
    HBox row = new HBox(8, asked, propose);
    row.setAlignment(Pos.CENTER_LEFT);
    answer.setId("planner-answer");
    answer.setWrapText(true);
    details.setWrapText(true);
    details.getStyleClass().add("muted");
    for (Label each : List.of(answer, details)) {
      each.setMinHeight(Region.USE_PREF_SIZE);
    }
    take =
        Controls.button(
            texts, "planner.take", () -> planner.proposalProperty().get().ifPresent(taken));
    take.setId("planner-take");
    HBox.setHgrow(answer, Priority.ALWAYS);
    answer.setMaxWidth(Double.MAX_VALUE);
    HBox answerRow = new HBox(10, answer, take);
    answerRow.setAlignment(Pos.CENTER_LEFT);
    getChildren().addAll(row, answerRow, details);
    planner
        .proposalProperty()
        .addListener(
            (o, was, now) -> {
              show();
              if (now.isPresent()) {
                answered.run();
                if (minutes.isFocused()) {
                  take.requestFocus(); // where the mouse or the keyboard goes on
                }
              }
            });
    planner.failureProperty().addListener((o, was, now) -> show());
    planner.measuringProperty().addListener((o, was, now) -> show());
    training.data().stateProperty().addListener((o, was, now) -> showReady());
    texts.localeProperty().addListener((o, was, now) -> show());
    show();
  }

  /** Without files there is nothing to plan for; while they are read the machine is not idle. */
  void showReady() {
    propose.setDisable(
        files.get().isEmpty()
            || training.data().stateProperty().get().busy()
            || planner.measuringProperty().get());
  }

  private void propose() {
    List<Problem> problems = PlannerViewModel.problems(minutes.getText(), memory.getText());
    if (problems.isEmpty()) {
      minutes.requestFocus(); // the button waits now, and would give the focus to another pane
      planner.propose(files.get(), minutes.getText(), memory.getText());
    } else {
      answer("error", problems.get(0).text(texts));
    }
  }

  private void show() {
    showReady();
    Controls.shown(take, planner.proposalProperty().get().isPresent());
    Controls.shown(details, planner.proposalProperty().get().isPresent());
    details.setText(planner.proposalProperty().get().map(this::details).orElse(""));
    if (planner.measuringProperty().get()) {
      answer("muted", texts.get("planner.measuring"));
    } else if (planner.failureProperty().get().isPresent()) {
      answer("error", ErrorTexts.of(planner.failureProperty().get().get(), texts));
    } else if (planner.proposalProperty().get().isPresent()) {
      answer("small", text(planner.proposalProperty().get().get()));
    } else {
      answer("muted", "");
    }
  }

  private void answer(String style, String text) {
    answer.getStyleClass().setAll("label", style);
    answer.setText(text);
    Controls.shown(answer, !text.isEmpty());
  }

  /** What one decides by: how long, how much of the text, how good. */
  private String text(RunProposal p) {
    String text =
        texts.get(
            "planner.run",
            texts.number(p.minutes(), 0),
            texts.number(p.config().training().maxSteps(), 0),
            texts.number(p.epochs(), 1));
    return p.remarks().isEmpty() ? text : text + " " + texts.get("planner.short");
  }

  private String details(RunProposal p) {
    AppConfig.Hyperparameters h = p.config().hyperparameters();
    return texts.get(
            "planner.shape",
            texts.millions(p.parameters()),
            texts.number(h.vocabSize(), 0),
            h.dModel(),
            h.nLayers(),
            h.maxSeqLen())
        + " · "
        + texts.get(
            "planner.expected",
            texts.number(p.tokens() / 1e6, 1),
            texts.number(p.tokensPerSecond(), 0),
            texts.number(p.bitsPerByteLow(), 2),
            texts.number(p.bitsPerByteHigh(), 2),
            texts.megabytes(p.memory().total(), 0));
  }
}
