package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.app.RoomyApp;
import org.minillm.format.TensorType;
import org.minillm.gui.viewmodel.ModelsViewModel.Outcome;

/** What is done to models, on real files; the test's thread plays those of the window. */
class ModelsViewModelTest {
  @TempDir Path home;

  private final Queue<Runnable> disk = new ArrayDeque<>();
  private final Queue<Runnable> longWork = new ArrayDeque<>();
  private MiniLlmApp app;
  private ModelsViewModel models;

  @BeforeEach
  void open() throws Exception {
    try (MiniLlm tiny = new MiniLlm(new Config(300, 32, 1, 2, 64, 64))) {
      tiny.save(home.resolve("models/tiny"), TensorType.F32);
    }
    app = RoomyApp.open(home, FrontEnd.COMMAND_LINE);
    models = new ModelsViewModel(app, Runnable::run, disk::add, longWork::add);
    models.refresh();
    disk.remove().run();
  }

  @AfterEach
  void close() {
    app.close();
  }

  private List<String> names() {
    return models.rowsProperty().get().stream().map(row -> row.entry().name()).sorted().toList();
  }

  @Test
  void whatTakesLongKeepsNothingElseFromTheDisk() {
    models.duplicate(models.rowsProperty().get().get(0).entry(), "copia");
    assertTrue(models.busyProperty().get());
    assertTrue(disk.isEmpty(), "chats are written there");
    longWork.remove().run();
    assertFalse(models.busyProperty().get());
    assertInstanceOf(Outcome.Duplicated.class, models.outcomeProperty().get());
    disk.remove().run();
    assertEquals(2, names().size());
    assertTrue(names().contains("copia"), names().toString());
  }

  @Test
  void aModelIsMadeInt8AsOftenAsOneLikes() throws Exception {
    Path starter = home.resolve("models/starter.gguf");
    Files.copy(Path.of("models/starter.gguf"), starter);
    ModelEntry model = app.library().entry(starter).orElseThrow();
    for (String name : List.of("starter-q8_0.gguf", "starter-q8_0-2.gguf")) {
      models.quantise(model);
      longWork.remove().run();
      Outcome how = models.outcomeProperty().get();
      Path made = assertInstanceOf(Outcome.Quantised.class, how).report().path();
      assertEquals(starter.resolveSibling(name), made);
    }
  }
}
