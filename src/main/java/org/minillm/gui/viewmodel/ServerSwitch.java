package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.server.ApiServer;
import org.minillm.server.ServerOptions;

/** Turns the local server on and off; only programs on this machine reach it. */
public final class ServerSwitch implements AutoCloseable {
  /** The command line's, too. */
  private static final int USUAL_PORT = 8080;

  /** Opens the server at a port; 0 for any that is free. */
  interface Opener {
    /**
     * @throws BadInput where the port cannot be had
     */
    ApiServer open(int port) throws IOException;
  }

  private final Opener opener;
  private final int usualPort;
  private final Executor ui;
  private final Executor background;
  private final ReadOnlyObjectWrapper<Optional<String>> address =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private @Nullable ApiServer server; // guarded by this

  /**
   * @param ui runs what changes properties
   * @param background runs what opens ports
   */
  public ServerSwitch(MiniLlmApp app, Executor ui, Executor background) {
    // The model is loaded with the first question: most who turn it on have one open already.
    this(
        port -> ApiServer.start(app, ServerOptions.local(port).with(o -> o.preload(false))),
        USUAL_PORT,
        ui,
        background);
  }

  ServerSwitch(Opener opener, int usualPort, Executor ui, Executor background) {
    this.opener = opener;
    this.usualPort = usualPort;
    this.ui = ui;
    this.background = background;
  }

  /** Where its page is; empty while it is off. */
  public ReadOnlyObjectProperty<Optional<String>> addressProperty() {
    return address.getReadOnlyProperty();
  }

  /** Why it could not be turned on, empty when it could. */
  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  /** Turns it on, at its usual port or, where another program has that, at a free one; or off. */
  public void turn(boolean on) {
    background.execute(
        () -> {
          Optional<Throwable> problem = Optional.empty();
          Optional<String> now = Optional.empty();
          try {
            now = on ? Optional.of(open()) : off();
          } catch (IOException | RuntimeException e) {
            problem = Optional.of(e);
          }
          Optional<String> shown = now;
          Optional<Throwable> told = problem;
          ui.execute(
              () -> {
                address.set(shown);
                failure.set(told);
              });
        });
  }

  private synchronized String open() throws IOException {
    ApiServer running = server;
    if (running == null) {
      try {
        running = opener.open(usualPort);
      } catch (BadInput e) { // somebody has it
        running = opener.open(0);
      }
      server = running;
    }
    return "http://localhost:" + running.address().getPort() + "/";
  }

  private Optional<String> off() {
    close();
    return Optional.empty();
  }

  @Override
  public synchronized void close() {
    ApiServer running = server;
    server = null;
    if (running != null) {
      running.close();
    }
  }
}
