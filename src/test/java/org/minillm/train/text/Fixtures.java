package org.minillm.train.text;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.minillm.tokenizer.ChatMessage;

/** Files that tests make, and what is read from files. */
public final class Fixtures {
  private Fixtures() {}

  /** The texts of a file, conversations as "role: content" lines. */
  public static List<String> texts(SourceFile file) throws IOException {
    List<String> texts = new ArrayList<>();
    file.read(
        new TextSink() {
          @Override
          public void text(String text, long line, String json) {
            texts.add(text);
          }

          @Override
          public void conversation(List<ChatMessage> messages, long line, String json) {
            StringBuilder text = new StringBuilder();
            messages.forEach(m -> text.append(m.role()).append(": ").append(m.content()));
            texts.add(text.toString());
          }
        });
    return texts;
  }

  /** A PDF, a list of lines a page; a page without lines is empty. */
  public static Path pdf(Path file, List<List<String>> pages) throws IOException {
    try (PDDocument document = document(pages)) {
      document.save(file.toFile());
    }
    return file;
  }

  /** The same with a password that opening asks for, or with none but a ban on extraction. */
  static Path protectedPdf(Path file, String password) throws IOException {
    try (PDDocument document = document(List.of(List.of("Secreto")))) {
      AccessPermission permission = new AccessPermission();
      permission.setCanExtractContent(false);
      document.protect(new StandardProtectionPolicy("owner", password, permission));
      document.save(file.toFile());
    }
    return file;
  }

  private static PDDocument document(List<List<String>> pages) throws IOException {
    PdfLibrary.prepare();
    PDDocument document = new PDDocument();
    for (List<String> lines : pages) {
      PDPage page = new PDPage();
      document.addPage(page);
      try (PDPageContentStream content = new PDPageContentStream(document, page)) {
        content.beginText();
        content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 11);
        content.setLeading(14);
        content.newLineAtOffset(72, 720);
        for (String line : lines) {
          if (!line.isEmpty()) {
            content.showText(line);
          }
          content.newLine();
        }
        content.endText();
      }
    }
    return document;
  }

  /** A zip archive. */
  static Path zip(Path file, Map<String, String> entries) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, String> e : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(e.getKey()));
        zip.write(e.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    return file;
  }
}
