package org.minillm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples compile and run, each in a JVM of its own whose class path has no JavaFX: as a
 * program that uses the library.
 */
class ExamplesTest {
  private static final String SCALAR = "Scalar kernels run";
  private static final String[] VECTOR = {"--add-modules=jdk.incubator.vector"};
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  @TempDir private Path out;

  /** What a library's user has: our classes and the libraries, without those of the window. */
  private String classPath;

  @BeforeEach
  void findClassPath() {
    classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("javafx") && !entry.contains("test-classes"))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
  }

  private record Run(int exit, String out, String err) {}

  private Run run(List<String> command, List<String> environment) throws Exception {
    Path stdout = out.resolve("stdout");
    Path stderr = out.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(stdout.toFile()).redirectError(stderr.toFile());
    for (String variable : environment) {
      int at = variable.indexOf('=');
      builder.environment().put(variable.substring(0, at), variable.substring(at + 1));
    }
    int exit = builder.start().waitFor();
    return new Run(exit, read(stdout), read(stderr));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  private Run example(String name, String[] options, String... arguments) throws Exception {
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                classPath,
                "-proc:none",
                "-d",
                out.toString(),
                "examples/" + name + ".java");
    assertEquals(0, result, "the example compiles");
    List<String> command = new ArrayList<>(List.of(JAVA.toString()));
    command.addAll(List.of(options));
    command.addAll(List.of("-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp"));
    command.add(out + File.pathSeparator + classPath);
    command.add(name);
    command.addAll(List.of(arguments));
    Run run = run(command, List.of());
    assertEquals(0, run.exit(), run.err());
    return run;
  }

  @Test
  void threeLinesSpeakWithoutJavaFxAndSayOnceThatTheKernelsAreScalar() throws Exception {
    assertFalse(classPath.contains("javafx"));
    Run scalar = example("ThreeLines", new String[] {});
    assertTrue(scalar.out().strip().length() > 10, scalar.out());
    assertEquals(1, scalar.err().split(SCALAR, -1).length - 1, scalar.err());
    Run vector = example("ThreeLines", VECTOR);
    assertFalse(vector.err().contains(SCALAR), vector.err());
    assertTrue(vector.out().strip().length() > 10, vector.out());
  }

  @Test
  void theReadmeThisBeganFromRuns() throws Exception {
    assertTrue(example("QuickUse", VECTOR).out().strip().length() > 10);
  }

  @Test
  void streamingPrintsATextAndEndsAnotherEarly() throws Exception {
    String said = example("Streaming", VECTOR).out();
    assertTrue(said.contains(" tokens, "), said);
    assertTrue(said.strip().endsWith("[CANCELLED]"), said);
  }

  @Test
  void trainingIsFollowedByAListenerAndItsModelSpeaks() throws Exception {
    Path text = shortText();
    Path model = out.resolve("tiny");
    String said = example("TrainAndListen", VECTOR, text.toString(), model.toString(), "20").out();
    assertTrue(said.contains("step 20: loss "), said);
    assertTrue(said.contains("SUCCEEDED"), said);
    assertTrue(Files.exists(model.resolve("model.safetensors")));
  }

  @Test
  void theShellSessionRunsFromTrainingToAStreamedChat() throws Exception {
    String minillm =
        JAVA
            + " --add-modules=jdk.incubator.vector -Xmx300m -Dfile.encoding=UTF-8 -cp "
            + classPath
            + " org.minillm.launch.Main";
    Run run =
        run(
            List.of("sh", "examples/session.sh", out.toString()),
            List.of("MINILLM=" + minillm, "STEPS=4"));
    assertEquals(0, run.exit(), run.err() + run.out());
    String said = run.out();
    for (String part :
        List.of(
            "Read back and compared:",
            "\"object\":\"list\"",
            "\"object\":\"text_completion\"",
            "data: [DONE]")) {
      assertTrue(said.contains(part), part + " in " + said);
    }
  }

  private Path shortText() throws IOException {
    Path text = out.resolve("text.txt");
    List<String> lines = Files.readAllLines(Path.of("models/starter-corpus/cuentos.txt"));
    return Files.write(text, lines.subList(0, 200), StandardCharsets.UTF_8);
  }
}
