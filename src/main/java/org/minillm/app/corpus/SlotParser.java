package org.minillm.app.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.minillm.app.corpus.Piece.ByGender;
import org.minillm.app.corpus.Piece.Draw;
import org.minillm.app.corpus.Piece.Print;

/**
 * Reads what stands between braces and checks it against every entry it could meet:
 *
 * <pre>
 * slot   = ["!"] name ["=" list] { "#" tag | "." form | "@" name }
 *        | name ":" choice "|" choice ["|" choice]
 * </pre>
 */
final class SlotParser {
  private static final String NAME = "[\\p{L}\\p{N}][\\p{L}\\p{N}_-]*";
  private static final Pattern BY_GENDER = Pattern.compile("(" + NAME + "):(.*)", Pattern.DOTALL);
  private static final Pattern SLOT =
      Pattern.compile("(!?)(" + NAME + ")(?:=(" + NAME + "))?((?:[#.@]" + NAME + ")*)");
  private static final Pattern SUFFIX = Pattern.compile("([#.@])(" + NAME + ")");

  private final Language language;
  private final Map<String, WordList> lists;
  private final List<Problem> problems;

  /** Candidates by list and tags: equal filters give the same list object. */
  private final Map<String, List<Entry>> filtered = new HashMap<>();

  private Place place = new Place("", 0);

  SlotParser(Language language, Map<String, WordList> lists, List<Problem> problems) {
    this.language = language;
    this.lists = lists;
    this.problems = problems;
  }

  /**
   * Reads a slot.
   *
   * @param body what stands between the braces
   * @return null after a fault that leaves nothing to print
   */
  @Nullable Piece parse(String body, Place where, Scope scope) {
    place = where;
    Matcher byGender = BY_GENDER.matcher(body);
    if (byGender.matches()) {
      return byGender(byGender.group(1), byGender.group(2), scope);
    }
    Matcher slot = SLOT.matcher(body);
    if (!slot.matches()) {
      report(
          "{"
              + body
              + "} is no slot; allowed: {x}, {x=list}, {x=list#tag}, {!x=list}, {x.form},"
              + " {x@y}, {x:o|a}");
      return null;
    }
    boolean silent = !slot.group(1).isEmpty();
    Suffixes suffixes = suffixes(slot.group(4), body);
    if (slot.group(3) != null) {
      return draw(slot.group(2), slot.group(3), suffixes, silent, body, scope);
    }
    if (silent || !suffixes.tags.isEmpty()) {
      report("{" + body + "}: ! and #tag go with a draw only: {!x=list}, {x=list#tag}");
    }
    return print(slot.group(2), suffixes, body, scope);
  }

  private @Nullable Piece byGender(String name, String text, Scope scope) {
    List<Entry> candidates = bound(name, scope);
    List<String> choices = choices(text);
    int most = language.genders().size();
    if (choices.size() < 2 || choices.size() > most) {
      report(
          "{"
              + name
              + ":"
              + text
              + "} has "
              + choices.size()
              + " choices; allowed: 2"
              + (most > 2 ? " or " + most : ""));
      return null;
    }
    requireGender(name, candidates, "{" + name + ":" + text + "}");
    return new ByGender(name, choices);
  }

  /** Splits at bars that no backslash stands before, and takes the backslashes away. */
  private static List<String> choices(String text) {
    List<String> choices = new ArrayList<>();
    StringBuilder choice = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        choice.append(text.charAt(++i));
      } else if (c == '|') {
        choices.add(choice.toString());
        choice.setLength(0);
      } else {
        choice.append(c);
      }
    }
    choices.add(choice.toString());
    return List.copyOf(choices);
  }

  private @Nullable Piece draw(
      String name, String listName, Suffixes suffixes, boolean silent, String body, Scope scope) {
    if (scope.candidates(name) != null) {
      report("{" + body + "}: " + name + " is bound already; print it by {" + name + "}");
      return null;
    }
    List<Entry> candidates = candidates(listName, suffixes.tags);
    if (!scope.bind(name, candidates)) {
      report(
          "{"
              + body
              + "}: the draws before it may leave nothing to draw; "
              + candidates.size()
              + " entries fit. Add entries or draw less.");
    }
    if (silent && suffixes.printing()) {
      report("{" + body + "} prints nothing, so it takes no form");
    }
    return new Draw(name, candidates, silent ? null : print(name, suffixes, body, scope));
  }

  private List<Entry> candidates(String listName, Set<String> tags) {
    WordList list = lists.get(listName);
    if (list == null) {
      report("there is no list " + listName + "; lists: " + String.join(", ", lists.keySet()));
      return List.of();
    }
    List<Entry> found =
        filtered.computeIfAbsent(listName + "#" + String.join("#", tags), k -> list.tagged(tags));
    if (found.isEmpty()) {
      report(
          "no entry of list "
              + listName
              + " has #"
              + String.join(" #", tags)
              + "; its tags: "
              + (list.tags().isEmpty() ? "none" : "#" + String.join(" #", list.tags())));
    }
    return found;
  }

  private Print print(String name, Suffixes suffixes, String body, Scope scope) {
    List<Entry> candidates = bound(name, scope);
    Form form = suffixes.form;
    List<Entry> agreeing =
        suffixes.agreesWith == null ? List.of() : bound(suffixes.agreesWith, scope);
    boolean agrees = false;
    for (Entry entry : candidates) {
      String text = form.apply(entry);
      if (text == null) {
        report(
            "{"
                + body
                + "}: "
                + form.needs(name)
                + ", which "
                + told(entry)
                + " does not have"
                + (form.article().isEmpty() ? ". Forms: " + language.allowedForms() : ""));
        break;
      }
      if (text.indexOf('@') >= 0) {
        agrees = true;
        if (suffixes.agreesWith == null) {
          report(
              "{"
                  + body
                  + "}: "
                  + told(entry)
                  + " must agree with a noun; write {"
                  + body
                  + "@NAME}");
          break;
        }
      }
    }
    if (agrees && suffixes.agreesWith != null) {
      requireGender(suffixes.agreesWith, agreeing, "{" + body + "}");
    }
    return new Print(name, form, suffixes.agreesWith);
  }

  private List<Entry> bound(String name, Scope scope) {
    List<Entry> candidates = scope.candidates(name);
    if (candidates == null) {
      report(
          name
              + " is not bound here; bound: "
              + scope.names()
              + ". Draw it first: {"
              + name
              + "=list} or {!"
              + name
              + "=list}; what an alternative"
              + " binds ends with it.");
      return List.of();
    }
    return candidates;
  }

  private void requireGender(String name, List<Entry> candidates, String slot) {
    for (Entry entry : candidates) {
      if (entry.gender() == null) {
        report(
            slot
                + " needs the gender of "
                + name
                + ", which "
                + told(entry)
                + " does not have; allowed: "
                + String.join(", ", language.genders()));
        return;
      }
    }
  }

  private Suffixes suffixes(String text, String body) {
    Suffixes suffixes = new Suffixes(language);
    Matcher suffix = SUFFIX.matcher(text);
    while (suffix.find()) {
      String word = suffix.group(2);
      boolean fits =
          switch (suffix.group(1)) {
            case "#" -> suffixes.tags.add(word);
            case "@" -> suffixes.agreeWith(word);
            default -> suffixes.addForm(word);
          };
      if (!fits) {
        report("{" + body + "}: " + suffix.group() + " does not go with what stands before it");
      }
    }
    return suffixes;
  }

  private static String told(Entry entry) {
    return "'" + entry.text() + "' (" + entry.place() + ")";
  }

  private void report(String reason) {
    problems.add(new Problem(place.toString(), reason));
  }

  /** What stands behind the name. */
  private static final class Suffixes {
    private final Set<String> tags = new TreeSet<>();
    private Form form;
    private @Nullable String agreesWith;

    Suffixes(Language language) {
      form = Form.plain(language);
    }

    boolean printing() {
      return !form.isPlain() || agreesWith != null;
    }

    boolean agreeWith(String name) {
      boolean first = agreesWith == null;
      agreesWith = name;
      return first;
    }

    /** One article or attribute, then Cap. */
    boolean addForm(String word) {
      Language language = form.language();
      if (word.equals("Cap")) {
        boolean first = !form.capital();
        form = new Form(language, form.article(), form.attribute(), true);
        return first;
      }
      if (!form.article().isEmpty() || !form.attribute().isEmpty()) {
        return false;
      }
      String lower = word.substring(0, 1).toLowerCase(Locale.ROOT) + word.substring(1);
      boolean article = language.articles().contains(lower);
      boolean capital = form.capital() || (article && !lower.equals(word));
      form = new Form(language, article ? lower : "", article ? "" : word, capital);
      return true;
    }
  }
}
