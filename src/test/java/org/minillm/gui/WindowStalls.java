package org.minillm.gui;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javafx.application.Platform;
import javafx.event.Event;
import javafx.scene.Node;
import javafx.scene.control.TextArea;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseButton;
import javafx.scene.input.MouseEvent;
import org.minillm.app.Preset;

/**
 * How long the window's thread keeps an event waiting: idle; and while the base configuration is
 * trained behind a curve of 100,000 points, the chat streams one answer after the other, and
 * somebody uses the window. See stalls.sh.
 *
 * <p>A heartbeat is posted to the window's thread on a fixed schedule, also while earlier ones
 * still wait, so that one long stall counts with all the events it held up. A second thread that
 * only sleeps measures what the machine itself adds. Where a heartbeat waits long, the stack of the
 * window's thread is kept.
 */
public final class WindowStalls {
  private static final int BEAT_MILLIS = 5;
  private static final long LONG_NANOS = 40_000_000;
  private static final int POINTS = 100_000;
  private static final int FRAMES_KEPT = 2;
  private static final String[] LOOKS = {
    "#rail-MODELS", "#rail-SETTINGS", "#rail-CHAT", "#language", "#theme"
  };

  /** The parts of a frame, by a method that each has. */
  private static final List<String> PARTS =
      List.of("doProcessCSS", "doCSSPass", "layout", "syncPeer", "waitForRenderingToComplete");

  private WindowStalls() {}

  /**
   * @param args home directory of the window, seconds to measure
   */
  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]);
    int seconds = Integer.parseInt(args[1]);
    RealWindow window = RealWindow.open();
    RealWindow.pause(15_000); // the warm-up ends
    measure(window, "idle", Math.max(10, seconds / 4), () -> {});
    trainOnLongCurve(window, home);
    User user = new User(window);
    measure(window, "training, chatting, mouse over the curve", seconds, user::chat);
    measure(
        window,
        "the same, pages, language and theme changed for the first time",
        3 * LOOKS.length + 1,
        user::act);
    measure(window, "the same again", seconds, user::act);
    System.out.printf(Locale.ROOT, "answers asked for: %d%n", user.asked);
    System.out.println(peak());
    System.exit(0);
  }

  /** The most that was resident, in MB of 2^20 bytes, as the budget counts. */
  private static String peak() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(l -> l.startsWith("VmHWM"))
        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
        .mapToObj(kilobytes -> String.format(Locale.ROOT, "peak: %.0f MB", kilobytes / 1024.0))
        .findFirst()
        .orElse("");
  }

  /** Begins a run, stops it, gives it a past of many points, and goes on with it. */
  private static void trainOnLongCurve(RealWindow window, Path home) throws Exception {
    Path text = RealWindow.corpus(home.resolve("tales.txt"), 20_000);
    window.run(() -> window.view().prepareTraining(List.of(text), Preset.BASE, 1_000_000));
    window.await(
        "a plan", () -> window.find("#training-start").isPresent() || anyway(window).isPresent());
    RealWindow.pause(2000);
    window.press(anyway(window).isPresent() ? "#training-anyway" : "#training-start");
    Path models = home.resolve("models");
    window.await("steps", () -> lines(metrics(models)) > 3);
    window.press("#training-stop");
    window.await("the end of the run", () -> window.find("#training-new").isPresent());
    Path metrics = metrics(models);
    addPast(metrics);
    window.press("#training-new");
    window.await("the offer to go on", () -> window.button("Contin").isPresent());
    window.run(() -> window.button("Contin").orElseThrow().fire());
    window.await("the run to go on", () -> window.find("#training-pause").isPresent());
    RealWindow.pause(15_000);
  }

  /** Line by line: what this program leaves on the heap would count as the window's peak. */
  private static void addPast(Path metrics) throws IOException {
    Path longer = metrics.resolveSibling("longer.jsonl");
    try (BufferedWriter out = Files.newBufferedWriter(longer)) {
      for (int i = 0; i < POINTS; i++) {
        double loss = 9 * Math.exp(-i / 30_000.0) + 0.3 * Math.sin(i * 12.9898) + 2;
        out.write(
            String.format(
                Locale.ROOT,
                "{\"step\":%d,\"tokens\":%d,\"loss\":%.4f,\"lr\":0.001,\"grad_norm\":1.2,"
                    + "\"tokens_per_s\":2000,\"rss_mb\":300,\"seconds\":%d}%n",
                i - POINTS,
                i,
                loss,
                i));
      }
      out.write(Files.readString(metrics));
    }
    Files.move(longer, metrics, StandardCopyOption.REPLACE_EXISTING);
  }

  private static java.util.Optional<Node> anyway(RealWindow window) {
    return window.find("#training-anyway");
  }

  private static Path metrics(Path models) {
    try (Stream<Path> dirs = Files.list(models)) {
      return dirs.map(d -> d.resolve("metrics.jsonl"))
          .filter(Files::exists)
          .findFirst()
          .orElse(models.resolve("none"));
    } catch (IOException e) {
      return models.resolve("none");
    }
  }

  private static int lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Somebody who chats without end and looks at this and that. */
  private static final class User {
    private final RealWindow window;
    private int asked;
    private int turn;
    private long lastLook;

    User(RealWindow window) {
      this.window = window;
    }

    /** Called ten times a second, off the window's thread. */
    void act() {
      chat();
      long now = System.nanoTime();
      if (now - lastLook > 3_000_000_000L) {
        lastLook = now;
        look();
      }
    }

    void look() {
      String look = LOOKS[turn++ % LOOKS.length];
      if (window.find(look).isPresent()) {
        window.press(look);
      }
    }

    void chat() {
      window.run(
          () ->
              window
                  .find("#chat-send")
                  .filter(n -> !n.isDisabled() && n.getStyleClass().contains("primary"))
                  .ifPresent(n -> send()));
      window.run(this::hover);
    }

    private void send() {
      TextArea input = (TextArea) window.find("#chat-input").orElseThrow();
      input.setText("Cuéntame un cuento largo de un perro, por favor, " + asked++);
      Event.fireEvent(
          input,
          new KeyEvent(KeyEvent.KEY_PRESSED, "", "", KeyCode.ENTER, false, false, false, false));
    }

    private void hover() {
      window
          .find("LossChart")
          .ifPresent(
              chart -> {
                double x = 60 + (System.nanoTime() / 20_000_000) % 380;
                Event.fireEvent(
                    chart,
                    new MouseEvent(
                        MouseEvent.MOUSE_MOVED,
                        x,
                        60,
                        x,
                        60,
                        MouseButton.NONE,
                        0,
                        false,
                        false,
                        false,
                        false,
                        false,
                        false,
                        false,
                        true,
                        false,
                        true,
                        null));
              });
    }
  }

  private static void measure(RealWindow window, String what, int seconds, Runnable meanwhile) {
    int count = seconds * 1000 / BEAT_MILLIS;
    AtomicLong[] arrived = new AtomicLong[count];
    long[] posted = new long[count];
    long[] overslept = new long[count];
    AtomicLong oldest = new AtomicLong(-1);
    Map<String, Integer> stacks = new TreeMap<>();
    Thread windowThread = window.call(Thread::currentThread);
    boolean[] ended = {false};
    Thread watcher =
        new Thread(
            () -> {
              while (!ended[0]) {
                RealWindow.pause(10);
                int at = (int) oldest.get();
                if (at >= 0
                    && arrived[at].get() == 0
                    && System.nanoTime() - posted[at] > LONG_NANOS) {
                  stacks.merge(stack(windowThread), 1, Integer::sum);
                }
              }
            });
    watcher.setPriority(Thread.MAX_PRIORITY);
    Thread beats =
        new Thread(
            () -> {
              long begin = System.nanoTime();
              int waiting = 0;
              for (int i = 0; i < count; i++) {
                long due = begin + i * BEAT_MILLIS * 1_000_000L;
                long left = due - System.nanoTime();
                if (left > 0) {
                  RealWindow.pause(left / 1_000_000 + 1);
                }
                AtomicLong here = new AtomicLong();
                arrived[i] = here;
                long now = System.nanoTime();
                posted[i] = now;
                overslept[i] = Math.max(0, now - due - 1_000_000);
                Platform.runLater(() -> here.set(System.nanoTime()));
                while (waiting < i && arrived[waiting].get() != 0) {
                  waiting++;
                }
                oldest.set(waiting);
              }
            });
    beats.setPriority(Thread.MAX_PRIORITY);
    beats.start();
    watcher.start();
    while (beats.isAlive()) {
      meanwhile.run();
      RealWindow.pause(100);
    }
    window.run(() -> {});
    ended[0] = true;
    long[] waits = new long[count];
    for (int i = 0; i < count; i++) {
      waits[i] = arrived[i].get() - posted[i];
    }
    report(what, waits, overslept);
    stacks.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(12)
        .forEach(e -> System.out.println("  seen " + e.getValue() + " x  " + e.getKey()));
  }

  /** What part of a frame it is in, the innermost frames, and those of this app. */
  private static String stack(Thread thread) {
    StackTraceElement[] frames = thread.getStackTrace();
    String part = "";
    StringBuilder ours = new StringBuilder();
    for (StackTraceElement frame : frames) {
      String method = frame.getMethodName();
      if (part.isEmpty() && PARTS.contains(method)) {
        part = method;
      }
      if (frame.getClassName().startsWith("org.minillm") && !method.startsWith("lambda$run")) {
        ours.append(" < ").append(simple(frame));
      }
    }
    StringBuilder text = new StringBuilder(part.isEmpty() ? "-" : part);
    // Inside style and layout the innermost frame is a different one each time.
    for (int i = 0; i < frames.length && i < FRAMES_KEPT && part.isEmpty(); i++) {
      text.append(" < ").append(simple(frames[i]));
    }
    return text.append(ours).toString();
  }

  private static String simple(StackTraceElement frame) {
    String name = frame.getClassName();
    return name.substring(name.lastIndexOf('.') + 1) + "." + frame.getMethodName();
  }

  private static void report(String what, long[] waits, long[] overslept) {
    Arrays.sort(waits);
    Arrays.sort(overslept);
    System.out.printf(
        Locale.ROOT,
        "%s: %d events, p50 %.1f ms, p99 %.1f, p99.9 %.1f, longest %.1f;"
            + " a thread that only sleeps: p99.9 %.1f, longest %.1f%n",
        what,
        waits.length,
        at(waits, 0.5),
        at(waits, 0.99),
        at(waits, 0.999),
        at(waits, 1),
        at(overslept, 0.999),
        at(overslept, 1));
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))] / 1e6;
  }
}
