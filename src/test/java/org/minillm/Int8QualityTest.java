package org.minillm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MemoryBudget;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;
import org.minillm.generate.GenerateOptions;
import org.minillm.model.Quantization;
import org.minillm.train.Corpus;
import org.minillm.train.Evaluator;

/** What int8 and GGUF do to trained models, on text that they never saw. */
@Tag("shared")
class Int8QualityTest {
  private static final String STORIES = "../shared/conformance/stories260K/stories260K.bin";
  private static final Path HELD_OUT = Path.of("../shared/data/heldout/tinystories_en.txt");

  @TempDir private Path dir;

  private static LoadedModel load(Path path, Quantization quantization) throws IOException {
    return ModelFiles.load(
        path, Optional.empty(), WorkerPool.shared(), MemoryBudget.ofHeap(), quantization);
  }

  private double bitsPerByte(LoadedModel model) throws IOException {
    Path text = dir.resolve("text.txt");
    Files.write(text, Arrays.copyOf(Files.readAllBytes(HELD_OUT), 80_000));
    Corpus corpus = Corpus.open(List.of(text));
    return Evaluator.evaluate(
            model.model(),
            model.tokenizer(),
            corpus,
            dir.resolve("ids"),
            64,
            WorkerPool.shared(),
            new RunControl(),
            Evaluator.Progress.NONE)
        .bitsPerByte();
  }

  @Test
  void int8CostsAtMostThreeThousandthsOfTheBits() throws IOException {
    Path file = dir.resolve("model.gguf");
    ModelFiles.convertToGguf(Path.of(STORIES), Optional.empty(), file, "q8_0");
    double floats = bitsPerByte(load(Path.of(STORIES), Quantization.NONE));
    double loaded = bitsPerByte(load(Path.of(STORIES), Quantization.INT8));
    double gguf = bitsPerByte(load(file, Quantization.NONE));
    assertTrue(loaded <= 1.003 * floats, loaded + " after " + floats);
    assertTrue(gguf <= 1.003 * floats, gguf + " after " + floats);
    assertTrue(loaded != floats, "nothing was rounded");
  }

  @Test
  void aCheckpointOfAnotherProgramSaysTheSameThroughGguf() throws IOException {
    Path file = dir.resolve("stories.gguf");
    ModelFiles.convertToGguf(Path.of(STORIES), Optional.empty(), file, "f32");
    GenerateOptions options = GenerateOptions.greedy().withMaxTokens(100);
    try (MiniLlm before = MiniLlm.load(Path.of(STORIES));
        MiniLlm after = MiniLlm.load(file)) {
      for (String prompt : List.of("", "Once upon a time", "The ñandú")) {
        String expected = before.generate(prompt, options).text();
        assertEquals(expected, after.generate(prompt, options).text());
        assertTrue(expected.getBytes(StandardCharsets.UTF_8).length > 50, expected);
      }
    }
  }
}
