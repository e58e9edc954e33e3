package org.minillm.app.corpus;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A language of the corpus: its genders, its articles. */
public enum Language {
  /** Spanish. */
  ES(List.of("un", "el", "del", "al", "este"), List.of("m", "f")),
  /** English. */
  EN(List.of("a", "the"), List.of("m", "f", "n"));

  private final List<String> articles;
  private final List<String> genders;

  Language(List<String> articles, List<String> genders) {
    this.articles = articles;
    this.genders = genders;
  }

  /** {@code es} or {@code en}: the folder of its skeletons and the end of its files' names. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The language of a code. */
  public static Optional<Language> of(String code) {
    return Arrays.stream(values()).filter(l -> l.code().equals(code)).findFirst();
  }

  /** Forms that put an article before an entry. */
  List<String> articles() {
    return articles;
  }

  /** The letters of the genders it has, in the order of {@link Gender}. */
  List<String> genders() {
    return genders;
  }

  /** Attributes that override an article, with the values they may have. */
  List<String> overrides(String key) {
    return switch (this) {
      case ES -> key.equals("el") ? List.of("el", "la") : List.of();
      case EN -> key.equals("a") ? List.of("a", "an") : List.of();
    };
  }

  /** The entry behind its article; null where the article needs a gender that is not written. */
  @Nullable String withArticle(String article, Entry entry) {
    return switch (this) {
      case ES -> spanish(article, entry);
      case EN -> english(article, entry);
    };
  }

  private static @Nullable String spanish(String article, Entry entry) {
    if (entry.gender() == null) {
      return null;
    }
    boolean masculine = entry.gender() == Gender.MASCULINE;
    // "El agua" is feminine behind a masculine article, and so are "un agua" and "del agua";
    // "esta agua" is not.
    boolean el = entry.attributes().getOrDefault("el", masculine ? "el" : "la").equals("el");
    String before =
        switch (article) {
          case "un" -> el ? "un " : "una ";
          case "el" -> el ? "el " : "la ";
          case "del" -> el ? "del " : "de la ";
          case "al" -> el ? "al " : "a la ";
          case "este" -> masculine ? "este " : "esta ";
          default -> throw new IllegalArgumentException(article);
        };
    return before + entry.text();
  }

  private static String english(String article, Entry entry) {
    if (article.equals("the")) {
      return "the " + entry.text();
    }
    boolean vowel = !entry.text().isEmpty() && "aeiouAEIOU".indexOf(entry.text().charAt(0)) >= 0;
    return entry.attributes().getOrDefault("a", vowel ? "an" : "a") + " " + entry.text();
  }

  /** The forms, as messages list them. */
  String allowedForms() {
    return articles.stream().map(a -> "." + a).collect(Collectors.joining(" "))
        + " (upper case to capitalise), .pl, .Cap, or an attribute of the entry";
  }
}
