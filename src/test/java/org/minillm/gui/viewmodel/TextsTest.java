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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TextsTest {
  @Test
  void bothLanguagesHaveTheSameKeys() {
    assertEquals(keys(Texts.ENGLISH), keys(Texts.SPANISH));
  }

  @Test
  void noKeyIsObsolete() throws IOException {
    StringBuilder code = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/org/minillm/gui"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        code.append(Files.readString(file));
      }
    }
    Set<String> obsolete = new TreeSet<>();
    for (String key : keys(Texts.ENGLISH)) {
      String group = key.substring(0, key.lastIndexOf('.') + 1);
      boolean used =
          code.indexOf('"' + key + '"') >= 0
              || code.indexOf('"' + group + '"') >= 0
              || key.startsWith("chat.suggest");
      if (!used) {
        obsolete.add(key);
      }
    }
    assertEquals(Set.of(), obsolete);
  }

  @Test
  void languageChangesAtOnceAndNumbersFollow() {
    Texts texts = new Texts(Locale.forLanguageTag("es-MX"));
    var bound = texts.bind("chat.send");
    assertEquals("Enviar", bound.get());
    assertTrue(texts.number(1.5, 1).equals("1,5"));
    texts.setLocale(Texts.ENGLISH);
    assertEquals("Send", bound.get());
    assertEquals("1.5", texts.number(1.5, 1));
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
