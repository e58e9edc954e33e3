package org.minillm.app.corpus;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Signs of a slip in a finished text: what no skeleton means, whichever words were drawn. */
final class TextRules {
  private static final int AROUND = 20;

  private final Map<String, Pattern> rules = new LinkedHashMap<>();
  private final Language language;

  TextRules(Language language) {
    this.language = language;
    rule("white space before a punctuation mark", "\\s[,.;:!?](?![\\p{L}\\p{N}.])");
    rule("lower case behind a full stop: use .Cap", "(?<![.\\p{Lu}])\\. \\p{Ll}");
    rule("a line begins with lower case: use .Cap", "(?m)^\\p{Ll}");
    rule("a word twice", "(?iu)(?<![\\p{L}-])(\\p{L}{2,}) \\1(?![\\p{L}-])");
    rule("two punctuation marks", "[,;:.][,;:]|(?<!\\.)\\.\\.(?!\\.)");
    rule("a character of the grammar left over", "[@{}|\\\\_]");
    switch (language) {
      case ES -> {
        rule("'de el' is del", "(?<!\\p{L})[Dd]e el(?!\\p{L})");
        rule("'a el' is al", "(?<!\\p{L})[Aa] el(?!\\p{L})");
      }
      case EN -> {
        rule(
            "'a' before a vowel",
            "(?<![\\p{L}'])[Aa] (?!(?:one|once|uni|use|usu|eu)\\p{L}*)[aeiouAEIOU]");
        rule("'an' before a consonant", "(?<!\\p{L})[Aa]n (?![aeiouAEIOU]|hour|honest|8|11)\\p{L}");
      }
    }
  }

  private void rule(String name, String regex) {
    rules.put(name, Pattern.compile(regex));
  }

  /** Hands over each slip: the rule and the words around. */
  void check(String text, BiConsumer<String, String> slips) {
    rules.forEach(
        (name, pattern) -> {
          Matcher matcher = pattern.matcher(text);
          if (matcher.find()) {
            int from = Math.max(0, matcher.start() - AROUND);
            int to = Math.min(text.length(), matcher.end() + AROUND);
            slips.accept(name, text.substring(from, to).replace('\n', ' '));
          }
        });
    for (String pair : language == Language.ES ? new String[] {"¿?", "¡!", "«»"} : new String[0]) {
      if (count(text, pair.charAt(0)) != count(text, pair.charAt(1))) {
        slips.accept("as many " + pair.charAt(0) + " as " + pair.charAt(1), firstWords(text));
      }
    }
    if (count(text, '"') % 2 != 0) {
      slips.accept("an odd number of \"", firstWords(text));
    }
  }

  private static String firstWords(String text) {
    return text.substring(0, Math.min(text.length(), 2 * AROUND)).replace('\n', ' ');
  }

  private static long count(String text, char wanted) {
    return text.chars().filter(c -> c == wanted).count();
  }
}
