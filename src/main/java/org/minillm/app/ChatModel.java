package org.minillm.app;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.minillm.format.LoadedModel;
import org.minillm.model.ModelConfig;
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

  /** Tokens of context it was made for. */
  int wholeContext() {
    return transformer().config().contextLength();
  }

  /** Bytes it takes with its whole context, else as below. */
  long bytes(Optional<ChatModel> inTraining) {
    return bytes(inTraining, wholeContext());
  }

  /**
   * Bytes it takes, of the model in training only its session: the training counts the weights as
   * long as they are its own.
   *
   * @param inTraining the model in training now
   * @param context positions of its session
   */
  long bytes(Optional<ChatModel> inTraining, int context) {
    ModelConfig shape = transformer().config();
    boolean shared = inTraining.filter(t -> t.transformer() == transformer()).isPresent();
    return shared
        ? MemoryPlanner.session(shape, context)
        : MemoryPlanner.chatModel(shape, transformer().weightBytes(), context);
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
