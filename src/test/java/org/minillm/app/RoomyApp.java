package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An app whose budget is that of the suite: its guard must not act upon the suite's own heap. */
public final class RoomyApp {
  private RoomyApp() {}

  /** Opens an app at {@code home}/config.json with a budget of 4 GB from its first reading on. */
  public static MiniLlmApp open(Path home, FrontEnd frontEnd) throws IOException {
    Path config = home.resolve("config.json");
    Files.writeString(config, "{\"resources\": {\"max_memory_mb\": 4096}}");
    return MiniLlmApp.open(config, frontEnd);
  }
}
