package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsReaderTest {
  @TempDir Path run;
  private final List<Long> steps = new ArrayList<>();
  private final List<String> texts = new ArrayList<>();
  private final MetricsReader.Sink sink =
      new MetricsReader.Sink() {
        @Override
        public void point(MetricsPoint point) {
          steps.add(point.step());
        }

        @Override
        public void samples(long step, List<String> samples) {
          samples.forEach(text -> texts.add(step + " " + text));
        }
      };

  private void append(String lines) throws IOException {
    Files.writeString(
        run.resolve("metrics.jsonl"), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Test
  void goesOnWhereItEndedAndWaitsForTheRestOfALine() throws IOException {
    MetricsReader reader = MetricsReader.of(run);
    append("{\"step\":1,\"loss\":3}\n{\"step\":2,\"loss\":2}\n{\"step\":3,\"lo");
    reader.read(sink);
    assertEquals(List.of(1L, 2L), steps);
    reader.read(sink);
    assertEquals(List.of(1L, 2L), steps);
    append("ss\":1.5}\n{\"step\":4,\"loss\":1}\n");
    reader.read(sink);
    assertEquals(List.of(1L, 2L, 3L, 4L), steps);
  }

  @Test
  void tellsTheSamplesOfAnEvaluation() throws IOException {
    append(
        "{\"step\":5,\"loss\":3,\"val_loss\":3,\"samples\":[\"Había una vez\",\"Once\"]}\n"
            + "{\"step\":6,\"loss\":3}\n");
    MetricsReader.of(run).read(sink);
    assertEquals(List.of(5L, 6L), steps);
    assertEquals(List.of("5 Había una vez", "5 Once"), texts);
  }

  @Test
  void linesLongerThanItsBufferAreReadAndForeignOnesLeftOut() throws IOException {
    String big = "x".repeat(200_000);
    append("{\"step\":1,\"samples\":[\"" + big + "\"]}\nno json\n\n{\"step\":\"two\"}\n");
    append("y".repeat(3_000_000) + "\n{\"step\":3}\n");
    MetricsReader reader = MetricsReader.of(run);
    reader.read(sink);
    assertEquals(List.of(1L, 3L), steps);
    assertEquals(big.length() + 2, texts.get(0).length());
    append("{\"step\":4}\n");
    reader.read(sink);
    assertEquals(List.of(1L, 3L, 4L), steps);
  }

  @Test
  void anotherFileInItsPlaceIsReadFromItsBeginning() throws IOException {
    append("{\"step\":1}\n{\"step\":2}\n");
    MetricsReader reader = MetricsReader.of(run);
    reader.read(sink);
    Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":9}\n");
    reader.read(sink);
    assertEquals(List.of(1L, 2L, 9L), steps);
  }

  @Test
  void aRunWithoutPointsIsToldSo() {
    MetricsReader reader = MetricsReader.of(run);
    assertThrows(NoSuchFileException.class, () -> reader.read(sink));
  }
}
