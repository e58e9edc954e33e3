package org.minillm.server;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Optional;
import java.util.Set;
import org.minillm.base.MiniLlmException.BadConfig;

/**
 * Where the server listens and what it allows. Sizes and times are bounds on what one client may
 * cost.
 *
 * @param host name or address to listen at; one that other machines reach needs a token
 * @param port 0 takes a free one
 * @param token what a client must bring as {@code Authorization: Bearer …}; empty for nothing
 * @param hosts more names by which clients may call this server, beside this machine's own
 * @param queue requests that may wait for the one that is answered
 * @param bodyBytes of a request
 * @param bufferChars of text that wait for a client who reads slowly; more drops the client
 * @param heartbeatMillis of silence after which a sign of life is written, which also finds out who
 *     left
 * @param writeSeconds a client may take to read what is written
 * @param waitSeconds a request may wait in the queue
 * @param generationSeconds one answer may take; then it ends as at its length
 * @param preload whether the default model is loaded before the first question
 * @param eventClients that may listen to training at the same time
 */
@RecordBuilder
public record ServerOptions(
    String host,
    int port,
    Optional<String> token,
    Set<String> hosts,
    int queue,
    int bodyBytes,
    int bufferChars,
    int heartbeatMillis,
    int writeSeconds,
    int waitSeconds,
    int generationSeconds,
    boolean preload,
    int eventClients)
    implements ServerOptionsBuilder.With {
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");

  public ServerOptions {
    hosts = Set.copyOf(hosts);
    check("port", port, 0, 65_535);
    check("queue", queue, 1, 1024);
    check("body_bytes", bodyBytes, 1024, 64 << 20);
    check("buffer_chars", bufferChars, 16, 64 << 20);
    check("heartbeat_millis", heartbeatMillis, 10, 60_000);
    check("write_seconds", writeSeconds, 1, 3600);
    check("wait_seconds", waitSeconds, 1, 86_400);
    check("generation_seconds", generationSeconds, 1, 86_400);
    check("event_clients", eventClients, 0, 32);
    if (token.isPresent() && !token.get().matches("[\\x21-\\x7e]{8,256}")) {
      throw new BadConfig("token", "not shown", "8 to 256 visible ASCII characters");
    }
    if (token.isEmpty() && beyondLoopback(host)) {
      throw new BadConfig(
          "host", host, "127.0.0.1, or with a token also addresses that other machines reach");
    }
  }

  /** Whether other machines reach the server. */
  boolean beyondLoopback() {
    return beyondLoopback(host);
  }

  private static boolean beyondLoopback(String host) {
    return !LOOPBACK.contains(host);
  }

  private static void check(String key, int value, int least, int most) {
    if (value < least || value > most) {
      throw new BadConfig(key, Integer.toString(value), least + " to " + most);
    }
  }

  /** This machine only, at a port; 16 may wait, a body has 256 KB. */
  public static ServerOptions local(int port) {
    return new ServerOptions(
        "127.0.0.1",
        port,
        Optional.empty(),
        Set.of(),
        16,
        256 << 10,
        64 << 10,
        1000,
        20,
        300,
        600,
        true,
        8);
  }
}
