package org.minillm.train.text;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.io.RandomAccessReadBufferedFile;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * The text of a PDF, page by page: lines of a paragraph joined, words that were cut at a line's end
 * too. What a page needs beyond the text goes to a temporary file, not into memory.
 */
record PdfFile(FileBytes file, int pages) implements SourceFile.Wrapped {
  /** Characters of one page; a poster of small print has some ten thousand. */
  private static final int LONGEST_PAGE = 1 << 21;

  static PdfFile recognise(Path path) throws IOException {
    FileBytes file = FileBytes.read(path);
    if (!file.head().contains("%PDF-")) {
      String looksLike = file.looksLike();
      throw new BadInput(
          path.toString(),
          "is no PDF (it does not begin with %PDF-)"
              + (looksLike.isEmpty() ? "" : "; it is " + looksLike));
    }
    try (PDDocument document = open(path)) {
      if (!document.getCurrentAccessPermission().canExtractContent()) {
        throw new BadInput(path.toString(), "does not permit its text to be taken out");
      }
      int pages = document.getNumberOfPages();
      PDFTextStripper stripper = stripper();
      for (int page = 1; page <= pages; page++) {
        if (page(path, stripper, document, page).codePoints().anyMatch(Character::isLetter)) {
          return new PdfFile(file, pages);
        }
      }
      throw new BadInput(
          path.toString(),
          "has no text on its "
              + pages
              + " pages: they are images, as a scanner makes them. Let a program for text"
              + " recognition (OCR) add the text first");
    }
  }

  private static PDDocument open(Path path) throws IOException {
    PdfLibrary.prepare();
    try {
      return Loader.loadPDF(
          new RandomAccessReadBufferedFile(path.toFile()), IOUtils.createTempFileOnlyStreamCache());
    } catch (InvalidPasswordException e) {
      throw new BadInput(
          path.toString(), "is encrypted with a password; save a copy without one first");
    } catch (IOException e) {
      throw new BadInput(
          path.toString(), "is a damaged PDF (" + e.getMessage() + "); fetch or export it again");
    }
  }

  private static PDFTextStripper stripper() {
    PDFTextStripper stripper = new PDFTextStripper();
    stripper.setLineSeparator("\n");
    stripper.setParagraphStart("");
    stripper.setParagraphEnd("\n\n");
    stripper.setPageEnd("\n\n");
    stripper.setArticleEnd("\n\n");
    return stripper;
  }

  private static String page(Path path, PDFTextStripper stripper, PDDocument document, int page)
      throws IOException {
    stripper.setStartPage(page);
    stripper.setEndPage(page);
    try {
      String text = stripper.getText(document);
      if (text.length() > LONGEST_PAGE) {
        throw new BadInput(
            path + ", page " + page,
            "has " + text.length() + " characters; allowed: " + LONGEST_PAGE);
      }
      return text;
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | ClassCastException
        | IndexOutOfBoundsException
        | NullPointerException e) { // a broken page meets assumptions of the library
      throw new BadInput(path + ", page " + page, "is damaged (" + e.getMessage() + ")");
    }
  }

  @Override
  public boolean inPieces() {
    return true;
  }

  @Override
  public TextFormat format() {
    return TextFormat.PDF;
  }

  @Override
  public String detail() {
    return pages == 1 ? "1 page" : pages + " pages";
  }

  @Override
  public void read(TextSink to) throws IOException {
    PieceCutter cutter = new PieceCutter((text, line) -> to.text(text, 0, ""));
    PageJoiner joiner = new PageJoiner(cutter);
    try (PDDocument document = open(path())) {
      PDFTextStripper stripper = stripper();
      for (int page = 1; page <= pages; page++) {
        joiner.page(page(path(), stripper, document, page));
      }
    }
    joiner.end();
    cutter.end();
  }
}
