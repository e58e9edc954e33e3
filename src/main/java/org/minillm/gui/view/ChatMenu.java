package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.function.Consumer;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.layout.VBox;
import javafx.stage.FileChooser;
import javafx.stage.Window;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatMarkdown;
import org.minillm.app.StoredChat;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Texts;

/** What can be done with the chat on screen: copy, export, import; and what helps in the window. */
final class ChatMenu extends VBox {
  private final ChatViewModel chat;
  private final Texts texts;
  private final Runnable close;

  /**
   * @param close closes the menu
   * @param keys shows the keyboard's shortcuts
   * @param tour shows the tour; null where there is none
   */
  ChatMenu(
      ChatViewModel chat, Texts texts, Runnable close, Runnable keys, @Nullable Runnable tour) {
    super(2);
    this.chat = chat;
    this.texts = texts;
    this.close = close;
    getStyleClass().add("chat-menu");
    boolean none = chat.id().isEmpty();
    add("chat.copyAll", Icon.COPY, this::copyAll).setDisable(none);
    String markdown = "chat.exportMarkdown";
    add(markdown, Icon.EXPORT, () -> export(markdown, "md", this::markdown)).setDisable(none);
    String json = "chat.exportJson";
    add(json, Icon.EXPORT, () -> export(json, "json", this::json)).setDisable(none);
    add("chat.import", Icon.IMPORT, this::importChat);
    add("chat.keyboard", Icon.KEYBOARD, keys);
    if (tour != null) {
      add("chat.tour", Icon.HELP, tour).setId("chat-tour");
    }
  }

  private Button add(String key, Icon icon, Runnable action) {
    Button button =
        Controls.button(
            texts,
            key,
            icon,
            () -> {
              close.run();
              action.run();
            });
    button.setMaxWidth(Double.MAX_VALUE);
    button.setAlignment(Pos.CENTER_LEFT);
    button.getStyleClass().addAll("bare", "row-button");
    getChildren().add(button);
    return button;
  }

  @Override
  public void requestFocus() {
    getChildren().stream()
        .filter(each -> !each.isDisabled())
        .findFirst()
        .ifPresent(each -> each.requestFocus());
  }

  private void copyAll() {
    TextSelection.copy(
        ChatMarkdown.of(
            "",
            chat.messages().stream()
                .map(m -> new StoredChat.Message(m.user(), m.textProperty().get(), null, -1, false))
                .toList(),
            texts.get("chat.user"),
            texts.get("chat.model")));
  }

  private void markdown(Path file) {
    chat.chats().exportMarkdown(chat.id(), file, texts.get("chat.user"), texts.get("chat.model"));
  }

  private void json(Path file) {
    chat.chats().exportJson(chat.id(), file);
  }

  private void export(String key, String ending, Consumer<Path> write) {
    String name = chat.titleProperty().get().replaceAll("[^\\p{L}\\p{N} ._-]+", "").strip();
    FileDialogs.save(
            window(),
            texts.get(key),
            (name.isEmpty() ? "chat" : name) + "." + ending,
            kind("*." + ending))
        .ifPresent(chosen -> write.accept(chosen.toPath()));
  }

  private void importChat() {
    FileDialogs.open(window(), texts.get("chat.import"), kind("*.json"))
        .ifPresent(chosen -> chat.chats().importFrom(chosen.toPath()));
  }

  private FileChooser.ExtensionFilter kind(String pattern) {
    return new FileChooser.ExtensionFilter(texts.get("chat.file", pattern), pattern);
  }

  /** The menu is gone by now: dialogs belong to the window that is in front. */
  private static @Nullable Window window() {
    return Window.getWindows().stream().filter(Window::isFocused).findFirst().orElse(null);
  }
}
