package org.minillm.app;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a run's {@code metrics.jsonl} line by line, so a file of any length takes the memory of one
 * line, and goes on where it ended when the file has grown. Lines that are cut or foreign are left
 * out; a last line without its end waits for the rest. For one thread, which is not the UI's.
 */
public final class MetricsReader {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int BUFFER = 1 << 16;
  private static final int LONGEST_LINE = 1 << 20;

  private final Path file;
  private long position;

  /** Hears what the lines say, in their order. */
  @FunctionalInterface
  public interface Sink {
    /** A step, an evaluation or an event. */
    void point(MetricsPoint point);

    /** The sample texts of an evaluation, in the order of their prompts. */
    default void samples(long step, List<String> texts) {}
  }

  /**
   * Reads a run from its beginning.
   *
   * @param run its directory
   */
  public static MetricsReader of(Path run) {
    return new MetricsReader(run.resolve(TrainingService.METRICS));
  }

  MetricsReader(Path file) {
    this.file = file;
  }

  /**
   * Reads what was not read yet.
   *
   * @throws java.nio.file.NoSuchFileException if the run has no such file
   */
  public void read(Sink to) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() < position) {
        position = 0; // another file has taken its place
      }
      channel.position(position);
      InputStream in = Channels.newInputStream(channel);
      byte[] buffer = new byte[BUFFER];
      ByteArrayOutputStream begun = new ByteArrayOutputStream();
      long tooLong = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        int from = 0;
        for (int i = 0; i < n; i++) {
          if (buffer[i] == '\n') {
            int length = i - from;
            if (begun.size() == 0) {
              tell(buffer, from, length, to);
            } else {
              begun.write(buffer, from, length);
              length = begun.size();
              tell(begun.toByteArray(), 0, length, to);
              begun.reset();
            }
            position += length + tooLong + 1L;
            tooLong = 0;
            from = i + 1;
          }
        }
        begun.write(buffer, from, n - from);
        if (begun.size() > LONGEST_LINE) { // no line of ours
          tooLong += begun.size();
          begun.reset();
        }
      }
    }
  }

  private static void tell(byte[] bytes, int from, int length, Sink to) {
    Line line = new Line();
    try (JsonParser parser = JSON.createParser(bytes, from, length)) {
      line.read(parser);
    } catch (IOException e) {
      return; // the line a kill cut in half
    }
    if (line.known) {
      to.point(line.point());
      if (line.samples != null) {
        to.samples(line.step, List.copyOf(line.samples));
      }
    }
  }

  /** What a line says, read without a tree: a long run has a hundred thousand. */
  private static final class Line {
    private boolean known;
    private long step;
    private long tokens;
    private double loss = Double.NaN;
    private double valLoss = Double.NaN;
    private double bitsPerByte = Double.NaN;
    private double learningRate = Double.NaN;
    private double gradNorm = Double.NaN;
    private double tokensPerSecond = Double.NaN;
    private double rssMb = Double.NaN;
    private double seconds = Double.NaN;
    private String event = "";
    private @Nullable List<String> samples;

    void read(JsonParser parser) throws IOException {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return;
      }
      for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        switch (key) {
          case "step" -> {
            known = isLong(parser);
            step = known ? parser.getLongValue() : 0;
          }
          case "tokens" -> tokens = isLong(parser) ? parser.getLongValue() : 0;
          case "loss" -> loss = number(parser);
          case "val_loss" -> valLoss = number(parser);
          case "bits_per_byte" -> bitsPerByte = number(parser);
          case "lr" -> learningRate = number(parser);
          case "grad_norm" -> gradNorm = number(parser);
          case "tokens_per_s" -> tokensPerSecond = number(parser);
          case "rss_mb" -> rssMb = number(parser);
          case "seconds" -> seconds = number(parser);
          case "event" -> event = parser.getValueAsString("");
          case "samples" -> {
            if (value == JsonToken.START_ARRAY) {
              samples = texts(parser);
            }
          }
          default -> {}
        }
        parser.skipChildren();
      }
    }

    private static List<String> texts(JsonParser parser) throws IOException {
      List<String> texts = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        texts.add(parser.getValueAsString(""));
        parser.skipChildren();
      }
      return texts;
    }

    private static boolean isLong(JsonParser parser) throws IOException {
      return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    }

    private static double number(JsonParser parser) throws IOException {
      return parser.currentToken().isNumeric() ? parser.getDoubleValue() : Double.NaN;
    }

    MetricsPoint point() {
      return new MetricsPoint(
          step,
          tokens,
          loss,
          valLoss,
          bitsPerByte,
          learningRate,
          gradNorm,
          tokensPerSecond,
          rssMb,
          seconds,
          event);
    }
  }
}
