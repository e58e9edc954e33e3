package org.minillm.app.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.minillm.app.corpus.Piece.Alternatives;
import org.minillm.app.corpus.Piece.Literal;

/**
 * Reads the text of a skeleton:
 *
 * <pre>
 * text         = { literal | slot | alternatives }
 * alternatives = "[" text { "|" text } "]"
 * slot         = "{" … "}"                          see SlotParser
 * literal      = any character; \ before { } [ ] | \
 * </pre>
 *
 * A fault is reported and reading goes on behind it, so that one pass tells of all.
 */
final class TemplateParser {
  /** Characters that mean themselves behind a backslash. */
  private static final String ESCAPED = "{}[]|\\";

  private final SlotParser slots;
  private final List<Problem> problems;
  private Passage passage = new Passage("", "", List.of());
  private int at;

  TemplateParser(Language language, Map<String, WordList> lists, List<Problem> problems) {
    this.slots = new SlotParser(language, lists, problems);
    this.problems = problems;
  }

  /** Reads a passage; names bound before are in {@code scope}, and new ones come into it. */
  List<Piece> parse(Passage text, Scope scope) {
    passage = text;
    at = 0;
    return text(scope, false);
  }

  private List<Piece> text(Scope scope, boolean inside) {
    String text = passage.text();
    List<Piece> pieces = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at);
      if (inside && (c == '|' || c == ']')) {
        break;
      }
      if (c == '{' || c == '[') {
        flush(literal, pieces);
        if (c == '{') {
          slot(scope, pieces);
        } else {
          pieces.add(alternatives(scope));
        }
        continue;
      }
      if (c == '\\') {
        escape(literal);
        continue;
      }
      if (c == '|' || c == ']' || c == '}') {
        report(at, "'" + c + "' has no beginning; write \\" + c + " for the character itself");
      } else {
        literal.append(c);
      }
      at++;
    }
    flush(literal, pieces);
    return List.copyOf(pieces);
  }

  private void slot(Scope scope, List<Piece> pieces) {
    String text = passage.text();
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != '}') {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= text.length()) {
      report(at, "'{' is never closed; write \\{ for the character itself");
      at++;
      return;
    }
    Piece piece = slots.parse(text.substring(at + 1, end), passage.at(at), scope);
    if (piece != null) {
      pieces.add(piece);
    }
    at = end + 1;
  }

  private Piece alternatives(Scope scope) {
    int start = at;
    List<List<Piece>> branches = new ArrayList<>();
    List<Scope> scopes = new ArrayList<>();
    do {
      at++;
      Scope inner = scope.inner();
      scopes.add(inner);
      branches.add(text(inner, true));
    } while (at < passage.text().length() && passage.text().charAt(at) == '|');
    if (at >= passage.text().length()) {
      report(start, "'[' is never closed; write \\[ for the character itself");
    } else if (branches.size() == 1) {
      report(start, "[…] has one alternative only; put a | between two or more");
    }
    at++;
    scopes.forEach(scope::leave);
    return new Alternatives(List.copyOf(branches), passage.at(start));
  }

  private void escape(StringBuilder literal) {
    int next = at + 1;
    if (next < passage.text().length() && ESCAPED.indexOf(passage.text().charAt(next)) >= 0) {
      literal.append(passage.text().charAt(next));
    } else {
      report(at, "'\\' stands before " + String.join(" ", ESCAPED.split("")) + " only");
    }
    at += 2;
  }

  private static void flush(StringBuilder literal, List<Piece> pieces) {
    if (!literal.isEmpty()) {
      pieces.add(new Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  private void report(int offset, String reason) {
    problems.add(new Problem(passage.at(offset).toString(), reason));
  }
}
