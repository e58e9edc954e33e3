package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The system properties that force kernels, in processes of their own: chosen once a process. */
class ForcedKernelsTest {
  @TempDir private Path dir;

  private record Result(int code, String out, String err) {}

  private Result run(List<String> properties, String... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      command.add("--add-modules=jdk.incubator.vector");
    }
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx100m", "-Dminillm.home=" + dir));
    command.addAll(properties);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "org.minillm.launch.Main"));
    command.addAll(List.of(args));
    Path out = dir.resolve("out.txt");
    Path err = dir.resolve("err.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(command + " goes on after two minutes");
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private JsonNode info(String... properties) throws Exception {
    Result result = run(List.of(properties), "info", "--json");
    assertEquals(0, result.code(), result.err());
    return new ObjectMapper().readTree(result.out());
  }

  @Test
  void plainJavaCanBeForcedForEverything() throws Exception {
    JsonNode facts = info("-Dminillm.kernels=scalar", "-Dminillm.fma=off");
    assertEquals("scalar mul+add", facts.path("kernels").asText());
    assertEquals("asked for by minillm.kernels", facts.path("kernels_reason").asText());
    assertEquals("off", facts.path("fma").asText());
    assertEquals("asked for by minillm.fma", facts.path("fma_reason").asText());
    assertEquals("none", facts.path("tile").asText());
    assertEquals("scalar", facts.path("int8_kernels").asText());
    assertEquals("as the other kernels", facts.path("int8_kernels_reason").asText());
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8})
  void everyChoiceCanBeForcedApart(int tile) throws Exception {
    JsonNode facts = info("-Dminillm.fma=off", "-Dminillm.tile=" + tile, "-Dminillm.int8=scalar");
    String kernels = facts.path("kernels").asText();
    assertTrue(kernels.matches("(scalar|vector \\d+-bit) mul\\+add"), kernels);
    if (kernels.startsWith("vector")) {
      assertTrue(facts.path("tile").asText().startsWith(tile + " x "), facts.toString());
      assertEquals("asked for by minillm.tile", facts.path("tile_reason").asText());
    }
    assertEquals("scalar", facts.path("int8_kernels").asText());
    assertEquals("asked for by minillm.int8", facts.path("int8_kernels_reason").asText());
  }

  @Test
  void aWrongWordIsRefusedAtTheStartAndTheAllowedOnesNamed() throws Exception {
    Result result = run(List.of("-Dminillm.tile=16"), "models");
    assertEquals(CommandLineMain.WRONG_USAGE, result.code());
    assertTrue(result.err().contains("minillm.tile is 16; allowed: 4 or 8."), result.err());
    assertFalse(result.err().contains("\tat "), result.err());
  }

  @Test
  void helpNamesThePropertiesAndTheirValues() {
    String help = CommandLineMain.commandLine().getSubcommands().get("info").getUsageMessage();
    for (String option :
        List.of(
            "-Dminillm.kernels=scalar|vector",
            "-Dminillm.fma=on|off",
            "-Dminillm.tile=4|8",
            "-Dminillm.int8=scalar|vector")) {
      assertTrue(help.contains(option), help);
    }
  }
}
