package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.WarmUp;
import org.minillm.server.ApiServer;
import org.minillm.server.ServerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serve}: the local API and the web page, until Ctrl+C. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description =
        "Serves models to programs on this machine (OpenAI's API) and a web page to chat with"
            + " them; Ctrl+C ends.")
final class ServeCommand implements Callable<Integer> {
  private static final String TOKEN = "MINILLM_API_TOKEN";

  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private QuantizationOption quantization;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port; default 8080, 0 takes a free one.")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Address to listen at; default 127.0.0.1, this machine only. Any other needs a token.")
  private String host;

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description = "One more name by which clients call this machine; may be repeated.")
  private @Nullable List<String> allowedHosts;

  @Option(
      names = "--token",
      paramLabel = "TEXT",
      description = "What clients must bring; default: the environment's " + TOKEN + ".")
  private @Nullable String token;

  @Option(
      names = "--model",
      paramLabel = "PATH",
      description =
          "Model of those who name none: a directory or .gguf, or a name in model_dir; default:"
              + " the starter model.")
  private @Nullable Path model;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ServeCommand() {}

  @Override
  public Integer call() throws IOException {
    ServerOptions options =
        ServerOptions.local(0)
            .with(
                o ->
                    o.host(host)
                        .port(port)
                        .token(Optional.ofNullable(token).or(ServeCommand::tokenOfEnvironment))
                        .hosts(allowedHosts == null ? Set.of() : Set.copyOf(allowedHosts)));
    try (MiniLlmApp app = configOption.open(quantization.apply(configOption.load()))) {
      if (model != null) {
        app.completions().prefer(app.models().resolve(Optional.of(model)));
      }
      try (ApiServer server = ApiServer.start(app, options)) {
        // While nobody asks yet: the first answer is not the one that waits for the JIT.
        WarmUp unused = WarmUp.start(() -> {}, WarmUp.FULL);
        PrintWriter err = spec.commandLine().getErr();
        err.println(
            "Page http://" + shown(server) + "/  API http://" + shown(server) + "/v1  Ctrl+C ends");
        err.flush();
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return 0;
  }

  /** The token of the environment, which no list of processes shows. */
  static Optional<String> tokenOfEnvironment() {
    return Optional.ofNullable(System.getenv(TOKEN)).filter(t -> !t.isBlank());
  }

  private String shown(ApiServer server) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + server.address().getPort();
  }
}
