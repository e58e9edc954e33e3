package org.minillm.app;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.minillm.base.MemoryBudget;

/** Appends the guard's events to a JSON-lines file; at 1 MB the file becomes {@code *.1}. */
final class GuardLog {
  private static final System.Logger LOG = System.getLogger(GuardLog.class.getName());

  private final Path file;
  private boolean closed;

  GuardLog(Path file) {
    this.file = file;
  }

  /** Nothing is written any more once this has returned. */
  synchronized void close() {
    closed = true;
  }

  synchronized void append(GuardEvent event) {
    if (closed) {
      return;
    }
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (Files.exists(file) && Files.size(file) > MemoryBudget.MB) {
        Files.move(
            file,
            file.resolveSibling(file.getFileName() + ".1"),
            StandardCopyOption.REPLACE_EXISTING);
      }
      Files.writeString(
          file, json(event) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) { // the guard goes on without its log
      LOG.log(Level.WARNING, "Cannot write " + file + ": " + e.getMessage());
    }
  }

  static String json(GuardEvent event) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("time", event.timeMillis());
    node.put("level", event.level().name().toLowerCase(Locale.ROOT));
    node.put("action", event.action().name().toLowerCase(Locale.ROOT));
    node.put("rss_before_mb", tenths(event.rssBefore()));
    node.put("rss_after_mb", tenths(event.rssAfter()));
    node.put("pressure", Math.round(event.pressure() * 1000) / 1000.0);
    node.put("budget_mb", tenths(event.budget()));
    node.put("detail", event.detail());
    return node.toString();
  }

  private static double tenths(long bytes) {
    return Math.round(10.0 * bytes / MemoryBudget.MB) / 10.0;
  }
}
