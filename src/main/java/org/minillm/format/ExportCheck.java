package org.minillm.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.InferenceSession;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Quantization;
import org.minillm.model.QuantizedParameters;

/**
 * Opens a written model as a stranger would, by its content alone, and compares it with what it was
 * made from: shape, every weight (a row at a time), the tokens of a text, and the logits at several
 * places of it, for a wrong constant or order of rows changes no weight but every answer.
 */
final class ExportCheck {
  /** Both languages, digits, white space, bytes that are no letters. */
  static final String TEXT =
      "El niño comió 12 manzanas; ¿qué más quería? Once upon a time, in 1984,\n"
          + "\ta girl's  little dog said: «hola» 中 🙂.";

  private static final int MOST_TOKENS = 48;
  private static final int POSITIONS = 5;
  private static final int CHUNK = 64;

  /** What rounded weights may change of the logits' range; a wrong order of rows changes more. */
  private static final double ROUNDED = 0.1;

  private static final double EXACT = 1e-5;

  private final ModelSource source;
  private final ModelSource written;
  private final Rounding rounding;

  /**
   * @param rounding how weights were written
   */
  ExportCheck(ModelSource source, ModelSource written, Rounding rounding) {
    this.source = source;
    this.written = written;
    this.rounding = rounding;
  }

  /** How the weights of a file were rounded. */
  enum Rounding {
    NONE,
    F16,
    BF16,
    INT8;

    /** Most that a value of a row may differ. */
    private double allowed(float value, float mostOfRow) {
      double half = Math.max(Math.abs(value) * 0x1p-11, 0x1p-25);
      return switch (this) {
        case NONE -> 0;
        case F16 -> half;
        case BF16 -> Math.abs(value) * 0x1p-8 + Float.MIN_NORMAL;
        // Half a step of max / 127, and a scale of half precision.
        case INT8 -> Math.max(half, mostOfRow * (0.51 / 127 + 0x1p-11) + 127 * 0x1p-25);
      };
    }
  }

  private BadFormat failed(String reason) {
    return new BadFormat(
        String.valueOf(written.path().getFileName()),
        -1,
        "the check of what was written failed: " + reason);
  }

  /**
   * @throws BadFormat if what was written is not what was to be written
   */
  ExportSlip check(WorkerPool pool, MemoryBudget budget) throws IOException {
    if (!source.config().equals(written.config())) {
      throw failed("its shape is " + written.config() + ", not " + source.config());
    }
    Worst worst = compareTensors();
    int[] ids = compareTokens();
    Logits logits = compareLogits(ids, pool, budget);
    Path file = weightsFile(written.path());
    return new ExportSlip(
        written.path(),
        file,
        Files.size(file),
        sha256(file),
        worst.tensors,
        worst.difference,
        worst.name,
        ids.length,
        logits.positions,
        logits.sameChoices,
        logits.bothInt8,
        logits.difference,
        logits.range);
  }

  // ---- weights ----------------------------------------------------------------------------------

  private record Worst(int tensors, double difference, String name) {}

  private Worst compareTensors() throws IOException {
    List<Parameters.Shape> shapes = Parameters.shapes(source.config());
    int widest = shapes.stream().mapToInt(Parameters.Shape::width).max().orElse(0);
    float[] wanted = new float[widest];
    float[] found = new float[widest];
    double worst = 0;
    String name = "";
    for (Parameters.Shape shape : shapes) {
      for (int row = 0; row < shape.rows(); row++) {
        source.rows().read(shape.name(), row, wanted, 0);
        written.rows().read(shape.name(), row, found, 0);
        double difference = difference(shape, row, wanted, found);
        if (difference > worst) {
          worst = difference;
          name = shape.name();
        }
      }
    }
    return new Worst(shapes.size(), worst, name);
  }

  private double difference(Parameters.Shape shape, int row, float[] wanted, float[] found) {
    float most = 0;
    for (int i = 0; i < shape.width(); i++) {
      most = Math.max(most, Math.abs(wanted[i]));
    }
    double worst = 0;
    for (int i = 0; i < shape.width(); i++) {
      double difference = Math.abs((double) wanted[i] - found[i]);
      if (!(difference <= rounding.allowed(wanted[i], most))) {
        throw failed(
            shape.name()
                + "["
                + row
                + ", "
                + i
                + "] is "
                + found[i]
                + ", it was to be "
                + wanted[i]);
      }
      worst = Math.max(worst, difference);
    }
    return worst;
  }

  // ---- tokens -----------------------------------------------------------------------------------

  private int[] compareTokens() {
    int[] wanted = source.tokenizer().prompt(TEXT);
    int[] found = written.tokenizer().prompt(TEXT);
    if (!Arrays.equals(wanted, found)) {
      throw failed(
          "its tokenizer cuts the test text in another way, at token "
              + Arrays.mismatch(wanted, found)
              + " of "
              + wanted.length);
    }
    if (!source.tokenizer().decode(wanted).equals(written.tokenizer().decode(wanted))) {
      throw failed("its tokenizer turns ids into another text");
    }
    return wanted;
  }

  // ---- logits -----------------------------------------------------------------------------------

  private record Logits(
      int positions, int sameChoices, boolean bothInt8, double difference, double range) {}

  private Logits compareLogits(int[] text, WorkerPool pool, MemoryBudget budget)
      throws IOException {
    int n = Math.min(Math.min(text.length, MOST_TOKENS), source.config().contextLength());
    int[] ids = Arrays.copyOf(text, n);
    Quantization as = affordable(n, budget);
    List<float[]> wanted;
    List<float[]> found;
    try {
      wanted = logits(source, ids, pool, budget, as);
      found = logits(written, ids, pool, budget, as);
    } catch (OutOfBudget e) {
      return new Logits(0, 0, false, Double.NaN, Double.NaN);
    }
    double difference = 0;
    double range = 0;
    int same = 0;
    for (int p = 0; p < wanted.size(); p++) {
      float[] a = wanted.get(p);
      float[] b = found.get(p);
      same += largest(a) == largest(b) ? 1 : 0;
      float least = a[0];
      for (int i = 0; i < a.length; i++) {
        difference = Math.max(difference, distance(a[i], b[i]));
        least = Math.min(least, a[i]);
      }
      range = Math.max(range, a[largest(a)] - least);
    }
    boolean exact = rounding == Rounding.NONE && as == Quantization.NONE;
    double allowed = (exact ? EXACT : ROUNDED) * range;
    if (!(difference <= allowed)) {
      throw failed(
          "its logits differ by " + difference + " (range " + range + "), allowed: " + allowed);
    }
    return new Logits(wanted.size(), same, as == Quantization.INT8, difference, range);
  }

  private static double distance(float a, float b) {
    double distance = Math.abs((double) a - b);
    return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
  }

  /** float32 as the files have it if there is room, else int8 for both. */
  private Quantization affordable(int n, MemoryBudget budget) {
    ModelConfig c = source.config();
    System.gc(); // garbage counts as used until it is collected
    long room = budget.free() - InferenceSession.bytes(c, n, CHUNK) - MemoryBudget.MB * 16;
    return Float.BYTES * c.parameterCount() <= room ? Quantization.NONE : Quantization.INT8;
  }

  /** Of each of several beginnings of the ids, the logits of the token after it. */
  private static List<float[]> logits(
      ModelSource of, int[] ids, WorkerPool pool, MemoryBudget budget, Quantization as)
      throws IOException {
    System.gc(); // the model before this one
    ModelConfig c = of.config();
    if (as == Quantization.INT8) {
      budget.require(
          "the check of the logits",
          QuantizedParameters.bytes(c, List.of()) + InferenceSession.bytes(c, ids.length, CHUNK));
    }
    InferenceSession session =
        new InferenceSession(of.load(pool, budget, as).model(), ids.length, CHUNK);
    List<float[]> logits = new ArrayList<>();
    int from = 0;
    for (int p = 1; p <= POSITIONS; p++) {
      int to = Math.max(1, ids.length * p / POSITIONS);
      if (to > from) {
        logits.add(session.append(ids, from, to, new RunControl()).clone());
        from = to;
      }
    }
    session.free();
    return logits;
  }

  private static int largest(float[] values) {
    int at = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[at]) {
        at = i;
      }
    }
    return at;
  }

  // ---- the file ---------------------------------------------------------------------------------

  private static Path weightsFile(Path written) {
    return Files.isDirectory(written) ? written.resolve(HuggingFaceDirectory.WEIGHTS) : written;
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] piece = new byte[1 << 16];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        digest.update(piece, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
