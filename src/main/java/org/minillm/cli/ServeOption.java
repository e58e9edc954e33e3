package org.minillm.cli;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.server.ApiServer;
import org.minillm.server.ServerOptions;
import picocli.CommandLine.Option;

/** {@code --serve} of a command that runs long: page and API meanwhile, on this machine only. */
final class ServeOption {
  @Option(
      names = "--serve",
      paramLabel = "PORT",
      description = "Meanwhile serves the page with the live curve, and the API, at this port.")
  private @Nullable Integer port;

  /** Begins, where it was asked for; else null. Loads no model until one is asked. */
  @Nullable ApiServer start(MiniLlmApp app, Consumer<String> teller) throws IOException {
    if (port == null) {
      return null;
    }
    int asked = port;
    ServerOptions options = ServerOptions.local(asked).with(o -> o.preload(false));
    ApiServer server =
        ApiServer.start(app, options.with(o -> o.token(ServeCommand.tokenOfEnvironment())));
    teller.accept("Page http://127.0.0.1:" + server.address().getPort() + "/");
    return server;
  }
}
