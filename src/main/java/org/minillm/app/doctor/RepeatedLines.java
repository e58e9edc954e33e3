package org.minillm.app.doctor;

import java.util.ArrayList;
import java.util.List;
import org.minillm.train.text.Words;

/**
 * Lines of text that four earlier documents have: what a collection puts around its texts. Lines of
 * fewer than {@value #LEAST} characters are not looked at, nor are conversations, whose answers
 * repeat by design.
 */
final class RepeatedLines {
  /** Characters of the shortest line. */
  static final int LEAST = 40;

  /** Documents that may have a line. */
  private static final int ALLOWED = 4;

  /** Bytes a line takes, while the table grows. */
  private static final int BYTES = 50;

  private final int most;
  private long[] keys = new long[1 << 10];

  /** The last document that has the line. */
  private int[] documents = new int[1 << 10];

  /** How many documents had it before that one, at most four. */
  private byte[] earlier = new byte[1 << 10];

  private int size;
  private boolean full;

  /**
   * @param bytes of memory to take at the most
   */
  RepeatedLines(long bytes) {
    most = (int) Math.min(1 << 27, bytes / BYTES);
  }

  /**
   * The lines of a document that four earlier ones have. Nothing is remembered.
   *
   * @return their numbers in the document, from 0
   */
  List<Integer> find(String text) {
    List<Integer> found = new ArrayList<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      if (isLong(lines[i])) {
        int at = slot(keys, key(lines[i]));
        if (keys[at] != 0 && earlier[at] + 1 >= ALLOWED) {
          found.add(i);
        }
      }
    }
    return found;
  }

  /** Remembers the lines of a document. */
  void keep(String text, int document) {
    for (String line : text.split("\n", -1)) {
      if (isLong(line)) {
        add(key(line), document);
      }
    }
  }

  /** A text without some of its lines. */
  static String without(String text, List<Integer> lines) {
    String[] all = text.split("\n", -1);
    StringBuilder kept = new StringBuilder();
    for (int i = 0, dropped = 0; i < all.length; i++) {
      if (dropped < lines.size() && lines.get(dropped) == i) {
        dropped++;
      } else {
        kept.append(all[i]).append('\n');
      }
    }
    return kept.toString().strip();
  }

  /** Whether lines were not remembered for want of memory. */
  boolean isFull() {
    return full;
  }

  private void add(long key, int document) {
    int at = slot(keys, key);
    if (keys[at] != 0) {
      if (documents[at] != document) {
        documents[at] = document;
        earlier[at] = (byte) Math.min(ALLOWED, earlier[at] + 1);
      }
      return;
    }
    if (size >= most) {
      full = true;
      return;
    }
    if (2 * (size + 1) > keys.length) {
      grow();
      at = slot(keys, key);
    }
    keys[at] = key;
    documents[at] = document;
    size++;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldDocuments = documents;
    byte[] oldEarlier = earlier;
    keys = new long[2 * oldKeys.length];
    documents = new int[keys.length];
    earlier = new byte[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int at = slot(keys, oldKeys[i]);
        keys[at] = oldKeys[i];
        documents[at] = oldDocuments[i];
        earlier[at] = oldEarlier[i];
      }
    }
  }

  private static boolean isLong(String line) {
    return line.length() >= LEAST && line.strip().length() >= LEAST;
  }

  private static long key(String line) {
    String stripped = line.strip();
    long h = stripped.length();
    for (int i = 0; i < stripped.length(); i++) {
      h = (h ^ stripped.charAt(i)) * 0x100000001B3L;
    }
    h = Words.mix(h);
    return h == 0 ? 1 : h;
  }

  private static int slot(long[] table, long key) {
    int at = (int) (key >>> 32) & (table.length - 1);
    while (table[at] != 0 && table[at] != key) {
      at = (at + 1) & (table.length - 1);
    }
    return at;
  }
}
