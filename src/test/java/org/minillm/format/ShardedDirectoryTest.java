package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;

/** A Hugging Face directory whose weights are shared out to two files by an index. */
class ShardedDirectoryTest extends AbstractModelFormatTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  private final HuggingFaceDirectoryTest whole = new HuggingFaceDirectoryTest();

  @Override
  ModelConfig shape() {
    return whole.shape();
  }

  @Override
  Path write(Path directory) throws IOException {
    Path model = whole.write(directory);
    List<SafeTensors.Tensor> all =
        HuggingFaceDirectory.tensors(
            Transformer.initialise(shape(), SEED, WorkerPool.shared()).parameters(), "");
    List<SafeTensors.Tensor> first = new ArrayList<>();
    List<SafeTensors.Tensor> second = new ArrayList<>();
    StringBuilder map = new StringBuilder();
    for (int i = 0; i < all.size(); i++) { // not in order: every other one
      (i % 2 == 0 ? first : second).add(all.get(i));
      map.append(i == 0 ? "" : ", ").append('"').append(all.get(i).name()).append("\": \"");
      map.append(i % 2 == 0 ? FIRST : SECOND).append('"');
    }
    SafeTensors.write(model.resolve(FIRST), first, TensorType.F32, Map.of());
    SafeTensors.write(model.resolve(SECOND), second, TensorType.F32, Map.of());
    Files.writeString(
        model.resolve(HuggingFaceTensors.INDEX),
        "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {" + map + "}}");
    Files.delete(model.resolve(HuggingFaceTensors.WEIGHTS));
    return model;
  }

  @Override
  List<Path> files(Path model) {
    return List.of(
        model.resolve(SECOND), model.resolve(FIRST), model.resolve(HuggingFaceTensors.INDEX));
  }

  @Test
  void bytesOfAllFilesAreCounted() throws IOException {
    Path model = dir.resolve("model");
    long bytes = Files.size(model.resolve(FIRST)) + Files.size(model.resolve(SECOND));
    assertEquals(bytes, ModelFiles.inspect(model).fileBytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../" + SECOND, "/etc/" + SECOND, "sub/" + SECOND, ".hidden.safetensors", "a.bin"})
  void fileElsewhereIsRefused(String name) throws IOException {
    Path index = dir.resolve("model").resolve(HuggingFaceTensors.INDEX);
    Files.writeString(index, Files.readString(index).replace(SECOND, name));
    BadFormat e = assertThrows(BadFormat.class, () -> load(dir.resolve("model")));
    assertTrue(e.reason().contains("allowed: NAME.safetensors"), e.reason());
  }

  @Test
  void indexThatNamesTheWrongFileIsRefused() throws IOException {
    Path index = dir.resolve("model").resolve(HuggingFaceTensors.INDEX);
    Files.writeString(index, Files.readString(index).replace(SECOND, FIRST));
    BadFormat e = assertThrows(BadFormat.class, () -> load(dir.resolve("model")));
    assertTrue(e.reason().contains("it does not"), e.reason());
  }
}
