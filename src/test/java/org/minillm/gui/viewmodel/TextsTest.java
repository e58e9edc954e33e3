package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TextsTest {
  /** Where a text is asked for with its whole key. */
  private static final Pattern ASKED =
      Pattern.compile(
          "(?:texts|words)\\.(?:get|bind)\\(\\s*\"([A-Za-z0-9.]+)\""
              + "|(?:label|button|iconButton|name|addRow|named)\\([^\";]*?\"([a-z]+\\.[A-Za-z0-9.]+)\""
              + "|Problem\\.of\\(\\s*[A-Za-z\"]+,\\s*\"([A-Za-z0-9.]+)\"");

  @Test
  void bothLanguagesHaveTheSameKeys() {
    assertEquals(keys(Texts.ENGLISH), keys(Texts.SPANISH));
  }

  @Test
  void everyKeyThatIsAskedForExists() throws IOException {
    Set<String> known = keys(Texts.ENGLISH);
    Set<String> missing = new TreeSet<>();
    int asked = 0;
    Matcher found = ASKED.matcher(code());
    while (found.find()) {
      asked++;
      String key =
          Stream.of(found.group(1), found.group(2), found.group(3))
              .filter(g -> g != null)
              .findFirst()
              .orElseThrow();
      if (!known.contains(key) && !key.endsWith(".") && !key.equals("chat.suggest")) {
        missing.add(key);
      }
    }
    assertEquals(Set.of(), missing);
    assertTrue(asked > 100, "only " + asked + " were found: the pattern no longer sees them");
  }

  @Test
  void noKeyIsObsolete() throws IOException {
    String code = code();
    String sources = read(Path.of("src/main/java/org/minillm"));
    Set<String> obsolete = new TreeSet<>();
    for (String key : keys(Texts.ENGLISH)) {
      String group = key.substring(0, key.lastIndexOf('.') + 1);
      String last = key.substring(group.length());
      // A key that is put together in the code: its group stands there, and what ends it is the
      // name of a constant, of a line of the engine or of a setting.
      boolean used =
          code.contains('"' + key + '"')
              || (code.contains('"' + group + '"') && sources.contains(last))
              || key.matches("chat\\.suggest[123]");
      if (!used) {
        obsolete.add(key);
      }
    }
    assertEquals(Set.of(), obsolete);
  }

  @Test
  void everyTextCanBeFilled() {
    for (Locale locale : new Locale[] {Texts.ENGLISH, Texts.SPANISH}) {
      Texts texts = new Texts(locale);
      for (String key : keys(locale)) {
        String filled = texts.get(key, 1, 2, 3, 4, 5, 6);
        assertTrue(!filled.isBlank() && !filled.contains("{"), key + ": " + filled);
      }
    }
  }

  @Test
  void eachLanguageHasItsOwnQuotationMarks() {
    Texts english = new Texts(Texts.ENGLISH);
    Texts spanish = new Texts(Texts.SPANISH);
    Set<String> wrong = new TreeSet<>();
    for (String key : keys(Texts.ENGLISH)) {
      if (english.get(key).matches("(?s).*[\"«»].*")) {
        wrong.add("en " + key);
      }
      if (spanish.get(key).matches("(?s).*[\"“”].*")) {
        wrong.add("es " + key);
      }
    }
    assertEquals(Set.of(), wrong);
  }

  @Test
  void languageChangesAtOnceAndNumbersFollow() {
    Texts texts = new Texts(Locale.forLanguageTag("es-MX"));
    var bound = texts.bind("chat.send");
    assertEquals("Enviar", bound.get());
    assertEquals("1,5", texts.number(1.5, 1));
    assertEquals("7,2e-4", texts.scientific(7.2e-4));
    assertEquals("1,5 MB", texts.size(3 << 19));
    assertEquals("6,3", texts.millions(6_290_000));
    assertEquals("0,17", texts.millions(171_000));
    texts.setLocale(Texts.ENGLISH);
    assertEquals("Send", bound.get());
    assertEquals("1.5", texts.number(1.5, 1));
    assertEquals("2 kB", texts.size(1100));
    assertEquals("–", texts.number(Double.NaN, 1));
    assertEquals("3 h 5 min", texts.duration(3 * 3600 + 5 * 60 + 2));
  }

  private static String code() throws IOException {
    return read(Path.of("src/main/java/org/minillm/gui"));
  }

  private static String read(Path root) throws IOException {
    StringBuilder code = new StringBuilder();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        code.append(Files.readString(file));
      }
    }
    return code.toString();
  }

  private static Set<String> keys(Locale locale) {
    return new TreeSet<>(
        ResourceBundle.getBundle(
                "org.minillm.gui.texts",
                locale,
                ResourceBundle.Control.getNoFallbackControl(
                    ResourceBundle.Control.FORMAT_PROPERTIES))
            .keySet());
  }
}
