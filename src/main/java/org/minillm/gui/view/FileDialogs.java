package org.minillm.gui.view;

import java.io.File;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javafx.application.Platform;
import javafx.stage.DirectoryChooser;
import javafx.stage.FileChooser;
import javafx.stage.Stage;
import javafx.stage.Window;
import org.jspecify.annotations.Nullable;

/**
 * The desktop's dialogs for files. They begin where the last one ended, at first in the user's
 * home: without that in the directory that the program was started from, which may be "/". For the
 * UI thread.
 */
final class FileDialogs {
  private static File folder = new File(System.getProperty("user.home"));

  private FileDialogs() {}

  /** A file that will be written; empty when the user chose none. */
  static Optional<File> save(
      @Nullable Window owner, String title, String name, FileChooser.ExtensionFilter... kinds) {
    FileChooser chooser = chooser(title, kinds);
    chooser.setInitialFileName(name);
    return chosen(keepingSize(owner, () -> chooser.showSaveDialog(owner)));
  }

  /** A file to read; empty when the user chose none. */
  static Optional<File> open(
      @Nullable Window owner, String title, FileChooser.ExtensionFilter... kinds) {
    FileChooser chooser = chooser(title, kinds);
    return chosen(keepingSize(owner, () -> chooser.showOpenDialog(owner)));
  }

  /** Files to read; none when the user chose none. */
  static List<File> openSeveral(
      @Nullable Window owner, String title, FileChooser.ExtensionFilter... kinds) {
    FileChooser chooser = chooser(title, kinds);
    List<File> files = keepingSize(owner, () -> chooser.showOpenMultipleDialog(owner));
    if (files == null || files.isEmpty()) {
      return List.of();
    }
    chosen(files.get(0));
    return files;
  }

  /** A folder; empty when the user chose none. */
  static Optional<File> folder(@Nullable Window owner, String title) {
    DirectoryChooser chooser = new DirectoryChooser();
    chooser.setTitle(title);
    if (folder.isDirectory()) {
      chooser.setInitialDirectory(folder);
    }
    return chosen(keepingSize(owner, () -> chooser.showDialog(owner)));
  }

  /**
   * While a dialog is open its owner cannot be resized, and there are desktops that let a maximised
   * window go for that: it would be larger than the screen afterwards.
   */
  private static <T extends @Nullable Object> T keepingSize(
      @Nullable Window owner, Supplier<T> dialog) {
    boolean maximised = owner instanceof Stage stage && stage.isMaximized();
    T chosen = dialog.get();
    if (maximised && owner instanceof Stage stage) {
      Platform.runLater(() -> stage.setMaximized(true));
    }
    return chosen;
  }

  private static FileChooser chooser(String title, FileChooser.ExtensionFilter... kinds) {
    FileChooser chooser = new FileChooser();
    chooser.setTitle(title);
    chooser.getExtensionFilters().addAll(kinds);
    if (folder.isDirectory()) {
      chooser.setInitialDirectory(folder);
    }
    return chooser;
  }

  private static Optional<File> chosen(@Nullable File file) {
    if (file != null && file.getParentFile() != null) {
      folder = file.getParentFile();
    }
    return Optional.ofNullable(file);
  }
}
