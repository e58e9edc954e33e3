package org.minillm.train.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Tells languages apart by their commonest words, which make up a third of any prose. A word that
 * several languages have counts for each of them, less for every one more.
 */
public final class LanguageGuess {
  /** What is said of a text whose words are of none of them: another language, code, a table. */
  public static final String UNKNOWN = "?";

  /** Characters that are looked at. */
  private static final int ENOUGH = 2000;

  /** Score a word that is needed, and hits, to name a language. */
  private static final double LEAST = 0.08;

  private static final int LEAST_HITS = 2;

  private static final List<String> NAMES = List.of("es", "en", "pt", "fr", "it", "de", "ca");
  private static final Map<String, double[]> WEIGHTS = new HashMap<>();

  static {
    String[] words = {
      "de la que el en y a los se del las un por con no una su para es al lo como más pero sus le"
          + " ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde quien"
          + " desde todo nos durante todos uno les ni contra otros ese eso ante ellos e esto mí"
          + " antes algunos qué unos yo otro él tanto esa estos mucho era había fue ser dijo vez",
      "the of and to in a is it you that he was for on are with as i his they be at one have this"
          + " from or had by not but what some we can out were all there when up your how said an"
          + " she which do their if will her him would so them these who its about then than",
      "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele"
          + " das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso"
          + " ela entre era depois sem mesmo aos ter seus quem nas me esse eles estão você",
      "de la le et les des en un du une que est pour qui a dans par plus pas au sur ne se ce il"
          + " sont la avec ou son lui nous comme mais on si leur y dont tout elle aux cette ses"
          + " être je était fait même été vous deux ces sans très où peut",
      "di e il la che in a per un è non una del si i le da con sono alla come dei più della gli al"
          + " lo nel ha ma anche ci dalla delle se era suo io questo mi cosa molto perché quando"
          + " stato solo sua essere nella fu ho degli tutto lui",
      "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an"
          + " werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen"
          + " so zum war haben nur oder aber vor zur bis mehr ich",
      "de la i el que a en les els un per una és del amb no al es dels més se o com va ser seva"
          + " seu són aquest aquesta ha també però les han hi ja molt sense entre fins quan tot"
          + " tots aquests on perquè era havia això jo"
    };
    for (int i = 0; i < words.length; i++) {
      for (String word : words[i].split(" ")) {
        WEIGHTS.computeIfAbsent(word, w -> new double[NAMES.size()])[i] = 1;
      }
    }
    for (double[] weights : WEIGHTS.values()) {
      double languages = Arrays.stream(weights).sum();
      for (int i = 0; i < weights.length; i++) {
        weights[i] /= languages;
      }
    }
  }

  private LanguageGuess() {}

  /** ISO 639-1 code of es, en, pt, fr, it, de or ca, or {@value #UNKNOWN}. */
  public static String of(String text) {
    double[] scores = new double[NAMES.size()];
    int words = 0;
    int hits = 0;
    int end = Math.min(ENOUGH, text.length());
    int begin = -1;
    for (int i = 0; i <= end; i++) {
      boolean letter = i < end && Character.isLetter(text.charAt(i));
      if (letter && begin < 0) {
        begin = i;
      } else if (!letter && begin >= 0) {
        words++;
        double[] weights = WEIGHTS.get(text.substring(begin, i).toLowerCase(Locale.ROOT));
        if (weights != null) {
          hits++;
          for (int l = 0; l < scores.length; l++) {
            scores[l] += weights[l];
          }
        }
        begin = -1;
      }
    }
    int best = 0;
    for (int l = 1; l < scores.length; l++) {
      best = scores[l] > scores[best] ? l : best;
    }
    return hits >= LEAST_HITS && scores[best] >= LEAST * words ? NAMES.get(best) : UNKNOWN;
  }
}
