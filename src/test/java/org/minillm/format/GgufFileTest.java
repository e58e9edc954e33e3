package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.HalfFloat;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.InferenceSession;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Parameters;
import org.minillm.model.Quantization;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.BpeTokenizer;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.ScoreBpeTokenizer;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.Tokenizer;

class GgufFileTest {
  static final int DAMAGED = 2000;
  private static final WorkerPool POOL = WorkerPool.shared();
  private static final String TEXT =
      "hola . ¿ qué ? 1984 años; it's   two  spaces\n\tand ünïcode 中文 🙂 <|im_end|>\r\n";

  @TempDir Path dir;

  // ---- models -----------------------------------------------------------------------------------

  private static BpeTokenizer bpe() throws IOException {
    return BpeTrainer.train(
        sink -> sink.accept("el perro come y el gato duerme; the dog eats, the cat sleeps 12"),
        290,
        List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        POOL,
        new RunControl(),
        (stage, done, total) -> {});
  }

  /** Llama 2's layout with a few merges. */
  private static ScoreBpeTokenizer scores() {
    List<String> words =
        List.of(" ", "a", "b", "h", "o", "l", " h", "ho", "ol", "la", " ho", " hola");
    byte[][] tokens = new byte[259 + words.size()][];
    float[] scores = new float[tokens.length];
    String[] control = {"<unk>", "\n<s>\n", "\n</s>\n"};
    for (int id = 0; id < tokens.length; id++) {
      String text =
          id < 3 ? control[id] : id < 259 ? String.format("<0x%02X>", id - 3) : words.get(id - 259);
      tokens[id] = text.getBytes(StandardCharsets.UTF_8);
      scores[id] = id < 259 ? 0 : 259 - id;
    }
    return new ScoreBpeTokenizer(tokens, scores);
  }

  private static ModelConfig shape(int vocab, int dFf) {
    return ModelConfig.of(vocab, 64, 2, 4, dFf, 48).withKvHeads(2).withRopeTheta(50_000f);
  }

  private LoadedModel model(ModelConfig config, Tokenizer tokenizer) {
    Transformer model = Transformer.initialise(config, 7, POOL);
    float[] data = model.parameters().data();
    for (int i = 0; i < data.length; i++) {
      data[i] *= 5; // logits that differ
    }
    return new LoadedModel(
        model,
        tokenizer,
        Optional.of(ChatTemplate.chatml()).filter(t -> t.supports(tokenizer)),
        new ModelCard("tiny", "made up", Double.NaN, Double.NaN, 0, 0, "", ""),
        dir.resolve("tiny"));
  }

  private LoadedModel bpeModel() throws IOException {
    BpeTokenizer tokenizer = bpe();
    return model(shape(tokenizer.vocabSize(), 96), tokenizer);
  }

  private Path written(LoadedModel model, String type) throws IOException {
    Path file = dir.resolve("tiny-" + type + ".gguf");
    ModelFiles.saveGguf(file, model, type);
    return file;
  }

  private static LoadedModel load(Path file) throws IOException {
    return ModelFiles.load(file, Optional.empty(), POOL, MemoryBudget.ofHeap());
  }

  private static float[] logits(Transformer model) {
    int[] ids = new Random(2).ints(12, 0, model.config().vocabSize()).toArray();
    return new InferenceSession(model, 16, 8).append(ids, 0, 12, new RunControl()).clone();
  }

  // ---- round trips ------------------------------------------------------------------------------

  @Test
  void float32ComesBackBitForBitWithShapeTokenizerTemplateAndName() throws IOException {
    LoadedModel model = bpeModel();
    LoadedModel back = load(written(model, "f32"));
    assertEquals(model.model().config(), back.model().config());
    assertArrayEquals(model.model().parameters().data(), back.model().parameters().data());
    assertArrayEquals(model.tokenizer().encode(TEXT), back.tokenizer().encode(TEXT));
    assertArrayEquals(
        model.tokenizer().encodeWithSpecials(TEXT), back.tokenizer().encodeWithSpecials(TEXT));
    assertEquals(model.tokenizer().eosId(), back.tokenizer().eosId());
    assertEquals(model.card(), back.card());
    assertEquals("made up", back.card().data());
    assertEquals(
        model.chatTemplate().orElseThrow().jinja(), back.chatTemplate().orElseThrow().jinja());
  }

  @Test
  void untiedHeadsAndRowsThatBlocksDoNotDivideComeBack() throws IOException {
    BpeTokenizer tokenizer = bpe();
    ModelConfig config = shape(tokenizer.vocabSize(), 172).withTiedEmbeddings(false);
    LoadedModel model = model(config, tokenizer);
    assertArrayEquals(
        model.model().parameters().data(), load(written(model, "f32")).model().parameters().data());
    Path mixed = written(model, "q8_0");
    var header = GgufHeader.read(mixed, false, MemoryBudget.ofHeap());
    assertEquals(GgufType.F16, header.tensors().get("blk.0.ffn_down.weight").type());
    assertEquals(GgufType.Q8_0, header.tensors().get("blk.0.ffn_up.weight").type());
    assertEquals(GgufType.F32, header.tensors().get("blk.0.ffn_norm.weight").type());
    LoadedModel back = load(mixed);
    assertFalse(
        back.model()
            .quantizedParameters()
            .orElseThrow()
            .isInt8("model.layers.0.mlp.down_proj.weight"));
    float[] expected = logits(model.model());
    assertArrayEquals(expected, logits(back.model()), 0.05f * max(expected));
  }

  private static float max(float[] x) {
    float max = 0;
    for (float v : x) {
      max = Math.max(max, Math.abs(v));
    }
    return max;
  }

  /** On disk, pairs that RoPE turns lie side by side; in memory half a head apart. */
  @Test
  void rowsOfQAndKAreInConsecutivePairsOnDisk() throws IOException {
    LoadedModel model = bpeModel();
    Path file = written(model, "f32");
    var header = GgufHeader.read(file, false, MemoryBudget.ofHeap());
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int half = 8; // head of 16
    for (String[] names :
        new String[][] {
          {"blk.1.attn_q.weight", "model.layers.1.self_attn.q_proj.weight"},
          {"blk.1.attn_k.weight", "model.layers.1.self_attn.k_proj.weight"}
        }) {
      var tensor = header.tensors().get(names[0]);
      Parameters.Parameter p = model.model().parameters().get(names[1]);
      for (int row = 0; row < tensor.shape()[0]; row++) {
        int head = row / 16 * 16;
        int ours = head + (row % 2 == 0 ? row % 16 / 2 : half + row % 16 / 2);
        for (int c = 0; c < 64; c++) {
          assertEquals(
              p.array().data()[p.array().offset() + ours * 64 + c],
              data.getFloat((int) tensor.begin() + 4 * (row * 64 + c)));
        }
      }
    }
  }

  @Test
  void q8InAFileAndInt8AtLoadingAreTheSameModel() throws IOException {
    LoadedModel model = bpeModel();
    LoadedModel fromFile = load(written(model, "q8_0"));
    LoadedModel rounded =
        ModelFiles.load(
            written(model, "f32"),
            Optional.empty(),
            POOL,
            MemoryBudget.ofHeap(),
            Quantization.INT8);
    assertArrayEquals(logits(rounded.model()), logits(fromFile.model()));
    assertEquals(rounded.model().weightBytes(), fromFile.model().weightBytes());
    float[] expected = logits(model.model());
    assertArrayEquals(expected, logits(fromFile.model()), 0.05f * max(expected));
  }

  @Test
  void q8IsRewrittenByteForByteAndCanBecomeFloatsAgain() throws IOException {
    Path first = written(bpeModel(), "q8_0");
    Path second = dir.resolve("second.gguf");
    ModelFiles.convertToGguf(first, Optional.empty(), second, "q8_0");
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    Path floats = dir.resolve("floats.gguf");
    ModelFiles.convertToGguf(first, Optional.empty(), floats, "f32");
    float[] expected = logits(load(first).model());
    assertArrayEquals(expected, logits(load(floats).model()), 1e-5f * max(expected));
  }

  @Test
  void directoryAndGgufGiveTheSameFile() throws IOException {
    LoadedModel model = bpeModel();
    Path directory = dir.resolve("tiny");
    ModelFiles.save(
        directory,
        model.model(),
        model.tokenizer(),
        model.chatTemplate(),
        model.card(),
        TensorType.F32);
    Path converted = dir.resolve("converted.gguf");
    ModelFiles.convertToGguf(directory, Optional.empty(), converted, "f16");
    assertArrayEquals(Files.readAllBytes(written(model, "f16")), Files.readAllBytes(converted));
    float[] expected = logits(model.model());
    assertArrayEquals(expected, logits(load(converted).model()), 2e-3f * max(expected));
  }

  @Test
  void scoreTokenizersComeBackWithTheirSpaces() throws IOException {
    ScoreBpeTokenizer tokenizer = scores();
    LoadedModel model = model(shape(tokenizer.vocabSize(), 96), tokenizer);
    Path file = written(model, "q8_0");
    Tokenizer back = load(file).tokenizer();
    for (String text : List.of("hola hola", "", "  abba\n", TEXT)) {
      assertArrayEquals(tokenizer.prompt(text), back.prompt(text));
      assertEquals(tokenizer.decode(tokenizer.prompt(text)), back.decode(back.prompt(text)));
    }
    GgufMetadata m = GgufHeader.read(file, true, MemoryBudget.ofHeap()).metadata();
    assertEquals("llama", m.requireText("tokenizer.ggml.model"));
    byte[][] tokens = m.requireStrings(GgufHeader.TOKENS);
    assertEquals("▁hola", new String(tokens[270], StandardCharsets.UTF_8));
    int[] types = m.requireIntegers(GgufHeader.TOKEN_TYPES);
    assertArrayEquals(new int[] {2, 3, 3, 6}, Arrays.copyOf(types, 4));
    assertEquals(1, types[259]);
  }

  @Test
  void idsWithoutATokenAreFilledWithUnusedOnes() throws IOException {
    BpeTokenizer tokenizer = bpe();
    LoadedModel model = model(shape(tokenizer.vocabSize() + 5, 96), tokenizer);
    Path file = written(model, "f16");
    GgufMetadata m = GgufHeader.read(file, true, MemoryBudget.ofHeap()).metadata();
    assertEquals(tokenizer.vocabSize() + 5, m.requireStrings(GgufHeader.TOKENS).length);
    assertEquals(tokenizer.vocabSize(), load(file).tokenizer().vocabSize());
  }

  // ---- Q4_0 and BF16, which are only read -------------------------------------------------------

  @Test
  void q4BecomesInt8WithoutLoss() throws IOException {
    LoadedModel model = bpeModel();
    Path file = written(model, "f32");
    byte[] bytes = Files.readAllBytes(file);
    var header = GgufHeader.read(file, false, MemoryBudget.ofHeap());
    var up = header.tensors().get("blk.0.ffn_up.weight");
    var gate = header.tensors().get("blk.0.ffn_gate.weight");
    Random random = new Random(4);
    byte[] blocks = new byte[(int) up.values() / 32 * 18];
    random.nextBytes(blocks);
    for (int i = 0; i < blocks.length; i += 18) { // scales that are numbers
      int half = HalfFloat.fromFloat(random.nextFloat() * 0.1f);
      blocks[i] = (byte) half;
      blocks[i + 1] = (byte) (half >> 8);
    }
    for (var tensor : List.of(up, gate)) {
      System.arraycopy(blocks, 0, bytes, (int) tensor.begin(), blocks.length);
      int typeAt = (int) tensor.infoAt() + 8 + tensor.name().length() + 4 + 16;
      assertEquals(0, bytes[typeAt]);
      bytes[typeAt] = 2;
    }
    Files.write(file, bytes);
    LoadedModel back = load(file);
    var parameters = back.model().quantizedParameters().orElseThrow();
    String name = "model.layers.0.mlp.up_proj.weight";
    assertTrue(parameters.isInt8(name));
    assertFalse(parameters.isInt8("model.embed_tokens.weight"));
    float[] row = new float[64];
    parameters.getRow(name, 1, row, 0);
    for (int i = 0; i < 64; i++) {
      int block = 2 * 18 + i / 32 * 18;
      int half = blocks[block] & 0xFF | (blocks[block + 1] & 0xFF) << 8;
      int both = blocks[block + 2 + i % 16] & 0xFF;
      int nibble = i % 32 < 16 ? both & 15 : both >> 4;
      assertEquals((nibble - 8) * HalfFloat.toFloat(half), row[i], 0f);
    }
    Path q8 = dir.resolve("q8.gguf");
    Path floats = dir.resolve("floats.gguf");
    ModelFiles.convertToGguf(file, Optional.empty(), q8, "q8_0");
    ModelFiles.convertToGguf(file, Optional.empty(), floats, "f32");
    float[] kept = new float[64];
    load(q8).model().quantizedParameters().orElseThrow().getRow(name, 1, kept, 0);
    assertArrayEquals(row, kept);
    var widened = load(floats).model().parameters().get(name).array();
    float[] wide =
        Arrays.copyOfRange(widened.data(), widened.offset() + 64, widened.offset() + 128);
    assertArrayEquals(row, wide);
  }

  // ---- what is refused --------------------------------------------------------------------------

  @Test
  void layerNormAndCharacterTokenizersAreRefusedWithTheReason() throws IOException {
    BpeTokenizer tokenizer = bpe();
    LoadedModel layerNorm =
        model(shape(tokenizer.vocabSize(), 96).withNorm(NormType.LAYERNORM), tokenizer);
    BadInput e = assertThrows(BadInput.class, () -> written(layerNorm, "f16"));
    assertTrue(e.getMessage().contains("LayerNorm"), e.getMessage());
    SimpleTokenizer simple = new SimpleTokenizer();
    LoadedModel characters = model(shape(simple.vocabSize(), 96), simple);
    e = assertThrows(BadInput.class, () -> written(characters, "f16"));
    assertTrue(e.getMessage().contains("no form for it"), e.getMessage());
    BpeTokenizer noEnd =
        BpeTrainer.train(
            sink -> sink.accept("some words, some words"),
            260,
            List.of(),
            POOL,
            new RunControl(),
            (stage, done, total) -> {});
    LoadedModel endless = model(shape(noEnd.vocabSize(), 96), noEnd);
    e = assertThrows(BadInput.class, () -> written(endless, "f16"));
    assertTrue(e.getMessage().contains("no end-of-text token"), e.getMessage());
  }

  @Test
  void aWeightTooLargeForHalvesIsNamedAndNoFileIsLeft() throws IOException {
    LoadedModel model = bpeModel();
    var down = model.model().parameters().get("model.layers.1.mlp.down_proj.weight").array();
    down.data()[down.offset() + 96 * 3 + 5] = 70_000;
    BadInput e = assertThrows(BadInput.class, () -> written(model, "f16"));
    assertEquals("model.layers.1.mlp.down_proj.weight, row 3", e.what());
    assertFalse(Files.exists(dir.resolve("tiny-f16.gguf")));
  }

  @Test
  void weightsBeyondTheBudgetAreRefusedBeforeTheyAreAllocated() throws IOException {
    LoadedModel model = bpeModel();
    Path file = written(model, "q8_0");
    long need = ModelFiles.inspect(file).weightBytes(Quantization.NONE);
    assertEquals(model.model().config().parameterCount() * 36 / 32, need, need / 50.0);
    MemoryBudget tight = new MemoryBudget(64 << 10, () -> 0);
    assertThrows(OutOfBudget.class, () -> ModelFiles.load(file, Optional.empty(), POOL, tight));
    MemoryBudget enough = new MemoryBudget(need, () -> 0);
    assertEquals(need, ModelFiles.load(file, Optional.empty(), POOL, enough).model().weightBytes());
  }

  private Path changed(Path file, String find, int at, byte... by) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int found = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(find);
    assertTrue(found >= 0, find);
    System.arraycopy(by, 0, bytes, found + at, by.length);
    return Files.write(dir.resolve("changed.gguf"), bytes);
  }

  private BadFormat refused(Path file) {
    BadFormat e = assertThrows(BadFormat.class, () -> load(file));
    assertEquals(String.valueOf(file.getFileName()), e.file());
    return e;
  }

  @Test
  void whatThisAppCannotComputeIsRefusedWithNameAndPlace() throws IOException {
    Path file = written(bpeModel(), "f16");
    String up = "blk.0.ffn_up.weight";
    BadFormat e = refused(changed(file, up, up.length() + 4 + 16, (byte) 12));
    assertTrue(e.reason().contains(up + " is Q4_K; supported: F32, F16, BF16"), e.reason());
    assertTrue(e.offset() > 0);
    e = refused(changed(file, "general.architecture", 20 + 4 + 8, (byte) 'L'));
    assertTrue(e.reason().contains("'Llama'; supported: llama"), e.reason());
    e = refused(changed(file, "smollm", 0, (byte) 'S'));
    assertTrue(e.reason().contains("cuts words in another way"), e.reason());
    String rope = "llama.rope.dimension_count";
    e = refused(changed(file, rope, rope.length() + 4, (byte) 8));
    assertTrue(e.reason().contains("is 8; supported: the head's size, 16"), e.reason());
    e = refused(changed(file, up, 7, (byte) 'x'));
    assertTrue(e.reason().contains("missing: " + up), e.reason());
    e = refused(changed(file, "GGUF", 4, (byte) 0, (byte) 0, (byte) 0, (byte) 3));
    assertTrue(e.reason().contains("big-endian"), e.reason());
    e = refused(changed(file, "GGUF", 4, (byte) 1));
    assertTrue(e.reason().contains("version 1"), e.reason());
  }

  // ---- broken files -----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"f16", "q8_0"})
  void aFileCutAnywhereIsRefused(String type) throws IOException {
    byte[] bytes = Files.readAllBytes(written(bpeModel(), type));
    long data =
        GgufHeader.read(dir.resolve("tiny-" + type + ".gguf"), false, MemoryBudget.ofHeap())
            .tensors()
            .values()
            .stream()
            .mapToLong(GgufHeader.Tensor::begin)
            .min()
            .orElseThrow();
    Path cut = dir.resolve("cut.gguf");
    for (int length = 4; length < data; length += length < 700 ? 1 : 13) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThrows(BadFormat.class, () -> load(cut), "cut at " + length);
      assertThrows(BadFormat.class, () -> ModelFiles.inspect(cut), "cut at " + length);
    }
    for (int length : new int[] {(int) data, (int) data + 1, bytes.length - 40}) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThrows(BadFormat.class, () -> load(cut), "cut at " + length);
    }
  }

  /** Every count and length of the file, one after the other, as a hostile number. */
  @Test
  void hostileLengthsAreRefusedWithoutAllocatingThem() throws IOException {
    Path file = written(bpeModel(), "q8_0");
    byte[] bytes = Files.readAllBytes(file);
    int end = (int) tensorsStart(file);
    Path hostile = dir.resolve("hostile.gguf");
    int refused = 0;
    for (long number : new long[] {-1, Integer.MAX_VALUE, 1L << 33}) {
      for (int at = 8; at + 8 <= end; at += at < 1_200 ? 1 : 97) {
        byte[] copy = bytes.clone();
        ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putLong(at, number);
        refused += opens(hostile, copy) ? 0 : 1;
      }
    }
    assertTrue(refused > 1_800, refused + " refused");
  }

  private static long tensorsStart(Path file) throws IOException {
    return GgufHeader.read(file, false, MemoryBudget.ofHeap()).tensors().values().stream()
        .mapToLong(GgufHeader.Tensor::begin)
        .min()
        .orElseThrow();
  }

  @Test
  void anyBytesOpenOrAreRefusedInWords() throws IOException {
    Path file = written(bpeModel(), "f16");
    byte[] bytes = Files.readAllBytes(file);
    int end = (int) tensorsStart(file);
    Random random = new Random(Long.getLong("fuzz.seed", 11));
    Path fuzzed = dir.resolve("fuzzed.gguf");
    int refused = 0;
    for (int run = 0; run < DAMAGED; run++) {
      byte[] copy = bytes.clone();
      for (int i = 0; i <= run % 4; i++) {
        copy[random.nextInt(end)] = (byte) random.nextInt();
      }
      refused += opens(fuzzed, copy) ? 0 : 1;
    }
    assertTrue(
        refused > DAMAGED / 20 && refused < DAMAGED, refused + " of " + DAMAGED + " refused");
  }

  /** Whether it opens; anything but an error in words fails the test. */
  private static boolean opens(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try {
      load(file);
      return true;
    } catch (MiniLlmException e) {
      return false;
    }
  }
}
