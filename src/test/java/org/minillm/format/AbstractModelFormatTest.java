package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.MiniLlm;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException;
import org.minillm.base.WorkerPool;
import org.minillm.generate.GenerateOptions;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;

/**
 * What every format of a model must stand: the way there and back, and files that are cut, foreign
 * or damaged. A reader ends in a model or in an error that a user can act on, never in another
 * exception, and before it knows that a length is true it allocates nothing by it.
 */
@Timeout(
    value = 3,
    unit = TimeUnit.MINUTES) // against a reader that never ends; no measure of speed
abstract class AbstractModelFormatTest {
  static final int VARIANTS = 2500;
  private static final long MOST_ALLOCATED = 24L << 20;
  private static final MemoryBudget BUDGET = new MemoryBudget(8L << 20, () -> 0);
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Weights that the formats write and read back. */
  static final long SEED = 5;

  @TempDir Path dir;
  private Path model;

  /** The shape of the model that {@link #write} writes: tiny, so that every byte can be cut. */
  abstract ModelConfig shape();

  /** Writes a model with the weights of {@link #SEED} below a directory; returns what is opened. */
  abstract Path write(Path directory) throws IOException;

  /** The files of a written model that must be whole. */
  abstract List<Path> files(Path model);

  @BeforeEach
  void writeOne() throws IOException {
    model = write(dir);
  }

  static LoadedModel load(Path path) throws IOException {
    return ModelFiles.load(path, Optional.empty(), WorkerPool.shared(), BUDGET);
  }

  @Test
  void weightsAndTokensComeBack() throws IOException {
    LoadedModel loaded = load(model);
    assertEquals(shape(), loaded.model().config());
    assertArrayEquals(
        Transformer.initialise(shape(), SEED, WorkerPool.shared()).parameters().data(),
        loaded.model().parameters().data());
    String text = "aba canción\n";
    assertEquals(text.strip(), loaded.tokenizer().decode(loaded.tokenizer().encode(text)).strip());
    ModelInfo info = ModelFiles.inspect(model);
    assertEquals(shape(), info.config());
    assertEquals("F32", info.dtype());
  }

  @Test
  void truncatedAtEveryByteIsRefused() throws IOException {
    for (Path file : files(model)) {
      byte[] whole = Files.readAllBytes(file);
      // White space at the end of a text is no content.
      int content =
          whole[0] == '{'
              ? new String(whole, StandardCharsets.UTF_8).strip().length()
              : whole.length;
      for (int length = 0; length < content; length += length < 2048 ? 1 : 41) {
        Files.write(file, Arrays.copyOf(whole, length));
        int cut = length;
        Exception e =
            assertThrows(
                Exception.class, () -> load(model), () -> file + " cut after " + cut + " bytes");
        assertClear(e, file + " cut after " + cut + " bytes");
      }
      Files.write(file, whole);
    }
  }

  @Test
  void damagedBytesEndInAModelOrAClearError() throws IOException {
    List<Path> files = files(model);
    Random random = new Random(Long.getLong("fuzz.seed", 20)); // fuzz.sh gives others
    int refused = 0;
    for (int i = 0; i < VARIANTS; i++) {
      Path file = files.get(i % files.size());
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, damaged(whole, random));
      long before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        LoadedModel loaded = load(model);
        generate(loaded);
      } catch (MiniLlmException | IOException e) {
        refused++;
        assertClear(e, "variant " + i + " of " + file);
      } catch (RuntimeException | Error e) {
        fail("variant " + i + " of " + file.getFileName() + " ends in " + e, e);
      }
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      assertTrue(allocated < MOST_ALLOCATED, "variant " + i + " allocates " + allocated);
      Files.write(file, whole);
    }
    assertTrue(refused > VARIANTS / 20, "only " + refused + " damaged files were noticed");
  }

  private static void generate(LoadedModel loaded) {
    int context =
        Math.min(16, loaded.model().config().contextLength()); // the file's may be anything
    try (MiniLlm opened = MiniLlm.of(loaded, context)) {
      for (GenerateOptions options :
          List.of(GenerateOptions.greedy(), GenerateOptions.defaults().withSeed(1))) {
        assertFalse(opened.generate("ab", options.withMaxTokens(2)).text() == null);
      }
    }
  }

  /** One to four bytes changed; every fourth time a run of them, near the beginning by half. */
  static byte[] damaged(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    int changes = 1 + random.nextInt(4);
    int reach = random.nextBoolean() ? Math.min(bytes.length, 400) : bytes.length;
    for (int c = 0; c < changes; c++) {
      int at = random.nextInt(reach);
      int run = random.nextInt(4) == 0 ? 8 : 1;
      byte value = (byte) (random.nextInt(3) == 0 ? 0xFF : random.nextInt(256));
      for (int k = at; k < Math.min(bytes.length, at + run); k++) {
        // Half of the changes keep a text a text.
        bytes[k] = random.nextBoolean() ? value : (byte) ('0' + (value & 15));
      }
    }
    return bytes;
  }

  @Test
  void foreignFilesAreRefused() throws IOException {
    byte[] noise = new byte[3000];
    new Random(3).nextBytes(noise);
    for (byte[] content : List.of(new byte[0], new byte[5000], noise, "{}".getBytes("UTF-8"))) {
      for (Path file : files(model)) {
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, content);
        assertClear(
            assertThrows(Exception.class, () -> load(model), file::toString), file.toString());
        Files.write(file, whole);
      }
    }
  }

  @Test
  void directoryWhereAFileIsExpectedIsRefusedByName() throws IOException {
    for (Path file : files(model)) {
      byte[] whole = Files.readAllBytes(file);
      Files.delete(file);
      Files.createDirectory(file);
      Exception e = assertThrows(Exception.class, () -> load(model), file::toString);
      assertClear(e, file.toString());
      Files.delete(file);
      Files.write(file, whole);
    }
  }

  @Test
  void missingFileIsRefused() throws IOException {
    for (Path file : files(model)) {
      byte[] whole = Files.readAllBytes(file);
      Files.delete(file);
      assertClear(
          assertThrows(Exception.class, () -> load(model), file::toString), file.toString());
      Files.write(file, whole);
    }
  }

  @Test
  void weightThatIsNoNumberIsRefused() throws IOException {
    Path weights = files(model).get(0);
    byte[] bytes = Files.readAllBytes(weights);
    // The end of a file of weights is a weight: 0x7FC00000, little-endian, is NaN.
    System.arraycopy(new byte[] {0, 0, (byte) 0xC0, 0x7F}, 0, bytes, bytes.length - 4, 4);
    Files.write(weights, bytes);
    Exception e = assertThrows(MiniLlmException.BadFormat.class, () -> load(model));
    assertTrue(String.valueOf(e.getMessage()).contains("NaN"), e.getMessage());
  }

  /** An error a user can act on: of our kinds or of the disk, with a message. */
  static void assertClear(Exception e, String what) {
    assertTrue(
        e instanceof MiniLlmException || e instanceof IOException, () -> what + " ends in " + e);
    String message = String.valueOf(e.getMessage());
    assertTrue(message.length() > 10 && message.length() < 1200, what + ": " + message);
  }
}
