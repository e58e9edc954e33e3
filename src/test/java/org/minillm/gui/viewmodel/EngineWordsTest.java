package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the engine says in English is said in the window's language. */
class EngineWordsTest {
  private static final Path SOURCES = Path.of("src/main/java/org/minillm");
  private static final String STRING = "\"((?:[^\"\\\\]|\\\\.)*)\"";
  private static final Pattern ERROR =
      Pattern.compile("new (?:BadFormat|BadInput|BadConfig|Busy)\\(");

  /** Rooms whose errors the window may show, and parts of them that only commands use. */
  private static final List<String> ROOMS =
      List.of("app", "format", "generate", "model", "tokenizer", "train");

  /** Where what the guard did is said. */
  private static final List<String> GUARDED =
      List.of(
          "MemoryGuard",
          "TrainingJob",
          "ChatService",
          "CompletionService",
          "InspectionService",
          "VerbatimService");

  private static final Pattern RETURNED =
      Pattern.compile(
          "return ((?:\\w+\\.isEmpty\\(\\) \\? )?" + STRING + "(?:[^;\"]|" + STRING + ")*);");

  private static final Set<String> OF_COMMANDS = Set.of("app/corpus", "app/doctor");

  /** What has no words of its own, and what only commands or other programs ask for. */
  private static final Set<String> OTHERS =
      Set.of(
          "7, 7",
          "7 7",
          "7: 7",
          "tensor 7 7",
          "7. What was written is deleted.",
          "7not valid JSON: 7",
          "7 at least can be found",
          "allowed for 7: 7, 7",
          "allowed: f32, f16, bf16, q8_0",
          "allowed: f32, f16, q8_0",
          "is no byte-level BPE tokenizer; give one that is",
          "there is none; give one at least",
          "there are 7 tokens, and the context holds 7",
          "does not chat by ChatML, whose markers tell answers from questions; evaluate it without"
              + " --chat, which counts every token");

  @Test
  void everyReasonThatTheWindowMayShowIsKnown() throws IOException {
    Set<String> unknown = new TreeSet<>();
    int known = 0;
    for (Path file : sources()) {
      for (String reason : reasons(Files.readString(file))) {
        if (EngineWords.knows(reason)) {
          known++;
        } else if (!OTHERS.contains(reason)) {
          unknown.add(file.getFileName() + ": " + reason);
        }
      }
    }
    assertEquals(Set.of(), unknown);
    assertTrue(known > 150, "only " + known + " were found: the pattern no longer sees them");
  }

  @Test
  void everyActOfTheGuardIsKnown() throws IOException {
    Set<String> unknown = new TreeSet<>();
    int known = 0;
    for (String name : GUARDED) {
      String code = Files.readString(SOURCES.resolve("app/" + name + ".java"));
      for (String act : acts(code)) {
        String spanish = EngineWords.of(act, new Texts(Locale.forLanguageTag("es")));
        if (spanish.equals(act)) {
          unknown.add(name + ": " + act);
        } else {
          known++;
        }
      }
    }
    assertEquals(Set.of(), unknown);
    assertTrue(known >= 9, "only " + known + " were found: the pattern no longer sees them");
  }

  /** What a source says it did for the guard. */
  private static List<String> acts(String code) {
    List<String> found = new ArrayList<>();
    Matcher call = Pattern.compile("\\.complete\\(").matcher(code);
    while (call.find()) {
      add(found, lastArgument(code, call.end()));
    }
    Matcher returned = RETURNED.matcher(code);
    while (returned.find()) {
      add(found, returned.group(1));
    }
    return found;
  }

  /** The texts of an expression that may choose between two; empty ones say nothing. */
  private static void add(List<String> found, String expression) {
    for (String choice : expression.replaceFirst("^[^\"]*\\? ", "").split("\" : |\\) : ")) {
      boolean cut = choice.startsWith("\"") && choice.chars().filter(c -> c == '"').count() == 1;
      String text = choice.contains("\"") ? sample(cut ? choice + '"' : choice) : "";
      if (!text.isEmpty()) {
        found.add(text);
      }
    }
  }

  @Test
  void spanishHasNoEnglishInIt() {
    Texts spanish = new Texts(Locale.forLanguageTag("es"));
    assertEquals(
        "no es un PDF", EngineWords.of("is no PDF (it does not begin with %PDF-)", spanish));
    assertEquals(
        "general.architecture es «qwen2»; se admite llama",
        EngineWords.of("general.architecture is 'qwen2'; supported: llama", spanish));
    assertEquals(
        "el tensor a es Q4_K; se admiten F32, F16, BF16, Q8_0, Q4_0. Conviértelo antes",
        EngineWords.of(
            "tensor a is Q4_K; supported: F32, F16, BF16, Q8_0, Q4_0. Convert it first.", spanish));
    assertEquals(
        "la comprobación de lo escrito falló, y se borró: x",
        EngineWords.of(
            "the check of what was written failed: x. What was written is deleted.", spanish));
    assertEquals("libro.pdf, página 3", EngineWords.of("libro.pdf, page 3", spanish));
    assertEquals("0 (sin efecto) o más", EngineWords.of("0 (off) or more", spanish));
    assertEquals(
        "El tokenizador se entrenó sin 1.200 palabras poco frecuentes del texto: no cabían en el"
            + " presupuesto de memoria.",
        EngineWords.of(
            "The tokenizer was trained without 1200 words of the text: rare ones that the memory"
                + " budget has no room for.",
            spanish));
    assertEquals(
        "línea 2, columna 5: no es JSON válido: x",
        EngineWords.of("line 2, column 5: not valid JSON: x", spanish));
  }

  private static List<Path> sources() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String room : ROOMS) {
      try (Stream<Path> files = Files.walk(SOURCES.resolve(room))) {
        files
            .filter(f -> f.toString().endsWith(".java"))
            .filter(f -> OF_COMMANDS.stream().noneMatch(c -> f.startsWith(SOURCES.resolve(c))))
            .forEach(all::add);
      }
    }
    return all;
  }

  /** What the errors made in a source say, but for those that choose between two texts. */
  private static List<String> reasons(String code) {
    List<String> found = new ArrayList<>();
    Matcher error = ERROR.matcher(code);
    while (error.find()) {
      String last = lastArgument(code, error.end());
      boolean chooses = last.replaceAll(STRING, "").contains("?");
      if (last.contains("\"") && !chooses) {
        found.add(sample(last));
      }
    }
    return found;
  }

  private static String lastArgument(String code, int from) {
    Matcher part = Pattern.compile(STRING + "|'.[^']*'|[(,)]").matcher(code);
    part.region(from, code.length());
    int begin = from;
    int depth = 0;
    while (part.find()) {
      switch (part.group()) {
        case "(" -> depth++;
        case ")" -> depth--;
        case "," -> begin = depth == 0 ? part.end() : begin;
        default -> {}
      }
      if (depth < 0) {
        String last = code.substring(begin, part.start()).strip();
        boolean list = last.startsWith("List.of(");
        return list ? last.substring("List.of(".length(), last.length() - 1) : last;
      }
    }
    throw new IllegalStateException("a call without an end");
  }

  /** The text that an expression makes, with a 7 for each value. */
  private static String sample(String expression) {
    StringBuilder text = new StringBuilder();
    Matcher part = Pattern.compile(STRING + "|[^\"]+").matcher(expression);
    while (part.find()) {
      if (part.group(1) != null) {
        text.append(part.group(1).translateEscapes());
      } else if (!part.group().replaceAll("[\\s+]", "").isEmpty()) {
        text.append('7');
      }
    }
    return text.toString();
  }
}
