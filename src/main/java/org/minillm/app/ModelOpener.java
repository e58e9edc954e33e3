package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import org.minillm.base.MemoryBudget;
import org.minillm.model.ModelConfig;

/** How the chat gets at models on disk; the application reads files, tests bring their own. */
interface ModelOpener {
  /** The shape, from the header alone. */
  ModelConfig shape(Path model) throws IOException;

  /** Bytes its weights will take in memory, from the header alone. */
  default long weightBytes(Path model) throws IOException {
    return Float.BYTES * shape(model).parameterCount();
  }

  /** Reads the whole model. */
  ChatModel open(Path model, MemoryBudget budget) throws IOException;
}
