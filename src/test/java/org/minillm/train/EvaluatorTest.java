package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.TrainingPass;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ParallelEncoder;
import org.minillm.tokenizer.SimpleTokenizer;

class EvaluatorTest {
  private static final WorkerPool POOL = WorkerPool.shared();

  @TempDir Path dir;
  private final SimpleTokenizer tokenizer = new SimpleTokenizer();
  private final Transformer model =
      Transformer.initialise(ModelConfig.of(tokenizer.vocabSize(), 16, 1, 2, 32, 64), 7, POOL);

  private EvalResult evaluated(Corpus corpus, Evaluator.Progress progress) throws IOException {
    Path ids = dir.resolve("ids");
    return Evaluator.evaluate(model, tokenizer, corpus, ids, 32, POOL, new RunControl(), progress);
  }

  private EvalResult evaluated(Corpus corpus) throws IOException {
    return evaluated(corpus, Evaluator.Progress.NONE);
  }

  private Corpus corpus(String text) throws IOException {
    return Corpus.open(List.of(Files.writeString(dir.resolve("text.txt"), text)));
  }

  /** The same with the ids in memory. */
  private EvalResult inMemory(Corpus corpus) throws IOException {
    HeapTokens tokens = new HeapTokens(tokenizer.vocabSize());
    ParallelEncoder encoder = new ParallelEncoder(tokenizer, POOL);
    int separator = Dataset.separatorOf(tokenizer);
    long[] bytes = {0};
    corpus.forEachDocument(d -> Dataset.append(tokens, d, encoder, separator, n -> bytes[0] += n));
    encoder.finish();
    TrainingPass pass = new TrainingPass(model, 1, 64, 32, true);
    return Evaluator.evaluate(pass, tokens, tokens.size(), bytes[0], 64, new RunControl());
  }

  @Test
  void idsOnTheDiskGiveTheSameBitsAndAreDeleted() throws IOException {
    Corpus corpus = corpus("Había una vez un gato.\n<|endoftext|>\nY un perro.\n".repeat(400));
    EvalResult found = evaluated(corpus);
    assertEquals(inMemory(corpus), found);
    assertFalse(Files.exists(dir.resolve("ids")));
  }

  @Test
  void textThatIsNoneIsRefusedAndLeavesNothing() {
    assertThrows(BadInput.class, () -> evaluated(corpus("\n\n")));
    assertFalse(Files.exists(dir.resolve("ids")));
  }

  @Test
  void itTellsHowFarItIs() throws IOException {
    Corpus corpus = corpus("Había una vez un gato.\n<|endoftext|>\nY un perro.\n".repeat(400));
    double[] last = {0, 0};
    evaluated(corpus, (encoding, share) -> last[encoding ? 0 : 1] = share);
    assertTrue(last[0] > 0.5 && last[0] <= 1, "encoding " + last[0]);
    assertEquals(1, last[1]);
  }
}
