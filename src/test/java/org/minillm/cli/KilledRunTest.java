package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.train.Checkpoint;

/**
 * Trainings in processes of their own that are killed, or whose disk is full, and go on: a handful
 * of what {@code src/test/scripts/kill-and-resume.sh} does many times.
 */
@Tag("resume")
class KilledRunTest {
  private static final int STEPS = 150;

  @TempDir private Path dir;

  private Process train(String limit, String... args) throws IOException {
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(
        List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx80m", "-Dminillm.kernels=scalar"));
    java.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.minillm.launch.Main"));
    java.addAll(List.of("train", "--config", dir.resolve("config.json").toString()));
    java.addAll(List.of(args));
    List<String> command = new ArrayList<>(List.of("bash", "-c", limit + " exec \"$@\"", "bash"));
    command.addAll(java);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("out.txt").toFile())
        .start();
  }

  private void finish(Process process, int code) throws Exception {
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("goes on after two minutes: " + told());
    }
    assertEquals(code, process.exitValue(), this::told);
  }

  private String told() {
    try {
      return Files.readString(dir.resolve("out.txt"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private long step() throws IOException {
    return Checkpoint.locate(dir.resolve("killed"))
        .map(
            checkpoint -> {
              try {
                return new ObjectMapper()
                    .readTree(checkpoint.resolve("state.json").toFile())
                    .path("step")
                    .asLong();
              } catch (IOException e) { // it was just exchanged
                return -1L;
              }
            })
        .orElse(-1L);
  }

  private void kill(Process process, BooleanSupplier when) throws Exception {
    for (long i = 0; process.isAlive() && !when.getAsBoolean(); i++) {
      assertTrue(i < 60_000, this::told);
      Thread.sleep(1);
    }
    assertTrue(process.isAlive(), this::told);
    process.destroyForcibly().waitFor();
  }

  private boolean beyond(long step) {
    try {
      return step() > step;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void killedRunsAndFullDisksEndWithTheSameWeights() throws Exception {
    Path text = dir.resolve("text.txt");
    Files.writeString(
        text,
        "Había una vez un perro.\n<|endoftext|>\nY una gata negra.\n<|endoftext|>\n".repeat(90));
    Files.writeString(
        dir.resolve("config.json"),
        """
        {"hyperparameters": {"d_model": 32, "n_layers": 2, "n_heads": 2, "d_ff": 64,
                             "max_seq_len": 32, "dropout": 0.1},
         "training": {"optimizer": "adamw", "batch_size": 4, "max_steps": %d, "warmup_steps": 5, "eval_interval": 60,
                      "checkpoint_interval": 6},
         "tokenizer": {"type": "simple"},
         "resources": {"cpu_threads": 1, "model_dir": "models", "cache_dir": "cache"}}
        """
            .formatted(STEPS));
    String data = text.toString();
    finish(train("", "--data", data, "--out", dir.resolve("whole").toString()), 0);

    String run = dir.resolve("killed").toString();
    Random random = new Random(5);
    kill(train("", "--data", data, "--out", run), () -> beyond(0));
    for (int i = 0; i < 4; i++) {
      long target = step() + random.nextInt(20);
      Path part = dir.resolve("killed/checkpoints/last.part");
      boolean inTheMiddle = i % 2 == 0;
      kill(
          train("", "--resume", run), () -> beyond(target) && (!inTheMiddle || Files.exists(part)));
    }
    long before = step();
    // The weights fit under 150 kB, the moments do not: the checkpoint fails in its second file.
    finish(train("ulimit -f 150;", "--resume", run), CommandLineMain.FAILED);
    assertTrue(told().contains("replayed: identical"), this::told);
    assertTrue(told().contains("File too large"), this::told);
    assertFalse(told().contains("\tat "), this::told);
    assertTrue(step() >= before && step() < STEPS, () -> before + " then " + told());

    finish(train("", "--resume", run), 0);
    assertTrue(told().contains("replayed: identical"), this::told);
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("whole/model.safetensors")),
        Files.readAllBytes(dir.resolve("killed/model.safetensors")));
  }
}
