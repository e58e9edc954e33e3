package org.minillm.launch;

import org.minillm.cli.CommandLineMain;

/** Entry point: without arguments the window, with arguments the command line. */
public final class Main {
  private static final String WINDOW = "org.minillm.gui.MiniLlmWindow";

  private Main() {}

  public static void main(String[] args) {
    if (args.length > 0) {
      System.exit(CommandLineMain.run(args));
    }
    // By name: the command line and the library must start where JavaFX is not installed.
    try {
      Class.forName(WINDOW).getMethod("launchWindow").invoke(null);
    } catch (ClassNotFoundException | NoClassDefFoundError e) {
      fail(
          "The window needs JavaFX, which is not on the path. Start it with "
              + CommandLineMain.commandName()
              + ".",
          e);
    } catch (ReflectiveOperationException | LinkageError | UnsupportedOperationException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      fail(
          "The window could not be opened ("
              + cause.getMessage()
              + "). Is there a screen (DISPLAY)? The command line works without: "
              + CommandLineMain.commandName()
              + " --help",
          cause);
    }
  }

  private static void fail(String message, Throwable cause) {
    System.getLogger(Main.class.getName()).log(System.Logger.Level.DEBUG, message, cause);
    System.err.println(message);
    System.exit(1);
  }
}
