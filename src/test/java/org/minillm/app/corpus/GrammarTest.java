package org.minillm.app.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.ndarray.RandomGenerator;

/** What a skeleton prints, and what is said of one that is wrong. */
class GrammarTest {
  private static final String SPANISH =
      """
      @list dog
      perro | m pl=perros #pet

      @list cat
      gata | f pl=gatas_negras color=blanc@

      @list water
      agua | f el=el

      @list three
      uno | m
      dos | m
      tres | m #odd

      @list quality
      pequeñ@

      @list bare
      sola

      """;
  private static final String ENGLISH =
      """
      @list owl
      owl | f

      @list hour
      hour | n a=an

      @list boy
      boy | m

      """;

  @TempDir Path dir;

  private Grammar grammar(Language language, String text) throws IOException {
    Path folder = Files.createDirectories(dir.resolve(language.code()));
    Files.writeString(folder.resolve("a.txt"), text);
    return Grammar.read(language, Optional.of(dir));
  }

  /** The different texts of 300 draws. */
  private Set<String> texts(Language language, String story) throws IOException {
    Grammar grammar =
        grammar(language, (language == Language.ES ? SPANISH : ENGLISH) + "@story s\n" + story);
    Skeleton skeleton = grammar.checked().stories().get(0);
    Choices choices = Choices.random(new RandomGenerator(7));
    Set<String> texts = new TreeSet<>();
    for (int i = 0; i < 300; i++) {
      texts.add(Renderer.render(skeleton, choices).get(0));
    }
    return texts;
  }

  /** The one problem of a story whose text begins in line 22. */
  private String problem(String story) throws IOException {
    Grammar grammar = grammar(Language.ES, SPANISH + "@story s\n" + story);
    assertEquals(1, grammar.problems().size(), grammar.problems()::toString);
    return grammar.problems().get(0).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{x=dog};perro",
        "{x=dog.un} y {x.el};un perro y el perro",
        "{x=cat.Un} y {x.El};Una gata y La gata",
        "{x=dog.del} {x.al};del perro al perro",
        "{x=cat.del} {x.al};de la gata a la gata",
        "{x=cat.Del} {x.Al};De la gata A la gata",
        "{x=water.el} {x.un} {x.del} {x.al} {x.este};el agua un agua del agua al agua esta agua",
        "{x=dog.este} {x.Este};este perro Este perro",
        "{x=dog.pl} {x.pl.Cap} {x.Cap};perros Perros Perro",
        "{x=cat.pl};gatas negras",
        "{!x=cat}¿{x:Listo|Lista}?;¿Lista?",
        "{!x=dog}{q=quality@x} {q.Cap@x};pequeño Pequeño",
        "{!x=cat}{!q=quality}{q@x} {x.color@x};pequeña blanca",
        "a \\[b\\] \\{c\\} \\| \\\\;a [b] {c} | \\",
        "{x=three#odd};tres",
      })
  void spanishFormsAgreeAndContract(String story, String expected) throws IOException {
    assertEquals(Set.of(expected), texts(Language.ES, story));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{x=owl.a} {x.the} {x.A} {x.The};an owl the owl An owl The owl",
        "{x=hour.a};an hour",
        "{x=boy.a};a boy",
        "{!x=boy}{x:he|she|it};he",
        "{!x=owl}{x:he|she|it};she",
        "{!x=hour}{x:he|she|it} {x:he|she};it he",
      })
  void englishFormsHaveTheirArticleAndPronoun(String story, String expected) throws IOException {
    assertEquals(Set.of(expected), texts(Language.EN, story));
  }

  @Test
  void alternativesNestAndEveryBranchIsReached() throws IOException {
    assertEquals(
        Set.of("a end", "b end", "c end", "end", "perro, perro end"),
        texts(Language.ES, "[a|[b|c]||{x=dog}, {x}] end"));
  }

  @Test
  void theSameNameMayBeBoundInEachAlternative() throws IOException {
    assertEquals(Set.of("el perro.", "la gata."), texts(Language.ES, "[{x=dog.el}|{x=cat.el}]."));
  }

  @Test
  void drawsOfOneListNeverMeet() throws IOException {
    Set<String> all = texts(Language.ES, "{x=three} {y=three} {z=three}");
    assertEquals(
        Set.of(
            "uno dos tres",
            "uno tres dos",
            "dos uno tres",
            "dos tres uno",
            "tres uno dos",
            "tres dos uno"),
        all);
  }

  @Test
  void anEmptyAlternativeLeavesNoDoubleSpaceAndNoEmptyLine() throws IOException {
    assertEquals(Set.of("Uno. Dos.\nTres."), texts(Language.ES, "Uno. [|] Dos.\n[ |]\nTres.[|]"));
  }

  @Test
  void bindingsHoldOverAWholeDialogue() throws IOException {
    Grammar grammar =
        grammar(
            Language.ES,
            SPANISH
                + "@dialogue d\nuser: ¿{x=dog.El}?\nassistant: Sí,\n{x.el}.\n# no turn\n"
                + "user: {y=cat}\nassistant: {x} y {y}");
    assertEquals(
        java.util.List.of("¿El perro?", "Sí,\nel perro.", "gata", "perro y gata"),
        Renderer.render(
            grammar.checked().dialogues().get(0), Choices.random(new RandomGenerator(1))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{x=dgo};there is no list dgo; lists: dog, cat, water, three, quality, bare",
        "{x};x is not bound here; bound: none",
        "[{x=dog}|b] {x};x is not bound here",
        "{x=dog} {x=cat};x is bound already",
        "{x=dog#wild};no entry of list dog has #wild; its tags: #pet",
        "{x=dog.color};.color needs color=…, which 'perro' (es/a.txt, line 2) does not have",
        "{x=cat.a};.a needs a=…",
        "{x=bare.un};.un of {x} needs a gender",
        "{!x=bare}{x:o|a};needs the gender of x, which 'sola'",
        "{!x=dog}{x:o|a|e};has 3 choices; allowed: 2",
        "{!x=dog}{x:o};has 1 choices; allowed: 2",
        "{q=quality};'pequeñ@' (es/a.txt, line 16) must agree with a noun; write {q=quality@NAME}",
        "{!x=bare}{q=quality@x};needs the gender of x",
        "{q=quality@x};x is not bound here",
        "{a=three}{b=three}{c=three}{d=three};may leave nothing to draw; 3 entries fit",
        "{a=three}[{b=three}|{c=three}{e=three}]{d=three};may leave nothing to draw",
        "{a=three}{b=three#odd};may leave nothing to draw; 1 entries fit",
        "{!x=dog.el};prints nothing, so it takes no form",
        "{!x=dog}{!x};! and #tag go with a draw only",
        "{!x=dog}{x.el.un};.un does not go with what stands before it",
        "{x dog};is no slot",
        "{x=dog;'{' is never closed",
        "[a|b;'[' is never closed",
        "[a];has one alternative only",
        "a|b;'|' has no beginning",
        "a]b;']' has no beginning",
        "a}b;'}' has no beginning",
        "a\\b;'\\' stands before { } [ ] | \\ only",
        "@story t;a blank line must stand before @story t",
      })
  void aFaultNamesFileAndLineAndWhatIsAllowed(String story, String message) throws IOException {
    String problem = problem("First line.\n" + story);
    assertTrue(problem.startsWith("es/a.txt, line 23: ") && problem.contains(message), problem);
    String commented = problem("First line.\n# a comment\n" + story);
    assertTrue(commented.startsWith("es/a.txt, line 24: "), commented);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "@list l|a \\| x;line 2: attribute x of 'a'; allowed: one gender (m, f), #tag, key=value",
        "@list l|a \\| m f;line 2: attribute f of 'a'",
        "@list l|a \\| n;line 2: attribute n of 'a'",
        "@list l|a \\| f el=lo;line 2: el=lo; allowed for el: el, la",
        "@list l|a|a;line 3: 'a' stands in list l already: es/a.txt, line 2",
        "@list l|{a};line 2: an entry is plain text",
        "@list l;line 1: @list l has nothing below it",
        "@list l|a||@list l|b;line 4: the name l is taken by es/a.txt, line 1",
        "@list l|a|@story s|b;line 3: a blank line must stand before @story s",
        "Once;line 1: a block begins with @list NAME, @story NAME or @dialogue NAME",
        "@tale x|a;line 1: a block begins with",
        "# comment|@story s|a||b;line 5: a block begins with",
        "@dialogue d|Hola;line 2: a dialogue begins with user:",
        "@dialogue d|assistant: a;line 2: this turn must be user:",
        "@dialogue d|user: a|user: b;line 3: this turn must be assistant:",
        "@dialogue d|user: a|assistant: b|user: c;line 1: dialogue d must end with assistant:",
      })
  void aMalformedBlockIsToldWithItsLine(String text, String message) throws IOException {
    Grammar grammar =
        grammar(
            Language.ES, text.replace("\\|", "\u0001").replace('|', '\n').replace('\u0001', '|'));
    assertFalse(grammar.problems().isEmpty());
    String problem = grammar.problems().get(0).toString();
    assertTrue(problem.startsWith("es/a.txt, " + message), problem);
  }

  @Test
  void aGrammarWithProblemsMakesNoTexts() throws IOException {
    Grammar grammar = grammar(Language.ES, "@story s\n{x} {y=no}\n\n@story t\n{z}");
    BadFormat e = assertThrows(BadFormat.class, grammar::checked);
    assertTrue(e.getMessage().startsWith("es/a.txt, line 2: x is not bound here"), e.getMessage());
    assertTrue(e.getMessage().contains("and 2 more problems: corpus --check"), e.getMessage());
  }

  @Test
  void aFolderWithoutSkeletonsIsRefused() throws IOException {
    assertThrows(BadInput.class, () -> Grammar.read(Language.EN, Optional.of(dir)));
    assertThrows(BadInput.class, grammar(Language.ES, "# nothing\n")::checked);
  }

  @Test
  void aFileThatIsNotUtf8IsRefusedByName() throws IOException {
    Path folder = Files.createDirectories(dir.resolve("es"));
    Files.write(folder.resolve("latin.txt"), new byte[] {'n', 'i', (byte) 0xF1, 'o'});
    BadFormat e = assertThrows(BadFormat.class, () -> Grammar.read(Language.ES, Optional.of(dir)));
    assertTrue(e.getMessage().startsWith("es/latin.txt: is not UTF-8"), e.getMessage());
  }
}
