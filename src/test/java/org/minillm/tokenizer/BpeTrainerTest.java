package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;

class BpeTrainerTest {
  private static BpeTraining train(List<String> documents, int vocabSize, int threads)
      throws IOException {
    return train(documents, vocabSize, threads, BpeTrainer.DEFAULT_MEMORY);
  }

  private static BpeTraining train(
      List<String> documents, int vocabSize, int threads, long memoryBytes) throws IOException {
    try (WorkerPool pool = new WorkerPool(threads)) {
      return BpeTrainer.trainAndReport(
          DocumentSource.of(documents),
          vocabSize,
          BpeTrainer.SPECIALS,
          memoryBytes,
          pool,
          new RunControl(),
          BpeTrainer.Progress.NONE);
    }
  }

  private static List<String> spelled(BpeTokenizer tokenizer) {
    List<String> all = new ArrayList<>();
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      all.add(tokenizer.spelling(id));
    }
    for (int rank = 0; rank < tokenizer.mergeCount(); rank++) {
      all.add(tokenizer.mergeText(rank));
    }
    return all;
  }

  @Test
  void vocabularyAndMergesAreHuggingFaces() throws IOException {
    BpeTraining training = train(List.of(TokenizerSamples.text("sample.txt")), 700, 1);
    assertEquals(spelled(TokenizerSamples.huggingFace()), spelled(training.tokenizer()));
  }

  @Test
  void aCorpusThatRunsOutOfMergesSaysSo() throws IOException {
    String sample = TokenizerSamples.text("sample.txt");
    BpeTraining all = train(List.of(sample), 700, 1);
    assertTrue(all.ranOutOfMerges());
    assertEquals(700, all.requestedVocabSize());
    assertEquals(1, all.documents());
    assertEquals(sample.getBytes(StandardCharsets.UTF_8).length, all.bytes());
    BpeTraining some = train(List.of(sample), 300, 1);
    assertFalse(some.ranOutOfMerges());
    assertEquals(300, some.tokenizer().vocabSize());
    BpeTraining none = train(List.of("ab cd"), 1000, 1);
    assertEquals(259, none.tokenizer().vocabSize());
    assertEquals("¿ab?", none.tokenizer().decode(none.tokenizer().encode("¿ab?")));
  }

  @Test
  void specialsComeFirstThenTheBytesThenTheMerges() throws IOException {
    BpeTokenizer tokenizer = train(List.of("aa aa aa"), 261, 1).tokenizer();
    assertEquals("<|endoftext|>", tokenizer.tokenText(0));
    assertEquals("<|im_start|>", tokenizer.tokenText(1));
    assertEquals("<|im_end|>", tokenizer.tokenText(2));
    assertEquals("!", tokenizer.tokenText(3));
    assertEquals("aa", tokenizer.tokenText(259));
    assertEquals(" aa", tokenizer.tokenText(260));
    assertArrayEquals(new int[] {259, 260}, tokenizer.encode("aa aa"));
  }

  @Test
  void tiesGoToTheSmallerIds() throws IOException {
    BpeTokenizer tokenizer = train(List.of("xy\nxy\nab\nab\nxb\nxb"), 262, 1).tokenizer();
    assertEquals("ab", tokenizer.tokenText(259));
    assertEquals("xb", tokenizer.tokenText(260));
    assertEquals("xy", tokenizer.tokenText(261));
  }

  @Test
  void threadsAndOrderOfDocumentsChangeNothing() throws IOException {
    List<String> documents = TokenizerSamples.randomTexts(9, 3000, 400);
    List<String> one = spelled(train(documents, 1500, 1).tokenizer());
    assertEquals(one, spelled(train(documents, 1500, 3).tokenizer()));
    List<String> turned = new ArrayList<>(documents);
    Collections.reverse(turned);
    assertEquals(one, spelled(train(turned, 1500, 2).tokenizer()));
  }

  @Test
  void wordsThatTheMemoryHasNoRoomForAreForgottenTheRarestFirst() throws IOException {
    List<String> documents = new ArrayList<>();
    Random random = new Random(4);
    for (int d = 0; d < 700; d++) {
      StringBuilder text = new StringBuilder();
      for (int w = 0; w < 300; w++) {
        text.append(' '); // a word of its own, as good as never the same
        random.ints(10, 'a', 'z' + 1).forEach(c -> text.append((char) c));
        text.append(" velero");
      }
      documents.add(text.toString());
    }
    BpeTraining all = train(documents, 300, 2);
    assertEquals(0, all.forgottenWords());
    List<BpeTraining> bounded = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3}) {
      bounded.add(train(documents, 300, threads, 8 << 20));
    }
    BpeTraining one = bounded.get(0);
    assertTrue(one.forgottenWords() > 10_000, one.forgottenWords() + " words");
    assertTrue(one.distinctWords() < all.distinctWords() / 2, one.distinctWords() + " words");
    assertEquals(all.bytes(), one.bytes());
    assertTrue(one.tokenizer().idOf(" velero").isPresent());
    for (BpeTraining other : bounded) {
      assertEquals(one.forgottenWords(), other.forgottenWords());
      assertEquals(one.distinctWords(), other.distinctWords());
      assertEquals(spelled(one.tokenizer()), spelled(other.tokenizer()));
    }
  }

  @Test
  void countsOfWordsThatAreKeptStayWhatTheyWere() {
    WordCounts counts = new WordCounts();
    counts.addDocument("uno dos dos tres tres tres".replace(" ", "\n"));
    assertEquals(3, counts.forgetRarest(200)); // "uno" and "dos"
    WordCounts other = new WordCounts();
    other.addDocument("tres\nnuevo");
    counts.addAll(other);
    for (int w = 0; w < counts.words().size(); w++) {
      String word = new String(counts.words().get(w), StandardCharsets.UTF_8);
      assertEquals(
          switch (word) {
            case "\n" -> 6;
            case "tres" -> 4;
            case "nuevo" -> 1;
            default -> -1;
          },
          counts.count(w),
          word);
    }
    assertEquals(3, counts.words().size());
    assertEquals(0, counts.forgetRarest(counts.memory()));
    assertEquals(3, counts.words().size());
  }

  @Test
  void runsOfOneCharacterAreLearnt() throws IOException {
    BpeTokenizer tokenizer = train(List.of("a".repeat(1000), "aaa aaaa aaaaa"), 400, 1).tokenizer();
    String text = "aaaaaaa";
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
    assertTrue(tokenizer.encode("a".repeat(512)).length < 20);
  }

  @Test
  void noOrdinaryTokenHasTheNameOfASpecial() throws IOException {
    // Without the guard "<|>" would be merged step by step into the special's own bytes.
    List<String> documents = Collections.nCopies(50, "<|>");
    try (WorkerPool pool = new WorkerPool(1)) {
      BpeTokenizer tokenizer =
          BpeTrainer.train(
              DocumentSource.of(documents),
              400,
              List.of("<|>"),
              pool,
              new RunControl(),
              BpeTrainer.Progress.NONE);
      assertEquals("<|>", tokenizer.decode(tokenizer.encode("<|>")));
      for (int id : tokenizer.encode("<|>")) {
        assertFalse(tokenizer.isSpecial(id));
      }
    }
  }

  @Test
  void argumentsThatCannotWorkAreRefused() {
    assertThrows(MiniLlmException.BadConfig.class, () -> train(List.of("abc"), 258, 1));
    assertThrows(MiniLlmException.BadConfig.class, () -> train(List.of("abc"), 1 << 30, 1));
    assertThrows(MiniLlmException.BadInput.class, () -> train(List.of(), 300, 1));
    assertThrows(MiniLlmException.BadInput.class, () -> train(List.of("", ""), 300, 1));
    for (List<String> specials : List.of(List.of("x"), List.of("<a>", "<a>"), List.of(""))) {
      assertThrows(
          MiniLlmException.BadConfig.class,
          () ->
              BpeTrainer.train(
                  DocumentSource.of(List.of("abc")),
                  300,
                  specials,
                  WorkerPool.shared(),
                  new RunControl(),
                  BpeTrainer.Progress.NONE));
    }
  }

  @Test
  void progressIsHeardAndCancelIsSeen() throws IOException {
    List<String> heard = new ArrayList<>();
    RunControl control = new RunControl();
    String sample = TokenizerSamples.text("sample.txt");
    BpeTrainer.train(
        DocumentSource.of(List.of(sample, sample)),
        400,
        BpeTrainer.SPECIALS,
        WorkerPool.shared(),
        control,
        (stage, done, total) -> heard.add(stage + " " + done + " " + total));
    assertEquals("COUNTING 2 -1", heard.get(0));
    assertEquals("MERGING 259 400", heard.get(1));
    assertEquals("MERGING 400 400", heard.get(heard.size() - 1));
    assertThrows(
        CancellationException.class,
        () ->
            BpeTrainer.train(
                DocumentSource.of(List.of(sample)),
                700,
                BpeTrainer.SPECIALS,
                WorkerPool.shared(),
                control,
                (stage, done, total) -> {
                  if (stage == BpeTrainer.Stage.MERGING) {
                    control.cancel();
                  }
                }));
  }
}
