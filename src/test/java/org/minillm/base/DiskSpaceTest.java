package org.minillm.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
  @TempDir Path dir;

  @Test
  void whatIsNotThereHasNoFigureInsteadOfNone() {
    assertTrue(DiskSpace.free(dir).orElseThrow() >= 0);
    assertEquals(OptionalLong.empty(), DiskSpace.free(dir.resolve("missing")));
  }

  /**
   * A container that hides its mounts cannot be made here; that nobody asks for them can be read.
   */
  @Test
  void nobodyAsksTheTableOfMounts() throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(p -> p.toString().endsWith(".java")).toList()) {
        assertTrue(!Files.readString(source).contains("getFileStore("), source.toString());
      }
    }
  }
}
