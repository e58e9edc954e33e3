package org.minillm.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The heap that the launchers give Java: the budget less 90 MB on the command line. */
class JvmFlagsTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @CsvSource({
    "info x, 422",
    "train --data a --max-memory-mb 2048, 1958",
    "train --max-memory-mb=2048 --json, 1958",
    "plan --memory 2048 --minutes 60, 1958",
    "plan --memory=1000, 910",
    "train --memory 2048, 422",
    "info x --config own.json, 610",
    "info x --config=own.json, 610",
    "train --config own.json --max-memory-mb 300, 210",
    "plan --max-memory-mb 64, 48",
    "train --max-memory-mb, 422",
    "train --max-memory-mb many, 422",
    "train --max-memory-mb 0800, 422",
    "train --max-memory-mb 99999999999, 422",
    "generate -- --max-memory-mb 99, 422",
  })
  void theHeapFollowsTheArgumentsAndTheirConfiguration(String arguments, int megabytes)
      throws Exception {
    Files.writeString(dir.resolve("own.json"), "{\"resources\": {\"max_memory_mb\": 700}}");
    Files.writeString(dir.resolve("config.json"), "{}");
    String script =
        ". \"$0\"; jvm_flags command-line config.json 25 \"$@\"; printf '%s' \"$flags\"";
    String flags = Path.of("packaging/jvm.sh").toAbsolutePath().toString();
    List<String> command = new ArrayList<>(List.of("sh", "-eu", "-c", script, flags));
    command.addAll(List.of(arguments.split(" ")));
    Process shell = new ProcessBuilder(command).directory(dir.toFile()).start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, shell.waitFor());
    assertEquals("-Xmx" + megabytes + "m", said.replaceFirst("(?s).*(-Xmx\\d+m).*", "$1"));
  }
}
