package org.minillm.app.verbatim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;

class CorpusIndexTest {
  private static final String FIRST =
      "Había una vez un perro llamado Tino que vivía cerca del río con su abuela.";
  private static final String SECOND =
      "The quick brown fox jumps over the lazy dog, and then it sleeps until the morning comes.";

  @TempDir Path home;

  private CorpusIndex index(String... files) throws IOException {
    List<Path> paths = new ArrayList<>();
    for (int i = 0; i < files.length; i++) {
      paths.add(home.resolve("file" + i + ".txt"));
      Files.writeString(paths.get(i), files[i]);
    }
    return open(paths, home.resolve("index"));
  }

  private static CorpusIndex open(List<Path> paths, Path directory) throws IOException {
    return CorpusIndex.of(paths, directory, new RunControl(), share -> {});
  }

  private static VerbatimReport find(CorpusIndex index, String text, int minWords)
      throws IOException {
    return index.find(text, minWords, new RunControl());
  }

  @Test
  void aRunIsFoundWithItsFileItsPlaceAndWhatStandsAround() throws IOException {
    try (CorpusIndex index = index(FIRST + "\n<|endoftext|>\nOtro texto.", SECOND)) {
      String text = "Yo sé que un perro llamado Tino que vivía cerca del mar ladraba.";
      VerbatimReport report = find(index, text, 6);
      assertEquals(1, report.runs().size());
      VerbatimRun run = report.runs().get(0);
      assertEquals(
          "un perro llamado Tino que vivía cerca del", text.substring(run.from(), run.to()));
      assertEquals(8, run.words());
      assertEquals("file0.txt", run.file().getFileName().toString());
      assertEquals(1, run.line());
      assertEquals("Había una vez ", run.before());
      assertEquals("un perro llamado Tino que vivía cerca del", run.passage());
      assertTrue(run.after().startsWith(" río con su abuela."), run.after());
      assertEquals(8, report.verbatimWords());
      assertEquals(13, report.words());
      assertEquals(8 / 13.0, report.share(), 1e-9);
      assertEquals(8, report.longestWords());
      assertEquals(run, report.longest().orElseThrow());
    }
  }

  @Test
  void caseAndPunctuationDoNotCount() throws IOException {
    try (CorpusIndex index = index(SECOND)) {
      VerbatimReport report = find(index, "QUICK, brown fox -- jumps over; the lazy DOG!", 8);
      assertEquals(1, report.runs().size());
      assertEquals(8, report.runs().get(0).words());
      assertEquals("quick brown fox jumps over the lazy dog", report.runs().get(0).passage());
    }
  }

  @Test
  void runsOfTwoFilesAreBothFoundAndShorterOnesAreNot() throws IOException {
    try (CorpusIndex index = index(FIRST, SECOND)) {
      String text =
          "un perro llamado Tino que vivía cerca del río, and then it sleeps until the morning"
              + " comes; the lazy dog";
      VerbatimReport report = find(index, text, 8);
      assertEquals(
          List.of("file0.txt", "file1.txt"),
          report.runs().stream().map(r -> r.file().getFileName().toString()).toList());
      assertEquals(List.of(9, 8), report.runs().stream().map(VerbatimRun::words).toList());
      assertEquals(1, find(index, text, 9).runs().size());
      assertEquals(0, find(index, text, 10).runs().size());
    }
  }

  @Test
  void aRunDoesNotGoOnFromOneDocumentIntoTheNext() throws IOException {
    try (CorpusIndex index =
        index("uno dos tres cuatro cinco\n<|endoftext|>\nseis siete ocho nueve diez")) {
      String text = "uno dos tres cuatro cinco seis siete ocho nueve diez";
      assertEquals(List.of(), find(index, text, 6).runs());
    }
  }

  @Test
  void everyRunOfTheShortestLengthIsFoundWhereverItBegins() throws IOException {
    Random random = new Random(5);
    StringBuilder corpus = new StringBuilder();
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      String word = "w" + random.nextInt(400);
      words.add(word);
      corpus.append(word).append(i % 12 == 0 ? ".\n" : " ");
    }
    try (CorpusIndex index = index(corpus.toString())) {
      for (int from = 0; from + CorpusIndex.SHORTEST < words.size(); from += 7) {
        String run = String.join(" ", words.subList(from, from + CorpusIndex.SHORTEST));
        VerbatimReport report = find(index, "zzz " + run + " yyy", CorpusIndex.SHORTEST);
        assertEquals(CorpusIndex.SHORTEST, report.verbatimWords(), "at word " + from);
        assertEquals(4, report.runs().get(0).from());
      }
    }
  }

  @Test
  void aLongCopyOfAFileWithoutSeparatorsIsOneRunAcrossItsPieces() throws IOException {
    Random random = new Random(9);
    StringBuilder corpus = new StringBuilder();
    for (int i = 0; i < 6000; i++) {
      corpus.append("ñandú").append(random.nextInt(5000)).append(i % 9 == 8 ? ".\n" : " ");
    }
    String all = corpus.toString();
    int from = all.indexOf(".\n", 9000) + 2;
    String copied = all.substring(from, all.indexOf(".\n", 40_000));
    long line = all.substring(0, from).lines().count() + 1;
    try (CorpusIndex index = index(SECOND, all)) {
      VerbatimReport report = find(index, "Dice: " + copied + " y ya", 8);
      assertEquals(1, report.runs().size());
      VerbatimRun run = report.runs().get(0);
      assertEquals(copied, run.passage());
      assertEquals(line, run.line());
      assertEquals("file1.txt", run.file().getFileName().toString());
    }
  }

  @Test
  void aRunTellsTheLineItBeginsIn() throws IOException {
    Path chats = home.resolve("chats.jsonl");
    Files.writeString(
        chats,
        """
        {"text": "nothing of interest"}
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content":\
         "Every evening the old lighthouse keeper climbs his ninety stairs\\nand lights the lamp."}]}
        """);
    Path text = home.resolve("text.txt");
    Files.writeString(text, "\n\n" + SECOND + "\n\nOne\ntwo\n<|endoftext|>\n\nThree.\n" + FIRST);
    try (CorpusIndex index = open(List.of(text, chats), home.resolve("index"))) {
      assertEquals(3, find(index, SECOND, 8).runs().get(0).line());
      assertEquals(10, find(index, FIRST, 8).runs().get(0).line());
      String told = "the old lighthouse keeper climbs his ninety stairs and lights the lamp";
      VerbatimRun chat = find(index, told, 8).runs().get(0);
      assertEquals(2, chat.line());
      assertEquals(chats, chat.file());
      assertFalse(chat.before().contains("im_start"), chat.before());
    }
  }

  @Test
  void aTextThatGoesOnBeyondARunInAnotherPlaceIsFoundWhole() throws IOException {
    String one = "a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13";
    String other = "b1 a6 a7 a8 a9 a10 a11 a12 a13 a14 b2";
    try (CorpusIndex index = index(one + "\n<|endoftext|>\n" + other)) {
      VerbatimReport report = find(index, "zz " + one + " a14 zz", 8);
      assertEquals(14, report.verbatimWords());
      assertEquals(List.of(13, 9), report.runs().stream().map(VerbatimRun::words).toList());
    }
  }

  @Test
  void theWholeCopyIsFoundAmongManyThatDifferInAWord() throws IOException {
    Random random = new Random(3);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      StringBuilder text = new StringBuilder();
      for (int sentence = 0; sentence < 12; sentence++) {
        text.append("In sentence ")
            .append(sentence)
            .append(" somebody saw a number and called it ");
        text.append(random.nextInt(5)).append(", which made everybody very glad.\n");
      }
      texts.add(text.toString());
    }
    try (CorpusIndex index = index(String.join("<|endoftext|>\n", texts))) {
      for (int i = 1; i < texts.size(); i += 97) {
        VerbatimReport report = find(index, "Well then. " + texts.get(i), 8);
        assertEquals(12 * 16, report.longestWords(), "text " + i);
        assertEquals(1, report.runs().size());
        assertEquals(1 + 13 * i, report.runs().get(0).line());
      }
    }
  }

  @Test
  void whatIsSaidOverAndOverFillsNoMoreThanItMay() throws IOException {
    StringBuilder corpus = new StringBuilder();
    for (int i = 0; i < 900_000; i++) {
      corpus.append("la la\n");
    }
    try (CorpusIndex index = index(corpus + SECOND)) {
      assertTrue(Files.size(home.resolve("index/grams")) < 50_000);
      assertEquals(20, find(index, "la ".repeat(20), 8).verbatimWords());
      assertEquals(17, find(index, SECOND, 8).longestWords());
    }
  }

  @Test
  void halfOfACharacterMovesNothingAfterIt() throws IOException {
    Path file = home.resolve("half.jsonl");
    Files.writeString(file, "{\"text\": \"x \\ud83d y \\ud83d\\ude00 " + FIRST + "\"}\n");
    try (CorpusIndex index = open(List.of(file), home.resolve("index"))) {
      assertEquals(
          FIRST.substring(0, FIRST.length() - 1), find(index, FIRST, 8).runs().get(0).passage());
    }
  }

  @Test
  void whatIsNotInTheCorpusHasNoRuns() throws IOException {
    try (CorpusIndex index = index(FIRST, SECOND)) {
      assertEquals(0, find(index, "", 8).words());
      VerbatimReport none =
          find(index, "Nada de esto se ha escrito nunca en ninguno de los dos textos.", 6);
      assertEquals(List.of(), none.runs());
      assertEquals(0, none.share());
      assertEquals(0, none.longestWords());
      assertThrows(BadInput.class, () -> find(index, FIRST, CorpusIndex.SHORTEST - 1));
    }
  }

  @Test
  void anIndexIsMadeOnceAndAgainWhenTheDataHaveChanged() throws IOException {
    index(FIRST).close();
    Path file = home.resolve("file0.txt");
    Path directory = home.resolve("index");
    List<Double> shares = new ArrayList<>();
    CorpusIndex.of(List.of(file), directory, new RunControl(), shares::add).close();
    assertEquals(List.of(), shares, "nothing was read");

    FileTime made = Files.getLastModifiedTime(directory.resolve("grams"));
    Files.setLastModifiedTime(file, FileTime.fromMillis(made.toMillis() + 5000));
    CorpusIndex.of(List.of(file), directory, new RunControl(), shares::add).close();
    assertEquals(List.of(0.0), shares, "the file was read, its texts are the same");
    assertEquals(made, Files.getLastModifiedTime(directory.resolve("grams")));

    Files.writeString(file, SECOND);
    try (CorpusIndex again =
        CorpusIndex.of(List.of(file), directory, new RunControl(), shares::add)) {
      assertEquals(0, find(again, FIRST, 8).verbatimWords());
      assertEquals(17, find(again, SECOND, 8).verbatimWords());
    }
    assertEquals(1.0, shares.get(shares.size() - 1));
    assertEquals(shares.stream().skip(1).sorted().toList(), shares.subList(1, shares.size()));
  }

  @Test
  void aCancelledIndexIsNotThereAndLeavesTheOneThatWas() throws IOException {
    index(FIRST).close();
    Path file = home.resolve("file0.txt");
    Files.writeString(file, SECOND);
    RunControl control = new RunControl();
    control.cancel();
    for (String name : List.of("index", "other")) {
      assertThrows(
          CancellationException.class,
          () -> CorpusIndex.of(List.of(file), home.resolve(name), control, share -> {}));
    }
    try (Stream<Path> left = Files.list(home)) {
      assertEquals(
          List.of("file0.txt", "index"),
          left.map(p -> p.getFileName().toString()).sorted().toList());
    }
    Files.writeString(file, FIRST);
    try (CorpusIndex there = open(List.of(file), home.resolve("index"))) {
      assertEquals(15, find(there, FIRST, 8).verbatimWords());
    }
  }

  @Test
  void aDamagedIndexIsMadeAgain() throws IOException {
    index(FIRST).close();
    Files.writeString(home.resolve("index/index.json"), "{\"version\": 1, \"fil");
    try (CorpusIndex again = index(FIRST)) {
      assertEquals(15, find(again, FIRST, 8).verbatimWords());
    }
  }
}
