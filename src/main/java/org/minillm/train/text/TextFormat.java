package org.minillm.train.text;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Formats that texts are read from, told apart by the end of the file's name. */
public enum TextFormat {
  TEXT("text", "txt", "text"),
  MARKDOWN("Markdown", "md", "markdown"),
  CSV("CSV", "csv", "tsv"),
  JSON_LINES("JSON Lines", "jsonl", "ndjson"),
  HTML("HTML", "html", "htm", "xhtml"),
  EPUB("EPUB", "epub"),
  PDF("PDF", "pdf");

  private final String label;
  private final List<String> extensions;

  TextFormat(String label, String... extensions) {
    this.label = label;
    this.extensions = List.of(extensions);
  }

  /** Its name for people. */
  public String label() {
    return label;
  }

  /** The ends of its files' names, without the dot. */
  public List<String> extensions() {
    return extensions;
  }

  /** The format a name stands for; empty where its end is none of {@link #extensions}. */
  public static Optional<TextFormat> of(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    String end = name.substring(name.lastIndexOf('.') + 1);
    return Arrays.stream(values()).filter(f -> f.extensions.contains(end)).findFirst();
  }

  /** The format with this {@link #label}; empty for none. */
  public static Optional<TextFormat> labelled(String label) {
    return Arrays.stream(values()).filter(f -> f.label.equals(label)).findFirst();
  }

  /** All ends of names, for messages. */
  public static String allExtensions() {
    return Arrays.stream(values())
        .flatMap(f -> f.extensions.stream())
        .collect(Collectors.joining(", .", " .", ""))
        .strip();
  }
}
