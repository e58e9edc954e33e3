package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;

class Llama2cFileTest extends AbstractModelFormatTest {
  static final int VOCAB = 262;

  @Override
  ModelConfig shape() {
    return ModelConfig.of(VOCAB, 8, 2, 2, 4, 16).withKvHeads(1).withTiedEmbeddings(false);
  }

  @Override
  Path write(Path directory) throws IOException {
    Files.write(directory.resolve("tokenizer.bin"), tokenizer());
    return Files.write(directory.resolve("model.bin"), model());
  }

  @Override
  List<Path> files(Path model) {
    return List.of(model, model.resolveSibling("tokenizer.bin"));
  }

  /** As llama2.c's export.py, version 0, writes it. */
  private byte[] model() {
    ModelConfig c = shape();
    Parameters p = Transformer.initialise(c, SEED, WorkerPool.shared()).parameters();
    int rotary = c.contextLength() * (c.headDim() / 2);
    ByteBuffer out =
        ByteBuffer.allocate((int) (28 + 4 * (c.parameterCount() + 2L * rotary)))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int field :
        new int[] {
          c.dModel(), c.dFf(), c.nLayers(), c.nHeads(), c.nKvHeads(), -VOCAB, c.contextLength()
        }) {
      out.putInt(field);
    }
    put(out, p, "model.embed_tokens.weight", 0);
    for (String kind :
        List.of(
            "input_layernorm",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "post_attention_layernorm",
            "mlp.gate_proj",
            "mlp.down_proj",
            "mlp.up_proj")) {
      boolean turned = kind.endsWith("q_proj") || kind.endsWith("k_proj");
      for (int layer = 0; layer < c.nLayers(); layer++) {
        put(out, p, "model.layers." + layer + "." + kind + ".weight", turned ? c.headDim() : 0);
      }
    }
    put(out, p, "model.norm.weight", 0);
    for (int i = 0; i < 2 * rotary; i++) {
      out.putFloat(0);
    }
    put(out, p, "lm_head.weight", 0);
    return out.array();
  }

  /** Row i of half-split order is row 2i of llama2.c's, row i + headDim/2 is 2i + 1. */
  static void put(ByteBuffer out, Parameters p, String name, int headDim) {
    var array = p.get(name).array();
    int rows = array.shape()[0];
    int width = array.size() / rows;
    for (int row = 0; row < rows; row++) {
      int in = headDim == 0 ? 0 : row % headDim;
      int from = headDim == 0 ? row : row - in + (in % 2 == 0 ? in / 2 : headDim / 2 + in / 2);
      for (int i = 0; i < width; i++) {
        out.putFloat(array.data()[array.offset() + from * width + i]);
      }
    }
  }

  static byte[] tokenizer() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(ints(8));
    for (int id = 0; id < VOCAB; id++) {
      String token =
          id < 3
              ? List.of("<unk>", "<s>", "</s>").get(id)
              : id < 259
                  ? String.format("<0x%02X>", id - 3)
                  : List.of(" a", "b", "ab").get(id - 259);
      byte[] text = token.getBytes(StandardCharsets.UTF_8);
      bytes.write(ints(Float.floatToIntBits(-id), text.length));
      bytes.write(text);
    }
    return bytes.toByteArray();
  }

  private static byte[] ints(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      buffer.putInt(value);
    }
    return buffer.array();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2147483647", "0, -8", "0, 0", "4, 2147483647", "4, -1", "8, 1024", "8, 2147483647",
    "12, 3", "12, 0", "12, 2147483647", "16, 0", "16, 5", "20, -2147483648", "20, 2147483647",
    "20, 0", "24, 0", "24, 2147483647", "24, -16"
  })
  void hostileHeaderFieldsAreRefused(int offset, int value) throws IOException {
    Path file = dir.resolve("model.bin");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
    Files.write(file, bytes);
    BadFormat e = assertThrows(BadFormat.class, () -> load(file));
    assertTrue(String.valueOf(e.getMessage()).startsWith("model.bin"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 2147483647", "0, -1", "8, 2147483647", "8, -1", "4, 2143289344"})
  void hostileTokenizerFieldsAreRefused(int offset, int value) throws IOException {
    Path file = dir.resolve("tokenizer.bin");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
    Files.write(file, bytes);
    BadFormat e = assertThrows(BadFormat.class, () -> load(dir.resolve("model.bin")));
    assertTrue(String.valueOf(e.getMessage()).startsWith("tokenizer.bin"), e.getMessage());
  }

  @Test
  void tokenizerOfAnotherModelIsRefused() throws IOException {
    Path file = dir.resolve("tokenizer.bin");
    byte[] bytes = Files.readAllBytes(file);
    byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + 9);
    System.arraycopy(ints(0, 1), 0, longer, bytes.length, 8);
    Files.write(file, longer);
    BadFormat e = assertThrows(BadFormat.class, () -> load(dir.resolve("model.bin")));
    assertTrue(String.valueOf(e.getMessage()).contains("another model"), e.getMessage());
  }
}
