package org.minillm.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.minillm.app.CompletionService;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * The local API and the web page. A request has a thread of its own, which waits and writes; texts
 * are made on one engine's thread, which never waits for a client.
 */
public final class ApiServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ApiServer.class.getName());
  private static final int STACK_BYTES = 256 * 1024;

  /** Before the id of one model. */
  private static final String MODEL = "/v1/models/";

  /** Bounds of the JDK's server, in its own terms; what the user's flags say goes before. */
  private static final Map<String, String> LIMITS =
      Map.of(
          "sun.net.httpserver.nodelay", "true",
          "sun.net.httpserver.maxReqTime", "20",
          "sun.net.httpserver.idleInterval", "30",
          "sun.net.httpserver.maxReqHeaders", "64",
          "sun.net.httpserver.maxReqHeaderSize", "32768",
          "jdk.httpserver.maxConnections", "64");

  private final MiniLlmApp app;
  private final AccessRules access;
  private final WriteWatch watch;
  private final GenerationQueue queue;
  private final Completions completions;
  private final Monitoring monitoring;
  private final WebPage page = new WebPage();
  private final HttpServer http;
  private final ThreadPoolExecutor threads;
  private volatile boolean loading;

  private ApiServer(MiniLlmApp app, ServerOptions options) throws IOException {
    this.app = app;
    this.access = new AccessRules(options);
    this.watch = new WriteWatch(options.writeSeconds());
    this.queue = new GenerationQueue(options.queue(), app.completions()::arrive);
    this.completions = new Completions(app.completions(), queue, options, watch);
    this.monitoring = new Monitoring(app, options);
    AtomicInteger number = new AtomicInteger();
    this.threads = // as many as connections, which are bounded
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> {
              String name = "minillm-http-" + number.incrementAndGet();
              Thread thread = new Thread(null, work, name, STACK_BYTES);
              thread.setDaemon(true);
              return thread;
            });
    LIMITS.forEach((key, value) -> System.setProperty(key, System.getProperty(key, value)));
    InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
    if (address.isUnresolved()) {
      throw new BadInput("host " + options.host(), "this machine has no such name or address");
    }
    try {
      this.http = HttpServer.create(address, 0);
    } catch (java.net.BindException e) {
      throw new BadInput(
          options.host() + ":" + options.port(),
          "the port cannot be had (" + e.getMessage() + "); give another one with --port");
    }
    http.setExecutor(threads);
    http.createContext("/", this::handle);
  }

  /**
   * Listens from now on; the default model is loaded meanwhile, where there is one and the options
   * say so.
   *
   * @throws BadInput when the address or port cannot be had
   */
  public static ApiServer start(MiniLlmApp app, ServerOptions options) throws IOException {
    ApiServer server = new ApiServer(app, options);
    server.watch.start();
    if (options.preload()) {
      server.loading = true;
      server.queue.submit(server::loadDefault);
    }
    server.http.start();
    return server;
  }

  @SuppressWarnings("CatchingUnchecked") // the border of a job
  private void loadDefault() {
    try {
      String id = app.completions().defaultId();
      if (app.completions().has(id)) {
        app.completions().load(id);
      }
    } catch (Exception | OutOfMemoryError e) {
      LOG.log(Level.WARNING, "The model was not loaded: " + e);
    } finally {
      loading = false;
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return http.getAddress();
  }

  /**
   * What fails goes on to the JDK's server: only then does it strike the connection from those it
   * counts, and at 64 that were never struck it would take no more.
   */
  @SuppressWarnings("CatchingUnchecked") // the border of a request
  private void handle(HttpExchange exchange) throws IOException {
    try (Reply reply = new Reply(exchange, watch)) {
      try {
        access.checkOrigin(reply.requestHeaders());
        route(reply);
      } catch (IOException e) {
        throw e; // the client is gone
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the server is closing
      } catch (Exception | OutOfMemoryError | StackOverflowError e) {
        ApiError error = ApiError.of(e);
        if (error.status() == 500) {
          LOG.log(Level.ERROR, reply.method() + " " + reply.path() + " failed", e);
        }
        reply.error(error);
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.DEBUG, "A client left or was cut off: " + e);
      throw e;
    }
  }

  private void route(Reply reply) throws IOException, InterruptedException {
    String path = reply.path();
    boolean post = path.equals("/v1/completions") || path.equals("/v1/chat/completions");
    if (path.startsWith("/v1/")) {
      access.checkToken(reply.requestHeaders());
    }
    String method = reply.method();
    if (post ? !method.equals("POST") : !(method.equals("GET") || method.equals("HEAD"))) {
      reply.headers().set("Allow", post ? "POST" : "GET, HEAD");
      throw ApiError.method(method, post ? "POST is" : "GET is");
    }
    switch (path) {
      case "/health" -> reply.json(200, health());
      case "/v1/models" -> reply.json(200, models());
      case "/v1/completions" -> completions.answer(reply, false);
      case "/v1/chat/completions" -> completions.answer(reply, true);
      case "/v1/training" -> reply.json(200, monitoring.training());
      case "/v1/training/events" -> monitoring.events(reply);
      case "/v1/resources" -> reply.json(200, monitoring.resources());
      default -> {
        if (path.startsWith(MODEL)) {
          reply.json(200, model(path.substring(MODEL.length())));
          return;
        }
        if (!page.has(path)) {
          throw ApiError.notFound("that path");
        }
        page.send(reply);
      }
    }
  }

  private ObjectNode health() {
    if (loading) {
      throw ApiError.unavailable("Loading model");
    }
    return Json.object().put("status", "ok");
  }

  private ObjectNode models() {
    ObjectNode body = Json.object();
    body.put("object", "list");
    ArrayNode data = body.putArray("data");
    app.completions().models().forEach(entry -> data.add(model(entry)));
    if (app.completions().hasLive()) {
      data.add(liveModel());
    }
    body.put("default", app.completions().defaultId());
    return body;
  }

  private ObjectNode model(String id) {
    if (id.equals(CompletionService.LIVE) && app.completions().hasLive()) {
      return liveModel();
    }
    return app.completions().models().stream()
        .filter(entry -> CompletionService.id(entry.path()).equals(id))
        .findFirst()
        .map(ApiServer::model)
        .orElseThrow(() -> ApiError.noModel(id));
  }

  private static ObjectNode model(ModelEntry entry) {
    ObjectNode model = Json.object();
    model.put("id", CompletionService.id(entry.path()));
    model.put("object", "model");
    model.put("created", entry.modifiedMillis() / 1000);
    model.put("owned_by", "mini-llm");
    ObjectNode meta = model.putObject("meta");
    meta.put("name", entry.name());
    meta.put("n_params", entry.parameters());
    meta.put("n_ctx_train", entry.contextLength());
    meta.put("n_vocab", entry.vocabSize());
    meta.put("size", entry.fileBytes());
    meta.put("chat_template", entry.chat());
    return model;
  }

  private static ObjectNode liveModel() {
    ObjectNode live = Json.object();
    live.put("id", CompletionService.LIVE);
    live.put("object", "model");
    live.put("created", System.currentTimeMillis() / 1000);
    live.put("owned_by", "mini-llm");
    return live;
  }

  /** How many requests wait for their turn. */
  int waiting() {
    return queue.waiting();
  }

  /** Stops listening, ends what is under way and lets its model go. */
  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
    queue.close();
    app.completions().letGo();
    watch.close();
  }
}
