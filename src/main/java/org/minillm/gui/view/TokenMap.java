package org.minillm.gui.view;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import javafx.geometry.BoundingBox;
import javafx.geometry.Bounds;
import javafx.geometry.Orientation;
import javafx.geometry.VPos;
import javafx.scene.AccessibleRole;
import javafx.scene.Cursor;
import javafx.scene.canvas.Canvas;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollBar;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseEvent;
import javafx.scene.layout.Region;
import javafx.scene.paint.Color;
import javafx.scene.text.Font;
import javafx.scene.text.Text;
import org.jspecify.annotations.Nullable;

/**
 * A text as its tokens, each on a ground of its own colour. Drawn on one canvas, of which only what
 * is in view, so that many thousand tokens stay quick. A click or the arrow keys select a token. It
 * is never higher than its lines, and where there is less room it scrolls.
 */
final class TokenMap extends Region {
  /**
   * How a token is drawn.
   *
   * @param text its characters; line feeds end the line after it
   * @param heat 0 to 1, the warmer the more surprising; NaN for no ground
   * @param mark 0 to 1, the strength of a line under it
   * @param hue a ground that only tells neighbours apart, from 0; -1 for none
   * @param quiet whether it is there for its surroundings only
   * @param caption small under it, empty for none
   */
  record Cell(String text, double heat, double mark, int hue, boolean quiet, String caption) {
    Cell(String text, double heat, double mark, int hue, boolean quiet) {
      this(text, heat, mark, hue, quiet, "");
    }
  }

  private static final double GROUND = 26;
  private static final double CAPTION = 15;

  /** Size of a caption's letters to that of the text. */
  static final double SMALLER = 0.72;

  private static final double EDGE = 2;
  private static final double BAR = 8;
  private static final double HOTTEST = 0.6;
  private static final int REMEMBERED_WIDTHS = 20_000;

  private final Canvas canvas = new Canvas();
  private final ScrollBar bar = new ScrollBar();

  /** Gets its font from the style sheet. */
  private final Label probe = new Label();

  private final double padding;

  /** Height of a line. */
  private final double lineHeight;

  private final Map<String, Double> widths = new HashMap<>();
  private List<Cell> cells = List.of();
  private IntConsumer onSelect = i -> {};
  private int selectableFrom;
  private int selected = -1;

  /** Where the cells are drawn. */
  private TokenLines lines;

  /** The last lines that were found, for a width that may not be the map's yet. */
  private TokenLines found;

  private double foundFor = Double.NaN;

  /**
   * @param padding free pixels on both sides of a token's text; 0 leaves the text as it is read
   * @param captions whether there is room for captions
   */
  TokenMap(double padding, boolean captions) {
    this.padding = padding;
    lineHeight = GROUND + (captions ? CAPTION : 0);
    found = new TokenLines(cells, 0, padding, this::widthOf);
    lines = found;
    getStyleClass().add("token-map");
    setFocusTraversable(true);
    setAccessibleRole(AccessibleRole.TEXT);
    probe.setVisible(false);
    bar.setOrientation(Orientation.VERTICAL);
    getChildren().addAll(probe, canvas, bar);
    bar.valueProperty().addListener(o -> draw());
    probe
        .fontProperty()
        .addListener(
            o -> {
              widths.clear();
              findAgain();
            });
    canvas.setOnMouseClicked(this::clicked);
    canvas.setOnMouseMoved(
        e -> canvas.setCursor(at(e.getX(), e.getY()) < 0 ? Cursor.DEFAULT : Cursor.HAND));
    setOnScroll(
        e -> {
          if (bar.isVisible()) {
            scrollTo(bar.getValue() - e.getDeltaY());
            e.consume();
          }
        });
    addEventHandler(KeyEvent.KEY_PRESSED, this::typed);
    focusedProperty().addListener(o -> draw());
    Palette.follow(this, this::draw);
  }

  /** Shows tokens; the selection and the place scrolled to stay where they are still there. */
  void show(List<Cell> tokens) {
    cells = List.copyOf(tokens);
    if (selected >= cells.size()) {
      selected = -1;
    }
    findAgain();
  }

  private void findAgain() {
    foundFor = Double.NaN;
    requestLayout();
  }

  /** What is told when a token is selected, with its index. */
  void onSelect(IntConsumer action) {
    onSelect = action;
  }

  /** Tokens before this one cannot be selected. */
  void selectFrom(int first) {
    selectableFrom = first;
  }

  /** Marks a token as selected and shows it. */
  void select(int index) {
    selected = index;
    if (index >= 0 && index < lines.cells()) {
      double top = lines.line(index) * lineHeight;
      if (top < bar.getValue()) {
        scrollTo(top);
      } else if (top + lineHeight > bar.getValue() + getHeight()) {
        scrollTo(top + lineHeight - getHeight());
      }
    }
    draw();
  }

  int selected() {
    return selected;
  }

  /** Where a token is drawn, in this node's coordinates. */
  Bounds boundsOf(int index) {
    layout();
    return new BoundingBox(
        EDGE + lines.x(index),
        lines.line(index) * lineHeight - bar.getValue(),
        lines.width(index),
        lineHeight);
  }

  private void scrollTo(double value) {
    bar.setValue(Math.max(0, Math.min(bar.getMax(), value)));
  }

  @Override
  public Orientation getContentBias() {
    return Orientation.HORIZONTAL;
  }

  @Override
  protected double computePrefHeight(double forWidth) {
    double wide = forWidth < 0 ? getWidth() : forWidth;
    return wide <= 0 ? lineHeight : Math.max(1, linesFor(wide).lines()) * lineHeight;
  }

  @Override
  protected double computeMaxHeight(double forWidth) {
    return computePrefHeight(forWidth);
  }

  @Override
  protected void layoutChildren() {
    double w = getWidth();
    double h = getHeight();
    probe.resizeRelocate(0, 0, 0, 0);
    lines = linesFor(w);
    double whole = lines.lines() * lineHeight;
    double hidden = Math.max(0, whole - h);
    bar.setVisible(hidden > 0);
    bar.setMax(hidden);
    bar.setVisibleAmount(whole == 0 ? 1 : hidden * h / whole);
    bar.setUnitIncrement(lineHeight);
    bar.setBlockIncrement(h);
    scrollTo(bar.getValue());
    bar.resizeRelocate(w - BAR, 0, BAR, h);
    canvas.setWidth(Math.max(0, w - BAR));
    canvas.setHeight(h);
    draw();
  }

  private TokenLines linesFor(double wide) {
    if (wide != foundFor) {
      found = new TokenLines(cells, wide - BAR - 2 * EDGE, padding, this::widthOf);
      foundFor = wide;
    }
    return found;
  }

  private double widthOf(String text) {
    Double known = widths.get(text);
    if (known != null) {
      return known;
    }
    if (widths.size() > REMEMBERED_WIDTHS) {
      widths.clear();
    }
    Text measured = new Text(text);
    measured.setFont(probe.getFont());
    double value = measured.getLayoutBounds().getWidth();
    widths.put(text, value);
    return value;
  }

  private void draw() {
    GraphicsContext g = canvas.getGraphicsContext2D();
    g.clearRect(0, 0, canvas.getWidth(), canvas.getHeight());
    if (lines.cells() != cells.size()) {
      return; // new tokens have no place yet
    }
    Palette palette = Palette.of(this);
    Font font = probe.getFont();
    g.setFont(font);
    g.setTextBaseline(VPos.CENTER);
    double offset = bar.getValue();
    for (int i = firstInView(offset); i < cells.size(); i++) {
      double y = lines.line(i) * lineHeight - offset;
      if (y > canvas.getHeight()) {
        break;
      }
      draw(g, palette, cells.get(i), i, y);
    }
  }

  private void draw(GraphicsContext g, Palette palette, Cell cell, int i, double y) {
    double x = EDGE + lines.x(i);
    double w = lines.width(i) - (padding > 0 ? 1 : 0);
    Color ground = ground(palette, cell);
    if (ground != null) {
      g.setFill(ground);
      g.fillRoundRect(x, y + 2, w, GROUND - 5, 5, 5);
    }
    if (cell.mark() > 0.02) {
      g.setFill(palette.violet().deriveColor(0, 1, 1, Math.min(1, 0.2 + cell.mark())));
      double thick = 1.5 + 2.5 * Math.min(1, cell.mark());
      g.fillRect(x, y + GROUND - 2 - thick / 2, w, thick);
    }
    if (i == selected) {
      g.setStroke(isFocused() ? palette.accent() : palette.text());
      g.setLineWidth(1.5);
      g.strokeRoundRect(x + 0.5, y + 1.5, Math.max(3, w - 1), GROUND - 4, 5, 5);
    }
    g.setFill(cell.quiet() ? palette.muted() : palette.text());
    g.fillText(lines.words(i), x + padding, y + GROUND / 2 - 0.5);
    if (!cell.caption().isEmpty()) {
      Font font = g.getFont();
      g.setFont(Font.font(font.getFamily(), SMALLER * font.getSize()));
      g.setFill(palette.muted());
      g.fillText(cell.caption(), x + padding, y + GROUND + CAPTION / 2 - 4);
      g.setFont(font);
    }
  }

  private static @Nullable Color ground(Palette palette, Cell cell) {
    if (cell.hue() >= 0) {
      Color[] hues = {palette.accent(), palette.violet(), palette.amber(), palette.red()};
      return hues[cell.hue() % hues.length].deriveColor(0, 1, 1, 0.28);
    }
    return Double.isNaN(cell.heat()) ? null : heat(palette, cell.heat());
  }

  /** The ground of a token that surprises by 0 to 1. */
  static Color heat(Palette palette, double heat) {
    double strength = Math.max(0, Math.min(1, heat));
    return palette
        .amber()
        .interpolate(palette.red(), strength)
        .deriveColor(0, 1, 1, HOTTEST * strength);
  }

  private int firstInView(double offset) {
    int low = 0;
    int high = cells.size();
    while (low < high) {
      int middle = (low + high) / 2;
      if ((lines.line(middle) + 1) * lineHeight <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The token that can be selected at a place, -1 for none. */
  private int at(double px, double py) {
    double offset = bar.getValue();
    int row = (int) Math.floor((py + offset) / lineHeight);
    for (int i = firstInView(offset); i < cells.size() && lines.line(i) <= row; i++) {
      double left = EDGE + lines.x(i);
      if (lines.line(i) == row && px >= left && px < left + lines.width(i)) {
        return i >= selectableFrom ? i : -1;
      }
    }
    return -1;
  }

  private void clicked(MouseEvent e) {
    requestFocus();
    choose(at(e.getX(), e.getY()));
  }

  private void choose(int index) {
    if (index >= selectableFrom && index < cells.size()) {
      select(index);
      onSelect.accept(index);
    }
  }

  private void typed(KeyEvent e) {
    int next =
        switch (e.getCode()) {
          case LEFT -> selected - 1;
          case RIGHT -> Math.max(selectableFrom, selected + 1);
          case UP -> above(-1);
          case DOWN -> above(1);
          case HOME -> selectableFrom;
          case END -> cells.size() - 1;
          default -> -1;
        };
    if (e.getCode().isNavigationKey() && !cells.isEmpty()) {
      choose(next);
      e.consume();
    }
  }

  /** The token that stands over or under the selected one. */
  private int above(int rows) {
    if (selected < 0) {
      return selectableFrom;
    }
    double middle = lines.x(selected) + lines.width(selected) / 2;
    int best = -1;
    for (int i = selectableFrom; i < cells.size(); i++) {
      if (lines.line(i) == lines.line(selected) + rows && lines.x(i) <= middle) {
        best = i;
      }
    }
    return best;
  }
}
