package org.minillm.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.format.TensorType;
import org.minillm.tokenizer.SimpleTokenizer;

/** The API as programs use it: over a socket, with the JDK's own client. */
class ApiServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CONTEXT = 200_000; // fills in minutes: an answer without end

  @TempDir Path home;
  private final HttpClient client = HttpClient.newHttpClient();
  private MiniLlmApp app;
  private ApiServer server;

  @BeforeEach
  void open() throws Exception {
    int vocab = new SimpleTokenizer().vocabSize();
    try (MiniLlm tiny = new MiniLlm(new Config(vocab, 8, 1, 1, 16, CONTEXT))) {
      tiny.save(home.resolve("models/endless"), TensorType.F32);
    }
    try (MiniLlm tiny = new MiniLlm(new Config(vocab, 16, 1, 1, 32, 64))) {
      tiny.save(home.resolve("models/starter"), TensorType.F32);
    }
    app = RoomyApp.open(home, FrontEnd.COMMAND_LINE);
    start(o -> o);
  }

  private void start(UnaryOperator<ServerOptions> change) throws Exception {
    if (server != null) {
      server.close();
    }
    ServerOptions options = ServerOptions.local(0).with(o -> o.queue(1).heartbeatMillis(50));
    server = ApiServer.start(app, change.apply(options));
    waitFor(() -> status("/health") == 200); // the first model's loading has a turn, too
  }

  @AfterEach
  void close() {
    server.close();
    app.close();
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.address().getPort() + path))
        .timeout(Duration.ofSeconds(60));
  }

  private HttpRequest post(String path, String body) {
    return to(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> completion(String body) throws Exception {
    return send(post("/v1/completions", body));
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private static void waitFor(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "waited in vain");
      Thread.sleep(10);
    }
  }

  private InputStream beginEndlessStream() throws Exception {
    InputStream events =
        client
            .send(
                post(
                    "/v1/completions",
                    "{\"model\":\"endless\",\"prompt\":\"Hola\",\"stream\":true,\"temperature\":0,"
                        + "\"max_tokens\":1000000}"),
                BodyHandlers.ofInputStream())
            .body();
    assertTrue(events.read() >= 0);
    return events;
  }

  @Test
  void turnedOffItKeepsNoModel() throws Exception {
    assertTrue(app.completions().bytes() > 0);
    server.close();
    assertEquals(0, app.completions().bytes());
    start(o -> o);
    assertEquals(200, completion("{\"prompt\":\"Hola\",\"max_tokens\":1}").statusCode());
  }

  @Test
  void aModelThatWasWrittenSinceIsReadAgain() throws Exception {
    String body = "{\"prompt\":\"" + "x".repeat(40) + "\",\"max_tokens\":1}";
    assertEquals(200, completion(body).statusCode());
    Path weights = home.resolve("models/starter/model.safetensors");
    FileTime read = Files.getLastModifiedTime(weights);
    int vocab = new SimpleTokenizer().vocabSize();
    try (MiniLlm shorter = new MiniLlm(new Config(vocab, 16, 1, 1, 32, 32))) {
      shorter.save(home.resolve("models/starter"), TensorType.F32);
    }
    Files.setLastModifiedTime(weights, FileTime.fromMillis(read.toMillis() + 1000));
    assertEquals(400, completion(body).statusCode());
  }

  @Test
  void aCompletionHasTextUsageAndTimings() throws Exception {
    String body = "{\"prompt\":\"Hola\",\"max_tokens\":5,\"seed\":7}";
    HttpResponse<String> response = completion(body);
    assertEquals(200, response.statusCode(), response.body());
    JsonNode made = json(response);
    assertEquals("text_completion", made.path("object").asText());
    assertEquals("starter", made.path("model").asText());
    assertEquals("length", made.path("choices").path(0).path("finish_reason").asText());
    assertEquals(5, made.path("usage").path("completion_tokens").asInt());
    assertEquals(
        made.path("usage").path("prompt_tokens").asInt() + 5,
        made.path("usage").path("total_tokens").asInt());
    assertEquals(5, made.path("timings").path("predicted_n").asInt());
    assertTrue(made.path("timings").path("predicted_per_second").asDouble() > 0);
    assertFalse(made.path("truncated").asBoolean(true));
    String text = made.path("choices").path(0).path("text").asText();
    assertEquals(
        text,
        json(completion(body)).path("choices").path(0).path("text").asText(),
        "the same seed, the same text");
    String part = text.substring(1, 3);
    JsonNode stopped =
        json(completion(body.replace("}", ",\"stop\":" + JSON.writeValueAsString(part) + "}")));
    assertEquals(
        text.substring(0, text.indexOf(part)),
        stopped.path("choices").path(0).path("text").asText());
    assertEquals("stop", stopped.path("choices").path(0).path("finish_reason").asText());
  }

  @Test
  void theStreamOfAChatIsItsAnswerInPieces() throws Exception {
    String body =
        "{\"messages\":[{\"role\":\"system\",\"content\":\"Sé breve.\"},{\"role\":\"user\","
            + "\"content\":[{\"type\":\"text\",\"text\":\"¿Qué tal?\"}]}],\"max_tokens\":8,"
            + "\"seed\":3";
    JsonNode whole = json(send(post("/v1/chat/completions", body + "}")));
    JsonNode message = whole.path("choices").path(0).path("message");
    assertEquals("assistant", message.path("role").asText());
    HttpResponse<String> response =
        send(
            post(
                "/v1/chat/completions",
                body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}"));
    assertEquals(
        "text/event-stream; charset=utf-8",
        response.headers().firstValue("Content-Type").orElse(""));
    List<String> events =
        response
            .body()
            .lines()
            .filter(l -> l.startsWith("data: "))
            .map(l -> l.substring(6))
            .toList();
    assertEquals("[DONE]", events.get(events.size() - 1));
    StringBuilder text = new StringBuilder();
    List<String> finishes = new ArrayList<>();
    for (String event : events.subList(0, events.size() - 1)) {
      JsonNode chunk = JSON.readTree(event);
      assertEquals("chat.completion.chunk", chunk.path("object").asText());
      for (JsonNode choice : chunk.path("choices")) {
        text.append(choice.path("delta").path("content").asText(""));
        if (!choice.path("finish_reason").isNull()) {
          finishes.add(choice.path("finish_reason").asText());
        }
      }
    }
    assertEquals(message.path("content").asText(), text.toString());
    assertEquals(List.of(whole.path("choices").path(0).path("finish_reason").asText()), finishes);
    JsonNode last = JSON.readTree(events.get(events.size() - 2));
    assertEquals(
        whole.path("usage").path("completion_tokens"),
        last.path("usage").path("completion_tokens"));
    assertTrue(last.path("choices").isEmpty());
  }

  @Test
  void aFullQueueIs429AndAClientThatLeavesGivesItsTurnToTheNext() throws Exception {
    InputStream running = beginEndlessStream();
    CompletableFuture<HttpResponse<String>> waiting =
        client.sendAsync(
            post("/v1/completions", "{\"prompt\":\"a\",\"max_tokens\":2}"),
            BodyHandlers.ofString());
    waitFor(() -> server.waiting() == 1);
    HttpResponse<String> refused = completion("{\"prompt\":\"b\"}");
    assertEquals(429, refused.statusCode());
    assertEquals("rate_limit_error", json(refused).path("error").path("type").asText());
    assertTrue(refused.headers().firstValue("Retry-After").isPresent());
    assertFalse(waiting.isDone(), "one text at a time");
    running.close();
    assertEquals(200, waiting.get(60, TimeUnit.SECONDS).statusCode());
  }

  @Test
  void aClientThatLeavesWhileTheWholeTextIsMadeStopsIt() throws Exception {
    String body =
        "{\"model\":\"endless\",\"prompt\":\"Hola\",\"temperature\":0,\"max_tokens\":1000000}";
    try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
      String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
      socket
          .getOutputStream()
          .write((head + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
      assertTrue(socket.getInputStream().read() >= 0, "a sign of life while it works");
    }
    assertEquals(200, completion("{\"prompt\":\"a\",\"max_tokens\":2}").statusCode());
  }

  @Test
  void aClientThatDoesNotReadIsDroppedAndTheEngineGoesOn() throws Exception {
    start(o -> o.with(b -> b.bufferChars(4096).writeSeconds(1)));
    String body =
        "{\"model\":\"endless\",\"prompt\":\"Hola\",\"temperature\":0,\"max_tokens\":1000000,"
            + "\"stream\":true}";
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(server.address());
      String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
      socket
          .getOutputStream()
          .write((head + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
      assertTrue(socket.getInputStream().read() >= 0, "its turn has come: the one place is free");
      assertEquals(200, completion("{\"prompt\":\"a\",\"max_tokens\":2}").statusCode());
    }
  }

  @Test
  void anAnswerEndsAtItsTimeAsAtItsLength() throws Exception {
    start(o -> o.with(b -> b.generationSeconds(1)));
    JsonNode made =
        json(
            completion(
                "{\"model\":\"endless\",\"prompt\":\"Hola\",\"temperature\":0,"
                    + "\"max_tokens\":1000000}"));
    assertEquals("length", made.path("choices").path(0).path("finish_reason").asText());
    assertTrue(made.path("usage").path("completion_tokens").asInt() > 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'a'|400|",
        "[]|400|",
        "{'prompt':'a'} x|400|",
        "{'prompt':'a','prompt':'b'}|400|",
        "{}|400|prompt",
        "{'prompt':[1,2]}|400|prompt",
        "{'prompt':'a','max_tokens':0}|400|max_tokens",
        "{'prompt':'a','max_tokens':'5'}|400|max_tokens",
        "{'prompt':'a','temperature':99}|400|temperature",
        "{'prompt':'a','temperature':1e99}|400|temperature",
        "{'prompt':'a','top_p':-1}|400|top_p",
        "{'prompt':'a','stop':['']}|400|stop",
        "{'prompt':'a','stream':1}|400|stream",
        "{'prompt':'a','n':2}|400|n",
        "{'prompt':'a','logprobs':6}|400|logprobs",
        "{'prompt':'a','logprobs':1,'max_tokens':5000}|400|max_tokens",
        "{'prompt':'a','model':'none'}|404|model",
        "{'prompt':'a','model':'../models/starter'}|404|model",
        "{'prompt':'a','model':'/etc/passwd'}|404|model",
      })
  void aWrongBodyGetsTheErrorObject(String body, int status, String param) throws Exception {
    HttpResponse<String> response = completion(body.replace('\'', '"'));
    assertEquals(status, response.statusCode(), response.body());
    JsonNode error = json(response).path("error");
    assertEquals("invalid_request_error", error.path("type").asText());
    assertEquals(param == null ? "" : param, error.path("param").asText(""));
    assertFalse(error.path("message").asText().isEmpty());
  }

  @Test
  void whatIsTooLongIsRefusedWithItsLimit() throws Exception {
    HttpResponse<String> long_ = completion("{\"prompt\":\"" + "hola ".repeat(200) + "\"}");
    assertEquals(400, long_.statusCode());
    assertEquals("context_length_exceeded", json(long_).path("error").path("code").asText());
    for (int i = 0; i < 30; i++) { // each time the answer arrives, whoever is quicker
      String body = "{\"prompt\":\"" + "a".repeat(300_000 + 100_000 * i) + "\"}";
      assertEquals(413, completion(body).statusCode());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "127.0.0.1:1234, 200",
    "[::1]:8080, 200",
    "PENGUIN.linux.test, 200",
    "evil.example, 403",
    "localhost.evil.example:8080, 403",
    "[::1].evil.example, 403",
  })
  void onlyNamesOfThisMachineAreAnswered(String host, int status) throws Exception {
    assertEquals("HTTP/1.1 " + status, statusOf("Host: " + host));
  }

  @Test
  void pagesOfOtherOriginsAreRefused() throws Exception {
    assertEquals("HTTP/1.1 200", statusOf("Host: localhost:5\r\nOrigin: http://localhost:5"));
    assertEquals("HTTP/1.1 403", statusOf("Host: localhost:5\r\nOrigin: http://localhost:6"));
    assertEquals("HTTP/1.1 403", statusOf("Host: localhost:5\r\nOrigin: http://evil.example"));
    assertEquals("HTTP/1.1 403", statusOf("Host: localhost:5\r\nOrigin: null"));
    HttpResponse<String> response = send(to("/v1/models").GET().build());
    assertTrue(response.headers().map().keySet().stream().noneMatch(k -> k.startsWith("access-")));
  }

  private String statusOf(String headers) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
      String request = "GET /v1/models HTTP/1.1\r\n" + headers + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      return new String(status, StandardCharsets.US_ASCII);
    }
  }

  @Test
  void withATokenOnlyItsBearerIsAnswered() throws Exception {
    start(o -> o.with(b -> b.token(Optional.of("a-long-secret"))));
    HttpResponse<String> without = send(to("/v1/models").GET().build());
    assertEquals(401, without.statusCode());
    assertEquals("invalid_api_key", json(without).path("error").path("code").asText());
    for (String wrong : List.of("Bearer a-long-secre", "Bearer a-long-secret2", "a-long-secret")) {
      assertEquals(
          401, send(to("/v1/models").header("Authorization", wrong).build()).statusCode(), wrong);
    }
    assertEquals(
        200,
        send(to("/v1/models").header("Authorization", "Bearer a-long-secret").build())
            .statusCode());
  }

  private int status(String path) {
    try {
      return send(to(path).GET().build()).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theStarterModelInOneFileAnswersWhoNamesNone() throws Exception {
    Files.move(home.resolve("models/starter"), home.resolve("models/other"));
    Files.copy(Path.of("models/starter.gguf"), home.resolve("models/starter.gguf"));
    HttpResponse<String> response = completion("{\"prompt\":\"Hola\",\"max_tokens\":1}");
    assertEquals(200, response.statusCode(), response.body());
    assertEquals("starter.gguf", json(response).path("model").asText());
  }

  @Test
  void modelsTrainingAndResourcesAreTold() throws Exception {
    JsonNode models = json(send(to("/v1/models").GET().build()));
    List<String> ids = new ArrayList<>();
    models.path("data").forEach(m -> ids.add(m.path("id").asText()));
    assertEquals(List.of("endless", "starter"), ids.stream().sorted().toList());
    assertEquals("starter", models.path("default").asText());
    JsonNode resources = json(send(to("/v1/resources").GET().build()));
    assertTrue(resources.path("rss").asLong() > 1 << 20);
    assertEquals(4L << 30, resources.path("budget").asLong());
    JsonNode training = json(send(to("/v1/training").GET().build()));
    assertTrue(training.path("state").isNull());
    assertTrue(training.path("points").isArray());
  }

  @Test
  void trainingEventsBeginWithTheWholeAndManyListenersAreRefused() throws Exception {
    start(o -> o.with(b -> b.eventClients(1)));
    HttpResponse<InputStream> first =
        client.send(to("/v1/training/events").GET().build(), BodyHandlers.ofInputStream());
    try (InputStream events = first.body()) {
      String begin = new String(events.readNBytes(40), StandardCharsets.UTF_8);
      assertTrue(begin.startsWith("event: training\ndata: {\"object\":"), begin);
      assertEquals(429, status("/v1/training/events"));
    }
    waitFor(() -> statusOfEvents() == 200); // the place of one that left is free again
  }

  private int statusOfEvents() {
    try {
      HttpResponse<InputStream> response =
          client.send(to("/v1/training/events").GET().build(), BodyHandlers.ofInputStream());
      response.body().close();
      return response.statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void unknownPathsAndMethodsAreErrorsToo() throws Exception {
    for (String path : List.of("/nothing", "/../config.json", "/%2e%2e/config.json", "/v1/files")) {
      HttpResponse<String> response = send(to(path).GET().build());
      assertEquals(404, response.statusCode(), path);
      assertEquals("not_found", json(response).path("error").path("code").asText());
    }
    HttpResponse<String> get = send(to("/v1/completions").GET().build());
    assertEquals(405, get.statusCode());
    assertEquals("POST", get.headers().firstValue("Allow").orElse(""));
    assertEquals(405, send(post("/v1/models", "{}")).statusCode());
  }

  @Test
  void thePageIsItsOwnFilesUnderAPolicyThatLetsNothingElseIn() throws Exception {
    start(o -> o.with(b -> b.token(Optional.of("a-long-secret")))); // it asks for the token itself
    HttpResponse<String> response = send(to("/").GET().build());
    assertEquals(200, response.statusCode());
    String policy = response.headers().firstValue("Content-Security-Policy").orElse("");
    assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
    assertFalse(policy.contains("unsafe"), policy);
    Matcher links = Pattern.compile("(?:src|href)=\"([^\"]*)\"").matcher(response.body());
    int files = 0;
    while (links.find()) {
      HttpResponse<String> file = send(to(links.group(1)).GET().build());
      assertEquals(200, file.statusCode(), links.group(1));
      assertEquals("nosniff", file.headers().firstValue("X-Content-Type-Options").orElse(""));
      files++;
    }
    assertEquals(4, files);
  }

  @Test
  void everyTextOfThePageIsThereInBothLanguages() throws Exception {
    String texts = send(to("/texts.js").GET().build()).body();
    List<List<String>> keys = new ArrayList<>();
    for (String language :
        texts.substring(0, texts.indexOf("const THEMES")).split("\\n  e[ns]: ")) {
      List<String> found = new ArrayList<>();
      Matcher matcher = Pattern.compile("(\\w+): ['{]").matcher(language);
      while (matcher.find()) {
        found.add(matcher.group(1));
      }
      keys.add(found);
    }
    assertEquals(3, keys.size());
    assertEquals(keys.get(1), keys.get(2));
    Matcher used =
        Pattern.compile("data-(?:text|placeholder|label)=\"(\\w+)\"")
            .matcher(send(to("/").GET().build()).body());
    while (used.find()) {
      assertTrue(keys.get(1).contains(used.group(1)), used.group(1));
    }
  }
}
