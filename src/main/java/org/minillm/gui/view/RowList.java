package org.minillm.gui.view;

import java.util.IdentityHashMap;
import java.util.function.Function;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.collections.ListChangeListener;
import javafx.collections.ObservableList;
import javafx.geometry.Orientation;
import javafx.scene.AccessibleRole;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.ScrollBar;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseEvent;
import javafx.scene.input.ScrollEvent;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.scene.shape.Rectangle;
import org.jspecify.annotations.Nullable;

/**
 * A list of rows of any height, of which only those near the view exist. It stands on the first row
 * in view, so nothing jumps when a row above turns out to be higher than was thought; or on its
 * end, which it then follows, until the reader scrolls away.
 */
final class RowList<T> extends Region {
  /** A row. */
  abstract static class Row extends VBox {
    private int index;

    /** Whether it is kept out of view, far from its place. */
    private boolean away;

    /** Whether it holds what would be lost with it: it stays when it is far from the view. */
    boolean keeps() {
      return false;
    }

    /** The row is no longer needed: it lets go of what it listens to. */
    abstract void dispose();
  }

  private static final double GAP = 14;
  private static final double EDGE = 18;
  private static final double BAR = 8;
  private static final double LINE = 40;
  private static final double GUESS = 90;

  /** Rows kept before and after those in view, for the keyboard and short scrolls. */
  private static final int NEAR = 4;

  private final ObservableList<T> items;
  private final Function<T, Row> maker;
  private final IdentityHashMap<T, Row> rows = new IdentityHashMap<>();
  private final IdentityHashMap<T, Double> heights = new IdentityHashMap<>();
  private final ScrollBar bar = new ScrollBar();
  private final Rectangle clip = new Rectangle();
  private final ReadOnlyBooleanWrapper following = new ReadOnlyBooleanWrapper(true);
  private double heightsFor = -1;

  /** The first row in view and how much of its slot is above the view. */
  private int first;

  private double hidden;
  private boolean placing;

  RowList(ObservableList<T> items, Function<T, Row> maker) {
    this.items = items;
    this.maker = maker;
    setClip(clip);
    setFocusTraversable(true);
    setAccessibleRole(AccessibleRole.LIST_VIEW);
    getStyleClass().add("row-list");
    bar.setOrientation(Orientation.VERTICAL);
    bar.setFocusTraversable(false);
    bar.setMin(0);
    getChildren().add(bar);
    bar.valueProperty().addListener((o, was, now) -> barMoved(now.doubleValue()));
    items.addListener(this::changed);
    addEventHandler(
        ScrollEvent.SCROLL,
        e -> {
          scrollBy(-e.getDeltaY());
          e.consume();
        });
    addEventHandler(KeyEvent.KEY_PRESSED, this::key);
    addEventHandler(MouseEvent.MOUSE_PRESSED, e -> requestFocus());
    sceneProperty().addListener((o, was, now) -> watchFocus(was, now));
  }

  /** Whether the view stands on the end of the list and stays there as it grows. */
  ReadOnlyBooleanProperty followingProperty() {
    return following.getReadOnlyProperty();
  }

  /** Shows the end and follows it. */
  void showEnd() {
    following.set(true);
    requestLayout();
  }

  /** Makes all rows anew, but for those that keep something: their words are others. */
  void remake() {
    rows.values()
        .removeIf(
            row -> {
              boolean goes = !row.keeps();
              if (goes) {
                drop(row);
              }
              return goes;
            });
    heights.clear();
    requestLayout();
  }

  /** Rows that exist now. */
  int liveRows() {
    return rows.size();
  }

  private void drop(Row row) {
    row.dispose();
    getChildren().remove(row);
  }

  private void changed(ListChangeListener.Change<? extends T> change) {
    boolean shrunk = false;
    while (change.next()) {
      if (change.getFrom() == 0 && change.wasRemoved()) {
        heights.clear();
      }
      shrunk |= change.wasRemoved();
      for (T gone : change.getRemoved()) {
        heights.remove(gone);
        Row row = rows.remove(gone);
        if (row != null) {
          drop(row);
        }
      }
    }
    if (shrunk && first >= items.size()) {
      first = Math.max(0, items.size() - 1);
      hidden = 0;
    }
    requestLayout();
  }

  /** Moves the view down by that many pixels, or up. */
  void scrollBy(double pixels) {
    if (pixels == 0 || items.isEmpty()) {
      return;
    }
    if (pixels < 0) {
      following.set(false);
    }
    hidden += pixels;
    requestLayout();
  }

  private void barMoved(double value) {
    if (placing || items.isEmpty()) {
      return;
    }
    following.set(value >= bar.getMax() - 1);
    double left = value;
    int at = 0;
    double guess = guess();
    while (at < items.size() - 1 && left >= slot(at, guess)) {
      left -= slot(at, guess);
      at++;
    }
    first = at;
    hidden = left;
    requestLayout();
  }

  private void key(KeyEvent e) {
    if (e.getTarget() != this || e.isControlDown() || e.isAltDown()) {
      return;
    }
    double page = getHeight() - LINE;
    switch (e.getCode()) {
      case UP -> scrollBy(-LINE);
      case DOWN -> scrollBy(LINE);
      case PAGE_UP -> scrollBy(-page);
      case PAGE_DOWN, SPACE -> scrollBy(page);
      case HOME -> barMoved(0);
      case END -> showEnd();
      default -> {
        return;
      }
    }
    e.consume();
  }

  /** Tab may lead to a row outside the view. */
  private void watchFocus(@Nullable Scene was, @Nullable Scene now) {
    if (was != null) {
      was.focusOwnerProperty().removeListener(focusMoved);
    }
    if (now != null) {
      now.focusOwnerProperty().addListener(focusMoved);
    }
  }

  private final javafx.beans.value.ChangeListener<@Nullable Node> focusMoved =
      (o, was, now) -> {
        Node at = now;
        while (at != null && at.getParent() != this) {
          at = at.getParent();
        }
        if (at instanceof Row row && row.away) {
          following.set(false);
          first = row.index;
          hidden = 0;
          requestLayout();
        } else if (at instanceof Row row && now != null) {
          double top = sceneToLocal(now.localToScene(now.getLayoutBounds())).getMinY();
          double bottom = sceneToLocal(now.localToScene(now.getLayoutBounds())).getMaxY();
          if (row.isManaged() && bottom - top < getHeight()) {
            if (top < 0) {
              scrollBy(top - EDGE);
            } else if (bottom > getHeight()) {
              scrollBy(bottom - getHeight() + EDGE);
            }
          }
        }
      };

  @Override
  protected void layoutChildren() {
    placing = true;
    try {
      place(getWidth(), getHeight());
    } finally {
      placing = false;
    }
  }

  private void place(double width, double height) {
    clip.setWidth(width);
    clip.setHeight(height);
    if (heightsFor != width) {
      heights.clear();
      heightsFor = width;
    }
    int count = items.size();
    if (count == 0 || width <= 0 || height <= 0) {
      bar.setVisible(false);
      first = 0;
      hidden = 0;
      return;
    }
    first = Math.max(0, Math.min(first, count - 1));
    settle();
    if (following.get() || below(height)) {
      standOnEnd(height);
    }
    int last = first;
    double y = -hidden;
    while (last < count && y < height) {
      double top = y + (last == 0 ? EDGE : 0);
      row(last).resizeRelocate(0, Math.rint(top), width - BAR, measured(last));
      y += slot(last);
      last++;
    }
    keepNear(last, y);
    showBar(width, height);
  }

  /** The first row in view is one of which something is in view. */
  private void settle() {
    while (hidden < 0 && first > 0) {
      first--;
      hidden += slot(first);
    }
    hidden = Math.max(0, hidden);
    while (first < items.size() - 1 && hidden >= slot(first)) {
      hidden -= slot(first);
      first++;
    }
  }

  /** Whether the view would show room after the last row. */
  private boolean below(double height) {
    double y = -hidden;
    for (int i = first; i < items.size(); i++) {
      y += slot(i);
      if (y > height) {
        return false;
      }
    }
    return true;
  }

  private void standOnEnd(double height) {
    double y = height;
    int at = items.size();
    while (at > 0 && y > 0) {
      at--;
      y -= slot(at);
    }
    first = at;
    hidden = Math.max(0, -y); // what is shorter than the view stands at its top
    following.set(true);
  }

  /** Height of a row with its distance to the next; the row is made. */
  private double slot(int index) {
    double edge = (index == 0 ? EDGE : 0) + (index == items.size() - 1 ? EDGE - GAP : 0);
    return measured(index) + GAP + edge;
  }

  /** The same without making a row. */
  private double slot(int index, double guess) {
    Double known = heights.get(items.get(index));
    return (known == null ? guess : known) + GAP + (index == 0 ? EDGE : 0);
  }

  private double guess() {
    return heights.isEmpty()
        ? GUESS
        : heights.values().stream().mapToDouble(h -> h).average().orElse(GUESS);
  }

  private double measured(int index) {
    double height = Math.ceil(row(index).prefHeight(getWidth() - BAR));
    heights.put(items.get(index), height);
    return height;
  }

  /** The row at a place; rows are children in the order of the list, as Tab goes. */
  private Row row(int index) {
    T item = items.get(index);
    Row there = rows.get(item);
    if (there != null) {
      there.index = index;
      there.away = false;
      return there;
    }
    Row made = maker.apply(item);
    made.index = index;
    rows.put(item, made);
    int at = 0;
    while (getChildren().get(at) instanceof Row row && row.index < index) {
      at++;
    }
    getChildren().add(at, made);
    made.applyCss(); // it is measured before the next pass of styles
    return made;
  }

  /** Rows far from the view go, but for one that has the keyboard and those that keep something. */
  private void keepNear(int last, double end) {
    if (first > 0) {
      measured(first - 1); // Tab leads to the neighbours of those in view
    }
    if (last < items.size()) {
      measured(last);
    }
    IdentityHashMap<T, Row> kept = new IdentityHashMap<>();
    double width = getWidth() - BAR;
    double after = Math.max(end, getHeight()) + LINE;
    double before = -LINE;
    for (int i = Math.min(items.size(), last + NEAR) - 1; i >= Math.max(0, first - NEAR); i--) {
      Row row = rows.get(items.get(i));
      if (row == null) {
        continue;
      }
      kept.put(items.get(i), row);
      if (i < first) {
        before -= measured(i);
        row.resizeRelocate(0, before, width, measured(i));
      } else if (i >= last) {
        row.resizeRelocate(0, after, width, measured(i));
      }
    }
    rows.entrySet()
        .removeIf(
            e -> {
              if (kept.containsKey(e.getKey())) {
                return false;
              }
              if (e.getValue().isFocusWithin() || e.getValue().keeps()) {
                e.getValue().away = true;
                e.getValue().relocate(0, -e.getValue().getHeight() - getHeight());
                return false;
              }
              drop(e.getValue());
              return true;
            });
  }

  private void showBar(double width, double height) {
    double guess = guess();
    double total = EDGE - GAP;
    double before = hidden;
    for (int i = 0; i < items.size(); i++) {
      before += i < first ? slot(i, guess) : 0;
      total += slot(i, guess);
    }
    double most = Math.max(0, total - height);
    bar.setVisible(most > 0.5);
    bar.setMax(most);
    bar.setVisibleAmount(most * height / Math.max(1, total));
    bar.setUnitIncrement(LINE);
    bar.setBlockIncrement(height - LINE);
    bar.setValue(following.get() ? most : Math.min(most, before));
    bar.resizeRelocate(width - BAR, 0, BAR, height);
  }

  @Override
  protected double computePrefWidth(double height) {
    return 400;
  }

  @Override
  protected double computePrefHeight(double width) {
    return 300;
  }

  @Override
  protected double computeMinHeight(double width) {
    return 80;
  }

  @Override
  protected double computeMinWidth(double height) {
    return 0;
  }
}
