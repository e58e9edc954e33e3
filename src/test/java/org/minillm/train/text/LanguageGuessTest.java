package org.minillm.train.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spanish, English and what is neither, from a line of a chat to a paragraph. */
class LanguageGuessTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ES|Había una vez un gato que vivía en la casa de los abuelos.",
        "EN|Once upon a time there was a cat that lived in the house.",
        "ES|¿Cómo estás?",
        "EN|What do you like?",
        "UNKNOWN|Tom.",
        "EN|La la la la la la la la la, tra la la. I'm awesome at this, la la la la.",
        "OTHER|কি করেন? চ্যাট করি। আপনি কি করেন?",
        "OTHER|Il ne faut pas vendre la peau de l'ours avant de l'avoir tué, dit une dame qui est avec des amis.",
        "OTHER|Der Hund und die Katze sind nicht zu Hause, ich bin mit den Kindern auf dem Markt.",
        "MIXED|The cat was in the house and they had this for her. El gato estaba en la casa y los niños para su niña.",
        "ES|Sí, tengo un perro.",
        "EN|Do you like it?",
        "OTHER|O menino não queria dormir e morava com a avó em uma casa com os seus irmãos.",
        "OTHER|Il était une fois un petit garçon qui vivait dans la maison de sa mère.",
        "OTHER|Es war einmal ein kleines Mädchen, das nicht in dem Haus wohnen wollte.",
        "OTHER|C'era una volta un bambino che non voleva dormire nella casa della nonna, e sua madre gli disse di no."
      })
  void languageIsGuessed(LanguageGuess.Verdict verdict, String text) {
    assertEquals(verdict, LanguageGuess.of(new Words().read(text)));
  }

  @Test
  void whatHasNoWordsIsUnknownAndALongTableIsNeither() {
    assertEquals(LanguageGuess.Verdict.UNKNOWN, LanguageGuess.of(new Words().read("")));
    String code = "int x = foo(bar); return z + 1; // 12 34\n".repeat(8);
    assertEquals(LanguageGuess.Verdict.OTHER, LanguageGuess.of(new Words().read(code)));
  }
}
