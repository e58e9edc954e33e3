package org.minillm.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.ndarray.NDArray;
import org.minillm.ndarray.NpyFile;
import org.minillm.ndarray.NpzFile;

/**
 * The suite's damaged files, with another seed each round, for as many minutes as one likes: {@code
 * Fuzzing MINUTES [FIRST_SEED]}. Ends with 1 at the first reader that fails otherwise than in words
 * or allocates too much, and tells its seed. fuzz.sh starts it.
 */
final class Fuzzing {
  private static final int ARRAYS = 2000;

  private interface Format {
    void damage(Path directory) throws IOException;
  }

  private Fuzzing() {}

  public static void main(String[] args) throws IOException {
    long end = System.nanoTime() + (long) (Double.parseDouble(args[0]) * 60e9);
    long first = args.length > 1 ? Long.parseLong(args[1]) : 1000;
    Map<String, Format> formats = new LinkedHashMap<>();
    formats.put("Hugging Face directory", d -> model(new HuggingFaceDirectoryTest(), d));
    formats.put("sharded directory", d -> model(new ShardedDirectoryTest(), d));
    formats.put("llama2.c version 0", d -> model(new Llama2cFileTest(), d));
    formats.put("llama2.c version 1", d -> model(new Llama2cVersion1Test(), d));
    formats.put("GGUF", Fuzzing::gguf);
    formats.put("NumPy", Fuzzing::arrays);
    long begin = System.nanoTime();
    long seed = first;
    for (; System.nanoTime() < end; seed++) {
      System.setProperty("fuzz.seed", String.valueOf(seed));
      for (Map.Entry<String, Format> format : formats.entrySet()) {
        try {
          round(format.getValue());
        } catch (Throwable e) { // assertions and whatever a reader threw: told, and the end
          System.out.println("seed " + seed + ", " + format.getKey() + " fails: " + e);
          e.printStackTrace(System.out);
          System.exit(1);
        }
      }
      tell(seed - first + 1, begin, seed);
    }
  }

  private static void tell(long rounds, long begin, long seed) {
    long files = rounds * (4L * AbstractModelFormatTest.VARIANTS + GgufFileTest.DAMAGED + ARRAYS);
    System.out.printf(
        Locale.ROOT,
        "%d rounds, %d damaged files, %.1f minutes, seeds to %d: each opened or was refused in"
            + " words%n",
        rounds,
        files,
        (System.nanoTime() - begin) / 60e9,
        seed);
  }

  private static void round(Format format) throws IOException {
    Path directory = Files.createTempDirectory("fuzz");
    try {
      format.damage(directory);
    } finally {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static void model(AbstractModelFormatTest test, Path directory) throws IOException {
    test.dir = directory;
    test.writeOne();
    test.damagedBytesEndInAModelOrAClearError();
  }

  private static void gguf(Path directory) throws IOException {
    GgufFileTest test = new GgufFileTest();
    test.dir = directory;
    test.anyBytesOpenOrAreRefusedInWords();
  }

  private static void arrays(Path directory) throws IOException {
    Random random = new Random(Long.getLong("fuzz.seed", 0));
    NDArray array = NDArray.arange(24).reshape(2, 3, 4);
    Path npy = directory.resolve("a.npy");
    Path stored = directory.resolve("stored.npz");
    Path deflated = directory.resolve("deflated.npz");
    NpyFile.save(npy, array);
    NpzFile.save(stored, Map.of("first", array, "second", array));
    NpzFile.saveCompressed(deflated, Map.of("first", array, "second", array));
    Path[] files = {npy, stored, deflated};
    for (int i = 0; i < ARRAYS; i++) {
      Path file = files[i % files.length];
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, AbstractModelFormatTest.damaged(whole, random));
      try {
        if (file.equals(npy)) {
          NpyFile.load(file);
        } else {
          NpzFile.load(file);
        }
      } catch (BadFormat e) {
        AbstractModelFormatTest.assertClear(e, "variant " + i + " of " + file);
      }
      Files.write(file, whole);
    }
  }
}
