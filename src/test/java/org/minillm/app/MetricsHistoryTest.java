package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsHistoryTest {
  @TempDir Path dir;
  private final MetricsHistory history = new MetricsHistory();

  static MetricsPoint step(long step, double loss) {
    double nan = Double.NaN;
    return new MetricsPoint(step, step * 10, loss, nan, nan, 1e-3, 1, 1000, 200, step, "");
  }

  static MetricsPoint evaluation(long step, double valLoss) {
    double nan = Double.NaN;
    return new MetricsPoint(step, step * 10, nan, valLoss, 1, nan, nan, nan, 200, nan, "");
  }

  static MetricsPoint event(long step, String text) {
    double nan = Double.NaN;
    return MetricsPoint.ofEvent(step, step * 10, 200, text);
  }

  @Test
  void fewPointsStayAsTheyAre() {
    history.add(step(1, 5));
    history.add(evaluation(1, 6));
    history.add(step(2, 4));
    assertEquals(
        List.of(5.0, 4.0),
        history.points(100).stream()
            .map(MetricsPoint::loss)
            .filter(l -> !Double.isNaN(l))
            .toList());
    assertEquals(3, history.points(100).size());
  }

  @Test
  void aLongRunTakesBoundedMemoryAndKeepsTheMean() {
    int steps = 100_000;
    for (int i = 1; i <= steps; i++) {
      history.add(step(i, i % 2 == 0 ? 3 : 1));
    }
    List<MetricsPoint> points = history.points(Integer.MAX_VALUE);
    assertTrue(points.size() <= MetricsHistory.MOST);
    assertTrue(points.size() > MetricsHistory.MOST / 4);
    assertEquals(steps, points.get(points.size() - 1).step());
    for (MetricsPoint point : points.subList(0, points.size() - 1)) {
      assertEquals(2.0, point.loss(), 1e-9);
    }
  }

  @Test
  void askedForFewerPointsNeighboursAreAveraged() {
    for (int i = 1; i <= 1000; i++) {
      history.add(step(i, i));
    }
    List<MetricsPoint> points = history.points(10);
    assertEquals(10, points.size());
    assertEquals(50.5, points.get(0).loss(), 1e-9);
    assertEquals(1000, points.get(9).step());
  }

  @Test
  void eventsSurviveEveryThinning() {
    history.add(event(1, "trim"));
    for (int i = 1; i <= 20_000; i++) {
      history.add(evaluation(i, i));
    }
    List<MetricsPoint> points = history.points(10);
    assertTrue(points.size() <= MetricsHistory.MOST + 1);
    assertEquals(1, points.stream().filter(p -> p.event().equals("trim")).count());
  }

  @Test
  void goingBackToACheckpointDropsWhatCameAfterIt() {
    for (int i = 1; i <= 10; i++) {
      history.add(step(i, i));
    }
    history.add(evaluation(9, 9));
    history.add(step(6, 60));
    assertEquals(
        List.of(1.0, 2.0, 3.0, 4.0, 5.0, 60.0),
        history.points(100).stream().map(MetricsPoint::loss).toList());
  }

  @Test
  void readsAFileWhoseLastLineWasCutByAKill() throws Exception {
    Path file = dir.resolve("metrics.jsonl");
    Files.writeString(
        file,
        """
        {"step":1,"tokens":1024,"loss":9.2,"lr":0.001,"grad_norm":1.5,"tokens_per_s":3000,"rss_mb":300}
        not json
        {"step":1,"tokens":1024,"val_loss":9.1,"bits_per_byte":2.5}
        {"step":2,"tokens":2048,"loss":9.0,"event":null}
        {"step":2,"event":"trim"}
        {"other":1}
        {"step":3,"tokens":30""");
    history.read(file);
    List<MetricsPoint> points = history.points(100);
    assertEquals(4, points.size());
    assertEquals(9.2, points.get(0).loss());
    assertEquals(300, points.get(0).rssMb());
    assertEquals(2.5, points.get(1).bitsPerByte());
    assertEquals("trim", points.get(3).event());
    assertThrows(NoSuchFileException.class, () -> history.read(dir.resolve("none")));
  }

  @Test
  void lineThatAKillCutInsideACharacterIsLeftOut() throws Exception {
    byte[] whole = "{\"step\":1,\"loss\":3}\n{\"step\":2,\"sample\":\"ñ".getBytes("UTF-8");
    byte[] rest = "\n{\"step\":3,\"loss\":2}\n".getBytes("UTF-8");
    Path file = Files.write(dir.resolve("torn.jsonl"), Arrays.copyOf(whole, whole.length - 1));
    Files.write(file, rest, StandardOpenOption.APPEND);
    history.read(file);
    assertEquals(List.of(1L, 3L), history.points(10).stream().map(MetricsPoint::step).toList());
  }
}
