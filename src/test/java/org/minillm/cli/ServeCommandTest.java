package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code serve} refuses. */
class ServeCommandTest {
  @TempDir Path dir;
  private final StringWriter err = new StringWriter();

  private int serve(String... args) throws Exception {
    Files.writeString(dir.resolve("config.json"), "{}");
    List<String> all = new ArrayList<>(List.of("serve", "--config"));
    all.add(dir.resolve("config.json").toString());
    all.addAll(List.of(args));
    CommandLine line = CommandLineMain.commandLine();
    line.setErr(new PrintWriter(err));
    return line.execute(all.toArray(String[]::new));
  }

  @Test
  void anAddressThatOthersReachNeedsAToken() throws Exception {
    assertEquals(CommandLineMain.WRONG_USAGE, serve("--host", "0.0.0.0"));
    assertTrue(err.toString().contains("host is 0.0.0.0; allowed: 127.0.0.1"), err.toString());
  }

  @Test
  void aTokenThatIsShortIsRefusedAndNotShown() throws Exception {
    assertEquals(CommandLineMain.WRONG_USAGE, serve("--token", "abc"));
    assertTrue(err.toString().contains("token is not shown"), err.toString());
  }

  @Test
  void aPortThatIsTakenIsSaid() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertEquals(CommandLineMain.FAILED, serve("--port", Integer.toString(taken.getLocalPort())));
      assertTrue(err.toString().contains("give another one with --port"), err.toString());
    }
  }
}
