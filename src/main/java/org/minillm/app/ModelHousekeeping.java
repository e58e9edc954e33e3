package org.minillm.app;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.minillm.base.DiskSpace;
import org.minillm.base.FileTrees;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.format.AtomicFiles;
import org.minillm.format.ModelFiles;
import org.minillm.train.Checkpoint;

/**
 * Renames, copies and throws away models of the library. What is in use, here or in another
 * process, and what came with the package is refused. Reads and writes the disk: not for the UI
 * thread.
 */
public final class ModelHousekeeping {
  private static final int LONGEST_NAME = 100;

  /** Who uses a model now. */
  interface Users {
    /** Lets it go where it was kept for nobody in particular. */
    void letGo(Path model);

    /** Whether the chat or the server has it loaded. */
    boolean loaded(Path model);

    /** Whether a training writes it. */
    boolean written(Path model);
  }

  private final ModelLibrary library;
  private final Users users;
  private final Trash trash;

  ModelHousekeeping(ModelLibrary library, Users users, Trash trash) {
    this.library = library;
    this.users = users;
    this.trash = trash;
  }

  /**
   * Gives a model another name, on its card and as its folder or file.
   *
   * @return where it is now
   * @throws BadInput for a name that cannot be, and for a model in use
   */
  public Path rename(Path model, String name) throws IOException {
    boolean directory = Files.isDirectory(model);
    String ending = directory ? "" : ending(model);
    String wanted = checked(less(name.strip(), ending));
    requireFree(model);
    Path to =
        library.folder(wanted + ending).equals(fileName(model))
            ? model
            : library.newDirectory(wanted, ending);
    if (directory) {
      ModelFiles.rename(model, wanted);
    }
    if (!to.equals(model)) {
      Files.move(model, to, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.syncDirectory(library.directory());
    }
    return to;
  }

  /**
   * Copies a model; one that came with a package becomes the user's own.
   *
   * @param name of the copy
   * @return where it is
   * @throws BadInput for a name that cannot be, and for a model that is being trained
   */
  public Path duplicate(Path model, String name) throws IOException {
    String wanted = checked(name);
    requireUnwritten(model);
    long bytes = bytes(model);
    Files.createDirectories(library.directory());
    OptionalLong free = DiskSpace.free(library.directory());
    if (free.isPresent() && bytes > free.getAsLong()) {
      throw new IOException(
          "a copy needs "
              + bytes
              + " bytes and "
              + free.getAsLong()
              + " are free in "
              + library.directory());
    }
    Path to = library.newDirectory(wanted, Files.isDirectory(model) ? "" : ending(model));
    // The library leaves out what begins with a point: a copy that was cut off is none.
    Path part = to.resolveSibling("." + to.getFileName() + ".part");
    try {
      copy(model, part);
      if (Files.isDirectory(part)) {
        ModelFiles.rename(part, wanted);
      }
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      FileTrees.delete(part);
    }
    return to;
  }

  /**
   * Moves a model to the trash.
   *
   * @return what {@link #restore} takes
   * @throws BadInput for a model in use
   */
  public Trashed throwAway(Path model) throws IOException {
    requireFree(model);
    return trash.put(model.toAbsolutePath().normalize());
  }

  /**
   * Takes a model out of the trash again.
   *
   * @return where it is: where it was, or beside what has that name by now
   */
  public Path restore(Trashed thrown) throws IOException {
    Path to = thrown.from();
    if (Files.exists(to)) {
      String ending = Files.isDirectory(thrown.now()) ? "" : ending(to);
      String name = fileName(to);
      to = library.newDirectory(less(name, ending), ending);
    }
    return trash.takeBack(thrown, to);
  }

  private static String checked(String name) {
    String plain = name.strip();
    if (plain.isEmpty()
        || plain.length() > LONGEST_NAME
        || plain.matches(".*[/\\\\\\p{Cntrl}].*")) {
      throw new BadInput("name", "1 to 100 characters, no slashes");
    }
    return plain;
  }

  private void requireFree(Path model) {
    users.letGo(model);
    if (users.loaded(model)) {
      throw new BadInput(shown(model), "is open; eject it first");
    }
    requireUnwritten(model);
    if (library.isDelivered(model)) {
      throw new BadInput(shown(model), "came with the package and stays as it is; duplicate it");
    }
  }

  private void requireUnwritten(Path model) {
    if (users.written(model) || DirectoryLock.isTaken(model)) {
      throw new BadInput(shown(model), "is being trained; stop the training first");
    }
  }

  private static String shown(Path model) {
    return fileName(model);
  }

  private static String fileName(Path model) {
    return String.valueOf(model.getFileName());
  }

  private static String ending(Path file) {
    String name = fileName(file);
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot);
  }

  private static String less(String name, String ending) {
    return name.endsWith(ending) ? name.substring(0, name.length() - ending.length()) : name;
  }

  private static long bytes(Path model) throws IOException {
    try (Stream<Path> files = Files.walk(model)) {
      long sum = 0;
      Path words = Checkpoint.words(model);
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        sum += file.startsWith(words) ? 0 : Files.size(file);
      }
      return sum;
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
              throws IOException {
            if (dir.equals(Checkpoint.words(from))) {
              return FileVisitResult.SKIP_SUBTREE; // made again when somebody asks
            }
            Files.createDirectories(to.resolve(from.relativize(dir).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!fileName(file).equals(DirectoryLock.NAME)) {
              Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** What was thrown away last and how to say where it is. */
  public record Trashed(Path from, Path now, Optional<Path> info) {}
}
