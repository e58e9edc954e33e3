package org.minillm.app.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.ndarray.RandomGenerator;
import org.minillm.train.Corpus;

class CorpusGeneratorTest {
  @TempDir Path dir;

  private List<CorpusFile> write(String folder, double megabytes, long seed, Language... languages)
      throws IOException {
    return CorpusGenerator.write(
        new CorpusOptions(
            dir.resolve(folder),
            List.of(languages),
            megabytes,
            seed,
            false,
            List.of(),
            false,
            Optional.empty()),
        new RunControl(),
        file -> {});
  }

  private Path skeletons(String text) throws IOException {
    Files.createDirectories(dir.resolve("own/es"));
    Files.writeString(dir.resolve("own/es/a.txt"), text);
    return dir.resolve("own");
  }

  @ParameterizedTest
  @EnumSource
  void everyShippedSkeletonPassesTheCheck(Language language) throws IOException {
    CorpusCheck check = CorpusCheck.of(language, Optional.empty());
    assertEquals(List.of(), check.problems());
    assertTrue(check.stories() > 0 && check.dialogues() > 0 && check.alternatives() > 0);
    assertTrue(check.texts() > check.stories() + check.dialogues());
  }

  @Test
  void theCorpusIsWhatTheTrainerReads() throws IOException {
    List<CorpusFile> files = write("out", 0.2, 3, Language.ES, Language.EN);
    assertEquals(
        List.of("stories_es.txt", "dialogues_es.jsonl", "stories_en.txt", "dialogues_en.jsonl"),
        files.stream().map(f -> f.path().getFileName().toString()).toList());
    for (CorpusFile file : files) {
      assertEquals(Files.size(file.path()), file.bytes());
      Corpus corpus = Corpus.open(List.of(file.path()));
      List<String> texts = new ArrayList<>();
      corpus.forEach(texts::add);
      boolean dialogues = file.path().toString().endsWith(".jsonl");
      // A dialogue has two messages at least, and the corpus hands them over one by one.
      assertTrue(dialogues ? texts.size() >= 2 * file.texts() : texts.size() == file.texts());
      assertTrue(corpus.files().get(0).encoding().equals("UTF-8"));
      for (String text : texts) {
        assertFalse(text.isBlank() || text.contains("<|") || text.matches("(?s).*[{}@].*"), text);
      }
    }
    long bytes = files.stream().mapToLong(CorpusFile::bytes).sum();
    assertTrue(bytes >= 0.2 * 1048576 && bytes < 0.2 * 1048576 + 20_000, () -> bytes + " bytes");
  }

  @Test
  void equalSeedsGiveEqualBytesAndOthersDoNot() throws IOException {
    write("a", 0.1, 5, Language.ES, Language.EN);
    write("b", 0.1, 5, Language.ES, Language.EN);
    write("c", 0.1, 6, Language.ES, Language.EN);
    for (String name : List.of("stories_es.txt", "dialogues_en.jsonl")) {
      byte[] a = Files.readAllBytes(dir.resolve("a").resolve(name));
      assertArrayEquals(a, Files.readAllBytes(dir.resolve("b").resolve(name)));
      assertNotEquals(
          new String(a, StandardCharsets.UTF_8), Files.readString(dir.resolve("c").resolve(name)));
    }
  }

  @Test
  void aLanguageAloneIsTheSameAsBesideTheOther() throws IOException {
    write("both", 0.1, 5, Language.ES, Language.EN);
    write("alone", 0.05, 5, Language.EN);
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("both/stories_en.txt")),
        Files.readAllBytes(dir.resolve("alone/stories_en.txt")));
  }

  @Test
  void noTextComesTwiceWhileThereAreNewOnes() throws IOException {
    CorpusFile stories = write("out", 0.5, 1, Language.ES).get(0);
    assertEquals(1, stories.cycles());
    Set<String> texts = new HashSet<>();
    Corpus.open(List.of(stories.path())).forEach(t -> assertTrue(texts.add(t), t));
  }

  @Test
  void everySkeletonComesOnceARoundUntilItIsUsedUp() throws IOException {
    Path own =
        skeletons(
            "@list n\na\nb\nc\nd\ne\nf\ng\nh\n\n@story big\n{x=n}{y=n}{z=n}\n\n@story small\n"
                + "{x=n}\n\n@story one\nThe end.\n");
    Grammar grammar = Grammar.read(Language.ES, Optional.of(own)).checked();
    TextStream stream = new TextStream(grammar.stories(), new RandomGenerator(2));
    Map<String, Integer> counts = new HashMap<>();
    Set<List<String>> texts = new HashSet<>();
    for (int i = 0; i < 17; i++) {
      TextStream.Text text = stream.next();
      counts.merge(text.skeleton().name(), 1, Integer::sum);
      assertTrue(texts.add(text.turns()), text::toString);
    }
    assertEquals(Map.of("one", 1, "small", 8, "big", 8), counts);
    for (int i = 0; i < 8 * 7 * 6; i++) {
      stream.next();
    }
    assertTrue(stream.cycles() > 1, "345 texts there are, 353 were made");
  }

  @Test
  void theCheckFindsWhatIsNeverDrawnAndWhatReadsWrong() throws IOException {
    Path own =
        skeletons(
            "@list n\nperro | m #pet\nlobo | m #wild\n\n@list idle\nx\n\n@story s\n"
                + "Vino de el mar [con|sin] {x=n#pet}. era {x} .\n");
    CorpusCheck check = CorpusCheck.of(Language.ES, Optional.of(own));
    assertEquals(List.of(), check.problems());
    String warnings = check.warnings().toString();
    for (String expected :
        List.of(
            "es/a.txt, line 3: list n: nothing draws lobo",
            "list idle: nothing draws it",
            "'de el' is del",
            "lower case behind a full stop",
            "white space before a punctuation mark",
            "makes only 2 different texts")) {
      assertTrue(warnings.contains(expected), () -> expected + " is not among " + warnings);
    }
    assertEquals(6, check.warnings().size(), warnings);
  }

  @Test
  void skeletonsAreFoundInAJar() throws IOException {
    Path jar = dir.resolve("a.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream to = new JarOutputStream(out)) {
      for (String name : List.of("c/", "c/es/", "c/es/b.txt", "c/es/a.txt", "c/es/x/deep.txt")) {
        to.putNextEntry(new JarEntry(name));
        if (name.endsWith(".txt")) {
          to.write(
              ("@story " + name.charAt(5) + "\nHabía ñandúes.").getBytes(StandardCharsets.UTF_8));
        }
        to.closeEntry();
      }
    }
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
      List<SkeletonFile> files =
          SkeletonFile.in(
              java.util.Objects.requireNonNull(loader.getResource("c/es")), Language.ES);
      assertEquals(
          List.of("es/a.txt", "es/b.txt"), files.stream().map(SkeletonFile::name).toList());
      assertEquals(List.of("@story a", "Había ñandúes."), files.get(0).lines());
    }
  }

  @Test
  void aCancelledRunLeavesNoFile() {
    RunControl control = new RunControl();
    control.cancel();
    CorpusOptions options =
        new CorpusOptions(
            dir, List.of(Language.ES), 1, 1, true, List.of(), false, Optional.empty());
    assertThrows(
        CancellationException.class, () -> CorpusGenerator.write(options, control, file -> {}));
    assertEquals(0, java.util.Objects.requireNonNull(dir.toFile().list()).length);
  }

  @Test
  void aSizeThatIsNoneIsRefused() {
    for (double size : new double[] {0, -1, Double.NaN, 1e9}) {
      assertThrows(
          BadConfig.class,
          () ->
              new CorpusOptions(
                  dir, List.of(Language.ES), size, 1, false, List.of(), false, Optional.empty()));
    }
  }

  @Test
  void onlyTheNamedFilesSkeletonsAreUsed() throws IOException {
    CorpusOptions options =
        new CorpusOptions(
            dir.resolve("only"),
            List.of(Language.ES, Language.EN),
            0.2,
            1,
            false,
            List.of("dialogues-facts"),
            false,
            Optional.empty());
    List<String> written =
        CorpusGenerator.write(options, new RunControl(), file -> {}).stream()
            .map(file -> file.path().getFileName().toString())
            .toList();
    assertEquals(List.of("dialogues_es.jsonl", "dialogues_en.jsonl"), written);
    CorpusOptions unknown =
        new CorpusOptions(
            dir, List.of(Language.ES), 1, 1, false, List.of("no-such"), false, Optional.empty());
    BadInput e =
        assertThrows(
            BadInput.class, () -> CorpusGenerator.write(unknown, new RunControl(), file -> {}));
    assertTrue(e.getMessage().contains("stories-openings"), e.getMessage());
  }

  @Test
  void aStoryToldInADialogueIsAboutWhatWasAskedFor() throws IOException {
    Path own =
        skeletons(
            """
            @list animal
            gato | m
            rana | f

            @list place
            río | m

            @story walk
            {!p=place}{a=animal.El} fue {p.al}.
            {a.El} se rió.

            @dialogue ask
            user: Un cuento de {a=animal.un}.
            assistant: Claro. {story walk}
            """);
    List<String> texts =
        CorpusGenerator.sample(Language.ES, Optional.of(own), Optional.of("ask"), 8, 1);
    for (String text : texts) {
      String animal = text.contains("un gato") ? "El gato" : "La rana";
      assertTrue(
          text.endsWith("assistant: Claro. " + animal + " fue al río.\n" + animal + " se rió."),
          text);
    }
  }

  @Test
  void aStoryToldInADialogueThatIsMissingOrDrawsFromAnotherListIsAProblem() throws IOException {
    Path own =
        skeletons(
            """
            @list animal
            gato | m

            @list thing
            mesa | f

            @story walk
            {a=animal.El} se rió.

            @dialogue ask
            user: Un cuento de {a=thing.un}.
            assistant: {story walk}

            @dialogue other
            user: Hola.
            assistant: {story no-such}
            """);
    List<String> problems =
        CorpusCheck.of(Language.ES, Optional.of(own)).problems().stream()
            .map(Problem::toString)
            .toList();
    assertTrue(
        problems.toString().contains("story walk draws a from animal, the dialogue from thing"),
        problems.toString());
    assertTrue(problems.toString().contains("no story no-such"), problems.toString());
  }

  @Test
  void aFileThatExistsIsReplacedOnlyWhereThatIsAskedFor() throws IOException {
    Path mine = Files.writeString(dir.resolve("dialogues_en.jsonl"), "mine");
    List<Language> both = List.of(Language.ES, Language.EN);
    CorpusOptions careful =
        new CorpusOptions(dir, both, 0.01, 1, false, List.of(), false, Optional.empty());
    BadInput e =
        assertThrows(
            BadInput.class, () -> CorpusGenerator.write(careful, new RunControl(), file -> {}));
    assertTrue(e.getMessage().contains("--overwrite"), e.getMessage());
    assertEquals("mine", Files.readString(mine));
    assertFalse(Files.exists(dir.resolve("stories_es.txt")), "it had begun");
    CorpusOptions bold =
        new CorpusOptions(dir, both, 0.01, 1, false, List.of(), true, Optional.empty());
    double[] last = {0};
    CorpusGenerator.write(
        bold,
        new RunControl(),
        file -> {},
        share -> {
          assertTrue(share > 0, "a share that is none");
          last[0] = share;
        });
    assertTrue(last[0] >= 1, "it ends at the whole");
    assertTrue(Files.size(mine) > 1000);
  }
}
