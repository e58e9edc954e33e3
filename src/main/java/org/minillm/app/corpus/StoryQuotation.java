package org.minillm.app.corpus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts the text of a story where a dialogue says {@code {story NAME}}, so that a story stands once
 * and can be told both by itself and when somebody asks for it. A name that the dialogue drew from
 * the same list before keeps what was drawn: the story is about that.
 */
final class StoryQuotation {
  private static final String NAME = "[\\p{L}\\p{N}][\\p{L}\\p{N}_-]*";
  private static final Pattern QUOTATION = Pattern.compile("\\{story (" + NAME + ")}");
  private static final Pattern DRAW =
      Pattern.compile(
          "\\{(!?)(" + NAME + ")=(" + NAME + "(?:#" + NAME + ")*)((?:[.@]" + NAME + ")*)}");

  private final Map<String, Passage> stories;
  private final List<Problem> problems;

  StoryQuotation(Map<String, Passage> stories, List<Problem> problems) {
    this.stories = stories;
    this.problems = problems;
  }

  /**
   * The dialogue with its quotations written out; each of their lines has the quotation's number.
   */
  Passage writtenOut(Passage dialogue) {
    Passage.Builder whole = new Passage.Builder(dialogue.file());
    Map<String, String> drawn = new LinkedHashMap<>();
    List<String> lines = new ArrayList<>(List.of(dialogue.text().split("\n", -1)));
    for (int i = 0; i < lines.size(); i++) {
      int number = dialogue.lines().get(i);
      Matcher quotation = QUOTATION.matcher(lines.get(i));
      String line = lines.get(i);
      if (quotation.find()) {
        String text = told(quotation.group(1), drawn, new Place(dialogue.file(), number));
        line = line.substring(0, quotation.start()) + text + line.substring(quotation.end());
      }
      Matcher draw = DRAW.matcher(lines.get(i));
      while (draw.find()) {
        drawn.put(draw.group(2), draw.group(3));
      }
      for (String part : line.split("\n", -1)) {
        whole.add(part, number);
      }
    }
    return whole.build();
  }

  private String told(String name, Map<String, String> drawn, Place place) {
    Passage story = stories.get(name);
    if (story == null) {
      problems.add(new Problem(place.toString(), "there is no story " + name + " to tell"));
      return "";
    }
    return DRAW.matcher(story.text())
        .replaceAll(
            draw -> {
              String list = drawn.get(draw.group(2));
              if (list == null) {
                return Matcher.quoteReplacement(draw.group());
              }
              if (!list.equals(draw.group(3))) {
                problems.add(
                    new Problem(
                        place.toString(),
                        "story "
                            + name
                            + " draws "
                            + draw.group(2)
                            + " from "
                            + draw.group(3)
                            + ", the dialogue from "
                            + list));
              }
              return draw.group(1).isEmpty()
                  ? Matcher.quoteReplacement("{" + draw.group(2) + draw.group(4) + "}")
                  : "";
            });
  }
}
