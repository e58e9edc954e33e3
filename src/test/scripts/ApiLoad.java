import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A thousand chat requests from sixteen connections at once, against a running server: {@code java
 * ApiLoad.java PORT PID [REQUESTS]}. Of each twelve, four are cut off midway, four read slowly (two
 * of them hardly at all), one is malformed, three are plain; half of all stream. Each prompt has an
 * answer that was asked for alone before, with temperature 0: whatever comes under load must be that
 * one, a beginning of it that the client itself broke off, a 429, or a connection closed for
 * slowness. Then sixty at once, more than may wait: some must get a 429. Meanwhile {@code /health} is
 * asked every 20 ms and the server's resident set is read. Exit code 0 if all of that held.
 */
final class ApiLoad {
  private static final int CONNECTIONS = 16;
  private static final int BURST = 60;
  private static final int PROMPTS = 24;
  private static final int HEALTH_LIMIT_MILLIS = 100;
  private static final String[] BROKEN = {
    "{\"messages\":[{\"role\":\"user\",\"content\":\"Hola\"}],\"max_tokens\":8",
    "{\"messages\":\"Hola\"}",
    "[1,2,3]",
    "{\"messages\":[{\"role\":\"user\",\"content\":\"Hola\"}],\"temperature\":\"hot\"}"
  };

  private final int port;
  private final Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private long worstHealth; // read after the thread that writes it has ended
  private long worstHealthAt;
  private final String[] expected = new String[PROMPTS];

  private ApiLoad(int port) {
    this.port = port;
  }

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    long pid = Long.parseLong(args[1]);
    int requests = args.length > 2 ? Integer.parseInt(args[2]) : 1000;
    System.exit(new ApiLoad(port).run(pid, requests) ? 0 : 1);
  }

  private boolean run(long pid, int requests) throws Exception {
    for (int i = 0; i < PROMPTS; i++) {
      expected[i] = textOf(plain(body(i, false)));
    }
    long distinct = Arrays.stream(expected).distinct().count();
    System.out.println(PROMPTS + " prompts, " + distinct + " different answers");
    long rssBefore = rss(pid);
    List<Long> rss = new ArrayList<>();
    List<Long> health = new ArrayList<>();
    AtomicBoolean ended = new AtomicBoolean();
    Thread watch = new Thread(() -> watch(pid, health, rss, ended));
    watch.start();
    AtomicInteger next = new AtomicInteger();
    long start = System.nanoTime();
    atOnce(
        CONNECTIONS,
        t -> {
          for (int i = next.getAndIncrement(); i < requests; i = next.getAndIncrement()) {
            request(i);
          }
        });
    double seconds = (System.nanoTime() - start) / 1e9;
    atOnce(
        BURST,
        t -> {
          String outcome;
          try {
            outcome = whole(t % PROMPTS, t % 2 == 0);
          } catch (IOException e) {
            outcome = wrong("burst: " + e);
          }
          count("burst of " + BURST + ": " + outcome);
        });
    if (!outcomes.containsKey("burst of " + BURST + ": 429")) {
      wrong("no 429 for " + BURST + " requests at once");
    }
    ended.set(true);
    watch.join();
    for (int i = 0; i < 3; i++) { // what was cut off left nothing behind
      if (!expected[i].equals(textOf(plain(body(i, false))))) {
        wrong.add("after the load, prompt " + i + " has another answer");
      }
    }
    return told(requests, start, seconds, rssBefore, rss, health);
  }

  private static void atOnce(int count, IntConsumer work) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      int number = t;
      Thread thread = new Thread(() -> work.accept(number));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void count(String outcome) {
    outcomes.computeIfAbsent(outcome, k -> new AtomicInteger()).incrementAndGet();
  }

  private boolean told(
      int requests, long start, double seconds, long rssBefore, List<Long> rss, List<Long> health) {
    System.out.printf("%d requests in %.1f s%n", requests, seconds);
    new TreeMap<>(outcomes).forEach((name, n) -> System.out.printf("  %5d %s%n", n.get(), name));
    health.sort(null);
    System.out.printf(
        "/health: %d times, median %.1f ms, 99 %% %.1f ms, worst %.1f ms, %.1f s after the start%n",
        health.size(),
        health.get(health.size() / 2) / 1e6,
        health.get(health.size() * 99 / 100) / 1e6,
        worstHealth / 1e6,
        (worstHealthAt - start) / 1e9);
    System.out.printf("resident set: before %d MB; largest of each fifth:", rssBefore >> 10);
    for (int i = 0; i < 5; i++) {
      List<Long> part = rss.subList(rss.size() * i / 5, rss.size() * (i + 1) / 5);
      System.out.printf(" %d", part.stream().mapToLong(r -> r).max().orElse(0) >> 10);
    }
    System.out.println(" MB");
    if (worstHealth > HEALTH_LIMIT_MILLIS * 1_000_000L) {
      wrong.add("/health took " + worstHealth / 1_000_000 + " ms");
    }
    wrong.stream().limit(20).forEach(w -> System.out.println("WRONG: " + w));
    return wrong.isEmpty();
  }

  /** One of the kinds, by its number. */
  private void request(int number) {
    int prompt = number % PROMPTS;
    boolean stream = number / 12 % 2 == 0;
    String kind =
        switch (number % 12) {
          case 0, 3, 6, 9 -> "cut off";
          case 1, 4 -> "slow";
          case 7, 10 -> "hardly reading";
          case 5 -> "malformed";
          default -> "plain";
        };
    String outcome;
    try {
      outcome =
          switch (kind) {
            case "cut off" -> cutOff(prompt, stream);
            case "slow" -> slow(prompt, stream, 2);
            case "hardly reading" -> slow(prompt, stream, 40);
            case "malformed" -> malformed(number);
            default -> whole(prompt, stream);
          };
    } catch (SocketException e) {
      outcome = kind.equals("hardly reading") ? "closed" : wrong(kind + ": " + e);
    } catch (Exception e) {
      outcome = wrong(kind + ": " + e);
    }
    String name = kind + (kind.equals("malformed") ? "" : stream ? ", stream" : ", whole");
    count(name + ": " + outcome);
  }

  private synchronized String wrong(String what) {
    wrong.add(what);
    return "WRONG";
  }

  private String whole(int prompt, boolean stream) throws IOException {
    return judge(prompt, plain(body(prompt, stream)), "plain");
  }

  private String judge(int prompt, String response, String kind) {
    if (response.startsWith("HTTP/1.1 429")) {
      return "429";
    }
    String text = textOf(response);
    return text.equals(expected[prompt])
        ? "its own whole answer"
        : wrong(kind + ", prompt " + prompt + ": <" + text + "> for <" + expected[prompt] + ">");
  }

  /** Reads some bytes and leaves. */
  private String cutOff(int prompt, boolean stream) throws IOException {
    try (Socket socket = open(body(prompt, stream))) {
      byte[] some = socket.getInputStream().readNBytes(stream ? 700 : 40);
      String text = new String(some, StandardCharsets.UTF_8);
      if (text.startsWith("HTTP/1.1 429")) {
        return "429";
      }
      return expected[prompt].startsWith(textOf(text))
          ? "left after " + some.length + " bytes"
          : wrong("cut off, prompt " + prompt + ": <" + textOf(text) + ">");
    }
  }

  /** Takes 64 bytes every few milliseconds through a small window. */
  private String slow(int prompt, boolean stream, int millis) throws Exception {
    try (Socket socket = open(body(prompt, stream))) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      InputStream in = socket.getInputStream();
      byte[] piece = new byte[64];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        all.write(piece, 0, n);
        Thread.sleep(millis);
      }
      return judge(prompt, all.toString(StandardCharsets.UTF_8), "slow");
    }
  }

  private String malformed(int number) throws IOException {
    String response = plain(BROKEN[number / 12 % BROKEN.length]);
    return response.startsWith("HTTP/1.1 400") && response.contains("\"error\"")
        ? "400"
        : wrong("malformed: " + response.lines().findFirst().orElse("nothing"));
  }

  /** Sends a request whose answer closes the connection, and reads it to its end. */
  private String plain(String body) throws IOException {
    try (Socket socket = open(body)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Socket open(String body) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(2048);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    socket.setSoTimeout(120_000);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n";
    socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  private static String body(int prompt, boolean stream) {
    return "{\"messages\":[{\"role\":\"user\",\"content\":\"Cuenta algo sobre el número "
        + prompt
        + " y un perro\"}],\"temperature\":0,\"max_tokens\":"
        + (24 + prompt)
        + (stream ? ",\"stream\":true}" : "}");
  }

  /** What a response's JSON or events say, joined; JSON's escapes as they stand. */
  private static String textOf(String response) {
    StringBuilder text = new StringBuilder();
    String key = "\"content\":\"";
    for (int at = response.indexOf(key); at >= 0; at = response.indexOf(key, at + 1)) {
      int end = at + key.length();
      while (end < response.length() && response.charAt(end) != '"') {
        end += response.charAt(end) == '\\' ? 2 : 1;
      }
      if (end >= response.length()) {
        break; // cut off inside a piece
      }
      text.append(response, at + key.length(), end);
    }
    return text.toString();
  }

  private void watch(long pid, List<Long> health, List<Long> rss, AtomicBoolean ended) {
    byte[] request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8);
    while (!ended.get()) {
      try (Socket socket = new Socket("127.0.0.1", port)) {
        socket.setSoTimeout(10_000);
        while (!ended.get()) {
          long start = System.nanoTime();
          socket.getOutputStream().write(request);
          String answer = answer(socket.getInputStream());
          long took = System.nanoTime() - start;
          if (took > worstHealth) {
            worstHealth = took;
            worstHealthAt = start;
          }
          health.add(took);
          if (!answer.startsWith("HTTP/1.1 200")) {
            wrong("/health: " + answer);
            break;
          }
          rss.add(rss(pid));
          Thread.sleep(20);
        }
      } catch (SocketTimeoutException e) {
        wrong("/health did not answer in 10 s");
      } catch (IOException | InterruptedException e) {
        wrong("/health: " + e);
      }
    }
  }

  /** Head and body, which end with the only brace. */
  private static String answer(InputStream in) throws IOException {
    StringBuilder answer = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      answer.append((char) c);
      if (c == '}') {
        break;
      }
    }
    return answer.toString();
  }

  private static long rss(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D+", ""));
      }
    }
    return 0;
  }
}
