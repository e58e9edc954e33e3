package org.minillm.gui.view;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Optional;
import javafx.animation.PauseTransition;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.SimpleObjectProperty;
import javafx.geometry.Pos;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ListCell;
import javafx.scene.control.ListView;
import javafx.scene.control.TextField;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseButton;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import javafx.util.Duration;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatSummary;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ChatsViewModel;
import org.minillm.gui.viewmodel.Texts;

/** The chats on disk: search, open, rename, delete and undo that. */
final class ChatsBox extends VBox {
  private final ChatViewModel chat;
  private final ChatsViewModel chats;
  private final Texts texts;
  private final Runnable close;
  private final TextField search = new TextField();
  private final ListView<ChatSummary> list = new ListView<>();

  /** A search begins when the typing rests. */
  private final PauseTransition typed = new PauseTransition(Duration.millis(150));

  /** The chat whose title is a field now. */
  private final ObjectProperty<Optional<ChatSummary>> renaming =
      new SimpleObjectProperty<>(Optional.empty());

  /** That field. */
  private @Nullable TextField titleField;

  /**
   * @param close closes the box, when a chat was chosen
   */
  ChatsBox(ChatViewModel chat, Texts texts, Runnable close) {
    super(8);
    this.chat = chat;
    this.chats = chat.chats();
    this.texts = texts;
    this.close = close;
    getStyleClass().add("chats-box");
    setPrefSize(480, 460);
    buildSearch();
    buildList();
    getChildren().setAll(Controls.label(texts, "chats.title", "title"), search, list, undo());
    sceneProperty()
        .flatMap(Scene::focusOwnerProperty)
        .addListener(
            (o, was, now) -> {
              if (was != null && was == titleField) {
                endRenaming();
              }
            });
    chats.search("");
  }

  @Override
  public void requestFocus() {
    search.requestFocus();
  }

  private void buildSearch() {
    search.setId("chats-search");
    search.promptTextProperty().bind(texts.bind("chats.search"));
    search.accessibleTextProperty().bind(texts.bind("chats.search"));
    typed.setOnFinished(e -> chats.search(search.getText()));
    search.textProperty().addListener((o, was, now) -> typed.playFromStart());
    search.addEventFilter(
        KeyEvent.KEY_PRESSED,
        e -> {
          switch (e.getCode()) {
            case ENTER -> openSelected();
            case DOWN -> select(list.getSelectionModel().getSelectedIndex() + 1);
            case UP -> select(list.getSelectionModel().getSelectedIndex() - 1);
            default -> {
              return;
            }
          }
          e.consume();
        });
  }

  private void select(int index) {
    if (index >= 0 && index < list.getItems().size()) {
      list.getSelectionModel().select(index);
      list.scrollTo(index);
    }
  }

  private void openSelected() {
    ChatSummary selected = list.getSelectionModel().getSelectedItem();
    if (selected != null) {
      open(selected);
    }
  }

  private void open(ChatSummary chosen) {
    chats.open(chosen.id());
    close.run();
  }

  private void buildList() {
    list.setId("chats-list");
    list.accessibleTextProperty().bind(texts.bind("chats.title"));
    list.setCellFactory(view -> new Cell());
    Label none = new Label();
    none.getStyleClass().add("muted");
    list.setPlaceholder(none);
    VBox.setVgrow(list, Priority.ALWAYS);
    list.addEventFilter(
        KeyEvent.KEY_PRESSED,
        e -> {
          ChatSummary selected = list.getSelectionModel().getSelectedItem();
          if (renaming.get().isPresent() || selected == null) {
            return;
          }
          switch (e.getCode()) {
            case ENTER -> openSelected();
            case F2 -> rename(selected);
            case DELETE -> chats.delete(selected);
            default -> {
              return;
            }
          }
          e.consume();
        });
    Runnable fill =
        () -> {
          none.setText(texts.get(search.getText().isBlank() ? "chats.none" : "chats.noneFound"));
          list.getItems().setAll(chats.listProperty().get());
          list.getItems().stream()
              .filter(each -> each.id().equals(chat.id()))
              .findFirst()
              .ifPresentOrElse(
                  each -> list.getSelectionModel().select(each),
                  () -> list.getSelectionModel().selectFirst());
        };
    Controls.follow(this, chats.listProperty(), fill);
    fill.run();
  }

  private HBox undo() {
    Label gone = new Label();
    gone.getStyleClass().add("muted");
    gone.setMinWidth(0);
    Button back = Controls.button(texts, "chats.undo", Icon.AGAIN, chats::undoDelete);
    back.setId("chats-undo");
    HBox row = new HBox(8, gone, Controls.spacer(), back);
    row.setAlignment(Pos.CENTER_LEFT);
    Runnable show =
        () -> {
          chats
              .deletedProperty()
              .get()
              .ifPresent(old -> gone.setText(texts.get("chats.deleted", old.title())));
          Controls.shown(row, chats.deletedProperty().get().isPresent());
        };
    Controls.follow(this, chats.deletedProperty(), show);
    show.run();
    return row;
  }

  private void rename(ChatSummary stored) {
    endRenaming();
    renaming.set(Optional.of(stored));
  }

  /** What was typed as a title holds. */
  private void endRenaming() {
    Optional<ChatSummary> renamed = renaming.get();
    TextField field = titleField;
    cancelRenaming();
    if (field != null) {
      renamed
          .filter(chat -> !chat.title().equals(field.getText()))
          .ifPresent(chat -> chats.rename(chat.id(), field.getText()));
    }
  }

  private void cancelRenaming() {
    titleField = null;
    renaming.set(Optional.empty());
  }

  private void delete(ChatSummary stored) {
    endRenaming();
    chats.delete(stored);
  }

  /** A chat: its title, when it changed, where the search found something. */
  private final class Cell extends ListCell<ChatSummary> {
    private final Label title = new Label();
    private final Label found = new Label();
    private final Label when = new Label();
    private final TextField field = new TextField();
    private final VBox words = new VBox(2, title, found);
    private final HBox row;

    Cell() {
      Button rename =
          Controls.iconButton(texts, "chats.rename", Icon.EDIT, () -> with(ChatsBox.this::rename));
      Button delete =
          Controls.iconButton(texts, "chats.delete", Icon.TRASH, () -> with(ChatsBox.this::delete));
      rename.getStyleClass().addAll("bare", "chats-rename");
      delete.getStyleClass().addAll("bare", "chats-delete");
      rename.setFocusTraversable(false); // F2 and Delete do it
      delete.setFocusTraversable(false);
      found.getStyleClass().add("muted");
      when.getStyleClass().add("muted");
      when.setMinWidth(USE_PREF_SIZE);
      title.setMinWidth(0);
      words.setMinWidth(0);
      words.setAlignment(Pos.CENTER_LEFT);
      HBox.setHgrow(words, Priority.ALWAYS);
      HBox.setHgrow(field, Priority.ALWAYS);
      row = new HBox(6, words, when, rename, delete);
      row.setAlignment(Pos.CENTER_LEFT);
      row.setMinWidth(0);
      setPrefWidth(0);
      field.accessibleTextProperty().bind(texts.bind("chats.rename"));
      field.addEventFilter(KeyEvent.KEY_PRESSED, this::onKey);
      Popover.leaveEscapeTo(field);
      renaming.addListener((o, was, now) -> showTitle());
      setOnMouseClicked(
          e -> {
            if (e.getButton() == MouseButton.PRIMARY && renaming.get().isEmpty()) {
              with(ChatsBox.this::open);
            }
          });
    }

    private void with(java.util.function.Consumer<ChatSummary> action) {
      ChatSummary item = getItem();
      if (item != null) {
        action.accept(item);
      }
    }

    private void onKey(KeyEvent e) {
      if (e.getCode() == KeyCode.ENTER) {
        endRenaming();
      } else if (e.getCode() == KeyCode.ESCAPE) {
        cancelRenaming();
      } else {
        return;
      }
      list.requestFocus();
      e.consume();
    }

    /** The title as a label, or as the field that renames. */
    private void showTitle() {
      ChatSummary item = getItem();
      boolean asked =
          item != null && renaming.get().filter(chat -> chat.id().equals(item.id())).isPresent();
      if (asked == (row.getChildren().get(0) == field)) {
        return;
      }
      row.getChildren().set(0, asked ? field : words);
      if (asked) {
        titleField = field;
        field.setText(item.title());
        field.requestFocus();
        field.selectAll();
      }
    }

    @Override
    protected void updateItem(@Nullable ChatSummary item, boolean empty) {
      super.updateItem(item, empty);
      showTitle();
      if (item == null || empty) {
        setGraphic(null);
        return;
      }
      title.setText(item.title());
      setAccessibleText(item.title());
      found.setText(item.found());
      Controls.shown(found, !item.found().isEmpty());
      when.setText(
          DateTimeFormatter.ofLocalizedDateTime(FormatStyle.SHORT)
              .withLocale(texts.localeProperty().get())
              .withZone(ZoneId.systemDefault())
              .format(Instant.ofEpochMilli(item.changedMillis())));
      setGraphic(row);
    }
  }
}
