package org.minillm.gui;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ProcessLock;

/**
 * Keeps a second window from the chats and the models of a first one: both would write the same
 * files. The first window has a locked file in each of the directories; the files say where its
 * door is, a socket at which another start knocks to bring it to the front. Waiting at the door
 * costs nothing.
 *
 * <p>Where a directory cannot be written, or its file system has no locks, nothing can be told of
 * other windows and each opens.
 */
final class OneWindow implements AutoCloseable {
  static final String LOCK = ".window.lock";
  private static final String DOOR = ".window.door";
  private static final System.Logger LOG = System.getLogger(OneWindow.class.getName());

  private final List<ProcessLock> locks = new ArrayList<>();
  private final List<Path> directories = new ArrayList<>();
  private @Nullable ServerSocketChannel door;
  private @Nullable Path doorFile;

  /**
   * Takes a directory for this window. Where another one has it, that is brought to the front.
   *
   * @param dir need not exist
   * @return false where another window has it
   */
  boolean take(Path dir) {
    if (!Files.isDirectory(dir)) {
      return true; // there is nothing yet that two could write
    }
    Path file = dir.resolve(LOCK);
    try {
      Path real = dir.toRealPath();
      if (directories.contains(real)) {
        return true;
      }
      Optional<ProcessLock> lock = ProcessLock.take(file);
      if (lock.isEmpty()) {
        knock(file);
        return false;
      }
      locks.add(lock.get());
      directories.add(real);
    } catch (IOException | UnsupportedOperationException e) {
      LOG.log(Level.DEBUG, "Cannot tell whether a window uses " + dir + ": " + e.getMessage());
    }
    return true;
  }

  /** Tells the window that has this file; where its door is shut, it stays where it is. */
  private static void knock(Path lock) {
    try {
      Path door = Path.of(Files.readString(lock).strip());
      SocketChannel.open(UnixDomainSocketAddress.of(door)).close();
    } catch (IOException | InvalidPathException | UnsupportedOperationException e) {
      LOG.log(Level.DEBUG, "The window that is open cannot be told: " + e.getMessage());
    }
  }

  /**
   * Hears other starts from now on, on a thread of its own.
   *
   * @param knocked runs for each
   */
  void hear(Runnable knocked) {
    if (directories.isEmpty()) {
      return;
    }
    Path file = directories.get(0).resolve(DOOR);
    try {
      ServerSocketChannel opened = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      door = opened;
      Files.deleteIfExists(file); // of a window that was killed: this one has the lock
      opened.bind(UnixDomainSocketAddress.of(file));
      doorFile = file;
      for (ProcessLock lock : locks) {
        lock.write(file.toString());
      }
      Thread thread = new Thread(() -> waitAt(opened, knocked), "minillm-window-door");
      thread.setDaemon(true);
      thread.start();
    } catch (IOException | UnsupportedOperationException e) { // a long path, or no such sockets
      LOG.log(Level.DEBUG, "Other starts cannot bring this window up: " + e.getMessage());
    }
  }

  private static void waitAt(ServerSocketChannel door, Runnable knocked) {
    while (true) {
      try (SocketChannel visitor = door.accept()) {
        knocked.run();
      } catch (ClosedChannelException e) {
        return; // the window is closed
      } catch (IOException e) {
        LOG.log(Level.WARNING, "No longer hears other starts: " + e.getMessage());
        return;
      }
    }
  }

  /** Gives the directories to the next window. */
  @Override
  public void close() {
    try {
      if (door != null) {
        door.close();
      }
      if (doorFile != null) {
        Files.deleteIfExists(doorFile);
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "The door stays: " + e.getMessage());
    }
    locks.forEach(ProcessLock::close);
    locks.clear();
    directories.clear();
  }
}
