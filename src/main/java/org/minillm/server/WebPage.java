package org.minillm.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The web page: a fixed set of files beside this class, read once. A request's path is looked up
 * among their names and never becomes a file's.
 */
final class WebPage {
  /** Nothing from outside, nothing inline, no frame around it. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** One file of it. */
  private record Part(String type, byte[] bytes) {}

  private final Map<String, Part> parts = new HashMap<>();

  WebPage() {
    add("/", "index.html", "text/html; charset=utf-8");
    add("/style.css", "style.css", "text/css; charset=utf-8");
    add("/texts.js", "texts.js", "text/javascript; charset=utf-8");
    add("/api.js", "api.js", "text/javascript; charset=utf-8");
    add("/chat.js", "chat.js", "text/javascript; charset=utf-8");
    add("/monitor.js", "monitor.js", "text/javascript; charset=utf-8");
    add("/icon.svg", "icon.svg", "image/svg+xml");
  }

  private void add(String path, String file, String type) {
    try (InputStream in = WebPage.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its own file " + file);
      }
      parts.put(path, new Part(type, in.readAllBytes()));
    } catch (IOException e) {
      throw new IllegalStateException("the program cannot read its own file " + file, e);
    }
  }

  boolean has(String path) {
    return parts.containsKey(path);
  }

  void send(Reply reply) throws IOException {
    Part part =
        Optional.ofNullable(parts.get(reply.path()))
            .orElseThrow(() -> ApiError.notFound("that path"));
    reply.headers().set("Content-Security-Policy", POLICY);
    reply.headers().set("Cache-Control", "no-cache");
    reply.send(200, part.type(), part.bytes());
  }
}
