package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.tokenizer.BpeTokenizer;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.ScoreBpeTokenizer;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.Tokenizer;

/** Files of token ids: the ids of the whole text, in bounded memory, or no file. */
class TokenFileTest {
  private static final String STORY =
      "Había una vez 12 niños.  «¡Ay!», don't say 🙂🙂\n\n\tdef f(x):\r\n    return x\n";

  @TempDir Path dir;

  /** Some MB in an order that no batch repeats; a document every hundred lines or so. */
  private Path text(boolean separators) throws IOException {
    Random random = new Random(11);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 40_000; i++) {
      int from = random.nextInt(STORY.length() - 48);
      text.append(STORY, from, from + 30 + random.nextInt(20)).append(i);
      if (random.nextInt(5) == 0) {
        text.append(separators && random.nextInt(20) == 0 ? "\n<|endoftext|>\n" : "\n");
      }
    }
    text.append("-".repeat(600_000)).append("<|im_end|>");
    String wellFormed =
        new String(text.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    return Files.writeString(dir.resolve("text.txt"), wellFormed);
  }

  private static BpeTokenizer bpe(Path text) throws IOException {
    return BpeTrainer.train(
        Corpus.open(List.of(text)),
        600,
        BpeTrainer.SPECIALS,
        WorkerPool.shared(),
        new RunControl(),
        BpeTrainer.Progress.NONE);
  }

  private static int[] read(Path file, int idBytes) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int[] ids = new int[bytes.length / idBytes];
    for (int i = 0; i < bytes.length; i++) {
      ids[i / idBytes] |= (bytes[i] & 0xFF) << 8 * (i % idBytes);
    }
    return ids;
  }

  private TokenFile.Result write(
      boolean whole, List<Path> files, Tokenizer tokenizer, int threads, RunControl control)
      throws IOException {
    Corpus corpus = Corpus.open(files);
    Path out = dir.resolve("ids.bin");
    try (WorkerPool pool = new WorkerPool(threads)) {
      return whole
          ? TokenFile.writeWhole(corpus, tokenizer, out, pool, control, (tokens, chars) -> {})
          : TokenFile.writeDocuments(corpus, tokenizer, out, pool, control, (tokens, chars) -> {});
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void aFileInPiecesHasTheIdsOfItsWholeText(int threads) throws IOException {
    Path text = text(false);
    BpeTokenizer tokenizer = bpe(text);
    TokenFile.Result result = write(true, List.of(text), tokenizer, threads, new RunControl());
    int[] expected = tokenizer.encode(Files.readString(text));
    assertEquals(new TokenFile.Result(expected.length, 2, Files.size(text)), result);
    assertArrayEquals(expected, read(dir.resolve("ids.bin"), 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void documentsAreThoseOfATraining(int threads) throws IOException {
    Path text = text(true);
    Path chat = dir.resolve("chat.jsonl");
    Files.writeString(
        chat, "{\"messages\": [{\"role\": \"user\", \"content\": \"¿Qué tal?\"}]}\n".repeat(9));
    BpeTokenizer tokenizer = bpe(text);
    List<Path> files = List.of(text, chat);
    TokenFile.Result result = write(false, files, tokenizer, threads, new RunControl());
    List<Integer> expected = new ArrayList<>(List.of(0));
    Corpus.open(files)
        .forEachDocument(
            d -> {
              int[] ids =
                  d.chat() ? tokenizer.encodeWithSpecials(d.text()) : tokenizer.encode(d.text());
              Arrays.stream(ids).forEach(expected::add);
              expected.add(0);
            });
    int[] ids = read(dir.resolve("ids.bin"), 2);
    assertArrayEquals(expected.stream().mapToInt(i -> i).toArray(), ids);
    assertEquals(ids.length, result.tokens());
    try (WorkerPool pool = new WorkerPool(threads)) {
      Dataset dataset =
          Dataset.build(Corpus.open(files), tokenizer, 0, 1, pool, new RunControl(), bytes -> {});
      int[] training = new int[(int) dataset.trainingTokens()];
      dataset.training().copy(0, training, 0, training.length);
      assertArrayEquals(ids, training);
    }
  }

  @Test
  void threadsChangeNeitherPartOfADataset() throws IOException {
    Path text = text(true);
    BpeTokenizer tokenizer = bpe(text);
    List<List<Object>> seen = new ArrayList<>();
    for (int threads : new int[] {1, 3}) {
      try (WorkerPool pool = new WorkerPool(threads)) {
        Dataset d =
            Dataset.build(
                Corpus.open(List.of(text)), tokenizer, 0.3, 7, pool, new RunControl(), b -> {});
        seen.add(
            List.of(
                d.fingerprint(),
                d.documents(),
                d.trainingBytes(),
                d.validationBytes(),
                d.validationSample(5000).bytes(),
                hash(d.validationSample(5000).tokens()),
                hash(d.training()),
                hash(d.validation())));
      }
    }
    assertEquals(seen.get(0), seen.get(1));
    assertTrue((long) seen.get(0).get(3) > 0);
  }

  private static int hash(TokenStore store) {
    int[] ids = new int[(int) store.size()];
    store.copy(0, ids, 0, ids.length);
    return Arrays.hashCode(ids);
  }

  @Test
  void aVocabularyBeyondTwoBytesTakesFourLittleEndian() throws IOException {
    StringBuilder all = new StringBuilder();
    IntStream.range(0x20000, 0x20000 + 65_535).forEach(all::appendCodePoint);
    SimpleTokenizer wide = SimpleTokenizer.fromText(all.toString());
    Path text = Files.writeString(dir.resolve("text.txt"), Character.toString(0x20000 + 65_534));
    assertEquals(4, write(true, List.of(text), wide, 1, new RunControl()).idBytes());
    int id = 4 + 65_534;
    assertArrayEquals(
        new byte[] {(byte) id, (byte) (id >> 8), (byte) (id >> 16), 0},
        Files.readAllBytes(dir.resolve("ids.bin")));
    assertEquals(2, TokenFile.idBytes(65_536));
    assertEquals(4, TokenFile.idBytes(65_537));
  }

  @Test
  void textsOfOtherEncodingsAndWithMarksAreRead() throws IOException {
    SimpleTokenizer simple = new SimpleTokenizer();
    Path text = dir.resolve("text.txt");
    for (String charset : List.of("UTF-8", "UTF-16LE", "UTF-16BE")) {
      Files.write(text, ("\uFEFF" + STORY.repeat(9)).getBytes(charset));
      write(true, List.of(text), simple, 1, new RunControl());
      assertArrayEquals(simple.encode(STORY.repeat(9)), read(dir.resolve("ids.bin"), 2));
    }
  }

  /** The pieces themselves, over a reader that gives a few chars at a time. */
  @Test
  void piecesJoinedAreTheTextAndNoneIsLong() throws IOException {
    Path file = text(false);
    String text = Files.readString(file);
    StringReader trickle =
        new StringReader(text) {
          @Override
          public int read(char[] to, int from, int count) throws IOException {
            return super.read(to, from, Math.min(count, 777));
          }
        };
    TokenFile.Pieces pieces = new TokenFile.Pieces(trickle, bpe(file), file);
    StringBuilder joined = new StringBuilder();
    for (String piece = pieces.next(); !piece.isEmpty(); piece = pieces.next()) {
      assertTrue(piece.length() < 300_000, piece.length() + " chars");
      joined.append(piece);
    }
    assertEquals(text, joined.toString());
  }

  @Test
  void aLongTextForATokenizerWithoutCutsIsRefused() throws IOException {
    byte[][] tokens = new byte[259][];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = ("<" + i + ">").getBytes(StandardCharsets.UTF_8);
    }
    ScoreBpeTokenizer llama = new ScoreBpeTokenizer(tokens, new float[259]);
    Path text = Files.writeString(dir.resolve("text.txt"), STORY);
    write(true, List.of(text), llama, 1, new RunControl());
    assertArrayEquals(llama.encode(STORY), read(dir.resolve("ids.bin"), 2));
    Files.delete(dir.resolve("ids.bin"));
    Files.writeString(text, "palabra ".repeat(600_000));
    BadInput e =
        assertThrows(BadInput.class, () -> write(true, List.of(text), llama, 1, new RunControl()));
    assertTrue(String.valueOf(e.getMessage()).contains("by documents"), e.getMessage());
    assertOnlyTextIsThere();
  }

  private void assertOnlyTextIsThere() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      assertEquals(List.of(dir.resolve("text.txt")), files.toList());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cancelledInTheMiddleLeavesNothing(boolean whole) throws IOException {
    Path text = text(true);
    RunControl control = new RunControl();
    List<Long> heard = new ArrayList<>();
    TokenFile.Progress cancel =
        (tokens, chars) -> {
          heard.add(tokens);
          control.cancel();
        };
    Corpus corpus = Corpus.open(List.of(text));
    SimpleTokenizer simple = new SimpleTokenizer();
    Path out = dir.resolve("ids.bin");
    WorkerPool pool = WorkerPool.shared();
    assertThrows(
        CancellationException.class,
        () -> {
          if (whole) {
            TokenFile.writeWhole(corpus, simple, out, pool, control, cancel);
          } else {
            TokenFile.writeDocuments(corpus, simple, out, pool, control, cancel);
          }
        });
    assertEquals(1, heard.size());
    assertTrue(heard.get(0) > 0 && heard.get(0) < Files.size(text) / 2);
    assertOnlyTextIsThere();
  }

  @Test
  void aFailureOfTheDiskNamesTheFileAndLeavesTheEarlierOne() throws IOException {
    Path text = text(true);
    Path out = Files.writeString(dir.resolve("ids.bin"), "before");
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                TokenFile.writeDocuments(
                    Corpus.open(List.of(text)),
                    new SimpleTokenizer(),
                    out,
                    WorkerPool.shared(),
                    new RunControl(),
                    (tokens, chars) -> {
                      throw new UncheckedIOException(new IOException("No space left on device"));
                    }));
    assertTrue(String.valueOf(e.getMessage()).contains("ids.bin: No space left"), e.getMessage());
    assertEquals("before", Files.readString(out));
    Files.delete(out);
    assertOnlyTextIsThere();
  }
}
