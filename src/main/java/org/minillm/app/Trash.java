package org.minillm.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.minillm.app.ModelHousekeeping.Trashed;
import org.minillm.format.AtomicFiles;

/**
 * The desktop's trash as the freedesktop.org Trash specification 1.0 lays it out: {@code
 * files/NAME} and {@code info/NAME.trashinfo} with where it was and when it was thrown away. File
 * managers show it and empty it. What is on another file system than the trash goes to a folder
 * {@code .trash} beside it: a move there is a rename, whatever its size.
 */
final class Trash {
  private final Path home;

  /**
   * @param home the home trash; made when first needed
   */
  Trash(Path home) {
    this.home = home;
  }

  /** {@code Trash} in the XDG data directory of the user. */
  static Trash ofUser() {
    return new Trash(XdgDirectories.trash());
  }

  /** Moves a file or folder, given by its whole path, to the trash. */
  Trashed put(Path path) throws IOException {
    try {
      return putHome(path);
    } catch (AtomicMoveNotSupportedException e) {
      Path beside = Files.createDirectories(path.resolveSibling(".trash"));
      Path to = beside.resolve(String.valueOf(path.getFileName()));
      for (int i = 2; Files.exists(to); i++) {
        to = beside.resolve(path.getFileName() + "." + i);
      }
      Files.move(path, to, StandardCopyOption.ATOMIC_MOVE);
      return new Trashed(path, to, Optional.empty());
    }
  }

  private Trashed putHome(Path path) throws IOException {
    Path files = Files.createDirectories(home.resolve("files"));
    Path infos = Files.createDirectories(home.resolve("info"));
    String text =
        "[Trash Info]\nPath="
            + percentEncoded(path)
            + "\nDeletionDate="
            + DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
                LocalDateTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS))
            + "\n";
    String name = String.valueOf(path.getFileName());
    for (int i = 1; ; i++) {
      String free = i == 1 ? name : name + "." + i;
      Path info = infos.resolve(free + ".trashinfo");
      try { // the info file is made first, and only if it is new: so the specification has it
        Files.writeString(info, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (FileAlreadyExistsException e) {
        continue;
      }
      Path to = files.resolve(free);
      if (Files.exists(to)) {
        Files.delete(info);
        continue;
      }
      try {
        Files.move(path, to, StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(path.getParent());
        return new Trashed(path, to, Optional.of(info));
      } catch (IOException | RuntimeException e) {
        Files.deleteIfExists(info);
        throw e;
      }
    }
  }

  /** Moves what was thrown away to {@code to}, which must not exist. */
  Path takeBack(Trashed thrown, Path to) throws IOException {
    Path parent = to.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.move(thrown.now(), to, StandardCopyOption.ATOMIC_MOVE);
    if (thrown.info().isPresent()) {
      Files.deleteIfExists(thrown.info().get());
    }
    return to;
  }

  /** The path as a URI has it, without what comes before it. */
  private static String percentEncoded(Path path) {
    StringBuilder text = new StringBuilder();
    for (byte b : path.toString().getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c < 128 && (Character.isLetterOrDigit(c) || "/-_.~".indexOf(c) >= 0)) {
        text.append(c);
      } else {
        text.append(String.format("%%%02X", b & 0xff));
      }
    }
    return text.toString();
  }
}
