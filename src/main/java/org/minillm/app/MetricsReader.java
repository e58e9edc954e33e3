package org.minillm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a run's {@code metrics.jsonl} line by line, so a file of any length takes the memory of one
 * line, and goes on where it ended when the file has grown. Lines that are cut or foreign are left
 * out; a last line without its end waits for the rest. For one thread, which is not the UI's.
 */
public final class MetricsReader {
  private static final JsonMapper JSON = JsonMapper.builder().build();
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
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      long tooLong = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        int from = 0;
        for (int i = 0; i < n; i++) {
          if (buffer[i] == '\n') {
            line.write(buffer, from, i - from);
            tell(line.toByteArray(), to);
            position += line.size() + tooLong + 1L;
            line.reset();
            tooLong = 0;
            from = i + 1;
          }
        }
        line.write(buffer, from, n - from);
        if (line.size() > LONGEST_LINE) { // no line of ours
          tooLong += line.size();
          line.reset();
        }
      }
    }
  }

  private static void tell(byte[] line, Sink to) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (IOException e) {
      return; // the line a kill cut in half
    }
    if (node == null || !node.path("step").canConvertToLong()) {
      return;
    }
    MetricsPoint point = point(node);
    to.point(point);
    JsonNode samples = node.path("samples");
    if (samples.isArray()) {
      List<String> texts = new ArrayList<>();
      samples.forEach(text -> texts.add(text.asText()));
      to.samples(point.step(), List.copyOf(texts));
    }
  }

  private static MetricsPoint point(JsonNode node) {
    return new MetricsPoint(
        node.path("step").longValue(),
        node.path("tokens").longValue(),
        number(node, "loss"),
        number(node, "val_loss"),
        number(node, "bits_per_byte"),
        number(node, "lr"),
        number(node, "grad_norm"),
        number(node, "tokens_per_s"),
        number(node, "rss_mb"),
        number(node, "seconds"),
        node.path("event").asText(""));
  }

  private static double number(JsonNode node, String key) {
    JsonNode value = node.path(key);
    return value.isNumber() ? value.doubleValue() : Double.NaN;
  }
}
