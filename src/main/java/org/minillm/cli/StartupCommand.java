package org.minillm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.minillm.MiniLlm;
import org.minillm.base.FileTrees;
import org.minillm.generate.GenerateOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code startup}: what users start most, in one process, so that the class-data archive that is
 * made of it has the classes of all that. One short answer would end before its warm-up has loaded
 * the vector kernels'.
 */
@Command(
    name = "startup",
    hidden = true,
    description = "Loads what other commands load; their class-data archive is made of it.")
final class StartupCommand implements Callable<Integer> {
  private static final String PROMPT = "Hola";

  @Parameters(paramLabel = "MODEL", description = "GGUF file.")
  private Path gguf;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  StartupCommand() {}

  @Override
  public Integer call() throws IOException {
    Path work = Files.createTempDirectory("minillm-startup");
    try {
      Path directory = work.resolve("model");
      String to = directory.toString();
      int code = generate(gguf);
      if (code == 0) {
        code = CommandLineMain.run("export", gguf.toString(), "--format", "hf", "--out", to);
      }
      if (code != 0) {
        return code;
      }
      for (Path model : new Path[] {gguf, directory}) {
        try (MiniLlm loaded = MiniLlm.load(model)) {
          loaded.generate(PROMPT, GenerateOptions.defaults()).text();
        }
      }
      return generate(directory);
    } finally {
      FileTrees.delete(work);
    }
  }

  /** The likeliest tokens; the other texts here are sampled, so that both ways are loaded. */
  private static int generate(Path model) {
    return CommandLineMain.run(
        "generate", "--temperature", "0", "--model", model.toString(), PROMPT);
  }
}
