package org.minillm.app;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.minillm.base.FileTrees;
import org.minillm.train.Checkpoint;

/** What a new run leaves on the disk that ended before it saved anything. */
final class UnsavedRun {
  private UnsavedRun() {}

  /**
   * Deletes the run's ids and, where the run made its directory, all else that it wrote there; what
   * somebody else put there stays. Trouble with that is logged.
   *
   * @param made whether the directory is the run's own
   */
  static void delete(Path dir, boolean made) {
    try {
      FileTrees.delete(Checkpoint.tokens(dir));
      deleteIfEmpty(Checkpoint.tokens(dir).getParent());
      if (made) {
        Files.deleteIfExists(dir.resolve(TrainingService.METRICS));
        Files.deleteIfExists(dir.resolve(DirectoryLock.NAME));
        deleteIfEmpty(dir);
      }
    } catch (IOException e) {
      System.getLogger(UnsavedRun.class.getName())
          .log(Level.WARNING, "Cannot delete what a run left in " + dir + ": " + e.getMessage());
    }
  }

  private static void deleteIfEmpty(@Nullable Path directory) throws IOException {
    if (directory == null) {
      return;
    }
    try {
      Files.delete(directory);
    } catch (NoSuchFileException | DirectoryNotEmptyException e) {
      // There is none, or somebody keeps something in it.
    }
  }
}
