package org.minillm.app.doctor;

import java.util.Arrays;
import org.minillm.train.text.Words;

/**
 * The distinct word 5-grams of a document as sorted 32-bit hashes. The lowest bit tells questions
 * (0) from answers (1) of a conversation: two conversations are alike when both are, for the same
 * answer to many questions, or several answers to one, is what a chat corpus wants.
 *
 * @param hashes ascending
 * @param answers how many of them are of answers
 */
record Shingles(int[] hashes, int answers) {
  static final int WORDS = 5;

  /** Jaccard similarity from which two documents are near duplicates. */
  static final double ALIKE = 0.8;

  static Shingles of(Content content, Words words) {
    int[] found = new int[64];
    int count = 0;
    for (int side = 0; side < 2; side++) {
      for (String text : side == 0 ? content.asked() : content.answered()) {
        words.read(text);
        int n = Math.min(WORDS, words.count());
        int last = n == 0 ? -1 : words.count() - n;
        if (count + last >= found.length) {
          found = Arrays.copyOf(found, 2 * (count + last + 1));
        }
        for (int i = 0; i <= last; i++) {
          found[count++] = ((int) (words.gram(i, n) >>> 32) & ~1) | side;
        }
      }
    }
    Arrays.sort(found, 0, count);
    int distinct = 0;
    int answers = 0;
    for (int i = 0; i < count; i++) {
      if (i == 0 || found[i] != found[i - 1]) {
        answers += found[i] & 1;
        found[distinct++] = found[i];
      }
    }
    return new Shingles(Arrays.copyOf(found, distinct), answers);
  }

  int size() {
    return hashes.length;
  }

  /** The lesser of the Jaccard similarities of questions and of answers, 0 to 1. */
  double similarity(Shingles other) {
    int sharedQuestions = 0;
    int sharedAnswers = 0;
    for (int i = 0, j = 0; i < hashes.length && j < other.hashes.length; ) {
      int order = Integer.compare(hashes[i], other.hashes[j]);
      if (order == 0) {
        sharedAnswers += hashes[i] & 1;
        sharedQuestions += 1 - (hashes[i] & 1);
      }
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    return Math.min(
        jaccard(sharedQuestions, size() - answers, other.size() - other.answers),
        jaccard(sharedAnswers, answers, other.answers));
  }

  private static double jaccard(int shared, int a, int b) {
    return a + b == 0 ? 1 : (double) shared / (a + b - shared);
  }
}
