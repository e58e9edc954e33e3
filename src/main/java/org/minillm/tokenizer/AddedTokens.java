package org.minillm.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Tokens that are recognised as a whole before any other cutting: the longest at each place. */
final class AddedTokens {
  /**
   * One such token.
   *
   * @param special a control token that only {@link Tokenizer#encodeWithSpecials} recognises and
   *     that stands for no text
   */
  record Token(int id, String text, boolean special) {}

  /** Hears the pieces of a text in order. */
  interface Pieces {
    void ordinary(int from, int to);

    void token(int id);
  }

  private final List<Token> byId;
  private final List<Token> longestFirst;
  private final boolean anyOrdinary;

  AddedTokens(List<Token> tokens) {
    // A Comparator of the JDK's is a lambda that no class-data archive holds.
    byId = new ArrayList<>(tokens);
    byId.sort((a, b) -> Integer.compare(a.id(), b.id()));
    longestFirst = new ArrayList<>(tokens);
    longestFirst.sort(AddedTokens::longerFirst);
    anyOrdinary = tokens.stream().anyMatch(t -> !t.special());
  }

  private static int longerFirst(Token a, Token b) {
    int longer = Integer.compare(b.text().length(), a.text().length());
    return longer != 0 ? longer : a.text().compareTo(b.text());
  }

  /** By ascending id. */
  List<Token> tokens() {
    return List.copyOf(byId);
  }

  OptionalInt idOf(String text) {
    return byId.stream().filter(t -> t.text().equals(text)).mapToInt(Token::id).findFirst();
  }

  /** Whether some of them are text: {@link Tokenizer#encode} recognises those. */
  boolean anyOrdinary() {
    return anyOrdinary;
  }

  /** Cuts text at its added tokens; without {@code specials} only at those that are text. */
  void split(String text, boolean specials, Pieces pieces) {
    int from = 0;
    if (specials ? !byId.isEmpty() : anyOrdinary) {
      for (int i = 0; i < text.length(); ) {
        Token token = match(text, i, specials);
        if (token.text().isEmpty()) {
          i++;
        } else {
          if (i > from) {
            pieces.ordinary(from, i);
          }
          pieces.token(token.id());
          i += token.text().length();
          from = i;
        }
      }
    }
    if (from < text.length()) {
      pieces.ordinary(from, text.length());
    }
  }

  private static final Token NO_TOKEN = new Token(-1, "", false);

  private Token match(String text, int at, boolean specials) {
    char first = text.charAt(at);
    for (Token token : longestFirst) {
      if (token.text().charAt(0) == first
          && (specials || !token.special())
          && text.startsWith(token.text(), at)) {
        return token;
      }
    }
    return NO_TOKEN;
  }
}
