package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.format.TensorType;
import org.minillm.server.ApiServer;
import org.minillm.server.ServerOptions;

class ServerSwitchTest {
  @TempDir Path home;
  private MiniLlmApp app;
  private final List<Integer> asked = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    app = RoomyApp.open(home, FrontEnd.WINDOW);
  }

  @AfterEach
  void close() {
    app.close();
  }

  private ApiServer start(int port) throws IOException {
    asked.add(port);
    return ApiServer.start(app, ServerOptions.local(port).with(o -> o.preload(false)));
  }

  private ServerSwitch at(int usualPort) {
    return new ServerSwitch(this::start, usualPort, Runnable::run, Runnable::run);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static int status(String address) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(address).toURL().openConnection();
    try {
      return connection.getResponseCode();
    } finally {
      connection.disconnect();
    }
  }

  @Test
  void onAnswersAtItsUsualPortAndOffAnswersNoMore() throws IOException {
    int port = freePort();
    try (ServerSwitch server = at(port)) {
      assertEquals(Optional.empty(), server.addressProperty().get());
      server.turn(true);
      String address = "http://localhost:" + port + "/";
      assertEquals(Optional.of(address), server.addressProperty().get());
      assertEquals(Optional.empty(), server.failureProperty().get());
      assertEquals(200, status(address));
      server.turn(true); // it is already
      assertEquals(List.of(port), asked);
      server.turn(false);
      assertEquals(Optional.empty(), server.addressProperty().get());
      assertThrows(ConnectException.class, () -> status(address));
      server.turn(true);
      assertEquals(200, status(address));
    }
  }

  @Test
  void theModelThatTheServerKeepsGoesWhenThePlaceOrTheMemoryIsWanted() throws IOException {
    Path tiny = home.resolve("models/tiny");
    try (MiniLlm model = new MiniLlm(new Config(300, 16, 1, 1, 32, 64))) {
      model.save(tiny, TensorType.F32);
    }
    app.completions().load("tiny");
    assertTrue(app.completions().bytes() > 0);
    new TrainingViewModel(app, Runnable::run, Runnable::run, System::nanoTime).ejectServedModel();
    assertEquals(0, app.completions().bytes());
    app.completions().load("tiny");
    assertEquals(home.resolve("models/other"), app.housekeeping().rename(tiny, "other"));
    assertFalse(app.completions().has("tiny"));
  }

  @Test
  void wherePortIsTakenAFreeOneIsFound() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSwitch server = at(other.getLocalPort())) {
      server.turn(true);
      String address = server.addressProperty().get().orElseThrow();
      assertFalse(address.endsWith(":" + other.getLocalPort() + "/"), address);
      assertEquals(200, status(address));
      assertEquals(List.of(other.getLocalPort(), 0), asked);
    }
  }

  @Test
  void whatKeepsItOffIsToldUntilItCanBeTurnedOn() {
    List<Integer> tries = new ArrayList<>();
    ServerSwitch server =
        new ServerSwitch(
            port -> {
              tries.add(port);
              if (tries.size() <= 2) {
                throw new BadInput(
                    "localhost:" + port,
                    "the port cannot be had (Permission denied); give another one with --port");
              }
              return start(0);
            },
            80,
            Runnable::run,
            Runnable::run);
    server.turn(true);
    assertEquals(List.of(80, 0), tries);
    assertEquals(Optional.empty(), server.addressProperty().get());
    String told =
        ErrorTexts.of(server.failureProperty().get().orElseThrow(), new Texts(Locale.ENGLISH));
    assertTrue(told.contains("localhost") && told.contains("Permission denied"), told);
    assertFalse(
        told.contains("--port"), "an option of the command line helps nobody here: " + told);
    server.turn(true);
    assertTrue(server.addressProperty().get().isPresent());
    assertEquals(Optional.empty(), server.failureProperty().get());
    server.close();
  }
}
