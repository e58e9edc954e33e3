package org.minillm.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * Brings a Jinja chat template into a form that it shares with all its harmless variants: white
 * space inside tags, quotes, strings joined or apart, {@code message.role}, text between tags that
 * Jinja drops. Text that it prints, every statement and every other expression stay, so two
 * templates with the same form render the same.
 *
 * <p>White space is dropped as transformers has it done: {@code trim_blocks} and {@code
 * lstrip_blocks} are on.
 */
final class JinjaText {
  private static final String NOT_READ = "";

  private final StringBuilder form = new StringBuilder();

  /** Text printed since the last statement or expression. */
  private final StringBuilder literal = new StringBuilder();

  private JinjaText() {}

  /** The common form; empty for a text that is not read to its end. */
  static String form(String jinja) {
    JinjaText text = new JinjaText();
    if (!text.read(jinja)) {
      return NOT_READ;
    }
    // transformers always says whether the answer is opened.
    return text.form
        .toString()
        .replace(
            "{%ifnotadd_generation_promptisdefined%}{%setadd_generation_prompt=false%}{%endif%}",
            "");
  }

  private boolean read(String jinja) {
    int at = 0;
    boolean dash = false;
    boolean block = false;
    boolean lineBegins = true;
    while (true) {
      int open = nextTag(jinja, at);
      int end = open < 0 ? jinja.length() : open;
      String text = jinja.substring(at, end);
      if (dash) {
        text = text.stripLeading();
      } else if (block && text.startsWith("\n")) {
        text = text.substring(1);
        lineBegins = true;
      }
      if (open < 0) {
        print(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
        flush();
        return true;
      }
      char kind = jinja.charAt(open + 1);
      boolean minus = jinja.startsWith("-", open + 2);
      if (minus) {
        text = text.stripTrailing();
      } else if (kind != '{') {
        text = withoutIndent(text, lineBegins);
      }
      print(text);
      int close = closing(jinja, open + 2, kind);
      if (close < 0) {
        return false;
      }
      dash = jinja.charAt(close - 1) == '-';
      int from = open + (minus ? 3 : 2);
      if (!tag(kind, jinja.substring(from, Math.max(from, dash ? close - 1 : close)))) {
        return false;
      }
      at = close + 2;
      block = kind != '{';
      lineBegins = false;
    }
  }

  private static int nextTag(String jinja, int from) {
    for (int i = jinja.indexOf('{', from); i >= 0; i = jinja.indexOf('{', i + 1)) {
      if (i + 1 < jinja.length() && "{%#".indexOf(jinja.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private static String withoutIndent(String text, boolean lineBegins) {
    int line = text.lastIndexOf('\n') + 1;
    return (line > 0 || lineBegins) && text.substring(line).isBlank()
        ? text.substring(0, line)
        : text;
  }

  /** Where the tag ends, strings skipped; -1 for nowhere. */
  private static int closing(String jinja, int from, char kind) {
    String end = kind == '{' ? "}}" : kind + "}";
    for (int i = from; i < jinja.length(); i++) {
      char c = jinja.charAt(i);
      if (jinja.startsWith(end, i)) {
        return i;
      }
      if (kind != '#' && (c == '\'' || c == '"')) {
        i = stringEnd(jinja, i);
        if (i < 0) {
          return -1;
        }
      }
    }
    return -1;
  }

  private static int stringEnd(String text, int quote) {
    for (int i = quote + 1; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (text.charAt(i) == text.charAt(quote)) {
        return i;
      }
    }
    return -1;
  }

  private boolean tag(char kind, String content) {
    if (kind == '#') {
      return true;
    }
    List<String> terms = terms(content);
    if (terms.isEmpty() || content.startsWith("+") || content.endsWith("+")) {
      return false;
    }
    if (kind == '%') {
      flush();
      form.append("{%").append(String.join("+", joined(terms))).append("%}");
      return true;
    }
    for (String term : terms) {
      if (term.startsWith("'") && term.indexOf('\'', 1) == term.length() - 1) {
        literal.append(term, 1, term.length() - 1);
      } else {
        flush();
        form.append("{{").append(term).append("}}");
      }
    }
    return true;
  }

  private static List<String> joined(List<String> terms) {
    List<String> joined = new ArrayList<>();
    for (String term : terms) {
      int last = joined.size() - 1;
      if (last >= 0 && joined.get(last).endsWith("'") && term.startsWith("'")) {
        String before = joined.get(last);
        joined.set(last, before.substring(0, before.length() - 1) + term.substring(1));
      } else {
        joined.add(term);
      }
    }
    return joined;
  }

  /** What stands between the plus signs, without white space but in strings. */
  private static List<String> terms(String content) {
    List<String> terms = new ArrayList<>();
    StringBuilder term = new StringBuilder();
    int depth = 0;
    for (int i = 0; i < content.length(); i++) {
      char c = content.charAt(i);
      if (c == '\'' || c == '"') {
        int end = stringEnd(content, i);
        term.append('\'').append(escaped(content.substring(i + 1, end))).append('\'');
        i = end;
      } else if (c == '+' && depth == 0) {
        terms.add(spelled(term));
        term.setLength(0);
      } else if (!Character.isWhitespace(c)) {
        depth += "([".indexOf(c) >= 0 ? 1 : ")]".indexOf(c) >= 0 ? -1 : 0;
        term.append(c);
      }
    }
    terms.add(spelled(term));
    return terms;
  }

  private static String spelled(StringBuilder term) {
    return term.toString()
        .replace("message.role", "message['role']")
        .replace("message.content", "message['content']")
        .replace(".strip()", "|trim");
  }

  /** A string's content with one spelling for what needs an escape. */
  private static String escaped(String content) {
    return content
        .replace("\\n", "\n")
        .replace("\\'", "\u0001")
        .replace("'", "\u0001")
        .replace("\\\"", "\"")
        .replace("\n", "¶");
  }

  private void print(String text) {
    literal.append(text.replace('\'', '\u0001').replace('\n', '¶'));
  }

  private void flush() {
    if (literal.length() > 0) {
      form.append("{{'").append(literal).append("'}}");
      literal.setLength(0);
    }
  }
}
