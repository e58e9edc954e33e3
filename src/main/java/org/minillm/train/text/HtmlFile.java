package org.minillm.train.text;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.parser.Parser;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * A web page. Its encoding is what its byte-order mark says, else UTF-8 where its bytes are that,
 * else what its {@code meta} element or XML declaration says, else what {@link TextFile} sees.
 */
record HtmlFile(TextFile file) implements SourceFile.Textual {
  /** A page is parsed as a whole and takes about ten times its size meanwhile. */
  private static final long LARGEST = 12 << 20;

  private static final Pattern DECLARED =
      Pattern.compile(
          "<(?:meta|\\?xml)[^>]{0,200}?(?:charset|encoding)\\s*=\\s*[\"']?([A-Za-z0-9_.:-]{2,40})",
          Pattern.CASE_INSENSITIVE);

  static HtmlFile recognise(Path path) throws IOException {
    TextFile file = TextFile.recognise(path);
    if (file.bytes() > LARGEST) {
      throw new BadInput(
          path.toString(),
          "has "
              + (file.bytes() >> 20)
              + " MB; web pages of up to "
              + (LARGEST >> 20)
              + " MB are read. Split it, or save it as text");
    }
    boolean decided =
        file.markBytes() > 0
            || !file.charset().equals(Charset.forName("windows-1252")); // all that is no Unicode
    return new HtmlFile(decided ? file : declared(path).map(file::as).orElse(file));
  }

  private static Optional<Charset> declared(Path path) throws IOException {
    Matcher matcher = DECLARED.matcher(FileBytes.read(path).head());
    if (!matcher.find()) {
      return Optional.empty();
    }
    try {
      Charset charset = Charset.forName(matcher.group(1));
      boolean unicode = charset.name().startsWith("UTF-"); // the bytes say otherwise
      boolean latin = charset.equals(StandardCharsets.ISO_8859_1); // browsers read Windows-1252
      return unicode || latin ? Optional.empty() : Optional.of(charset);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean inPieces() {
    return true;
  }

  @Override
  public TextFormat format() {
    return TextFormat.HTML;
  }

  @Override
  public void read(TextSink to) throws IOException {
    PieceCutter cutter = new PieceCutter((text, line) -> to.text(text, 0, ""));
    try (Reader in = file.reader()) {
      boolean xml = path().toString().toLowerCase(Locale.ROOT).endsWith(".xhtml");
      Parser parser = xml ? Parser.xmlParser() : Parser.htmlParser();
      cutter.lines(HtmlText.of(Jsoup.parse(text(in), "", parser.setMaxDepth(HtmlText.DEEPEST))));
    }
    cutter.end();
  }

  private static String text(Reader in) throws IOException {
    StringBuilder text = new StringBuilder();
    char[] piece = new char[1 << 13];
    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
      text.append(piece, 0, n);
    }
    return text.toString();
  }
}
