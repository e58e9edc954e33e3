package org.minillm.train.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * An electronic book (EPUB 2 and 3): the chapters in the order of its spine, each read as a page.
 * What its archive unpacks to is bounded.
 *
 * @param chapters names of the chapters' files in the archive
 */
record EpubFile(FileBytes file, List<String> chapters) implements SourceFile.Wrapped {
  /** Most bytes a chapter, and a whole book, may unpack to. */
  private static final int LARGEST_CHAPTER = 12 << 20;

  private static final long LARGEST_BOOK = 256 << 20;
  private static final int MOST_CHAPTERS = 10_000;
  private static final String CONTAINER = "META-INF/container.xml";

  static EpubFile recognise(Path path) throws IOException {
    FileBytes file = FileBytes.read(path);
    try (ZipFile zip = new ZipFile(path.toFile())) {
      refuseProtected(path, zip);
      String rootFile = attribute(xml(path, zip, CONTAINER), "rootfile", "full-path");
      if (rootFile.isEmpty()) {
        throw new BadInput(path.toString(), "is no EPUB: " + CONTAINER + " names no book");
      }
      List<String> chapters = spine(path, xml(path, zip, rootFile), rootFile);
      for (String chapter : chapters) {
        entry(path, zip, chapter);
      }
      return new EpubFile(file, chapters);
    } catch (ZipException e) {
      throw damaged(path, e);
    }
  }

  /** Shops encrypt chapters; the fonts alone may be scrambled in a free book. */
  private static void refuseProtected(Path path, ZipFile zip) throws IOException {
    String name = "META-INF/encryption.xml";
    if (zip.getEntry(name) == null) {
      return;
    }
    for (Element data : named(xml(path, zip, name), "encrypteddata")) {
      String algorithm = attribute(data, "encryptionmethod", "Algorithm");
      if (!algorithm.contains("idpf.org") && !algorithm.contains("ns.adobe.com/pdf/enc")) {
        throw new BadInput(
            path.toString(), "is encrypted (protected by its shop); only open books can be read");
      }
    }
  }

  private static List<String> spine(Path path, Document book, String rootFile) {
    Map<String, String> files = new HashMap<>();
    for (Element item : named(book, "item")) {
      if (!item.attr("properties").contains("nav") && item.attr("media-type").contains("html")) {
        files.put(item.attr("id"), item.attr("href"));
      }
    }
    List<String> chapters = new ArrayList<>();
    for (Element item : named(book, "itemref")) {
      String href = files.get(item.attr("idref"));
      if (href != null) {
        chapters.add(resolve(rootFile, href));
      }
    }
    if (chapters.isEmpty() || chapters.size() > MOST_CHAPTERS) {
      throw new BadInput(
          path.toString(),
          "has " + chapters.size() + " chapters in its spine; allowed: 1 to " + MOST_CHAPTERS);
    }
    return List.copyOf(chapters);
  }

  /** The name in the archive of what the book's file calls {@code href}. */
  private static String resolve(String rootFile, String href) {
    String plain = href.contains("#") ? href.substring(0, href.indexOf('#')) : href;
    try {
      plain = URLDecoder.decode(plain.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // a percent sign of the name itself
    }
    String directory = rootFile.substring(0, rootFile.lastIndexOf('/') + 1);
    return Path.of("/" + directory + plain).normalize().toString().substring(1);
  }

  @Override
  public boolean inPieces() {
    return true;
  }

  @Override
  public TextFormat format() {
    return TextFormat.EPUB;
  }

  @Override
  public String detail() {
    return chapters.size() == 1 ? "1 chapter" : chapters.size() + " chapters";
  }

  @Override
  public void read(TextSink to) throws IOException {
    PieceCutter cutter = new PieceCutter((text, line) -> to.text(text, 0, ""));
    long unpacked = 0;
    try (ZipFile zip = new ZipFile(path().toFile())) {
      for (String chapter : chapters) {
        byte[] bytes = unpack(path(), zip, chapter);
        unpacked += bytes.length;
        if (unpacked > LARGEST_BOOK) {
          throw new BadInput(
              path().toString(),
              "unpacks to more than " + (LARGEST_BOOK >> 20) + " MB of text; that is no book");
        }
        Parser parser = Parser.xmlParser().setMaxDepth(HtmlText.DEEPEST);
        // The parser reads byte-order marks, the XML declaration and meta elements.
        Document page = Jsoup.parse(new ByteArrayInputStream(bytes), null, "", parser);
        cutter.lines(HtmlText.of(page));
        cutter.end();
      }
    } catch (ZipException e) {
      throw damaged(path(), e);
    }
  }

  private static Document xml(Path path, ZipFile zip, String name) throws IOException {
    byte[] bytes = unpack(path, zip, name);
    return Jsoup.parse(new ByteArrayInputStream(bytes), null, "", Parser.xmlParser());
  }

  /** Elements of a name in lower case, whatever their prefix. */
  private static List<Element> named(Element in, String name) {
    return in.getAllElements().stream()
        .filter(e -> e.normalName().substring(e.normalName().indexOf(':') + 1).equals(name))
        .toList();
  }

  /** An attribute of the first element of a name; empty where there is none. */
  private static String attribute(Element in, String name, String attribute) {
    return named(in, name).stream().findFirst().map(e -> e.attr(attribute)).orElse("");
  }

  private static byte[] unpack(Path path, ZipFile zip, String name) throws IOException {
    try (InputStream in = zip.getInputStream(entry(path, zip, name))) {
      byte[] bytes = in.readNBytes(LARGEST_CHAPTER + 1);
      if (bytes.length > LARGEST_CHAPTER) {
        throw new BadInput(
            path.toString(),
            name + " in it unpacks to more than " + (LARGEST_CHAPTER >> 20) + " MB");
      }
      return bytes;
    } catch (java.io.EOFException e) {
      throw damaged(path, e);
    }
  }

  private static ZipEntry entry(Path path, ZipFile zip, String name) {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new BadInput(path.toString(), "is no EPUB, or not all of one: it lacks " + name);
    }
    return entry;
  }

  private static BadInput damaged(Path path, IOException e) {
    return new BadInput(
        path.toString(),
        "is no EPUB, or a damaged one (its zip archive: " + e.getMessage() + "); fetch it again");
  }
}
