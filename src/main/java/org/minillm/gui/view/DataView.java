package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.app.doctor.CheckReport;
import org.minillm.app.doctor.Example;
import org.minillm.app.doctor.Finding;
import org.minillm.app.doctor.FindingKind;
import org.minillm.app.doctor.FixReport;
import org.minillm.gui.viewmodel.DataViewModel;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.train.CorpusSummary;
import org.minillm.train.text.TextFormat;

/** What the chosen files hold and what the data doctor says of them, before anything starts. */
final class DataView extends VBox {
  private static final int FILES_SHOWN = 6;

  private final DataViewModel data;
  private final Texts texts;
  private final Consumer<Path> take;
  private final Meter bar = new Meter(160);
  private final Label doing = new Label();
  private final HBox working;

  /**
   * @param take takes the mended copy in the place of the files
   */
  DataView(DataViewModel data, Texts texts, Consumer<Path> take) {
    super(6);
    this.data = data;
    this.texts = texts;
    this.take = take;
    getStyleClass().add("plan");
    setId("data-view");
    Button cancel = Controls.button(texts, "data.cancel", data::cancel);
    cancel.setId("data-cancel");
    doing.getStyleClass().add("muted");
    HBox.setHgrow(bar, Priority.ALWAYS);
    working = new HBox(10, doing, bar, cancel);
    working.setAlignment(Pos.CENTER_LEFT);
    data.stateProperty().addListener((o, was, now) -> show(was, now));
    texts.localeProperty().addListener((o, was, now) -> fill());
    fill();
  }

  private void show(DataViewModel.State was, DataViewModel.State now) {
    if (was.stage() == now.stage() && now.busy()) {
      bar.show(now.progress(), false); // the rest stays as it is
    } else {
      fill();
    }
  }

  private void fill() {
    DataViewModel.State now = data.stateProperty().get();
    getChildren().clear();
    Controls.shown(this, now.stage() != DataViewModel.Stage.NOTHING);
    now.summary().ifPresent(this::addSummary);
    if (now.busy()) {
      doing.setText(texts.get("data.stage." + now.stage().name()));
      bar.show(now.progress(), false);
      bar.setVisible(now.stage() != DataViewModel.Stage.LOOKING); // how much is not known yet
      getChildren().add(working);
    }
    now.report().ifPresent(report -> addReport(report, now));
    now.mended().ifPresent(done -> getChildren().add(line(mended(done), "good")));
    now.failure().ifPresent(e -> getChildren().add(line(ErrorTexts.of(e, texts), "error")));
    if (now.stage() == DataViewModel.Stage.CANCELLED) {
      getChildren().add(line(texts.get("data.stage.CANCELLED"), "muted"));
    }
  }

  private void addSummary(CorpusSummary s) {
    Label all =
        line(
            texts.get(
                "data.all",
                s.files().size(),
                texts.size(s.bytes()),
                s.documents(),
                texts.number(rounded(s.tokens()), 0)),
            "strong");
    all.setId("data-summary");
    getChildren().add(all);
    getChildren().add(line(languages(s.languages()), "muted"));
    if (s.files().size() > 1) {
      for (CorpusSummary.FileSummary file : s.files().stream().limit(FILES_SHOWN).toList()) {
        getChildren().add(line(file(file), "muted"));
      }
      if (s.files().size() > FILES_SHOWN) {
        getChildren().add(line(texts.get("data.more", s.files().size() - FILES_SHOWN), "muted"));
      }
    }
    if (!s.skipped().isEmpty()) {
      String names =
          s.skipped().stream()
              .limit(3)
              .map(skipped -> String.valueOf(skipped.path().getFileName()))
              .collect(Collectors.joining(", "));
      getChildren().add(line(texts.get("data.skipped", s.skipped().size(), names), "muted"));
    }
  }

  /** An estimate with the two digits that it is good for. */
  private static double rounded(long tokens) {
    double unit = Math.pow(10, Math.max(0, Math.floor(Math.log10(Math.max(1, tokens))) - 1));
    return Math.round(tokens / unit) * unit;
  }

  private String languages(List<CorpusSummary.LanguageShare> shares) {
    return shares.stream()
        .map(
            share ->
                texts.get("data.language." + code(share.language()))
                    + " "
                    + texts.number(100 * share.share(), share.share() < 0.1 ? 1 : 0)
                    + " %")
        .collect(Collectors.joining(", "));
  }

  /** The label of a verdict as the end of a key. */
  private static String code(String language) {
    return switch (language) {
      case "es", "en", "other" -> language;
      case "es+en" -> "both";
      default -> "unknown";
    };
  }

  private String format(String label) {
    return TextFormat.labelled(label)
        .map(format -> texts.get("data.format." + format.name()))
        .orElse(label);
  }

  private String file(CorpusSummary.FileSummary f) {
    String format = format(f.format());
    return texts.get(
        "data.file",
        String.valueOf(f.path().getFileName()),
        f.encoding().isEmpty() ? format : format + ", " + f.encoding(),
        texts.size(f.bytes()),
        f.documents(),
        texts.number(rounded(f.tokens()), 0));
  }

  private void addReport(CheckReport report, DataViewModel.State now) {
    if (report.findings().isEmpty()) {
      getChildren().add(line(texts.get("data.sound"), "good"));
    }
    for (Finding finding : report.findings()) {
      getChildren().add(finding(finding));
    }
    if (!now.mendable().isEmpty() && !now.busy() && now.mended().isEmpty()) {
      Button mend = Controls.button(texts, "data.mend", () -> data.mend(take));
      mend.setId("data-mend");
      Label hint = line(texts.get("data.mendHint"), "muted");
      HBox row = new HBox(10, mend, hint);
      HBox.setHgrow(hint, Priority.ALWAYS);
      row.setAlignment(Pos.CENTER_LEFT);
      getChildren().add(row);
    }
  }

  private Node finding(Finding f) {
    Label what = line(words(f), f.kind().safe() ? "amber" : "small");
    VBox examples = new VBox(2);
    Controls.shown(examples, false);
    Button more = new Button();
    more.getStyleClass().add("quiet");
    more.setMinWidth(Region.USE_PREF_SIZE);
    Runnable name =
        () -> more.setText(texts.get(examples.isVisible() ? "data.hideExamples" : "data.examples"));
    name.run();
    more.setOnAction(
        e -> {
          if (examples.getChildren().isEmpty()) {
            f.examples().forEach(x -> examples.getChildren().add(line(example(x), "muted")));
          }
          Controls.shown(examples, !examples.isVisible());
          name.run();
        });
    Controls.shown(more, !f.examples().isEmpty());
    HBox.setHgrow(what, Priority.ALWAYS);
    what.setMaxWidth(Double.MAX_VALUE);
    HBox row = new HBox(8, what, more);
    row.setAlignment(Pos.CENTER_LEFT);
    return new VBox(2, row, examples);
  }

  /** A leak is a share of the validation documents, all else one of all. */
  private String words(Finding f) {
    String kind = texts.get("data.kind." + f.kind().name());
    String does = texts.get("data.does." + f.kind().name());
    String percent = texts.number(100 * f.share(), 1);
    if (f.kind() == FindingKind.LEAKAGE) {
      long of = f.share() > 0 ? Math.round(f.documents() / f.share()) : f.documents();
      return texts.get("data.leakage", kind, f.documents(), of, percent, does);
    }
    return texts.get("data.finding", kind, f.documents(), percent, does);
  }

  private String example(Example x) {
    String place =
        String.format(Locale.ROOT, "%s:%d", x.place().file().getFileName(), x.place().line());
    String other = x.other().map(o -> " = " + o.file().getFileName() + ":" + o.line()).orElse("");
    return place
        + other
        + (x.excerpt().isEmpty() ? "" : "  " + texts.get("data.excerpt", x.excerpt()));
  }

  private String mended(FixReport done) {
    return texts.get(
        "data.mended",
        String.valueOf(done.out().getFileName()),
        texts.number(done.written(), 0),
        texts.number(done.read(), 0),
        texts.number(done.repaired(), 0));
  }

  private static Label line(String text, String style) {
    Label label = new Label(text);
    label.getStyleClass().add(style);
    label.setWrapText(true);
    label.setMinHeight(Region.USE_PREF_SIZE);
    return label;
  }
}
