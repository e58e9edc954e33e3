package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.BpeTokenizer;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.ChatSupport;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.ScoreBpeTokenizer;
import org.minillm.tokenizer.Tokenizer;

class ModelExportTest {
  private static final WorkerPool POOL = WorkerPool.shared();

  @TempDir private Path dir;

  private static BpeTokenizer bpe() throws IOException {
    return BpeTrainer.train(
        sink -> sink.accept("el perro come y el gato duerme; the dog eats, the cat sleeps 12"),
        290,
        BpeTrainer.SPECIALS,
        POOL,
        new RunControl(),
        BpeTrainer.Progress.NONE);
  }

  private static ScoreBpeTokenizer scores() {
    List<String> words = List.of(" ", "a", "n", "i", "l", " a", "an", "na", "nan", " l", "al");
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

  private static Transformer random(ModelConfig config) {
    Transformer model = Transformer.initialise(config, 7, POOL);
    float[] data = model.parameters().data();
    for (int i = 0; i < data.length; i++) {
      data[i] *= 5; // logits that differ
    }
    return model;
  }

  private static ModelConfig shape(Tokenizer tokenizer) {
    return ModelConfig.of(tokenizer.vocabSize(), 64, 2, 4, 96, 48).withKvHeads(2);
  }

  private Path directory(ModelConfig config, Tokenizer tokenizer) throws IOException {
    Path path = dir.resolve("source");
    ModelFiles.save(
        path,
        random(config),
        tokenizer,
        Optional.of(ChatTemplate.chatml()),
        ModelCard.named("tiny"),
        TensorType.F32);
    return path;
  }

  private Path directory() throws IOException {
    BpeTokenizer tokenizer = bpe();
    return directory(shape(tokenizer).withRopeTheta(50_000f).withTiedEmbeddings(false), tokenizer);
  }

  /** A model whose tokenizer merges by scores, as GGUF. */
  private Path scored() throws IOException {
    ScoreBpeTokenizer tokenizer = scores();
    Path path = dir.resolve("scored.gguf");
    ModelFiles.saveGguf(
        path,
        new LoadedModel(
            random(shape(tokenizer)), tokenizer, Optional.empty(), ModelCard.named("s"), path),
        "f32");
    return path;
  }

  private static ExportSlip export(Path from, Path to, ModelExport.Format format, String type)
      throws IOException {
    return ModelExport.export(
        from,
        Optional.empty(),
        to,
        format,
        type,
        false,
        POOL,
        MemoryBudget.ofHeap(),
        new RunControl());
  }

  private static float[] weights(Path path) throws IOException {
    return ModelFiles.loadFloats(path, POOL, MemoryBudget.ofHeap()).model().parameters().data();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  // ---- round trips ------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"GGUF, f32", "GGUF, f16", "GGUF, q8_0", "HF, f32", "HF, f16", "HF, bf16"})
  void exportOfADirectoryIsWhatTheSlipSays(ModelExport.Format format, String type)
      throws IOException {
    Path from = directory();
    Path to = dir.resolve("out");
    ExportSlip slip = export(from, to, format, type);
    float[] a = weights(from);
    float[] b = weights(to);
    double most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs((double) a[i] - b[i]));
    }
    assertEquals(most, slip.maxDifference());
    assertEquals(type.equals("f32"), most == 0);
    assertEquals(5, slip.positions());
    assertEquals(type.equals("f32"), slip.logitsDifference() == 0);
    assertTrue(slip.logitsRange() > 1);
    assertEquals(bpe().prompt(ExportCheck.TEXT).length, slip.tokens());
    assertEquals(Files.size(slip.weights()), slip.bytes());
    assertEquals(64, slip.sha256().length());
    assertEquals(List.of("out", "source"), names());
    LoadedModel back = ModelFiles.load(to, Optional.empty(), POOL, MemoryBudget.ofHeap());
    assertEquals("tiny", back.card().name());
    assertTrue(back.chatTemplate().isPresent());
  }

  @ParameterizedTest
  @CsvSource({"f32, 0", "q8_0, 2"})
  void modelWithScoresGoesToLlama2cAndBack(String type, int version) throws IOException {
    Path from = scored();
    Path to = dir.resolve("out");
    ExportSlip slip = export(from, to, ModelExport.Format.LLAMA2C, type);
    Path bin = to.resolve("model.bin");
    assertEquals(bin, slip.weights());
    try (LittleEndianFile in = new LittleEndianFile(bin)) {
      assertEquals(version, Llama2cHeader.read(in).version());
    }
    if (version == 0) {
      assertArrayEquals(weights(from), weights(bin));
    } else {
      assertTrue(slip.maxDifference() > 0 && slip.maxDifference() < 0.01, slip.toString());
    }
    Path again = dir.resolve("again.gguf");
    export(bin, again, ModelExport.Format.GGUF, "f32");
    assertArrayEquals(weights(bin), weights(again));
    ScoreBpeTokenizer back =
        Llama2cTokenizerFile.read(to.resolve("tokenizer.bin"), scores().vocabSize());
    for (int id = 0; id < back.vocabSize(); id++) {
      assertArrayEquals(scores().rawToken(id), back.rawToken(id));
      assertEquals(scores().score(id), back.score(id));
    }
  }

  @Test
  void importKeepsTheTypeAndChoosesTheForm() throws IOException {
    Path from = directory();
    Path half = dir.resolve("half");
    export(from, half, ModelExport.Format.HF, "bf16");
    assertEquals(dir.resolve("a"), bringIn(half, "a", ""));
    assertEquals("BF16", ModelFiles.inspect(dir.resolve("a")).dtype());
    assertEquals(dir.resolve("b.gguf"), bringIn(half, "b", "q8_0"));
    assertEquals("Q8_0", ModelFiles.inspect(dir.resolve("b.gguf")).dtype());
    assertEquals(dir.resolve("c.gguf"), bringIn(dir.resolve("b.gguf"), "c", ""));
    assertArrayEquals(weights(dir.resolve("b.gguf")), weights(dir.resolve("c.gguf")));
    assertEquals(dir.resolve("d.gguf"), bringIn(scored(), "d", ""));
  }

  private Path bringIn(Path from, String to, String type) throws IOException {
    return ModelExport.bringIn(
            from,
            Optional.empty(),
            dir.resolve(to),
            Optional.of(type).filter(t -> !t.isEmpty()),
            POOL,
            MemoryBudget.ofHeap(),
            new RunControl())
        .path();
  }

  @Test
  void logitsAreNotComparedWhereTheModelDoesNotFit() throws IOException {
    Path from = directory();
    ExportSlip slip =
        ModelExport.export(
            from,
            Optional.empty(),
            dir.resolve("out.gguf"),
            ModelExport.Format.GGUF,
            "f32",
            false,
            POOL,
            new MemoryBudget(60_000, () -> 0),
            new RunControl());
    assertEquals(0, slip.positions());
    assertEquals(0, slip.maxDifference());
  }

  @Test
  void slipSaysWhenLogitsAreOfInt8OnBothSides() throws IOException {
    Path from = directory();
    assertFalse(
        export(from, dir.resolve("whole.gguf"), ModelExport.Format.GGUF, "q8_0").bothInt8());
    ExportSlip slip =
        ModelExport.export(
            from,
            Optional.empty(),
            dir.resolve("out.gguf"),
            ModelExport.Format.GGUF,
            "q8_0",
            false,
            POOL,
            new MemoryBudget(8L << 20, () -> 0),
            new RunControl());
    assertTrue(slip.bothInt8());
    assertEquals(5, slip.positions());
  }

  // ---- refusals ---------------------------------------------------------------------------------

  @Test
  void layerNormIsRefusedByEveryFormatWithTheReason() throws IOException {
    BpeTokenizer tokenizer = bpe();
    Path from = directory(shape(tokenizer).withNorm(NormType.LAYERNORM), tokenizer);
    for (ModelExport.Format format : ModelExport.Format.values()) {
      BadInput e =
          assertThrows(BadInput.class, () -> export(from, dir.resolve("out"), format, "f32"));
      assertTrue(e.reason().contains("LayerNorm"), e.reason());
    }
    assertEquals(List.of("source"), names());
  }

  @Test
  void llama2cRefusesOtherTokenizersAndConstants() throws IOException {
    Path from = directory();
    BadInput e =
        assertThrows(
            BadInput.class,
            () -> export(from, dir.resolve("out"), ModelExport.Format.LLAMA2C, "f32"));
    assertTrue(e.reason().contains("rope_theta is 50000"), e.reason());
    Files.move(from, dir.resolve("other"));
    BpeTokenizer tokenizer = bpe();
    Path usual = directory(shape(tokenizer), tokenizer);
    e =
        assertThrows(
            BadInput.class,
            () -> export(usual, dir.resolve("out"), ModelExport.Format.LLAMA2C, "f32"));
    assertTrue(e.reason().contains("tokenizer (bpe)"), e.reason());
    e =
        assertThrows(
            BadInput.class,
            () -> export(scored(), dir.resolve("out"), ModelExport.Format.HF, "f32"));
    assertTrue(e.reason().contains("tokenizer.json"), e.reason());
    assertFalse(names().contains("out"));
  }

  @Test
  void typeOfAnotherFormatAndNameInUseAreRefused() throws IOException {
    Path from = directory();
    assertThrows(
        BadInput.class, () -> export(from, dir.resolve("out"), ModelExport.Format.HF, "q8_0"));
    Files.writeString(dir.resolve("used"), "mine");
    assertThrows(
        BadInput.class, () -> export(from, dir.resolve("used"), ModelExport.Format.GGUF, "f32"));
    assertEquals("mine", Files.readString(dir.resolve("used")));
  }

  // ---- the check --------------------------------------------------------------------------------

  /** Writes a GGUF file, spoils it, and returns why the check refuses it. */
  private String refused(ModelExport.Writing spoiled) throws IOException {
    Path from = directory();
    try (ModelSource source = ModelFiles.open(from, Optional.empty(), MemoryBudget.ofHeap())) {
      BadFormat e =
          assertThrows(
              BadFormat.class,
              () ->
                  ModelExport.checked(
                      source,
                      dir.resolve("out.gguf"),
                      spoiled,
                      ExportCheck.Rounding.NONE,
                      POOL,
                      MemoryBudget.ofHeap(),
                      new RunControl()));
      assertTrue(e.reason().endsWith("What was written is deleted."), e.reason());
      assertEquals(List.of("source"), names());
      return e.reason();
    }
  }

  @Test
  void oneSpoiledBitOfAWeightIsFoundAndTheFileDeleted() throws IOException {
    String reason =
        refused(
            (to, source) -> {
              GgufWriter.write(to, source, GgufType.F32);
              byte[] bytes = Files.readAllBytes(to);
              bytes[bytes.length - 2000] ^= 1;
              Files.write(to, bytes);
            });
    assertTrue(reason.contains("it was to be"), reason);
  }

  @Test
  void wrongConstantIsFound() throws IOException {
    String reason =
        refused(
            (to, source) ->
                GgufWriter.write(
                    to,
                    new ModelSource(
                        source.path(),
                        source.config().withRopeTheta(10_000f),
                        source.tokenizer(),
                        source.chat(),
                        source.card(),
                        source.rows()),
                    GgufType.F32));
    assertTrue(reason.contains("ropeTheta=10000"), reason);
  }

  @Test
  void otherTokenizerIsFound() throws IOException {
    String reason =
        refused(
            (to, source) -> {
              BpeTokenizer other =
                  BpeTrainer.train(
                      sink -> sink.accept("Once upon a time upon a time, a little dog said little"),
                      source.tokenizer().vocabSize(),
                      BpeTrainer.SPECIALS,
                      POOL,
                      new RunControl(),
                      BpeTrainer.Progress.NONE);
              GgufWriter.write(
                  to,
                  new ModelSource(
                      source.path(),
                      source.config(),
                      other,
                      ChatSupport.none(),
                      source.card(),
                      source.rows()),
                  GgufType.F32);
            });
    assertTrue(reason.contains("tokenizer"), reason);
  }

  @Test
  void wrongLogitsAreFoundWhenAllWeightsAreRight() throws IOException {
    // A source that says other rows while its weights are read for the logits.
    Path from = directory();
    try (ModelSource source = ModelFiles.open(from, Optional.empty(), MemoryBudget.ofHeap());
        TensorRows turned = new Turned(source)) {
      ModelSource wrong =
          new ModelSource(
              source.path(),
              source.config(),
              source.tokenizer(),
              source.chat(),
              source.card(),
              turned);
      BadFormat e =
          assertThrows(
              BadFormat.class,
              () ->
                  new ExportCheck(source, wrong, ExportCheck.Rounding.F16)
                      .check(POOL, MemoryBudget.ofHeap()));
      assertTrue(e.reason().contains("logits differ"), e.reason());
    }
  }

  /** Rows as they are one by one; q and k with the rows of the other RoPE when read whole. */
  private static final class Turned implements TensorRows.OfFloats {
    private final ModelSource source;

    Turned(ModelSource source) {
      this.source = source;
    }

    @Override
    public void read(String name, int row, float[] to, int offset) throws IOException {
      source.rows().read(name, row, to, offset);
    }

    @Override
    public void readAll(String name, int rows, int width, float[] to, int offset)
        throws IOException {
      for (int row = 0; row < rows; row++) {
        int from = Rotary.turns(name) ? Rotary.pairedRow(source.config(), row) : row;
        read(name, from, to, offset + row * width);
      }
    }

    @Override
    public void close() {}
  }

  @Test
  void sameModelTwiceGivesTheSameHash() throws IOException {
    Path from = directory();
    ExportSlip a = export(from, dir.resolve("a.gguf"), ModelExport.Format.GGUF, "q8_0");
    ExportSlip b = export(from, dir.resolve("b.gguf"), ModelExport.Format.GGUF, "q8_0");
    assertEquals(a.sha256(), b.sha256());
    assertTrue(
        Arrays.equals(
            Files.readAllBytes(dir.resolve("a.gguf")), Files.readAllBytes(dir.resolve("b.gguf"))));
  }

  @Test
  void whatEndsAnAnswerIsToldToTransformers() throws IOException {
    Path from = directory();
    Path to = dir.resolve("out");
    export(from, to, ModelExport.Format.HF, "f32");
    BpeTokenizer tokenizer = bpe();
    for (Path model : List.of(from, to)) {
      JsonNode told = Json.readObject(model.resolve("generation_config.json"));
      List<Integer> ends = new ArrayList<>();
      told.path("eos_token_id").forEach(id -> ends.add(id.asInt()));
      assertEquals(tokenizer.eosId().getAsInt(), ends.get(0));
      assertTrue(ends.contains(tokenizer.idOf("<|im_end|>").getAsInt()), ends.toString());
      assertEquals(ChatTemplate.chatml().stopIds(tokenizer), Set.copyOf(ends));
    }
    ModelFiles.save(
        to,
        random(shape(tokenizer)),
        tokenizer,
        Optional.empty(),
        ModelCard.named("tiny"),
        TensorType.F32);
    assertFalse(Files.exists(to.resolve("generation_config.json")), "left of the model before");
  }

  @ParameterizedTest
  @CsvSource({"GGUF, q8_0", "HF, f32", "LLAMA2C, f32"})
  void stoppedAnExportLeavesNothing(ModelExport.Format format, String type) throws IOException {
    Path from = format == ModelExport.Format.LLAMA2C ? scored() : directory();
    List<String> before = names();
    RunControl control = new RunControl();
    control.cancel();
    assertThrows(
        CancellationException.class,
        () ->
            ModelExport.export(
                from,
                Optional.empty(),
                dir.resolve("out"),
                format,
                type,
                false,
                POOL,
                MemoryBudget.ofHeap(),
                control));
    assertEquals(before, names());
  }
}
