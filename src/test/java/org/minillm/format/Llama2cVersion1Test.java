package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;

/** llama2.c's versions 1 and 2, as its export.py writes them. */
class Llama2cVersion1Test extends AbstractModelFormatTest {
  private static final List<String> NORMS = List.of("input_layernorm", "post_attention_layernorm");
  private static final List<String> MATRICES =
      List.of(
          "self_attn.q_proj",
          "self_attn.k_proj",
          "self_attn.v_proj",
          "self_attn.o_proj",
          "mlp.gate_proj",
          "mlp.down_proj",
          "mlp.up_proj");

  @Override
  ModelConfig shape() {
    return ModelConfig.of(Llama2cFileTest.VOCAB, 8, 2, 2, 4, 16)
        .withKvHeads(1)
        .withTiedEmbeddings(false);
  }

  @Override
  Path write(Path directory) throws IOException {
    Files.write(directory.resolve("tokenizer.bin"), Llama2cFileTest.tokenizer());
    ModelConfig c = shape();
    ByteBuffer out = head(c, 1, 0, 256 + 4 * (int) c.parameterCount());
    Parameters p = Transformer.initialise(c, SEED, WorkerPool.shared()).parameters();
    for (String name : names(c)) {
      Llama2cFileTest.put(out, p, name, turned(name) ? c.headDim() : 0);
    }
    return Files.write(directory.resolve("model.bin"), out.array());
  }

  @Override
  List<Path> files(Path model) {
    return List.of(model, model.resolveSibling("tokenizer.bin"));
  }

  private static boolean turned(String name) {
    return name.contains("q_proj") || name.contains("k_proj");
  }

  private static ByteBuffer head(ModelConfig c, int version, int group, int size) {
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0x616b3432).putInt(version);
    out.putInt(c.dModel()).putInt(c.dFf()).putInt(c.nLayers()).putInt(c.nHeads());
    out.putInt(c.nKvHeads()).putInt(c.vocabSize()).putInt(c.contextLength());
    out.put((byte) (c.tieEmbeddings() ? 1 : 0)).putInt(group);
    return out.position(256);
  }

  private static List<String> names(ModelConfig c) {
    List<String> names = new java.util.ArrayList<>();
    layers(names, NORMS, c);
    names.add("model.norm.weight");
    names.add("model.embed_tokens.weight");
    layers(names, MATRICES, c);
    if (!c.tieEmbeddings()) {
      names.add("lm_head.weight");
    }
    return names;
  }

  private static void layers(List<String> names, List<String> kinds, ModelConfig c) {
    for (String kind : kinds) {
      for (int layer = 0; layer < c.nLayers(); layer++) {
        names.add("model.layers." + layer + "." + kind + ".weight");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"4, -1", "4, 0", "4, 3", "8, 2147483647", "12, 0", "28, 0", "32, -3", "32, 0"})
  void hostileHeaderFieldsAreRefused(int offset, int value) throws IOException {
    Path file = dir.resolve("model.bin");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
    Files.write(file, bytes);
    assertThrows(BadFormat.class, () -> load(file));
  }

  // ---- version 2 --------------------------------------------------------------------------------

  /** Writes a model of int8 groups and returns the floats that it means, in memory's order. */
  private float[] writeInt8(ModelConfig c, int group) throws IOException {
    Parameters p = Transformer.initialise(c, SEED, WorkerPool.shared()).parameters();
    ByteBuffer out = head(c, 2, group, 256 + 5 * (int) c.parameterCount());
    for (String name : names(c)) {
      float[] data = p.data();
      int at = p.get(name).array().offset();
      int size = p.get(name).array().size();
      if (name.contains("norm")) {
        Llama2cFileTest.put(out, p, name, 0);
        continue;
      }
      ByteBuffer turned = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
      Llama2cFileTest.put(turned, p, name, turned(name) ? c.headDim() : 0);
      // Quants are their own index; the scale of a group tells the groups apart.
      for (int i = 0; i < size; i++) {
        out.put((byte) (i * 7 % 255 - 127));
      }
      for (int g = 0; g < size / group; g++) {
        out.putFloat(1 + g * 0.5f);
      }
      for (int i = 0; i < size; i++) {
        turned.putFloat(4 * i, (i * 7 % 255 - 127) * (1 + i / group * 0.5f));
      }
      int width = size / p.get(name).array().shape()[0];
      for (int i = 0; i < size; i++) {
        int row = i / width;
        int stored = turned(name) ? Rotary.pairedRow(c, row) : row;
        data[at + i] = turned.getFloat(4 * (stored * width + i % width));
      }
    }
    Files.write(dir.resolve("model.bin"), java.util.Arrays.copyOf(out.array(), out.position()));
    return p.data();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 32, 64})
  void int8ComesBackAsItsGroupsSay(int group) throws IOException {
    ModelConfig c =
        ModelConfig.of(Llama2cFileTest.VOCAB, 64, 2, 4, 192, 16)
            .withKvHeads(2)
            .withTiedEmbeddings(group == 4);
    float[] wanted = writeInt8(c, group);
    Path file = dir.resolve("model.bin");
    assertArrayEquals(
        wanted,
        ModelFiles.loadFloats(file, WorkerPool.shared(), MemoryBudget.ofHeap())
            .model()
            .parameters()
            .data());
    ModelInfo info = ModelFiles.inspect(file);
    assertEquals("Q8_0", info.dtype());
    boolean stays = group >= 32; // whole blocks
    assertEquals(stays, info.bytesAsStored() < 2 * c.parameterCount());
    LoadedModel loaded =
        ModelFiles.load(file, Optional.empty(), WorkerPool.shared(), MemoryBudget.ofHeap());
    assertEquals(stays, loaded.model().quantizedParameters().isPresent());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -4, 5, 2147483647})
  void groupThatDoesNotDivideIsRefused(int group) throws IOException {
    ModelConfig c = ModelConfig.of(Llama2cFileTest.VOCAB, 64, 2, 4, 192, 16);
    writeInt8(c, 32);
    Path file = dir.resolve("model.bin");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(37, group);
    Files.write(file, bytes);
    BadFormat e = assertThrows(BadFormat.class, () -> load(file));
    assertTrue(e.reason().contains("group_size"), e.reason());
  }

  @Test
  void scaleThatIsNoNumberIsRefused() throws IOException {
    writeInt8(ModelConfig.of(Llama2cFileTest.VOCAB, 64, 2, 4, 192, 16), 32);
    Path file = dir.resolve("model.bin");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, Float.NaN);
    Files.write(file, bytes);
    BadFormat e = assertThrows(BadFormat.class, () -> load(file));
    assertTrue(e.reason().contains("NaN"), e.reason());
  }
}
