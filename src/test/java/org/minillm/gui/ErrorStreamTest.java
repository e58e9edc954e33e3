package org.minillm.gui;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ErrorStreamTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private boolean ends;
  private final ErrorStream errors =
      new ErrorStream(new PrintStream(bytes, true, StandardCharsets.UTF_8), () -> ends);

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theRateOfPulsesIsNotTold() {
    errors.println("Setting PULSE_DURATION to 30 hz");
    assertEquals("", printed());
  }

  @Test
  void whatFailsWhileTheProcessRunsIsTold() {
    errors.print("Exception in thread \"t\" ");
    new IllegalStateException("broken").printStackTrace(errors);
    assertTrue(printed().startsWith("Exception in thread \"t\" java.lang.IllegalStateException"));
    assertTrue(printed().contains("\tat " + ErrorStreamTest.class.getName()), printed());
  }

  @Test
  void whatFailsBecauseTheProcessEndsIsNotTold() {
    ends = true;
    errors.println("Exception in Application start method");
    errors.print("Exception in thread \"t\" ");
    new IllegalStateException("broken").printStackTrace(errors);
    assertEquals("", printed());
  }

  @Test
  void messagesAreToldToTheEnd() {
    ends = true;
    errors.println("The disk is full");
    assertEquals("The disk is full" + System.lineSeparator(), printed());
  }
}
