package org.minillm.app.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts that look like stories to the doctor, no two of them alike. */
final class StoryTexts {
  private static final String ENGLISH = "the of and was that with his they had this were her would";
  private static final String SPANISH = "el los del que una su para es como más pero fue había";

  private StoryTexts() {}

  static String english(Random random, int words) {
    return text(random, words, ENGLISH.split(" "));
  }

  static String spanish(Random random, int words) {
    return text(random, words, SPANISH.split(" "));
  }

  private static String text(Random random, int words, String[] frequent) {
    List<String> text = new ArrayList<>();
    for (int i = 0; i < words; i++) {
      text.add(i % 3 == 0 ? frequent[random.nextInt(frequent.length)] : word(random));
    }
    return String.join(" ", text) + ".";
  }

  static String word(Random random) {
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      word.append("bdfgklmnprstv".charAt(random.nextInt(13)));
      word.append("aeiou".charAt(random.nextInt(5)));
    }
    return word.toString();
  }
}
