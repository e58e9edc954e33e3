package org.minillm.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.gui.MiniLlmWindow;

/** The desktop entry and the scripts around it, without anything being installed. */
class LauncherEntryTest {
  @TempDir private Path home;

  @Test
  void entryNamesTheClassThatTheWindowReportsToTheDesktop() throws IOException {
    assertTrue(
        Files.readAllLines(Path.of("packaging/mini-llm.desktop"))
            .contains("StartupWMClass=" + MiniLlmWindow.class.getName()));
  }

  @Test
  void removalTakesOutTheEntryAndItsIconsAndNothingElse() throws Exception {
    Path entry = write("applications/mini-llm.desktop");
    Path icon = write("icons/hicolor/48x48/apps/mini-llm.png");
    Path drawing = write("icons/hicolor/scalable/apps/mini-llm.svg");
    Path foreign = write("icons/hicolor/48x48/apps/other.png");
    assertEquals(0, run("packaging/install-launcher.sh", "--remove"));
    assertEquals(
        List.of(false, false, false, true),
        List.of(
            Files.exists(entry), Files.exists(icon), Files.exists(drawing), Files.exists(foreign)));
  }

  @Test
  void wrongUsageOfTheInstallerChangesNothing() throws Exception {
    assertEquals(2, run("packaging/install-launcher.sh", "--help"));
    assertEquals(0, home.toFile().list().length);
  }

  private Path write(String name) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, name, StandardCharsets.UTF_8);
  }

  private int run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("XDG_DATA_HOME", home.toString());
    Process process =
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the script goes on after a minute");
    return process.exitValue();
  }
}
