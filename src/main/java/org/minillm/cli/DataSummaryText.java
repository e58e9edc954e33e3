package org.minillm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.minillm.train.CorpusSummary;
import org.minillm.train.CorpusSummary.FileSummary;
import org.minillm.train.CorpusSummary.LanguageShare;

/** What files and folders hold, in lines for people. */
final class DataSummaryText {
  /** Files, and skipped ones, that get a line; the rest is counted. */
  private static final int MOST_LINES = 40;

  private DataSummaryText() {}

  static List<String> lines(CorpusSummary summary) {
    List<String> lines = new ArrayList<>();
    List<FileSummary> files = summary.files();
    for (FileSummary f : files.subList(0, Math.min(MOST_LINES, files.size()))) {
      lines.add(line(f, summary.exact()));
    }
    if (files.size() > MOST_LINES) {
      lines.add("… and " + (files.size() - MOST_LINES) + " more files");
    }
    if (files.size() > 1) {
      lines.add(
          "All: "
              + figures(summary.bytes(), summary.documents(), summary.tokens(), summary.exact())
              + languages(summary.languages()));
    }
    summary.skipped().stream()
        .limit(MOST_LINES)
        .forEach(s -> lines.add("skipped: " + s.path() + " " + s.reason()));
    if (summary.skipped().size() > MOST_LINES) {
      lines.add("… and " + (summary.skipped().size() - MOST_LINES) + " more were skipped");
    }
    return lines;
  }

  /** The counted tokens alone, once there is a tokenizer. */
  static String tokens(CorpusSummary summary) {
    return String.format(
        Locale.ROOT,
        "Tokens: %,d (%.2f bytes of text a token)",
        summary.tokens(),
        (double) summary.textBytes() / Math.max(1, summary.tokens()));
  }

  private static String line(FileSummary f, boolean exact) {
    String way =
        List.of(f.format(), f.encoding(), f.detail(), f.remarks()).stream()
            .filter(s -> !s.isEmpty())
            .collect(Collectors.joining(", "));
    return f.path()
        + ": "
        + way
        + "; "
        + figures(f.bytes(), f.documents(), f.tokens(), exact)
        + languages(f.languages());
  }

  private static String figures(long bytes, long documents, long tokens, boolean exact) {
    return String.format(
        Locale.ROOT,
        "%s, %,d %s, %s%,d tokens",
        bytes < 1 << 20 ? (bytes + 1023) / 1024 + " kB" : (bytes >> 20) + " MB",
        documents,
        documents == 1 ? "document" : "documents",
        exact ? "" : "about ",
        tokens);
  }

  private static String languages(List<LanguageShare> languages) {
    return languages.stream()
        .filter(l -> l.share() >= 0.005)
        .map(l -> String.format(Locale.ROOT, ", %s %.0f %%", l.language(), 100 * l.share()))
        .collect(Collectors.joining());
  }
}
