package org.minillm.app;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.minillm.train.Corpus;

/**
 * Hears the documents of a corpus, whatever they are wrapped in: counts their UTF-8 bytes and keeps
 * up to a megabyte of them in even pieces from all over, of a short text the whole.
 */
final class TextSample implements Corpus.Documents {
  private static final int PIECE = 1 << 16;
  private static final int MOST_PIECES = 16;

  private final List<byte[]> kept = new ArrayList<>();
  private final ByteArrayOutputStream piece = new ByteArrayOutputStream();
  private long pieces;
  private long stride = 1;
  private long bytes;

  @Override
  public void accept(Corpus.Document document) {
    byte[] text = document.plain().getBytes(StandardCharsets.UTF_8);
    bytes += text.length;
    int from = 0;
    while (from < text.length) {
      int n = Math.min(text.length - from, PIECE - piece.size());
      piece.write(text, from, n);
      from += n;
      if (piece.size() == PIECE) {
        end();
      }
    }
    if (piece.size() > 0) {
      piece.write('\n');
    }
    if (piece.size() == PIECE) {
      end();
    }
  }

  /** Keeps every piece, then every second, fourth … of them. */
  private void end() {
    if (pieces % stride == 0 && kept.size() == MOST_PIECES) {
      for (int i = 1; i < kept.size(); i++) {
        kept.remove(i);
      }
      stride *= 2;
    }
    if (pieces % stride == 0) {
      kept.add(piece.toByteArray());
    }
    pieces++;
    piece.reset();
  }

  /** Of all documents so far. */
  long bytes() {
    return bytes;
  }

  /** The pieces one after the other. */
  byte[] sample() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    kept.forEach(all::writeBytes);
    if (pieces % stride == 0) {
      all.writeBytes(piece.toByteArray());
    }
    return all.toByteArray();
  }
}
