package org.minillm.app.verbatim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The text of an index and where its documents begin, read by position. A byte 0 stands between
 * documents that have nothing to do with each other, a line feed between pieces of one text.
 */
final class CorpusText implements AutoCloseable {
  static final String TEXT = "text";
  static final String DOCUMENTS = "documents";

  /** Where it begins in the text, number of the file, first line there. */
  static final int DOCUMENT_BYTES = 20;

  private static final int BLOCK = 1 << 16;

  private final FileChannel text;
  private final FileChannel documents;

  /**
   * A document or piece of one.
   *
   * @param begins place in the text
   * @param file number of the file
   * @param line its first line there
   */
  record Document(long begins, int file, long line) {}

  CorpusText(Path directory) throws IOException {
    text = FileChannel.open(directory.resolve(TEXT));
    documents = FileChannel.open(directory.resolve(DOCUMENTS));
  }

  /** The document that a place is in. */
  Document documentAt(long place) throws IOException {
    long low = 0;
    long high = documents.size() / DOCUMENT_BYTES - 1;
    while (low < high) {
      long middle = (low + high + 1) >>> 1;
      if (document(middle).begins() <= place) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return document(low);
  }

  private Document document(long index) throws IOException {
    ByteBuffer entry = read(documents, index * DOCUMENT_BYTES, DOCUMENT_BYTES);
    return new Document(entry.getLong(), entry.getInt(), entry.getLong());
  }

  /** Line feeds between two places. */
  long lineFeeds(long from, long to) throws IOException {
    long found = 0;
    for (long at = from; at < to; at += BLOCK) {
      ByteBuffer block = read(text, at, (int) Math.min(BLOCK, to - at));
      while (block.hasRemaining()) {
        found += block.get() == '\n' ? 1 : 0;
      }
    }
    return found;
  }

  String between(long from, long to) throws IOException {
    return StandardCharsets.UTF_8.decode(read(text, from, Math.toIntExact(to - from))).toString();
  }

  /** Up to so many bytes of the text from a place on. */
  String after(long place, int most) throws IOException {
    int length = (int) Math.min(most, text.size() - place);
    ByteBuffer bytes = read(text, place, length);
    int end = 0;
    while (end < length && bytes.get(end) != 0) {
      end++;
    }
    while (end == length && end > 0 && place + end < text.size() && cutsCharacter(place + end)) {
      length = --end;
    }
    return StandardCharsets.UTF_8.decode(bytes.limit(end)).toString();
  }

  /** Up to so many bytes of the text before a place. */
  String before(long place, int most) throws IOException {
    long from = Math.max(0, place - most);
    while (from > 0 && from < place && cutsCharacter(from)) {
      from++;
    }
    ByteBuffer bytes = read(text, from, (int) (place - from));
    int start = bytes.limit();
    while (start > 0 && bytes.get(start - 1) != 0) {
      start--;
    }
    return StandardCharsets.UTF_8.decode(bytes.position(start)).toString();
  }

  private boolean cutsCharacter(long place) throws IOException {
    return (read(text, place, 1).get() & 0xC0) == 0x80;
  }

  static ByteBuffer read(FileChannel file, long at, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining() && file.read(buffer, at + buffer.position()) >= 0) {
      // a read may bring less than was asked for
    }
    return buffer.flip();
  }

  @Override
  public void close() throws IOException {
    text.close();
    documents.close();
  }
}
