package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.app.doctor.FindingKind;
import org.minillm.gui.viewmodel.DataViewModel.Stage;
import org.minillm.gui.viewmodel.DataViewModel.State;

class DataViewModelTest {
  @TempDir Path home;
  private final ExecutorService ui = Executors.newSingleThreadExecutor();
  private MiniLlmApp app;
  private DataViewModel data;
  private Path text;

  @BeforeEach
  void open() throws IOException {
    app = RoomyApp.open(home, FrontEnd.WINDOW);
    data = new DataViewModel(app, ui);
    text = home.resolve("cuentos.txt");
    StringBuilder stories = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      int half = i % 20; // the second twenty repeat the first
      stories.append("Érase una vez el perro número ").append(half).append(" que tenía ");
      stories.append(half + 2).append(" huesos y una casa muy bonita.\n<|endoftext|>\n");
    }
    Files.writeString(text, stories);
  }

  @AfterEach
  void close() {
    app.close();
    ui.shutdownNow();
  }

  /** Acts on the UI's thread, then waits until the state is as wished. */
  private State after(Runnable action, Predicate<State> wished) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    AtomicReference<State> seen = new AtomicReference<>();
    ui.execute(
        () -> {
          data.stateProperty()
              .addListener(
                  (o, was, now) -> {
                    if (wished.test(now) && seen.compareAndSet(null, now)) {
                      reached.countDown();
                    }
                  });
          action.run();
        });
    assertTrue(reached.await(60, TimeUnit.SECONDS));
    return seen.get();
  }

  @Test
  void filesAreSummedUpAndChecked() throws Exception {
    State done = after(() -> data.look(List.of(home)), s -> s.stage() == Stage.DONE);
    assertEquals(40, done.summary().orElseThrow().documents());
    assertEquals(1, done.summary().orElseThrow().files().size());
    assertEquals("es", done.summary().orElseThrow().languages().get(0).language());
    assertEquals(
        20, done.report().orElseThrow().finding(FindingKind.DUPLICATES).orElseThrow().documents());
    assertTrue(done.mendable().stream().anyMatch(f -> f.kind() == FindingKind.DUPLICATES));
  }

  @Test
  void theMendedCopyIsWithoutTheDuplicatesAndTheFilesStay() throws Exception {
    after(() -> data.look(List.of(text)), s -> s.stage() == Stage.DONE);
    String before = Files.readString(text);
    AtomicReference<Path> copy = new AtomicReference<>();
    State mended = after(() -> data.mend(copy::set), s -> s.mended().isPresent());
    assertEquals(20, mended.mended().orElseThrow().written());
    assertEquals(before, Files.readString(text));
    Path out = home.toAbsolutePath().resolve("cuentos-mended.txt");
    assertEquals(out, mended.mended().orElseThrow().out());
    ui.submit(() -> {}).get();
    assertEquals(out, copy.get());
    assertEquals(20, Files.readString(out).split("Érase", -1).length - 1);
    assertEquals("cuentos-mended-2.txt", DataViewModel.copyOf(List.of(text)).getFileName() + "");
  }

  @Test
  void whatCannotBeReadIsToldAndOtherFilesAreLookedAtAfterwards() throws Exception {
    Path none = home.resolve("none.txt");
    State failed = after(() -> data.look(List.of(none)), s -> s.stage() == Stage.FAILED);
    assertTrue(failed.failure().isPresent());
    State done = after(() -> data.look(List.of(text)), s -> s.stage() == Stage.DONE);
    assertEquals(Optional.empty(), done.failure());
  }

  @Test
  void theLastFilesChosenAreTheOnesToldOf() throws Exception {
    Path other = Files.writeString(home.resolve("otro.txt"), "Un solo documento muy corto.");
    State done =
        after(
            () -> {
              data.look(List.of(text));
              data.look(List.of(other));
            },
            s -> s.stage() == Stage.DONE);
    assertEquals(1, done.summary().orElseThrow().documents());
  }

  @Test
  void somethingElseInItsPlaceIsToldAsACancel() throws Exception {
    State cancelled =
        after(
            () -> {
              data.look(List.of(text));
              app.preparation().start("another", context -> {}, () -> {});
            },
            s -> !s.busy());
    assertEquals(Stage.CANCELLED, cancelled.stage());
  }

  @Test
  void aCancelIsToldAndWhatComesLateIsNot() throws Exception {
    State cancelled =
        after(
            () -> {
              data.look(List.of(text));
              data.cancel();
            },
            s -> s.stage() == Stage.CANCELLED);
    assertFalse(cancelled.busy());
    // Other files are looked at afterwards; nothing of the cancelled job comes between.
    State done = after(() -> data.look(List.of(text)), s -> !s.busy());
    assertEquals(Stage.DONE, done.stage());
  }
}
