package org.minillm.train.text;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * A table: every row's cell in one column is a document. The separator is the one that cuts the
 * first rows into equally many cells; the column is the one whose heading says "text" in one of
 * some languages, else the one with the longest cells.
 *
 * @param separator between cells
 * @param columns of the first row
 * @param column of the text, from 0
 * @param heading of that column; empty where the first row is no heading
 */
record CsvFile(TextFile file, char separator, int columns, int column, String heading)
    implements SourceFile.Textual {
  private static final int SAMPLE = 1 << 18;
  private static final int SAMPLE_ROWS = 200;

  /** Stands between cells where there is one column: no text has it. */
  private static final char NONE = '\u0001';

  private static final List<String> HEADINGS =
      List.of("text", "texto", "content", "contenido", "body", "cuerpo", "story", "document");

  static CsvFile recognise(Path path) throws IOException {
    TextFile file = TextFile.recognise(path);
    String sample = sample(file);
    boolean tabs = path.toString().toLowerCase(Locale.ROOT).endsWith(".tsv");
    char best = NONE;
    double bestScore = 0;
    for (char candidate : tabs ? new char[] {'\t'} : new char[] {',', ';', '\t', '|'}) {
      double score = evenness(rows(sample, candidate));
      if (score > bestScore) {
        best = candidate;
        bestScore = score;
      }
    }
    List<List<String>> rows = rows(sample, best);
    if (rows.isEmpty()) {
      return new CsvFile(file, best, 1, 0, "");
    }
    List<String> first = rows.get(0);
    for (String name : HEADINGS) {
      for (int i = 0; i < first.size(); i++) {
        if (first.get(i).strip().equalsIgnoreCase(name)) {
          return new CsvFile(file, best, first.size(), i, first.get(i).strip());
        }
      }
    }
    int longest = longest(rows, first.size());
    boolean titled =
        rows.size() > 1
            && first.get(longest).length() < 40
            && 3.0 * first.get(longest).length() < meanLength(rows, longest);
    return new CsvFile(file, best, first.size(), longest, titled ? first.get(longest).strip() : "");
  }

  private static String sample(TextFile file) throws IOException {
    char[] sample = new char[SAMPLE];
    int length = 0;
    try (Reader in = file.reader()) {
      for (int n = 0; n >= 0 && length < SAMPLE; n = in.read(sample, length, SAMPLE - length)) {
        length += n;
      }
    }
    return new String(sample, 0, length);
  }

  /** The first rows; those before the first that cannot be read, where there is one. */
  private static List<List<String>> rows(String sample, char separator) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    try (CSVParser parser = CSVParser.parse(new StringReader(sample), format(separator))) {
      Iterator<CSVRecord> records = parser.iterator();
      while (rows.size() < SAMPLE_ROWS && records.hasNext()) {
        rows.add(records.next().toList());
      }
    } catch (UncheckedIOException | IllegalStateException e) {
      return rows;
    }
    return rows;
  }

  /** Share of the rows with as many cells as the first, more for more cells; 0 for one cell. */
  private static double evenness(List<List<String>> rows) {
    if (rows.isEmpty() || rows.get(0).size() < 2) {
      return 0;
    }
    int columns = rows.get(0).size();
    double even = rows.stream().filter(r -> r.size() == columns).count() / (double) rows.size();
    return even < 0.8 ? 0 : even + 0.001 * Math.min(100, columns);
  }

  private static int longest(List<List<String>> rows, int columns) {
    int longest = 0;
    for (int i = 1; i < columns; i++) {
      if (meanLength(rows, i) > meanLength(rows, longest)) {
        longest = i;
      }
    }
    return longest;
  }

  /** Mean length of a column's cells, the first row's not counted. */
  private static double meanLength(List<List<String>> rows, int column) {
    return rows.stream()
        .skip(rows.size() > 1 ? 1 : 0)
        .filter(r -> r.size() > column)
        .mapToInt(r -> r.get(column).length())
        .average()
        .orElse(0);
  }

  private static CSVFormat format(char separator) {
    return CSVFormat.RFC4180
        .builder()
        .setDelimiter(separator)
        .setIgnoreEmptyLines(true)
        .setTrailingData(true) // a quote inside of a quoted cell that was not doubled
        .setLenientEof(false)
        .get();
  }

  @Override
  public boolean inPieces() {
    return false;
  }

  @Override
  public TextFormat format() {
    return TextFormat.CSV;
  }

  @Override
  public String detail() {
    String name = heading.isEmpty() ? "" : " \"" + heading + "\"";
    String between =
        switch (separator) {
          case '\t' -> "tabs";
          case NONE -> "nothing";
          default -> "\"" + separator + "\"";
        };
    return columns == 1
        ? "its only column" + name
        : "column " + (column + 1) + name + " of " + columns + ", " + between + " between";
  }

  @Override
  public void read(TextSink to) throws IOException {
    Bounded in = new Bounded(file.reader());
    try (CSVParser parser = CSVParser.parse(in, format(separator))) {
      Iterator<CSVRecord> rows = parser.iterator();
      boolean skip = !heading.isEmpty();
      long line = 1;
      while (hasNext(rows, parser, in)) {
        in.newRow();
        CSVRecord row = rows.next();
        if (!skip) {
          accept(row, line, to);
        }
        skip = false;
        line = parser.getCurrentLineNumber() + 1;
      }
    }
  }

  private boolean hasNext(Iterator<CSVRecord> rows, CSVParser parser, Bounded in) {
    try {
      return rows.hasNext();
    } catch (UncheckedIOException | IllegalStateException e) {
      String place = file.path() + ", near line " + parser.getCurrentLineNumber();
      if (in.exceeded) {
        throw new BadInput(
            place,
            "a row has more than "
                + LONGEST_DOCUMENT
                + " characters; a quotation mark that is never closed is the usual reason");
      }
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new BadInput(place, "is no table: " + cause.getMessage());
    }
  }

  private void accept(CSVRecord row, long line, TextSink to) {
    if (row.size() <= column) {
      throw new BadInput(
          file.path() + ", line " + line,
          "has " + row.size() + " columns; the text is in column " + (column + 1) + detailOf());
    }
    String text = row.get(column).replace("\r\n", "\n").replace('\r', '\n').strip();
    if (text.isEmpty()) {
      to.empty(line);
    } else {
      to.text(text, line, "");
    }
  }

  private String detailOf() {
    return heading.isEmpty() ? "" : " (\"" + heading + "\")";
  }

  /** Ends a row that never ends before it fills the memory. */
  private static final class Bounded extends FilterReader {
    private long read;
    boolean exceeded;

    Bounded(Reader in) {
      super(in);
    }

    void newRow() {
      read = 0;
    }

    @Override
    public int read() throws IOException {
      char[] one = new char[1];
      return read(one, 0, 1) < 0 ? -1 : one[0];
    }

    @Override
    public int read(char[] to, int from, int count) throws IOException {
      if (read > LONGEST_DOCUMENT) {
        exceeded = true;
        throw new IOException("a row is too long");
      }
      int n = super.read(to, from, count);
      read += n;
      return n;
    }
  }
}
