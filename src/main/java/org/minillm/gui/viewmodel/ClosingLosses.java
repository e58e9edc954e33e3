package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.List;

/** What closing the window now would lose. What is saved or kept on the way out is no loss. */
public final class ClosingLosses {
  private ClosingLosses() {}

  /**
   * One line for each loss, in the window's language; none where it can be closed without a word.
   *
   * @param editing whether a message of the chat was changed in its place and not sent
   */
  public static List<String> of(
      TrainingViewModel training, ModelsViewModel models, boolean editing, Texts texts) {
    List<String> losses = new ArrayList<>();
    training.inPreparation().ifPresent(name -> losses.add(texts.get("app.close.training", name)));
    if (models.busyProperty().get()) {
      losses.add(texts.get("app.close.models"));
    }
    if (training.data().stateProperty().get().stage() == DataViewModel.Stage.MENDING) {
      losses.add(texts.get("app.close.mending"));
    }
    if (editing) {
      losses.add(texts.get("app.close.editing"));
    }
    return losses;
  }
}
