package org.minillm.app.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.doctor.DoctorOptions.Language;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.train.Corpus;
import org.minillm.train.Dataset;

/** Corpora with planted problems: each kind is found with its exact count, and fixed. */
class DataDoctorTest {
  private static final String SEPARATOR = "\n" + Corpus.SEPARATOR + "\n";

  @TempDir Path dir;

  private final Random random = new Random(4);

  private Path corpus(List<String> documents) throws IOException {
    return Files.writeString(dir.resolve("corpus.txt"), String.join(SEPARATOR, documents));
  }

  private static DoctorOptions options(Path... files) {
    return DoctorOptions.of(List.of(files)).withContextLength(300);
  }

  private static CheckReport check(DoctorOptions options) throws IOException {
    return DataCheck.run(options, new RunControl(), (documents, share) -> {});
  }

  private static FixReport fix(DoctorOptions options, Set<FindingKind> kinds, Path out)
      throws IOException {
    return DataFix.run(
        new FixOptions(options, kinds, out, false), new RunControl(), (documents, share) -> {});
  }

  private static Map<FindingKind, Long> counts(CheckReport report) {
    Map<FindingKind, Long> counts = new TreeMap<>();
    report.findings().forEach(f -> counts.put(f.kind(), f.documents()));
    return counts;
  }

  private List<String> clean(int documents) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      texts.add(StoryTexts.english(random, 60));
    }
    return texts;
  }

  /** Sixty clean stories and, among them, each problem a known number of times. */
  private List<String> spoilt() {
    List<String> texts = clean(60);
    texts.add(texts.get(3).toUpperCase(java.util.Locale.ROOT));
    texts.add(texts.get(4).replace(" ", "\n"));
    texts.add(texts.get(5));
    texts.add(texts.get(6) + " End.");
    texts.add("Oh! " + texts.get(7));
    for (String broken : List.of("niÃ±o", "â€œyesâ€\u009D", "seÃƒÂ±or", "caf\u00C3\u00A9")) {
      texts.add(StoryTexts.english(random, 60) + " " + broken);
    }
    texts.add(StoryTexts.english(random, 60) + "\u0007 be\u00ADhind \u200B");
    texts.add(StoryTexts.english(random, 60) + " x\uFFFDy");
    texts.add("* * *");
    texts.add("");
    texts.add("The end.");
    texts.add("Chapter two.");
    texts.add(StoryTexts.english(random, 400));
    for (int i = 0; i < 3; i++) {
      texts.add(StoryTexts.spanish(random, 60));
    }
    texts.add(StoryTexts.spanish(random, 40) + " " + StoryTexts.english(random, 40));
    for (int i = 0; i < 7; i++) {
      texts.add(
          "This story belongs to nobody and to everybody.\n" + StoryTexts.english(random, 60));
    }
    return texts;
  }

  @Test
  void plantedProblemsOfEveryKindAreCounted() throws IOException {
    CheckReport report = check(options(corpus(spoilt())));
    assertEquals(60 + 5 + 4 + 1 + 1 + 1 + 2 + 1 + 4 + 7, report.documents());
    Map<FindingKind, Long> counts = counts(report);
    counts.remove(FindingKind.LEAKAGE);
    assertEquals(
        Map.of(
            FindingKind.MOJIBAKE, 4L,
            FindingKind.CONTROL_CHARACTERS, 1L,
            FindingKind.EMPTY, 2L,
            FindingKind.DUPLICATES, 3L,
            FindingKind.NEAR_DUPLICATES, 2L,
            FindingKind.LOST_CHARACTERS, 1L,
            FindingKind.LANGUAGE, 4L,
            FindingKind.SHORT, 2L,
            FindingKind.LONG, 1L,
            FindingKind.REPEATED_LINES, 3L),
        counts);
    assertEquals(3, report.languages().spanish());
    assertEquals(1, report.languages().mixed());
    assertEquals(3, report.finding(FindingKind.CONTROL_CHARACTERS).orElseThrow().occurrences());
  }

  @Test
  void messagesWithMarkersAreFoundAndLeftOut() throws IOException {
    String good =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"¿Qué ves?\"},"
            + " {\"role\": \"assistant\", \"content\": \"Veo %s un barco muy grande.\"}]}\n";
    Path chats = dir.resolve("chats.jsonl");
    Files.writeString(
        chats,
        good.formatted("hoy")
            + good.formatted("<|im_end|> ayer")
            + good.formatted("<|endoftext|> nunca"));
    CheckReport report = check(options(chats));
    assertEquals(2, report.finding(FindingKind.MARKERS).orElseThrow().documents());
    FixReport fixed =
        fix(options(chats), EnumSet.of(FindingKind.MARKERS), dir.resolve("fixed.jsonl"));
    assertEquals(1, fixed.written());
    assertEquals(good.formatted("hoy"), Files.readString(fixed.out()));
  }

  @Test
  void everythingFoundIsFixedAndNothingIsLeft() throws IOException {
    DoctorOptions options = options(corpus(spoilt())).withLanguage(Optional.of(Language.EN));
    Set<FindingKind> all = EnumSet.allOf(FindingKind.class);
    all.remove(FindingKind.CONTAMINATION);
    FixReport report = fix(options, all, dir.resolve("fixed.txt"));
    assertEquals(3, report.documents(FindingKind.DUPLICATES));
    assertEquals(2, report.documents(FindingKind.NEAR_DUPLICATES));
    assertEquals(4, report.documents(FindingKind.MOJIBAKE));
    assertEquals(4, report.documents(FindingKind.LANGUAGE));
    assertEquals(1, report.documents(FindingKind.LONG));
    CheckReport after = check(options.withFiles(List.of(report.out())));
    assertEquals(Map.of(), counts(after));
    assertEquals(report.written(), after.documents());
    String text = Files.readString(report.out());
    assertTrue(text.contains("niño") && text.contains("“yes”") && text.contains("señor"));
    assertTrue(text.contains(" behind"));
  }

  @Test
  void anyMixtureOfProblemsIsGoneAfterItsFix() throws IOException {
    for (int seed = 0; seed < 25; seed++) {
      random.setSeed(seed);
      List<String> texts = spoilt();
      for (int i = 0; i < 40; i++) {
        String a = texts.get(random.nextInt(texts.size()));
        String b = texts.get(random.nextInt(texts.size()));
        int cut = random.nextInt(a.length() + 1);
        texts.add(a.substring(0, cut) + " Ã\u200B±\r" + (i % 2 == 0 ? b : a.substring(cut)));
      }
      Collections.shuffle(texts, random);
      Set<FindingKind> kinds = EnumSet.noneOf(FindingKind.class);
      for (FindingKind kind : FindingKind.values()) {
        if (kind != FindingKind.CONTAMINATION && (kind.safe() || random.nextBoolean())) {
          kinds.add(kind);
        }
      }
      DoctorOptions options =
          options(corpus(texts)).withLanguage(Optional.of(Language.EN)).withContextLength(120);
      Path out = dir.resolve("fixed" + seed + ".txt");
      fix(options, kinds, out);
      Map<FindingKind, Long> left = counts(check(options.withFiles(List.of(out))));
      left.keySet().retainAll(kinds);
      assertEquals(Map.of(), left, "seed " + seed + " " + kinds);
    }
  }

  @Test
  void cleanCorpusHasNoFinding() throws IOException {
    List<String> texts = clean(200);
    CheckReport report = check(options(corpus(texts)));
    assertEquals(List.of(), report.findings());
    assertEquals(List.of(), report.remarks());
    FixReport fixed =
        fix(options(corpus(texts)), EnumSet.of(FindingKind.LEAKAGE), dir.resolve("o"));
    assertEquals(String.join(SEPARATOR, texts) + SEPARATOR, Files.readString(fixed.out()));
  }

  @Test
  void leakageIsWhatTheSplitOfTrainingLetsThrough() throws IOException {
    List<String> texts = clean(100);
    for (int i = 0; i < 100; i += 2) {
      texts.add(i % 4 == 0 ? texts.get(i) : texts.get(i) + " More.");
    }
    DoctorOptions options = options(corpus(texts)).withValidationFraction(0.3).withSeed(9);
    long expected = 0;
    for (int i = 0; i < 50; i++) {
      boolean first = Dataset.validates(2 * i, 0.3, 9);
      boolean second = Dataset.validates(100 + i, 0.3, 9);
      expected += first != second ? 1 : 0;
    }
    CheckReport report = check(options);
    assertTrue(expected > 5);
    Finding leakage = report.finding(FindingKind.LEAKAGE).orElseThrow();
    assertEquals(expected, leakage.documents());
    for (Example example : leakage.examples()) {
      assertTrue(Dataset.validates(example.place().document() - 1, 0.3, 9));
      assertFalse(Dataset.validates(example.other().orElseThrow().document() - 1, 0.3, 9));
    }
  }

  @Test
  void examplesTellFileLineAndTheOtherDocument() throws IOException {
    List<String> texts = clean(2);
    texts.add(texts.get(0));
    Example example =
        check(options(corpus(texts)))
            .finding(FindingKind.DUPLICATES)
            .orElseThrow()
            .examples()
            .get(0);
    assertEquals(new Place(3, dir.resolve("corpus.txt"), 5), example.place());
    assertEquals(Optional.of(new Place(1, dir.resolve("corpus.txt"), 1)), example.other());
    assertTrue(texts.get(0).startsWith(example.excerpt().replace("…", "")));
  }

  @Test
  void runsOfWordsOfTheEvaluationAreFoundFromTheirLengthOn() throws IOException {
    List<String> texts = clean(30);
    String[] evaluation = StoryTexts.english(random, 40).split(" ");
    texts.add(
        StoryTexts.english(random, 20)
            + " "
            + String.join(" ", List.of(evaluation).subList(5, 18)));
    texts.add(
        StoryTexts.english(random, 20)
            + " "
            + String.join(" ", List.of(evaluation).subList(20, 32)));
    Path heldOut =
        Files.writeString(
            dir.resolve("held.txt"),
            String.join(" ", evaluation) + SEPARATOR + StoryTexts.english(random, 40));
    DoctorOptions options = options(corpus(texts)).withAgainst(List.of(heldOut));
    Finding found = check(options).finding(FindingKind.CONTAMINATION).orElseThrow();
    assertEquals(1, found.documents());
    assertTrue(found.detail().contains("1 of the 2 evaluation documents"), found.detail());
    assertEquals(
        2,
        check(options.withNgram(12)).finding(FindingKind.CONTAMINATION).orElseThrow().documents());
    Path out = dir.resolve("fixed.txt");
    assertEquals(31, fix(options, FixOptions.safeKinds(options), out).written());
    assertEquals(Map.of(), counts(check(options.withFiles(List.of(out)))));
  }

  @Test
  void jsonLinesStayJsonLinesWithTheirOtherFields() throws IOException {
    String right =
        "{\"messages\": [{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello there\"}], \"id\": 7}";
    String broken = right.replace("Hello there", "ma\u00C3\u00B1ana").replace("7", "8");
    String silent = right.replace("Hello there", " ");
    String text = "{\"text\":\"caf\u00C3\u00A9 with milk\",\"lang\":\"en\"}";
    Path file =
        Files.writeString(dir.resolve("c.jsonl"), String.join("\n", right, broken, silent, text));
    Path out = dir.resolve("fixed.jsonl");
    FixReport report = fix(options(file), FixOptions.safeKinds(options(file)), out);
    List<String> lines = Files.readAllLines(out);
    assertEquals(3, lines.size());
    assertEquals(right, lines.get(0));
    assertTrue(lines.get(1).contains("mañana") && lines.get(1).contains("\"id\":8"), lines.get(1));
    assertEquals("{\"text\":\"café with milk\",\"lang\":\"en\"}", lines.get(2));
    assertEquals(1, report.documents(FindingKind.EMPTY));
    BadInput refused =
        assertThrows(
            BadInput.class,
            () -> fix(options(file), Set.of(FindingKind.MOJIBAKE), dir.resolve("fixed.txt")));
    assertTrue(refused.getMessage().contains(".jsonl"));
    assertFalse(Files.exists(dir.resolve("fixed.txt")));
  }

  @Test
  void sameAnswerToOtherQuestionsIsNoDuplicate() throws IOException {
    String answer = "I am a small program that likes to talk about many things with you.";
    List<String> lines = new ArrayList<>();
    for (String question : List.of("Who are you?", "What is your name?", "Who are you!")) {
      lines.add(
          "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"},{\"role\":\"assistant\",\"content\":\"%s\"}]}"
              .formatted(question, answer));
    }
    Path file = Files.write(dir.resolve("c.jsonl"), lines);
    assertEquals(
        Map.of(FindingKind.NEAR_DUPLICATES, 1L),
        counts(check(options(file).withValidationFraction(0))));
  }

  @Test
  void originalAndExistingFilesAreNotOverwritten() throws IOException {
    Path file = corpus(spoilt());
    String before = Files.readString(file);
    DoctorOptions options = options(file);
    Set<FindingKind> kinds = FixOptions.safeKinds(options);
    assertThrows(BadInput.class, () -> fix(options, kinds, file));
    assertThrows(
        BadInput.class,
        () ->
            DataFix.run(
                new FixOptions(options, kinds, file, true), new RunControl(), (d, s) -> {}));
    Path there = Files.writeString(dir.resolve("there.txt"), "mine");
    assertThrows(BadInput.class, () -> fix(options, kinds, there));
    assertEquals("mine", Files.readString(there));
    DataFix.run(new FixOptions(options, kinds, there, true), new RunControl(), (d, s) -> {});
    assertTrue(Files.size(there) > 1000);
    assertEquals(before, Files.readString(file));
  }

  @Test
  void cancelledFixLeavesNoFile() throws IOException {
    DoctorOptions options = options(corpus(clean(300)));
    RunControl control = new RunControl();
    FixOptions fix =
        new FixOptions(options, FixOptions.safeKinds(options), dir.resolve("out.txt"), false);
    assertThrows(
        CancellationException.class, () -> DataFix.run(fix, control, (d, s) -> control.cancel()));
    try (var files = Files.list(dir)) {
      assertEquals(List.of(dir.resolve("corpus.txt")), files.toList());
    }
  }

  @Test
  void fixThatLeavesNothingSaysSoAndWritesNothing() throws IOException {
    DoctorOptions options = options(corpus(clean(5))).withLanguage(Optional.of(Language.ES));
    BadInput refused =
        assertThrows(
            BadInput.class,
            () -> fix(options, Set.of(FindingKind.LANGUAGE), dir.resolve("out.txt")));
    assertTrue(refused.getMessage().contains("none of the 5 documents"));
    assertFalse(Files.exists(dir.resolve("out.txt")));
  }

  @Test
  void whatMemoryDoesNotAllowIsTold() throws IOException {
    List<String> texts = clean(2500);
    texts.add(texts.get(0));
    texts.add(texts.get(2499) + " End.");
    CheckReport report = check(options(corpus(texts)).withMemoryBytes(1 << 20));
    assertEquals(1, report.finding(FindingKind.DUPLICATES).orElseThrow().documents());
    assertTrue(report.finding(FindingKind.NEAR_DUPLICATES).isEmpty());
    assertEquals(1, report.remarks().stream().filter(r -> r.startsWith("memory:")).count());
  }
}
