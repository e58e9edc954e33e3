package org.minillm.gui.viewmodel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.minillm.app.StoredChat;

/**
 * The messages of a chat with all branches. Of siblings one is chosen; the chosen ones from the
 * root on are the branch on screen.
 */
final class ChatTree {
  /** Holds the first messages; is none itself. */
  private final Message root = new Message(null, false, "");

  /** A tree of the messages on disk. */
  static ChatTree of(List<StoredChat.Message> kept) {
    ChatTree tree = new ChatTree();
    List<Message> made = new ArrayList<>();
    List<Message> chosen = new ArrayList<>();
    for (StoredChat.Message each : kept) {
      Message parent = each.parent() < 0 ? tree.root : made.get(each.parent());
      Message message = tree.add(parent, each.user(), each.text());
      message.setFigures(each.figures());
      made.add(message);
      if (each.chosen()) {
        chosen.add(message);
      }
    }
    chosen.forEach(m -> tree.parentOf(m).chosen = m);
    return tree;
  }

  /** The last message of the branch on screen; the root without one. */
  Message leaf() {
    Message at = root;
    for (Message next = at.chosen; next != null; next = at.chosen) {
      at = next;
    }
    return at;
  }

  /** The branch on screen. */
  List<Message> path() {
    List<Message> path = new ArrayList<>();
    for (Message at = root.chosen; at != null; at = at.chosen) {
      path.add(at);
    }
    return path;
  }

  /** The messages up to this one. */
  List<Message> pathTo(Message message) {
    List<Message> path = new ArrayList<>();
    for (Message at = message; at != root; at = parentOf(at)) {
      path.add(at);
    }
    Collections.reverse(path);
    return path;
  }

  /** What a message follows; the root for a first one. */
  Message parentOf(Message message) {
    Message parent = message.parent;
    return parent == null ? root : parent;
  }

  boolean isRoot(Message message) {
    return message == root;
  }

  /** Adds a message after {@code parent}, as the chosen one. */
  Message add(Message parent, boolean user, String text) {
    Message message = new Message(parent, user, text);
    parent.children.add(message);
    parent.chosen = message;
    number(parent);
    return message;
  }

  /**
   * Takes a message out, with all that follows it.
   *
   * @param instead the sibling to be chosen, null for none
   */
  void remove(Message message, @Nullable Message instead) {
    Message parent = parentOf(message);
    parent.children.remove(message);
    parent.chosen = instead;
    number(parent);
  }

  /** The sibling that many places further; null where there is none. */
  @Nullable Message sibling(Message message, int step) {
    List<Message> siblings = parentOf(message).children;
    int at = siblings.indexOf(message) + step;
    return at >= 0 && at < siblings.size() ? siblings.get(at) : null;
  }

  void choose(Message message) {
    parentOf(message).chosen = message;
  }

  private static void number(Message parent) {
    int count = parent.children.size();
    for (int i = 0; i < count; i++) {
      parent.children.get(i).setBranch(new Message.Branch(i + 1, count));
    }
  }

  /**
   * All messages as they are kept, a branch after the other; an answer under way is one of them as
   * soon as it has a text.
   */
  List<StoredChat.Message> kept() {
    List<StoredChat.Message> kept = new ArrayList<>();
    Map<Message, Integer> index = new HashMap<>();
    Deque<Message> waiting = new ArrayDeque<>();
    push(root, waiting);
    while (!waiting.isEmpty()) { // no recursion: a chat may be thousands of messages deep
      Message message = waiting.pop();
      if (message.openProperty().get() && message.textProperty().get().isEmpty()) {
        continue;
      }
      Message parent = parentOf(message);
      index.put(message, kept.size());
      kept.add(
          new StoredChat.Message(
              message.user(),
              message.textProperty().get(),
              message.figuresProperty().get(),
              index.getOrDefault(parent, -1),
              parent.children.size() > 1 && parent.chosen == message));
      push(message, waiting);
    }
    return kept;
  }

  private static void push(Message parent, Deque<Message> waiting) {
    for (int i = parent.children.size() - 1; i >= 0; i--) {
      waiting.push(parent.children.get(i));
    }
  }
}
