package org.minillm.app.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.minillm.train.text.Words;

/** The index against the definition: Jaccard similarity of the sets of word 5-grams. */
class NearDuplicatesTest {
  private final Random random = new Random(8);

  private static Content content(String text) {
    return new Content(text, List.of(), "");
  }

  private static double jaccard(String a, String b) {
    Set<List<String>> first = shingles(a);
    Set<List<String>> shared = new HashSet<>(first);
    Set<List<String>> second = shingles(b);
    shared.retainAll(second);
    return (double) shared.size() / (first.size() + second.size() - shared.size());
  }

  private static Set<List<String>> shingles(String text) {
    List<String> words = Arrays.asList(text.replaceAll("[.!]", "").split(" "));
    Set<List<String>> shingles = new HashSet<>();
    for (int i = 0; i + 5 <= words.size(); i++) {
      shingles.add(words.subList(i, i + 5));
    }
    return shingles;
  }

  /** A copy with some words replaced. */
  private String edited(String text, int edits) {
    String[] words = text.replace(".", "").split(" ");
    for (int i = 0; i < edits; i++) {
      words[random.nextInt(words.length)] = StoryTexts.word(random);
    }
    return String.join(" ", words);
  }

  @Test
  void findsWhatIsAlikeAndNothingElse() throws IOException {
    int alike = 0;
    int found = 0;
    try (DuplicateIndex index = new DuplicateIndex(8 << 20, true)) {
      List<String> originals = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        originals.add(StoryTexts.english(random, 120));
        assertEquals(Optional.empty(), index.find(content(originals.get(i))));
        index.keep(i);
      }
      for (int i = 0; i < 400; i++) {
        String copy = edited(originals.get(i), 1 + i % 4);
        double similarity = jaccard(originals.get(i), copy);
        Optional<DuplicateIndex.Match> match = index.find(content(copy));
        if (match.isPresent()) {
          assertEquals(i, match.get().number());
          assertEquals(similarity, match.get().similarity(), 1e-9);
          assertTrue(similarity >= 0.8);
          found++;
        }
        alike += similarity >= 0.8 ? 1 : 0;
      }
    }
    assertTrue(alike > 100 && alike < 300, alike + " are alike");
    assertTrue(found >= 0.99 * alike, found + " of " + alike);
  }

  @Test
  void manyHalfAlikeDocumentsDoNotMakeItQuadratic() throws IOException {
    String common = StoryTexts.english(random, 60);
    try (DuplicateIndex index = new DuplicateIndex(16 << 20, true)) {
      for (int i = 0; i < 6000; i++) {
        String text = common + " " + StoryTexts.english(random, 40);
        assertEquals(Optional.empty(), index.find(content(text)));
        index.keep(i);
      }
      assertEquals("", index.remark());
    }
  }

  @Test
  void signaturesEstimateTheSimilarity() {
    Words words = new Words();
    short[] places = new short[2 * MinHash.PLACES];
    double error = 0;
    for (int i = 0; i < 100; i++) {
      String text = StoryTexts.english(random, 200);
      Shingles a = Shingles.of(content(text), words);
      Shingles b = Shingles.of(content(edited(text, 1 + i / 4)), words);
      MinHash.sign(a.hashes(), places, 0);
      MinHash.sign(b.hashes(), places, MinHash.PLACES);
      int equal = MinHash.equalPlaces(places, 0, places, MinHash.PLACES);
      error += (double) equal / MinHash.PLACES - a.similarity(b);
      assertEquals(a.similarity(b), (double) equal / MinHash.PLACES, 0.2);
    }
    assertEquals(0, error / 100, 0.015);
  }
}
