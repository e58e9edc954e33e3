package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CommandLineMainTest {
  /** A disk without room. */
  private static final class Full extends Writer {
    @Override
    public void write(char[] from, int offset, int count) throws IOException {
      throw new IOException("No space left on device");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void outputThatCannotBeWrittenIsAFailure() {
    StringWriter err = new StringWriter();
    CommandLine line = CommandLineMain.commandLine("corpus");
    line.setOut(new PrintWriter(new Full()));
    line.setErr(new PrintWriter(err));
    assertEquals(CommandLineMain.FAILED, CommandLineMain.execute(line, "corpus", "--help"));
    assertTrue(err.toString().contains("could not be written"), err.toString());
    line.setOut(new PrintWriter(new StringWriter()));
    assertEquals(0, CommandLineMain.execute(line, "corpus", "--help"));
  }

  @Test
  void whatTheArchiveIsMadeOfRuns() {
    assertEquals(0, CommandLineMain.run("startup", "models/starter-small.gguf"));
    assertFalse(CommandLineMain.commandLine().getUsageMessage().contains("startup"));
  }

  @Test
  void onlyAServersLogTellsWhereSomethingFailed() {
    IllegalStateException thrown = new IllegalStateException("odd");
    assertTrue(told(thrown, "serve").contains("IllegalStateException"));
    assertTrue(told(thrown, "train", "--data", "x", "--serve", "80").contains("odd"));
    assertFalse(told(thrown, "train", "--data", "x").contains("odd"));
  }

  /** As java.util.logging's SimpleFormatter does it. */
  private static String told(Throwable thrown, String... args) {
    return String.format(
        CommandLineMain.logFormat(args), null, "", "", "SEVERE", "failed", "\n" + thrown);
  }
}
