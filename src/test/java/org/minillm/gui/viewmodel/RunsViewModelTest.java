package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;

class RunsViewModelTest {
  @TempDir Path home;
  private final Curve curve = new Curve();
  private final ChartViewModel chart = new ChartViewModel(() -> curve);
  private MiniLlmApp app;
  private RunsViewModel runs;

  @BeforeEach
  void open() throws IOException {
    app = RoomyApp.open(home, FrontEnd.WINDOW);
    runs = new RunsViewModel(app, chart, Runnable::run, Runnable::run);
    write("one", "{\"step\":1,\"loss\":3}\n{\"step\":2,\"loss\":2}\n");
  }

  @AfterEach
  void close() {
    app.close();
  }

  private RunsViewModel.Run write(String name, String lines) throws IOException {
    Path dir = Files.createDirectories(home.resolve("models").resolve(name));
    Files.writeString(
        dir.resolve("metrics.jsonl"), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return RunsViewModel.Run.of(dir);
  }

  @Test
  void runsOnDiskAreFound() throws IOException {
    Files.createDirectories(home.resolve("models/empty"));
    runs.refresh();
    assertEquals(
        List.of("one"), runs.runsProperty().get().stream().map(RunsViewModel.Run::name).toList());
  }

  @Test
  void comparedRunsLieBehindTheCurveEachInAColourOfItsOwn() throws IOException {
    RunsViewModel.Run one = write("one", "");
    RunsViewModel.Run two = write("two", "{\"step\":1,\"loss\":5}\n");
    runs.setCompared(one, true);
    runs.setCompared(two, true);
    assertEquals(
        List.of(0, 1), chart.compared().stream().map(ChartViewModel.ComparedRun::color).toList());
    assertEquals(2, chart.compared().get(0).curve().size());
    runs.setCompared(one, false);
    assertEquals(List.of("two"), chart.compared().stream().map(c -> c.name()).toList());
    runs.setCompared(write("three", "{\"step\":1,\"loss\":5}\n"), true);
    assertEquals(0, chart.compared().get(1).color());
    runs.setCompared(one, true);
    assertFalse(runs.mayCompareMore());
    RunsViewModel.Run four = write("four", "{\"step\":1,\"loss\":5}\n");
    runs.setCompared(four, true);
    assertFalse(runs.isCompared(four));
  }

  @Test
  void samplesAreReadOnAsTheRunWritesThem() throws IOException {
    RunsViewModel.Run one = write("one", "{\"step\":5,\"val_loss\":3,\"samples\":[\"a\"]}\n");
    runs.showSamples(one.dir());
    assertEquals(
        List.of(new RunsViewModel.SampleStep(5, List.of("a"))), runs.samplesProperty().get());
    write("one", "{\"step\":10,\"val_loss\":3,\"samples\":[\"b\"]}\n");
    runs.showSamples(one.dir());
    assertEquals(List.of(5L, 10L), steps());
    // Back to a checkpoint: the later text of a step counts.
    write("one", "{\"step\":10,\"val_loss\":3,\"samples\":[\"c\"]}\n");
    runs.showSamples(one.dir());
    assertEquals(List.of(5L, 10L), steps());
    assertEquals(List.of("c"), runs.samplesProperty().get().get(1).texts());
  }

  @Test
  void samplesOfALongRunAreThinnedOut() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i <= 1500; i++) {
      lines.append("{\"step\":").append(i).append(",\"val_loss\":3,\"samples\":[\"x\"]}\n");
    }
    runs.showSamples(write("long", lines.toString()).dir());
    assertTrue(steps().size() <= 512 && steps().size() > 200, steps().size() + "");
    assertEquals(1, steps().get(0));
  }

  @Test
  void aRunWhosePointsAreGoneIsTold() throws IOException {
    RunsViewModel.Run gone = write("gone", "");
    Files.delete(gone.dir().resolve("metrics.jsonl"));
    runs.setCompared(gone, true);
    assertTrue(runs.failureProperty().get().isPresent());
  }

  private List<Long> steps() {
    return runs.samplesProperty().get().stream().map(RunsViewModel.SampleStep::step).toList();
  }
}
