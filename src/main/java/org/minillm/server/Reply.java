package org.minillm.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * One request and the answer to it. Every write is watched: a client that does not read is cut off.
 * Used by the request's thread alone.
 */
final class Reply implements AutoCloseable {
  private static final int MOST_DISCARDED = 4 << 20;

  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);

  private final HttpExchange exchange;
  private final WriteWatch watch;
  private boolean begun;
  private boolean empty;
  private boolean events;

  Reply(HttpExchange exchange, WriteWatch watch) {
    this.exchange = exchange;
    this.watch = watch;
    Headers headers = exchange.getResponseHeaders();
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cache-Control", "no-store");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
  }

  String method() {
    return exchange.getRequestMethod();
  }

  String path() {
    return String.valueOf(exchange.getRequestURI().getPath());
  }

  Headers requestHeaders() {
    return exchange.getRequestHeaders();
  }

  Headers headers() {
    return exchange.getResponseHeaders();
  }

  /** Whether the status is sent: what fails from here on can only be said in the body. */
  boolean begun() {
    return begun;
  }

  /** The request's body; 413 past {@code most} bytes. */
  byte[] body(int most) throws IOException {
    String length = requestHeaders().getFirst("Content-Length");
    InputStream in = exchange.getRequestBody();
    if (length != null && (length.length() > 9 || Long.parseLong(length) > most)) {
      throw tooLarge(in, most);
    }
    byte[] body = in.readNBytes(most + 1);
    if (body.length > most) {
      throw tooLarge(in, most);
    }
    return body;
  }

  private ApiError tooLarge(InputStream in, int most) throws IOException {
    headers().set("Connection", "close");
    discard(in);
    return ApiError.tooLarge(most);
  }

  /** Closing on a client that still sends resets the connection, and the answer is lost with it. */
  private static void discard(InputStream in) throws IOException {
    byte[] discarded = new byte[8192];
    int read = 0;
    for (int sum = 0; sum < MOST_DISCARDED && read >= 0; sum += read) {
      read = in.read(discarded);
    }
  }

  void json(int status, ObjectNode node) throws IOException {
    send(status, "application/json; charset=utf-8", Json.bytes(node));
  }

  /** The error, or nothing more where the answer has begun. */
  void error(ApiError error) throws IOException {
    if (begun) {
      if (events) {
        event(error.json());
      } else {
        write(Json.bytes(error.json()));
      }
      return;
    }
    if (error.status() == 401) {
      headers().set("WWW-Authenticate", "Bearer");
    } else if (error.status() == 429 || error.status() == 503) {
      headers().set("Retry-After", "5");
    }
    json(error.status(), error.json());
    if (!empty) {
      discard(exchange.getRequestBody()); // refused before it was read
    }
  }

  /** The whole answer at once. */
  void send(int status, String type, byte[] bytes) throws IOException {
    if (begun) {
      write(bytes);
      return;
    }
    headers().set("Content-Type", type);
    boolean head = method().equals("HEAD");
    begin(status, head || bytes.length == 0 ? -1 : bytes.length);
    if (!head && bytes.length > 0) {
      write(bytes);
    }
  }

  /** White space before a JSON answer that takes long: it changes nothing and finds who left. */
  void jsonHeartbeat() throws IOException {
    if (!begun) {
      headers().set("Content-Type", "application/json; charset=utf-8");
      begin(200, 0);
    }
    write(new byte[] {'\n'});
  }

  /** Begins server-sent events; does nothing when they have begun. */
  void beginEvents() throws IOException {
    if (!begun) {
      events = true;
      headers().set("Content-Type", "text/event-stream; charset=utf-8");
      headers().set("X-Accel-Buffering", "no");
      begin(200, 0);
    }
  }

  /** A comment, which clients ignore. */
  void eventHeartbeat() throws IOException {
    beginEvents();
    write(": waiting\n\n".getBytes(StandardCharsets.UTF_8));
  }

  void event(ObjectNode data) throws IOException {
    event("", Json.bytes(data));
  }

  void event(String name, ObjectNode data) throws IOException {
    event("event: " + name + "\n", Json.bytes(data));
  }

  /** OpenAI's last event. */
  void eventsDone() throws IOException {
    event("", "[DONE]".getBytes(StandardCharsets.UTF_8));
  }

  private void event(String nameLine, byte[] data) throws IOException {
    beginEvents();
    byte[] name = nameLine.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[name.length + DATA.length + data.length + END.length];
    System.arraycopy(name, 0, all, 0, name.length);
    System.arraycopy(DATA, 0, all, name.length, DATA.length);
    System.arraycopy(data, 0, all, name.length + DATA.length, data.length);
    System.arraycopy(END, 0, all, all.length - END.length, END.length);
    write(all);
  }

  private void begin(int status, long length) throws IOException {
    begun = true;
    empty = length < 0;
    watch.begin();
    try {
      exchange.sendResponseHeaders(status, length);
    } finally {
      watch.end();
    }
  }

  private void write(byte[] bytes) throws IOException {
    watch.begin();
    try {
      exchange.getResponseBody().write(bytes);
      exchange.getResponseBody().flush();
    } finally {
      watch.end();
    }
  }

  /**
   * Ends the answer. Throws where the client is gone or nothing was answered: the exchange's own
   * close would hide it, and the server go on counting the connection.
   */
  @Override
  public void close() throws IOException {
    if (!begun) {
      throw new IOException("nothing was answered");
    }
    if (empty) {
      return; // the head was all
    }
    watch.begin();
    try {
      exchange.getRequestBody().close();
      exchange.getResponseBody().close();
    } finally {
      watch.end();
    }
  }
}
