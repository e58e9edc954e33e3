package org.minillm.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.CompletionListener;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.base.RunControl;
import org.minillm.format.TensorType;
import org.minillm.generate.GenerateOptions;
import org.minillm.tokenizer.SimpleTokenizer;

/** What answers say of their tokens and of models. */
class ApiAnswersTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long WRITTEN = 1_700_000_000L;

  @TempDir Path home;
  private final HttpClient client = HttpClient.newHttpClient();
  private MiniLlmApp app;
  private ApiServer server;

  @BeforeEach
  void open() throws Exception {
    Path starter = home.resolve("models/starter");
    try (MiniLlm tiny =
        new MiniLlm(new Config(new SimpleTokenizer().vocabSize(), 16, 1, 1, 32, 256))) {
      tiny.save(starter, TensorType.F32);
      tiny.save(home.resolve("models/foreign"), TensorType.F32);
    }
    Files.setLastModifiedTime(
        starter.resolve("model.safetensors"), FileTime.fromMillis(WRITTEN * 1000));
    Path config = home.resolve("models/foreign/tokenizer_config.json");
    ObjectNode changed = (ObjectNode) JSON.readTree(config.toFile());
    JSON.writeValue(config.toFile(), changed.put("chat_template", "### {{ messages }}"));
    app = RoomyApp.open(home, FrontEnd.COMMAND_LINE);
    server = ApiServer.start(app, ServerOptions.local(0));
  }

  @AfterEach
  void close() {
    server.close();
    app.close();
  }

  private String send(String path, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.address().getPort() + "/v1/" + path))
            .timeout(Duration.ofSeconds(60));
    return client
        .send(
            body.isEmpty() ? request.build() : request.POST(BodyPublishers.ofString(body)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private JsonNode choice(String path, String body) throws Exception {
    return JSON.readTree(send(path, body)).path("choices").path(0);
  }

  @Test
  void aCompletionTellsItsTokensAndTheLikeliestOthers() throws Exception {
    String body = "{\"prompt\":\"Hola\",\"max_tokens\":9,\"seed\":5,\"logprobs\":3";
    JsonNode choice = choice("completions", body + "}");
    JsonNode told = choice.path("logprobs");
    assertEquals(9, told.path("tokens").size());
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 9; i++) {
      assertEquals(text.length(), told.path("text_offset").get(i).asInt());
      text.append(told.path("tokens").get(i).asText());
      assertTrue(told.path("token_logprobs").get(i).asDouble() <= 0);
      JsonNode top = told.path("top_logprobs").get(i);
      assertEquals(3, top.size());
      double best = top.elements().next().asDouble();
      assertTrue(best >= told.path("token_logprobs").get(i).asDouble());
      top.elements().forEachRemaining(p -> assertTrue(p.asDouble() <= best));
    }
    assertEquals(choice.path("text").asText(), text.toString());

    String stop = text.substring(4, 6);
    JsonNode stopped =
        choice("completions", body + ",\"stop\":" + JSON.writeValueAsString(stop) + "}");
    StringBuilder kept = new StringBuilder();
    stopped.path("logprobs").path("tokens").forEach(token -> kept.append(token.asText()));
    assertEquals(stopped.path("text").asText(), kept.toString(), "the stop string's are left out");
    assertTrue(
        choice("completions", "{\"prompt\":\"a\",\"max_tokens\":1}").path("logprobs").isNull());
  }

  @Test
  void aStreamedChatTellsTheSameTokensPieceByPiece() throws Exception {
    String body =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hola\"}],\"max_tokens\":12,\"seed\":2,"
            + "\"logprobs\":true,\"top_logprobs\":2";
    JsonNode whole = choice("chat/completions", body + "}");
    JsonNode content = whole.path("logprobs").path("content");
    assertEquals(12, content.size());
    List<JsonNode> streamed = new ArrayList<>();
    for (String line : send("chat/completions", body + ",\"stream\":true}").split("\n")) {
      if (line.startsWith("data: {")) {
        JSON.readTree(line.substring(6))
            .path("choices")
            .path(0)
            .path("logprobs")
            .path("content")
            .forEach(streamed::add);
      }
    }
    assertEquals(12, streamed.size());
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    for (int i = 0; i < 12; i++) {
      assertEquals(content.get(i).path("token"), streamed.get(i).path("token"));
      assertEquals(2, streamed.get(i).path("top_logprobs").size());
      streamed.get(i).path("bytes").forEach(b -> bytes.write(b.asInt()));
    }
    assertEquals(
        whole.path("message").path("content").asText(), bytes.toString(StandardCharsets.UTF_8));
  }

  @Test
  void clientsThatLeaveInTheMiddleTakeNoPlaceForGood() throws Exception {
    String body = "{\"prompt\":\"Hola\",\"max_tokens\":200,\"stream\":true}";
    String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
    byte[] request = (head + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 80; i++) { // the JDK's server takes 64 connections
      try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
        socket.setSoLinger(true, 0); // leaves with a reset
        socket.getOutputStream().write(request);
        assertTrue(socket.getInputStream().read() >= 0, "client " + i + " is answered");
      }
    }
    JsonNode choice = choice("completions", "{\"prompt\":\"Hola\",\"max_tokens\":3,\"seed\":5}");
    assertEquals("length", choice.path("finish_reason").asText());
  }

  @Test
  void aModelWithAnUnknownChatTemplateIsSaidToBeAndCompletesText() throws Exception {
    String error =
        send(
            "chat/completions",
            "{\"model\":\"foreign\",\"messages\":[{\"role\":\"user\",\"content\":\"Hola\"}]}");
    assertTrue(error.contains("chat template is not known"), error);
    assertEquals(
        "length",
        choice("completions", "{\"model\":\"foreign\",\"prompt\":\"Hola\",\"max_tokens\":3}")
            .path("finish_reason")
            .asText());
    for (JsonNode model : JSON.readTree(send("models", "")).path("data")) {
      boolean foreign = model.path("id").asText().equals("foreign");
      assertEquals(foreign ? "unknown" : "none", model.path("meta").path("chat_template").asText());
      assertTrue(foreign || model.path("created").asLong() == WRITTEN, model.toString());
    }
  }

  @Test
  void aLongChatGoesOnWithoutItsOldestMessages() throws Exception {
    StringBuilder messages = new StringBuilder("{\"role\":\"system\",\"content\":\"S\"}");
    for (int i = 0; i < 80; i++) {
      messages.append(",{\"role\":\"user\",\"content\":\"a\"}");
      messages.append(",{\"role\":\"assistant\",\"content\":\"b\"}");
    }
    messages.append(",{\"role\":\"user\",\"content\":\"c\"}");
    String body = "{\"messages\":[" + messages + "],\"max_tokens\":2,\"seed\":1}";
    JsonNode answer = JSON.readTree(send("chat/completions", body));
    assertEquals(2, answer.path("usage").path("completion_tokens").asInt(), answer.toString());
    assertTrue(answer.path("truncated").asBoolean());
    CompletionRequest request = CompletionRequest.parse((ObjectNode) JSON.readTree(body), true);
    assertEquals("S", request.messages().get(0).content());
    assertEquals("user", request.messages().get(1).role());
    assertEquals("c", request.messages().get(request.messages().size() - 1).content());
    assertEquals(162, request.messages().size() + request.forgotten());
    assertTrue(request.messages().size() >= 127, request.messages().size() + " are left");
  }

  @Test
  void withoutALimitTheContextIsOneAndTopPOfNothingIsTheLikeliest() throws Exception {
    String unlimited = "{\"prompt\":\"Hola\",\"max_tokens\":-1,\"temperature\":0}";
    JsonNode whole = JSON.readTree(send("completions", unlimited));
    assertTrue(whole.path("usage").path("total_tokens").asInt() >= 256, whole.toString());
    String body = "{\"prompt\":\"Hola\",\"max_tokens\":9,";
    String likeliest = choice("completions", body + "\"temperature\":0}").path("text").asText();
    assertFalse(likeliest.isEmpty());
    assertEquals(
        likeliest,
        choice("completions", body + "\"top_p\":0,\"temperature\":1}").path("text").asText());
  }

  @Test
  void oneModelIsToldByItsId() throws Exception {
    JsonNode one = JSON.readTree(send("models/foreign", ""));
    assertEquals("foreign", one.path("id").asText());
    assertEquals("model", one.path("object").asText());
    assertEquals("unknown", one.path("meta").path("chat_template").asText());
    for (String none : List.of("nope", "training/live", "..%2fmodels", "")) {
      JsonNode error = JSON.readTree(send("models/" + none, "")).path("error");
      assertEquals("model_not_found", error.path("code").asText(), none);
    }
  }

  @Test
  void aTextThatWasCutOffToFreeTheModelIsNoAnswer() {
    RunControl control = new RunControl();
    CompletionListener releasing =
        new CompletionListener() {
          @Override
          public void onText(String piece) {
            CompletableFuture.runAsync(() -> app.completions().close()).join();
          }
        };
    GenerateOptions options = GenerateOptions.greedy().withMaxTokens(200);
    assertThrows(
        CancellationException.class,
        () -> app.completions().complete("starter", "Hola", options, releasing, control));
    assertEquals(0, app.completions().bytes());
  }

  @Test
  void aRefusalArrivesHoweverLongTheBodyIs() throws Exception {
    byte[] body = new byte[1 << 20];
    for (String path : List.of("/v1/models", "/nothing", "/v1/chat/completions")) {
      String host = path.endsWith("completions") ? "evil.example" : "localhost";
      String head = "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: ";
      for (int i = 0; i < 10; i++) {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
          socket
              .getOutputStream()
              .write((head + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
          socket.getOutputStream().write(body);
          byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 4".length());
          assertEquals("HTTP/1.1 4", new String(status, StandardCharsets.US_ASCII), path);
        }
      }
    }
  }
}
