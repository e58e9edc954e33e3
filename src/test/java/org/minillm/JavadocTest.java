package org.minillm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library's documentation: the JDK's own tool finds nothing wrong in it. */
class JavadocTest {
  @Test
  void javadocIsMadeWithoutAWarning(@TempDir Path folder) throws Exception {
    Path said = folder.resolve("said.txt");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "javadoc").toString(),
            "-J-Xmx400m",
            "-J-XX:+UseSerialGC",
            "-J-XX:TieredStopAtLevel=1",
            "-quiet",
            "-Xdoclint:all,-missing", // a name may say all there is to say
            "-Xmaxwarns",
            "1000",
            "--add-modules",
            "jdk.incubator.vector",
            "-encoding",
            "UTF-8",
            "-d",
            folder.resolve("api").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-sourcepath",
            "src/main/java" + File.pathSeparator + "target/generated-sources/annotations",
            "-subpackages",
            "org.minillm");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    int exit = process.waitFor();
    String found =
        Files.readAllLines(said, StandardCharsets.UTF_8).stream()
            .filter(line -> !line.contains("using incubating module"))
            .filter(line -> !line.matches("\\d+ warnings?"))
            .collect(Collectors.joining("\n"));
    assertEquals("", found);
    assertEquals(0, exit);
  }
}
