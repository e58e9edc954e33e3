package org.minillm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import org.minillm.app.FrontEnd;
import org.minillm.app.Installation;
import org.minillm.app.MiniLlmApp;
import org.minillm.base.MiniLlmException.BadInput;
import picocli.CommandLine.Option;

/** {@code --config}: which {@code config.json} holds. */
final class ConfigOption {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Configuration; default: ./config.json, else the one of the installation"
              + " (of the Debian package: ~/.config/mini-llm/config.json).")
  private @Nullable Path config;

  /** The file to use; it need not exist when none was named. */
  Path file() {
    if (config != null) {
      if (!Files.isRegularFile(config)) {
        throw new BadInput(config.toString(), "there is no such configuration file");
      }
      return config;
    }
    return Installation.ofThisProcess().configFile();
  }

  /** The file that was named; empty where the usual one is used. */
  Optional<Path> named() {
    return Optional.ofNullable(config);
  }

  /** What the file says, or the defaults where there is none. */
  AppConfig load() throws IOException {
    Path file = file();
    return Files.exists(file) ? AppConfig.load(file) : AppConfig.defaults();
  }

  /** The application without a window. */
  MiniLlmApp open() throws IOException {
    return open(load());
  }

  /** The same with options over the file's values. */
  MiniLlmApp open(AppConfig config) throws IOException {
    return MiniLlmApp.open(file(), config, FrontEnd.COMMAND_LINE);
  }
}
