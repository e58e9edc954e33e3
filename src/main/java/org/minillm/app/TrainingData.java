package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.minillm.train.Checkpoint;
import org.minillm.train.RunState;

/**
 * The files that a model was trained on, as its last checkpoint names them: its own, and those of
 * the model that it was fine-tuned from. A model without a checkpoint, as one that was downloaded
 * or exported, does not tell.
 *
 * @param files that are there
 * @param missing that are not there any more
 * @param fingerprint of what the run read; empty where files of a base are among these
 */
public record TrainingData(List<Path> files, List<Path> missing, Optional<String> fingerprint) {
  private static final int MOST_BASES = 8;

  public TrainingData {
    files = List.copyOf(files);
    missing = List.copyOf(missing);
  }

  /**
   * Reads the checkpoint of a model.
   *
   * @throws org.minillm.base.MiniLlmException.BadFormat if it is damaged
   */
  static TrainingData of(Path model) throws IOException {
    Set<Path> named = new LinkedHashSet<>();
    Optional<String> fingerprint = Optional.empty();
    Optional<Path> from = Optional.of(model);
    for (int i = 0; i < MOST_BASES && from.isPresent(); i++) {
      Optional<Path> checkpoint = Checkpoint.locate(from.get());
      from = Optional.empty();
      if (checkpoint.isPresent()) {
        RunState state = Checkpoint.readState(checkpoint.get());
        int own = named.size();
        state.files().forEach(file -> named.add(Path.of(file).toAbsolutePath().normalize()));
        boolean first = own == 0;
        fingerprint = first ? Optional.of(state.dataFingerprint()) : Optional.empty();
        from = Optional.ofNullable(state.fineTuning()).map(tuning -> Path.of(tuning.base()));
      }
    }
    List<Path> there = new ArrayList<>();
    List<Path> gone = new ArrayList<>();
    named.forEach(file -> (Files.isReadable(file) ? there : gone).add(file));
    return new TrainingData(there, gone, fingerprint);
  }

  /** Whether the model tells of any data. */
  public boolean known() {
    return !files.isEmpty() || !missing.isEmpty();
  }

  /** Whether what is there now is not what the run read. */
  boolean changed(String corpusFingerprint) {
    return missing.isEmpty()
        && fingerprint.isPresent()
        && !fingerprint.get().startsWith(corpusFingerprint + "/");
  }
}
