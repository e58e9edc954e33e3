package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.ModelLibrary.Listing;
import org.minillm.app.ModelLibrary.Unreadable;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;
import org.minillm.format.TensorType;

class ModelLibraryTest {
  @TempDir Path models;

  @Test
  void whatCannotBeReadIsListedApartWithItsReason() throws IOException {
    Path whole = model("whole");
    Path cut = model("cut");
    Path weights = cut.resolve("model.safetensors");
    Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), 100));
    Path text = Files.writeString(models.resolve("notes.gguf"), "not a model");
    Files.writeString(models.resolve("readme.txt"), "nothing of a library");
    ModelLibrary library = new ModelLibrary(models);
    Listing listing = library.listing();
    assertEquals(List.of(whole), listing.models().stream().map(ModelEntry::path).toList());
    assertEquals(List.of(cut, text), listing.unreadable().stream().map(Unreadable::path).toList());
    BadFormat reason = assertInstanceOf(BadFormat.class, listing.unreadable().get(1).reason());
    assertTrue(reason.getMessage().contains("notes.gguf"), reason.getMessage());
    assertEquals(listing.models(), library.list());
  }

  @Test
  void whatATrainingIsWritingIsNotCalledUnreadable() throws IOException {
    Path cut = model("cut");
    Files.delete(cut.resolve("model.safetensors"));
    ModelLibrary library = new ModelLibrary(models);
    try (DirectoryLock held = DirectoryLock.take(cut)) {
      assertEquals(List.of(), library.listing().unreadable());
    }
    assertEquals(1, library.listing().unreadable().size());
  }

  @Test
  void aFileIsCalledWithoutItsEndingUnlessAnotherWouldBeCalledTheSame() throws IOException {
    for (String file : List.of("one.gguf", "two.bin", "three.gguf", "three.bin", "four.gguf")) {
      Files.createFile(models.resolve(file));
    }
    Path four = Files.createDirectory(models.resolve("four"));
    ModelLibrary library = new ModelLibrary(models);
    for (String[] each :
        new String[][] {
          {"one.gguf", "one"},
          {"two.bin", "two"},
          {"three.gguf", "three.gguf"},
          {"three.bin", "three.bin"},
          {"four.gguf", "four.gguf"}
        }) {
      Path file = models.resolve(each[0]);
      assertEquals(each[1], ModelLibrary.fileName(file));
      assertEquals(Optional.of(file), library.find(Path.of(each[1])), "by what it is called");
      assertEquals(Optional.of(file), library.find(Path.of(each[0])));
    }
    assertEquals("four", ModelLibrary.fileName(four));
  }

  private Path model(String name) throws IOException {
    Path path = models.resolve(name);
    LoadedModel tiny = TinyModels.fresh(name, 1);
    ModelFiles.save(
        path, tiny.model(), tiny.tokenizer(), Optional.empty(), tiny.card(), TensorType.F32);
    return path;
  }
}
