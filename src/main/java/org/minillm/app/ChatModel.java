package org.minillm.app;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.minillm.format.LoadedModel;
import org.minillm.model.Transformer;

/**
 * A model to chat with: one from disk, or the one in training, whose weights change between turns.
 *
 * @param path where it was loaded from, empty for the model in training
 * @param step training step, -1 for a finished model
 */
record ChatModel(String name, Optional<Path> path, LoadedModel loaded, LongSupplier step) {
  boolean live() {
    return path.isEmpty();
  }

  Transformer transformer() {
    return loaded.model();
  }

  /** Whether it knows conversations. */
  boolean chats() {
    return loaded.chatTemplate().isPresent();
  }

  /** Whether it was taught conversations in a form that is not known here. */
  boolean unknownTemplate() {
    return loaded.chat().unknown().isPresent();
  }
}
