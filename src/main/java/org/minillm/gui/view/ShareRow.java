package org.minillm.gui.view;

import javafx.geometry.Pos;
import javafx.scene.control.Label;
import javafx.scene.control.OverrunStyle;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;

/** A word with its share of a whole: a bar and a figure. */
final class ShareRow extends HBox {
  private static final double FIGURE = 50;
  private static final double BAR = 8;

  private final Label name;
  private final Region fill = new Region();
  private final Region track = new Region();
  private final double share;

  /**
   * @param width of the word's column, pixels
   * @param share 0 to 1, the bar's length
   * @param figure beside the bar
   * @param style of the bar's fill
   */
  ShareRow(String word, double width, double share, String figure, String style) {
    super(10);
    this.share = Math.max(0, Math.min(1, share));
    setAlignment(Pos.CENTER_LEFT);
    name = new Label(word);
    name.setMinWidth(width);
    name.setPrefWidth(width);
    name.setMaxWidth(width);
    name.setTextOverrun(OverrunStyle.ELLIPSIS);
    name.getStyleClass().add("token-name");
    track.getStyleClass().add("share-track");
    fill.getStyleClass().addAll("share-fill", style);
    fill.setManaged(false);
    track.setMinHeight(BAR);
    track.setMaxHeight(BAR);
    HBox.setHgrow(track, Priority.ALWAYS);
    track.setMaxWidth(Double.MAX_VALUE);
    Label value = new Label(figure);
    value.setMinWidth(FIGURE);
    value.setAlignment(Pos.CENTER_RIGHT);
    value.getStyleClass().add("small");
    getChildren().addAll(name, track, value, fill);
  }

  /** Lets the bar be so long at most, however wide the row is. */
  void limitBar(double most) {
    track.setMaxWidth(most);
    setMaxWidth(name.getMaxWidth() + most + FIGURE + 2 * getSpacing());
  }

  @Override
  protected void layoutChildren() {
    super.layoutChildren();
    double width = share == 0 ? 0 : Math.max(2, share * track.getWidth());
    fill.resizeRelocate(track.getLayoutX(), track.getLayoutY(), width, track.getHeight());
  }
}
