package org.minillm.app.corpus;

import org.jspecify.annotations.Nullable;

/**
 * How an entry is printed.
 *
 * @param article one of the language's, or empty
 * @param attribute whose value is printed instead of the text, or empty
 * @param capital whether the first letter becomes upper case
 */
record Form(Language language, String article, String attribute, boolean capital) {
  /** The entry as written. */
  static Form plain(Language language) {
    return new Form(language, "", "", false);
  }

  boolean isPlain() {
    return article.isEmpty() && attribute.isEmpty() && !capital;
  }

  /** The printed text, {@code @} still in it; null where the entry lacks what the form needs. */
  @Nullable String apply(Entry entry) {
    String text =
        !article.isEmpty()
            ? language.withArticle(article, entry)
            : attribute.isEmpty() ? entry.text() : entry.attributes().get(attribute);
    return text == null || !capital ? text : capitalised(text);
  }

  private static String capitalised(String text) {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (Character.isLetter(c)) {
        return text.substring(0, i)
            + Character.toString(Character.toTitleCase(c))
            + text.substring(i + Character.charCount(c));
      }
    }
    return text;
  }

  /** What an entry must have for this form, for messages. */
  String needs(String name) {
    if (article.isEmpty()) {
      return "." + attribute + " needs " + attribute + "=…";
    }
    return "." + article + " of {" + name + "} needs a gender (m or f)";
  }
}
