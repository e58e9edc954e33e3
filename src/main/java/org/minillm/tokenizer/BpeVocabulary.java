package org.minillm.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.minillm.base.MiniLlmException;

/** A byte-level BPE as lists of strings: how GGUF keeps one. */
public final class BpeVocabulary {
  /** What a token is. */
  public enum Kind {
    /** Made of bytes; its text is GPT-2's spelling. */
    ORDINARY,
    /** Recognised as a whole in any text; its text is as it is. */
    ADDED,
    /** A control token: it stands for no text. */
    SPECIAL
  }

  private BpeVocabulary() {}

  /** What token {@code id} is. */
  public static Kind kind(BpeTokenizer tokenizer, int id) {
    if (tokenizer.isSpecial(id)) {
      return Kind.SPECIAL;
    }
    return tokenizer.isAdded(id) ? Kind.ADDED : Kind.ORDINARY;
  }

  /**
   * Makes a tokenizer.
   *
   * @param texts of all tokens by id
   * @param kinds one for each text
   * @param merges by rank, "left right" in GPT-2's spelling
   * @throws MiniLlmException.BadInput if a text is empty, doubled or misspelt, bytes are missing,
   *     or a merge needs a token that is not there
   */
  public static BpeTokenizer tokenizer(
      List<String> texts,
      List<Kind> kinds,
      List<String> merges,
      OptionalInt bosId,
      OptionalInt eosId) {
    byte[][] tokens = new byte[texts.size()][];
    List<AddedTokens.Token> added = new ArrayList<>();
    Map<String, Integer> ids = new HashMap<>(texts.size() * 2);
    for (int id = 0; id < tokens.length; id++) {
      String text = texts.get(id);
      if (kinds.get(id) == Kind.ORDINARY) {
        tokens[id] = ByteLevel.read(text);
      } else {
        tokens[id] = text.getBytes(StandardCharsets.UTF_8);
        added.add(new AddedTokens.Token(id, text, kinds.get(id) == Kind.SPECIAL));
      }
      if (tokens[id].length == 0) {
        throw bad("token " + id + " \"" + text + "\" is empty or not in byte-level spelling");
      }
      if (ids.put(text, id) != null) {
        throw bad("token " + id + " \"" + text + "\" is there twice");
      }
    }
    int[] left = new int[merges.size()];
    int[] right = new int[merges.size()];
    int[] merged = new int[merges.size()];
    for (int rank = 0; rank < left.length; rank++) {
      String merge = merges.get(rank);
      int space = merge.indexOf(' ');
      if (space < 1 || space != merge.lastIndexOf(' ') || space == merge.length() - 1) {
        throw bad("merge " + rank + " is \"" + merge + "\"; allowed: \"left right\"");
      }
      left[rank] = id(ids, kinds, merge.substring(0, space), rank);
      right[rank] = id(ids, kinds, merge.substring(space + 1), rank);
      merged[rank] = id(ids, kinds, merge.substring(0, space) + merge.substring(space + 1), rank);
    }
    return new BpeTokenizer(tokens, left, right, merged, added, bosId, eosId);
  }

  private static int id(Map<String, Integer> ids, List<Kind> kinds, String token, int rank) {
    Integer id = ids.get(token);
    if (id == null || kinds.get(id) != Kind.ORDINARY) {
      throw bad("merge " + rank + " needs the token \"" + token + "\", which is not there");
    }
    return id;
  }

  private static MiniLlmException.BadInput bad(String reason) {
    return new MiniLlmException.BadInput("vocabulary", reason);
  }
}
