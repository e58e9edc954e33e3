package org.minillm.train.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.fontbox.FontBoxFont;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.pdmodel.font.CIDFontMapping;
import org.apache.pdfbox.pdmodel.font.FontMapper;
import org.apache.pdfbox.pdmodel.font.FontMappers;
import org.apache.pdfbox.pdmodel.font.FontMapping;
import org.apache.pdfbox.pdmodel.font.PDCIDSystemInfo;
import org.apache.pdfbox.pdmodel.font.PDFontDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Sets PDFBox up for taking text out: one font of its own stands for all that a file does not
 * bring. Left alone it would read every font of the system and keep a list in the user's home; the
 * text needs no shapes. Its warnings about single glyphs are kept out of the output.
 */
final class PdfLibrary {
  private static final String FONT = "/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf";

  /** Held here, or the levels would be collected with them. */
  private static final List<Logger> LOGGERS =
      List.of(Logger.getLogger("org.apache.pdfbox"), Logger.getLogger("org.apache.fontbox"));

  static {
    LOGGERS.forEach(l -> l.setLevel(Level.OFF));
    FontMappers.set(new OneFont());
  }

  private PdfLibrary() {}

  /** Does its work once, when this class is first met. */
  static void prepare() {}

  private static final class OneFont implements FontMapper {
    private @Nullable TrueTypeFont font;

    private synchronized TrueTypeFont font() {
      TrueTypeFont read = font;
      if (read == null) {
        try (InputStream in = FontMapper.class.getResourceAsStream(FONT)) {
          if (in == null) {
            throw new IOException("the library lacks its font " + FONT);
          }
          read = new TTFParser().parse(new RandomAccessReadBuffer(in));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        font = read;
      }
      return read;
    }

    @Override
    public FontMapping<TrueTypeFont> getTrueTypeFont(String name, PDFontDescriptor descriptor) {
      return new FontMapping<>(font(), true);
    }

    @Override
    public FontMapping<FontBoxFont> getFontBoxFont(String name, PDFontDescriptor descriptor) {
      return new FontMapping<>(font(), true);
    }

    @Override
    @SuppressWarnings("NullAway") // the library's way to say that it is no CID-keyed font
    public CIDFontMapping getCIDFont(
        String name, PDFontDescriptor descriptor, PDCIDSystemInfo system) {
      return new CIDFontMapping(null, font(), true);
    }
  }
}
