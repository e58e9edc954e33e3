package org.minillm.app.doctor;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.Tokenizer;

/**
 * How long a document may be, and how a longer one is cut: at blank lines, else at line ends, ends
 * of sentences, spaces. Conversations are cut before a question; what the system says first is
 * repeated.
 */
final class LengthRule {
  private static final int BYTES_PER_TOKEN = 4;

  /** Chars that a token has at the most, nearly always. */
  private static final int MOST_CHARS = 8;

  private final int limit;
  private final Optional<Tokenizer> tokenizer;

  LengthRule(int contextLength, Optional<Tokenizer> tokenizer) {
    this.limit = contextLength;
    this.tokenizer = tokenizer;
  }

  /** Tokens of a document; without a tokenizer about a quarter of its bytes. */
  int tokens(Content content) {
    String text = content.trained();
    return content.conversation() && tokenizer.isPresent()
        ? tokenizer.get().encodeWithSpecials(text).length
        : tokens(text);
  }

  boolean isLong(Content content) {
    // No token has less than a byte, so most documents need not be encoded.
    return 3L * content.said().length() + 16L * content.messages().size() + 32 > limit
        && tokens(content) > limit;
  }

  /** The document in pieces that are not too long; itself where it is not, or cannot be cut. */
  List<Content> split(Content content) {
    if (!isLong(content)) {
      return List.of(content);
    }
    if (content.conversation()) {
      return splitTurns(content);
    }
    return splitText(content.text()).stream().map(content::withText).toList();
  }

  private int tokens(String text) {
    if (tokenizer.isEmpty()) {
      int bytes = text.getBytes(StandardCharsets.UTF_8).length;
      return (bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }
    int[] count = {0};
    tokenizer.get().encode(text, id -> count[0]++);
    return count[0];
  }

  private List<String> splitText(String text) {
    List<String> pieces = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      int end = Math.min(text.length(), at + MOST_CHARS * limit);
      int tokens = tokens(text.substring(at, end).strip());
      if (end < text.length() || tokens > limit) {
        end = tokens > limit ? at + (int) ((long) (end - at) * limit / tokens) : end;
        end = cut(text, at, end);
        while (end - at > 2 && tokens(text.substring(at, end).strip()) > limit) {
          end = cut(text, at, at + (end - at) * 9 / 10);
        }
      }
      String piece = text.substring(at, end).strip();
      if (!piece.isEmpty()) {
        pieces.add(piece);
      }
      at = end;
    }
    return pieces;
  }

  /** The best place to cut text[from, to], behind {@code from}. */
  private static int cut(String text, int from, int to) {
    int quarter = from + (to - from) / 4;
    int half = from + (to - from) / 2;
    int blankLine = text.lastIndexOf("\n\n", to);
    if (blankLine > quarter) {
      return blankLine;
    }
    int line = text.lastIndexOf('\n', to);
    if (line > half) {
      return line;
    }
    int space = -1;
    for (int i = to - 1; i > from; i--) {
      if (Character.isWhitespace(text.charAt(i))) {
        space = Math.max(space, i);
        if (i > half && endsSentence(text, from, i)) {
          return i;
        }
      }
    }
    if (space > from) {
      return space;
    }
    int hard = Math.max(from + 1, to);
    boolean pair = hard < text.length() && Character.isLowSurrogate(text.charAt(hard));
    return !pair ? hard : hard - 1 > from ? hard - 1 : hard + 1;
  }

  private static boolean endsSentence(String text, int from, int space) {
    int i = space - 1;
    while (i > from && "\"'»”’)".indexOf(text.charAt(i)) >= 0) {
      i--;
    }
    return ".!?…".indexOf(text.charAt(i)) >= 0;
  }

  private List<Content> splitTurns(Content content) {
    List<ChatMessage> system = new ArrayList<>();
    List<Content> pieces = new ArrayList<>();
    List<ChatMessage> piece = new ArrayList<>();
    List<ChatMessage> exchange = new ArrayList<>();
    for (ChatMessage message : content.messages()) {
      if (message.role().equals("system") && piece.isEmpty() && exchange.isEmpty()) {
        system.add(message);
        continue;
      }
      if (message.role().equals("user") && !exchange.isEmpty()) {
        piece = withExchange(content, system, piece, exchange, pieces);
        exchange = new ArrayList<>();
      }
      exchange.add(message);
    }
    piece = withExchange(content, system, piece, exchange, pieces);
    pieces.add(content.withMessages(joined(system, piece, List.of())));
    return pieces.size() == 1 ? List.of(content) : pieces;
  }

  /** The piece with one more exchange, or that exchange alone once the piece is full. */
  private List<ChatMessage> withExchange(
      Content content,
      List<ChatMessage> system,
      List<ChatMessage> piece,
      List<ChatMessage> exchange,
      List<Content> pieces) {
    List<ChatMessage> longer = joined(List.of(), piece, exchange);
    if (piece.isEmpty()
        || tokens(content.withMessages(joined(system, longer, List.of()))) <= limit) {
      return longer;
    }
    pieces.add(content.withMessages(joined(system, piece, List.of())));
    return exchange;
  }

  private static List<ChatMessage> joined(
      List<ChatMessage> a, List<ChatMessage> b, List<ChatMessage> c) {
    List<ChatMessage> all = new ArrayList<>(a);
    all.addAll(b);
    all.addAll(c);
    return all;
  }
}
