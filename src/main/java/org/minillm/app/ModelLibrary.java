package org.minillm.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The models in {@code model_dir}. Reads headers only; not for the UI thread. */
public final class ModelLibrary {
  /** Folder of the starter model in {@code model_dir}. */
  public static final String STARTER = "starter";

  /**
   * @param modelDir need not exist
   */
  public ModelLibrary(Path modelDir) {}

  public Path directory() {
    throw new UnsupportedOperationException();
  }

  /** All models that can be opened, newest first; what cannot be read is left out and logged. */
  public List<ModelEntry> list() {
    return List.of();
  }

  /** The model to load at first start. */
  public Optional<ModelEntry> starter() {
    return Optional.empty();
  }

  /** A directory for a new model of that name that does not exist yet ("cuentos", "cuentos-2"). */
  public Path newDirectory(String name) {
    throw new UnsupportedOperationException();
  }
}
