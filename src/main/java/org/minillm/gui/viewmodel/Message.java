package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.List;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.ReadOnlyStringProperty;
import javafx.beans.property.ReadOnlyStringWrapper;
import org.jspecify.annotations.Nullable;
import org.minillm.app.StoredChat.Figures;
import org.minillm.tokenizer.ChatMessage;

/** A message of a chat; the text of an answer grows while it streams. */
public final class Message {
  /**
   * A message's place among its siblings.
   *
   * @param index from 1 to {@code count}
   */
  public record Branch(int index, int count) {}

  final @Nullable Message parent;
  final List<Message> children = new ArrayList<>();
  @Nullable Message chosen;
  final boolean user;
  final ReadOnlyStringWrapper text = new ReadOnlyStringWrapper("");
  final ReadOnlyObjectWrapper<@Nullable Figures> figures = new ReadOnlyObjectWrapper<>();
  private final ReadOnlyObjectWrapper<Branch> branch =
      new ReadOnlyObjectWrapper<>(new Branch(1, 1));
  final ReadOnlyBooleanWrapper open = new ReadOnlyBooleanWrapper();

  Message(@Nullable Message parent, boolean user, String text) {
    this.parent = parent;
    this.user = user;
    this.text.set(text);
  }

  public boolean user() {
    return user;
  }

  public ReadOnlyStringProperty textProperty() {
    return text.getReadOnlyProperty();
  }

  /** Figures of a finished answer, else null. */
  public ReadOnlyObjectProperty<@Nullable Figures> figuresProperty() {
    return figures.getReadOnlyProperty();
  }

  /** Which of its siblings it is. */
  public ReadOnlyObjectProperty<Branch> branchProperty() {
    return branch.getReadOnlyProperty();
  }

  /** Whether it is the answer under way. */
  public ReadOnlyBooleanProperty openProperty() {
    return open.getReadOnlyProperty();
  }

  void setFigures(@Nullable Figures value) {
    figures.set(value);
  }

  void setBranch(Branch value) {
    branch.set(value);
  }

  /** As the chat service takes it. */
  ChatMessage forModel() {
    return user ? ChatMessage.user(text.get()) : ChatMessage.assistant(text.get());
  }
}
