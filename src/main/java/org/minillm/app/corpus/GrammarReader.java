package org.minillm.app.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads skeleton files: blocks apart by blank lines, each headed by {@code @list}, {@code @story}
 * or {@code @dialogue} and a name. Lists of all files are read before the first skeleton, so a
 * skeleton may use a list of another file.
 */
final class GrammarReader {
  private static final Pattern HEAD =
      Pattern.compile("@(list|story|dialogue)\\s+([\\p{L}\\p{N}][\\p{L}\\p{N}_-]*)");
  private static final Pattern TURN = Pattern.compile("(user|assistant):\\s*(.*)");
  private static final Pattern ATTRIBUTE =
      Pattern.compile("([\\p{L}\\p{N}][\\p{L}\\p{N}_-]*)=(\\S+)");

  private final Language language;
  private final List<Problem> problems = new ArrayList<>();
  private final Map<String, WordList> lists = new LinkedHashMap<>();

  GrammarReader(Language language) {
    this.language = language;
  }

  /** Lines of a file between two blank ones, comments left out; the first is its head. */
  private record Block(Place place, String kind, String name, Passage body) {}

  Grammar read(List<SkeletonFile> files) {
    List<Block> blocks = new ArrayList<>();
    for (SkeletonFile file : files) {
      cut(file, blocks);
    }
    Map<String, Place> names = new HashMap<>();
    List<Block> unique = new ArrayList<>();
    for (Block block : blocks) {
      String key = (block.kind.equals("list") ? "list " : "skeleton ") + block.name;
      Place first = names.putIfAbsent(key, block.place);
      if (first == null) {
        unique.add(block);
      } else {
        report(block.place, "the name " + block.name + " is taken by " + first);
      }
    }
    unique.stream().filter(b -> b.kind.equals("list")).forEach(this::list);
    Map<String, Passage> stories = new HashMap<>();
    unique.stream().filter(b -> b.kind.equals("story")).forEach(b -> stories.put(b.name, b.body));
    StoryQuotation quotation = new StoryQuotation(stories, problems);
    List<Skeleton> skeletons = new ArrayList<>();
    for (Block block : unique) {
      if (block.kind.equals("story")) {
        skeletons.add(skeleton(block));
      } else if (block.kind.equals("dialogue")) {
        Passage whole = quotation.writtenOut(block.body);
        skeletons.add(skeleton(new Block(block.place, block.kind, block.name, whole)));
      }
    }
    return new Grammar(language, files.size(), lists, skeletons, problems);
  }

  private void cut(SkeletonFile file, List<Block> blocks) {
    List<String> lines = file.lines();
    for (int at = 0; at < lines.size(); at++) {
      String line = lines.get(at).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Place place = new Place(file.name(), at + 1);
      Passage.Builder body = new Passage.Builder(file.name());
      boolean empty = true;
      for (at++; at < lines.size() && !lines.get(at).isBlank(); at++) {
        String next = lines.get(at).strip();
        if (HEAD.matcher(next).matches()) {
          report(
              new Place(file.name(), at + 1), "a blank line must stand before " + shortened(next));
        } else if (!next.startsWith("#")) {
          body.add(next, at + 1);
          empty = false;
        }
      }
      Matcher head = HEAD.matcher(line);
      if (!head.matches()) {
        report(
            place,
            "a block begins with @list NAME, @story NAME or @dialogue NAME (letters, digits, -, _)"
                + " and ends at a blank line; found: "
                + shortened(line));
      } else if (empty) {
        report(place, line + " has nothing below it; write its lines right below");
      } else {
        blocks.add(new Block(place, head.group(1), head.group(2), body.build()));
      }
    }
  }

  private void list(Block block) {
    List<Entry> entries = new ArrayList<>();
    Map<String, Place> texts = new HashMap<>();
    String[] lines = block.body.text().split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      Place place = new Place(block.place.file(), block.body.lines().get(i));
      int bar = lines[i].indexOf('|');
      String text = (bar < 0 ? lines[i] : lines[i].substring(0, bar)).strip();
      Place first = texts.putIfAbsent(text, place);
      if (text.isEmpty() || text.matches(".*[{}\\[\\]].*")) {
        report(place, "an entry is plain text, then perhaps | and attributes; found: " + lines[i]);
      } else if (first != null) {
        report(place, "'" + text + "' stands in list " + block.name + " already: " + first);
      } else {
        entries.add(entry(text, bar < 0 ? "" : lines[i].substring(bar + 1), place));
      }
    }
    lists.put(block.name, new WordList(block.name, block.place, List.copyOf(entries)));
  }

  private Entry entry(String text, String attributes, Place place) {
    Gender gender = null;
    Set<String> tags = new LinkedHashSet<>();
    Map<String, String> values = new LinkedHashMap<>();
    for (String word : attributes.strip().split("\\s+")) {
      Matcher attribute = ATTRIBUTE.matcher(word);
      if (word.isEmpty()) {
        continue;
      } else if (language.genders().contains(word) && gender == null) {
        gender = Gender.values()[language.genders().indexOf(word)];
      } else if (word.startsWith("#") && word.length() > 1) {
        tags.add(word.substring(1));
      } else if (attribute.matches() && !values.containsKey(attribute.group(1))) {
        String key = attribute.group(1);
        String value = attribute.group(2).replace('_', ' ');
        values.put(key, value);
        List<String> allowed = language.overrides(key);
        if (!allowed.isEmpty() && !allowed.contains(value)) {
          report(place, word + "; allowed for " + key + ": " + String.join(", ", allowed));
        } else if (allowed.isEmpty() && language.articles().contains(key)) {
          report(place, word + ": " + key + " is an article, it cannot name an attribute");
        }
      } else {
        report(
            place,
            "attribute "
                + word
                + " of '"
                + text
                + "'; allowed: one gender ("
                + String.join(", ", language.genders())
                + "), #tag, key=value (each key once; _ prints as a space)");
      }
    }
    return new Entry(text, gender, tags, values, place);
  }

  private Skeleton skeleton(Block block) {
    int before = problems.size();
    TemplateParser parser = new TemplateParser(language, lists, problems);
    Scope scope = new Scope();
    boolean dialogue = block.kind.equals("dialogue");
    List<Passage> passages = dialogue ? turns(block) : List.of(block.body);
    List<List<Piece>> turns = new ArrayList<>();
    for (Passage passage : passages) {
      turns.add(parser.parse(passage, scope));
    }
    dropRepeated(before);
    return new Skeleton(block.name, dialogue, block.place, List.copyOf(turns));
  }

  /** A name that is missing is missing at each of its uses: one of equal problems is enough. */
  private void dropRepeated(int from) {
    Set<Problem> seen = new HashSet<>();
    problems.subList(from, problems.size()).removeIf(p -> !seen.add(p));
  }

  private List<Passage> turns(Block block) {
    List<Passage> turns = new ArrayList<>();
    String[] lines = block.body.text().split("\n", -1);
    Passage.@Nullable Builder turn = null;
    int count = 0;
    for (int i = 0; i < lines.length; i++) {
      int number = block.body.lines().get(i);
      Matcher head = TURN.matcher(lines[i]);
      if (!head.matches()) {
        if (turn == null) {
          report(new Place(block.place.file(), number), "a dialogue begins with user:");
          return List.of();
        }
        turn.add(lines[i], number);
        continue;
      }
      if (!head.group(1).equals(Skeleton.role(count))) {
        report(
            new Place(block.place.file(), number),
            "this turn must be " + Skeleton.role(count) + ": (user: first, then in turns)");
        return List.of();
      }
      if (turn != null) {
        turns.add(turn.build());
      }
      turn = new Passage.Builder(block.place.file()).add(head.group(2), number);
      count++;
    }
    if (turn != null) {
      turns.add(turn.build());
    }
    if (count % 2 != 0) {
      report(block.place, "dialogue " + block.name + " must end with assistant:");
    }
    return turns;
  }

  private static String shortened(String line) {
    String first = line.lines().findFirst().orElse("");
    return first.length() <= 60 ? first : first.substring(0, 60) + "…";
  }

  private void report(Place place, String reason) {
    problems.add(new Problem(place.toString(), reason));
  }
}
