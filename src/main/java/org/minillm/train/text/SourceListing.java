package org.minillm.train.text;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * Files that paths stand for: a file for itself, a folder for the files of known formats in it and
 * in its folders, in the order of their names, whatever the file system's order is. In folders,
 * what is hidden, of another format, unreadable or a link to a folder is skipped and told; so is a
 * file that was there before, by whatever path.
 *
 * @param files all of them, in order
 * @param found files of folders
 * @param skipped what lies in folders or is there again and is not read, with the reason
 */
public record SourceListing(List<Path> files, Set<Path> found, List<Skipped> skipped) {
  /** Most files of a corpus. */
  public static final int MOST_FILES = 20_000;

  private static final int DEEPEST = 64;

  /** What is not read, and why. */
  public record Skipped(Path path, String reason) {}

  /**
   * Lists files and folders.
   *
   * @throws NoSuchFileException if a path does not exist
   * @throws BadInput if there are more than {@value #MOST_FILES} files
   */
  public static SourceListing of(List<Path> paths) throws IOException {
    SourceListing listing =
        new SourceListing(new ArrayList<>(), new LinkedHashSet<>(), new ArrayList<>());
    Set<Path> seen = new HashSet<>();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
      if (Files.isDirectory(path)) {
        listing.walk(path, 0, seen);
      } else {
        listing.add(path, seen);
      }
    }
    return listing;
  }

  /** Whether it is there for the first time. */
  private boolean add(Path file, Set<Path> seen) {
    boolean first = seen.add(real(file));
    if (first) {
      files.add(file);
    } else {
      skipped.add(new Skipped(file, "is the same file as one before it"));
    }
    return first;
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) { // whoever reads it says why
      return file.toAbsolutePath().normalize();
    }
  }

  private void walk(Path folder, int depth, Set<Path> seen) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(entries::add);
    } catch (AccessDeniedException e) {
      skipped.add(new Skipped(folder, "may not be read by you (its permissions)"));
      return;
    }
    entries.sort(Comparator.comparing(p -> String.valueOf(p.getFileName())));
    for (Path entry : entries) {
      String name = String.valueOf(entry.getFileName());
      if (name.startsWith(".")) {
        skipped.add(new Skipped(entry, "is hidden"));
      } else if (Files.isDirectory(entry)) {
        if (Files.isSymbolicLink(entry) || depth == DEEPEST) { // a link could lead in a circle
          skipped.add(new Skipped(entry, "is a link to a folder, or too deep"));
        } else {
          walk(entry, depth + 1, seen);
        }
      } else if (TextFormat.of(entry).isEmpty()) {
        skipped.add(new Skipped(entry, "has no known format"));
      } else if (!Files.isRegularFile(entry) || !Files.isReadable(entry)) {
        skipped.add(new Skipped(entry, "may not be read by you, or is no file"));
      } else if (add(entry, seen)) {
        found.add(entry);
      }
      if (files.size() > MOST_FILES) {
        throw new BadInput(
            folder.toString(),
            "holds more than "
                + MOST_FILES
                + " files; join them into fewer, for instance as JSON Lines");
      }
    }
  }
}
