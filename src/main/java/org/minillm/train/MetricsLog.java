package org.minillm.train;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * {@code metrics.jsonl} of a run: a JSON object a line, appended and flushed, never rewritten. A
 * run that goes on from a checkpoint repeats steps; the later line of a step is the one that
 * counts. What cannot be written (a full disk) is told once and does not end the training: the next
 * checkpoint will say so with all that hangs on it.
 */
final class MetricsLog implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(MetricsLog.class.getName());
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final OutputStream out;
  private boolean told;
  private boolean torn;

  MetricsLog(Path runDirectory) throws IOException {
    Files.createDirectories(runDirectory);
    Path file = runDirectory.resolve("metrics.jsonl");
    torn = endsInsideALine(file);
    out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static boolean endsInsideALine(Path file) throws IOException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      return false;
    }
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.seek(in.length() - 1);
      return in.read() != '\n';
    }
  }

  void step(StepMetrics s, double rssMb) {
    ObjectNode line = line(s.step(), s.tokens(), s.elapsedSeconds());
    put(line, "loss", s.loss());
    put(line, "lr", s.learningRate());
    put(line, "grad_norm", s.gradNorm());
    put(line, "tokens_per_s", s.tokensPerSecond());
    put(line, "rss_mb", rssMb);
    append(line);
  }

  void evaluation(Evaluation e, double rssMb) {
    ObjectNode line = line(e.step(), e.tokens(), e.elapsedSeconds());
    put(line, "loss", e.trainLoss());
    put(line, "val_loss", e.valLoss());
    put(line, "bits_per_byte", e.bitsPerByte());
    put(line, "tokens_per_s", e.tokensPerSecond());
    put(line, "rss_mb", rssMb);
    if (!e.samples().isEmpty()) {
      ArrayNode samples = line.putArray("samples");
      e.samples().forEach(samples::add);
    }
    append(line);
  }

  void event(long step, long tokens, double seconds, String event) {
    append(line(step, tokens, seconds).put("event", event));
  }

  private static ObjectNode line(long step, long tokens, double seconds) {
    ObjectNode line = MAPPER.createObjectNode();
    line.put("step", step).put("tokens", tokens);
    put(line, "seconds", seconds);
    return line;
  }

  private static void put(ObjectNode line, String key, double value) {
    if (Double.isFinite(value)) {
      line.put(
          key,
          (double) (float) value == value
              ? value
              : Double.parseDouble(String.format(java.util.Locale.ROOT, "%.7g", value)));
    }
  }

  private void append(ObjectNode line) {
    try {
      // After a failure half a line may stand there: it must not swallow the next one.
      out.write(((torn ? "\n" : "") + line + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
      torn = false;
    } catch (IOException e) {
      torn = true;
      if (!told) {
        told = true;
        LOG.log(System.Logger.Level.WARNING, "metrics.jsonl: " + e.getMessage());
      }
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
