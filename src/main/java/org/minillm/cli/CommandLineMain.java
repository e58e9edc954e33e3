package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.minillm.app.Installation;
import org.minillm.app.WarmUp;
import org.minillm.base.MiniLlmException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * The command line: {@code minillm COMMAND …}, {@code ./run.sh COMMAND …} in a checkout. Results go
 * to standard output, progress and messages to standard error. Exit codes: 0 done, 1 failed, 2
 * wrong usage.
 */
@Command(
    name = "minillm",
    description = "Trains, runs and chats with small language models. No arguments: the window.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    synopsisSubcommandLabel = "COMMAND")
public final class CommandLineMain implements Runnable {
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

  /** The commands in the order of the help; {@code FooBarCommand} is called {@code foobar}. */
  private static final List<Class<?>> COMMANDS =
      List.of(
          GenerateCommand.class,
          ChatCommand.class,
          ServeCommand.class,
          TrainCommand.class,
          EvalCommand.class,
          TokenizerCommand.class,
          PlanCommand.class,
          InfoCommand.class,
          ModelsCommand.class,
          QuantizeCommand.class,
          ExportCommand.class,
          ImportCommand.class,
          BenchmarkCommand.class,
          CorpusCommand.class,
          DataCommand.class,
          CleanCommand.class,
          StartupCommand.class);

  @Spec private CommandSpec spec;

  /** For picocli. */
  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  public CommandLineMain() {}

  /** Runs one command line and returns its exit code. Never throws for a user's mistake. */
  public static int run(String... args) {
    if (System.getProperty(LOG_FORMAT) == null) {
      System.setProperty(LOG_FORMAT, logFormat(args));
    }
    warmUp(args);
    try {
      return execute(commandLine(args), args);
    } catch (OutOfMemoryError e) {
      System.err.println(message(e));
      return FAILED;
    }
  }

  /**
   * A warning is one line for people, not a date, a class and a line. Only a server's log tells
   * where something failed that should not: its clients are sent there.
   */
  static String logFormat(String... args) {
    boolean serves =
        args.length > 0
            && (args[0].equals("serve")
                || Arrays.stream(args).anyMatch(arg -> arg.startsWith("--serve")));
    return serves ? "%5$s%6$s%n" : "%5$s%n";
  }

  /** Runs a command; it failed, too, where what it printed could not be written. */
  static int execute(CommandLine line, String... args) {
    int code = line.execute(args);
    // Writers of the commands keep what fails from the stream below them to themselves.
    boolean lost = line.getOut().checkError() || System.out.checkError();
    if (lost && code == 0) {
      PrintWriter err = line.getErr();
      err.println("The output could not be written.");
      err.flush();
      return FAILED;
    }
    return code;
  }

  /** What a user types to start this program in a terminal. */
  public static String commandName() {
    return Installation.ofThisProcess().command();
  }

  /** What generates soon begins in plain loops; the command ends that with a warm-up. */
  private static void warmUp(String... args) {
    boolean soon = args.length > 1 && List.of("generate", "chat").contains(args[0]);
    if (soon || (args.length > 0 && args[0].equals("serve"))) {
      WarmUp unused = WarmUp.startPlain();
    }
  }

  /** The parser for these arguments. Reading all commands takes longer than running most. */
  static CommandLine commandLine(String... args) {
    CommandLine line = new CommandLine(new CommandLineMain());
    line.setCommandName(commandName());
    List<Class<?>> asked =
        COMMANDS.stream()
            .filter(c -> args.length > 0 && c.getSimpleName().equalsIgnoreCase(args[0] + "Command"))
            .toList();
    (asked.isEmpty() ? COMMANDS : asked).forEach(line::addSubcommand);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(CommandLineMain::failed);
    line.setParameterExceptionHandler(CommandLineMain::wrongUsage);
    line.getCommandSpec().usageMessage().width(100);
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    err.println(e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("See: " + line.getCommandSpec().qualifiedName() + " --help");
    err.flush();
    return WRONG_USAGE;
  }

  private static int failed(Exception e, CommandLine line, ParseResult parsed) {
    System.getLogger(CommandLineMain.class.getName())
        .log(System.Logger.Level.DEBUG, "command failed", e);
    PrintWriter err = line.getErr();
    err.println(message(e));
    err.flush();
    return e instanceof MiniLlmException.BadConfig ? WRONG_USAGE : FAILED;
  }

  static String message(Throwable e) {
    if (e instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
      return message(unchecked.getCause());
    }
    if (e instanceof MiniLlmException) {
      return String.valueOf(e.getMessage());
    }
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + ": there is no such file";
    }
    if (e instanceof FileAlreadyExistsException exists) {
      return exists.getFile() + ": exists already";
    }
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + ": permission denied";
    }
    if (e instanceof FileSystemException file && file.getReason() != null) {
      return file.getFile() + ": " + file.getReason();
    }
    if (e instanceof OutOfMemoryError) {
      return "The memory ran out. Take a smaller model or a shorter context (the command plan says"
          + " what fits), or raise resources.max_memory_mb.";
    }
    if (e instanceof CancellationException) {
      return "Stopped.";
    }
    if (e instanceof IOException) {
      return "Disk or file: " + e.getMessage();
    }
    return "Something failed that should not ("
        + e.getClass().getSimpleName()
        + ": "
        + e.getMessage()
        + "). Please report it.";
  }
}
