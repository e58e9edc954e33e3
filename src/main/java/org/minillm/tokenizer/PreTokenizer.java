package org.minillm.tokenizer;

/**
 * Cuts text into the words inside which BPE merges, exactly as Hugging Face's {@code
 * Sequence[Digits(individual_digits), ByteLevel(use_regex)]} (llama.cpp's "smollm"): every numeric
 * character ({@code \p{N}}) is a word of its own, and each stretch between them is cut by GPT-2's
 * pattern
 *
 * <pre>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</pre>
 *
 * <p>The scanner below is that pattern by hand: a run of letters or of other characters takes one
 * space before it; a run of white space leaves its last character to what follows, unless nothing
 * or a digit follows. White space is Unicode's White_Space. A test compares it with the pattern.
 *
 * <p>What is a letter is for the Java runtime to say: JDK 17 knows Unicode 13, so characters added
 * since (no letters of living European languages) count as "other" there. All that it knows are cut
 * as Hugging Face cuts them; checked for every code point.
 *
 * <p>Runs are cut after {@link #MAX_WORD} chars, so that a file of ten million dashes needs no more
 * memory than any other.
 */
final class PreTokenizer {
  /** Longest word, in chars. */
  static final int MAX_WORD = 1 << 15;

  private static final byte OTHER = 0;
  private static final byte LETTER = 1;
  private static final byte NUMBER = 2;
  private static final byte SPACE = 3;

  private static final byte[] CLASS_OF_BMP = new byte[1 << 16];

  static {
    for (int c = 0; c < CLASS_OF_BMP.length; c++) {
      CLASS_OF_BMP[c] = classify(c);
    }
  }

  private PreTokenizer() {}

  /**
   * The end of the word of {@code text} that begins at {@code from}, looking no further than to.
   */
  static int wordEnd(String text, int from, int to) {
    char first = text.charAt(from);
    int limit = Math.min(to, from + MAX_WORD);
    if (first == '\'') {
      int contraction = contraction(text, from, to);
      if (contraction > 0) {
        return from + contraction;
      }
    }
    byte kind = classAt(text, from, to);
    int start = from;
    if (first == ' ' && from + 1 < to) {
      byte next = classAt(text, from + 1, to);
      if (next == LETTER || next == OTHER) {
        kind = next;
        start = from + 1;
      }
    }
    if (kind == NUMBER) {
      return from + width(text, from, to);
    }
    int end = runEnd(text, start, limit, to, kind);
    if (kind == SPACE
        && end < to
        && end < limit
        && end - from > 1
        && classAt(text, end, to) != NUMBER) {
      return end - 1; // every White_Space character is one char
    }
    return end;
  }

  /**
   * The last place, 0 if there is none, where a word of {@code text} ends and another begins
   * however the text goes on.
   *
   * <p>White space behind something else always begins a word, and what precedes it looks no
   * further. Where a text has none for {@link #MAX_WORD} chars, its words are walked instead: one
   * is certain when the text goes on for longer than a word can be.
   */
  static int lastCut(String text) {
    int n = text.length();
    int least = Math.max(1, n - 2 * MAX_WORD);
    for (int i = n - 1; i >= least; i--) {
      if (CLASS_OF_BMP[text.charAt(i)] == SPACE && CLASS_OF_BMP[text.charAt(i - 1)] != SPACE) {
        return i;
      }
    }
    int cut = 0;
    while (cut + MAX_WORD + 4 <= n) {
      cut = wordEnd(text, cut, n);
    }
    return cut;
  }

  private static int runEnd(String text, int from, int limit, int to, byte kind) {
    int i = from;
    while (i < limit && classAt(text, i, to) == kind) {
      i += width(text, i, to);
    }
    return i;
  }

  private static int contraction(String text, int from, int to) {
    if (from + 1 >= to) {
      return 0;
    }
    char a = text.charAt(from + 1);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') {
      return 2;
    }
    if (from + 2 < to) {
      char b = text.charAt(from + 2);
      if ((b == 'e' && (a == 'r' || a == 'v')) || (a == 'l' && b == 'l')) {
        return 3;
      }
    }
    return 0;
  }

  private static boolean isPair(String text, int i, int to) {
    return i + 1 < to && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
  }

  private static int width(String text, int i, int to) {
    return isPair(text, i, to) ? 2 : 1;
  }

  private static byte classAt(String text, int i, int to) {
    char c = text.charAt(i);
    return Character.isHighSurrogate(c) && isPair(text, i, to)
        ? classify(Character.toCodePoint(c, text.charAt(i + 1)))
        : CLASS_OF_BMP[c];
  }

  private static byte classify(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          SPACE;
      default -> (codePoint >= 0x09 && codePoint <= 0x0D) || codePoint == 0x85 ? SPACE : OTHER;
    };
  }
}
