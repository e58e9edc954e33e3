package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.minillm.app.StoredChat.Figures;
import org.minillm.generate.StopReason;

class AnswerNoteTest {
  private final Texts texts = new Texts(Texts.ENGLISH);

  @Test
  void anAnswersFiguresAreALineOfWords() {
    assertEquals("", AnswerNote.of(null, texts), "an edited answer has none");
    assertEquals(
        "7 tokens · 121 tok/s · first token after 31 ms · stopped by you",
        AnswerNote.of(new Figures(7, 120.6, 0.031, StopReason.CANCELLED, 0, 0, -1), texts));
    assertEquals(
        "context full",
        AnswerNote.of(new Figures(0, 0, Double.NaN, StopReason.CONTEXT_FULL, 0, 0, -1), texts));
    assertEquals(
        "7 tokens · 0 tok/s · first token after – · ended by itself",
        AnswerNote.of(new Figures(7, 0, Double.NaN, StopReason.END_OF_TEXT, 0, 0, -1), texts));
    texts.setLocale(Texts.SPANISH);
    assertEquals(
        "7 tokens · 121 tok/s · primer token en 4,6 s · terminó solo · paso 1.200"
            + " · 2 mensajes antiguos salieron del contexto · un token antiguo olvidado al"
            + " responder",
        AnswerNote.of(new Figures(7, 120.6, 4.567, StopReason.END_OF_TEXT, 2, 1, 1200), texts));
  }
}
