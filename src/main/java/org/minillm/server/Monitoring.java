package org.minillm.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ResourceSnapshot;
import org.minillm.app.Subscription;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingSnapshot;

/** {@code /v1/training} with its events, and {@code /v1/resources}. */
final class Monitoring {
  private static final int POINTS = 1000;
  private static final int MOST_WAITING = 4096;

  private final MiniLlmApp app;
  private final Semaphore places;
  private final int heartbeatMillis;

  Monitoring(MiniLlmApp app, ServerOptions options) {
    this.app = app;
    this.places = new Semaphore(options.eventClients());
    this.heartbeatMillis = options.heartbeatMillis();
  }

  /** The state and the curve of the run under way, or the last one. */
  ObjectNode training() {
    ObjectNode body = Json.object();
    body.put("object", "training");
    body.set("state", app.training().snapshot().map(Monitoring::state).orElse(null));
    ArrayNode points = body.putArray("points");
    app.training().history(POINTS).forEach(p -> points.add(point(p)));
    return body;
  }

  /**
   * The same as events: {@code training} (the whole, at the beginning and at each new run), {@code
   * state} and {@code point}. Ends when the client leaves or does not keep up.
   */
  void events(Reply reply) throws IOException, InterruptedException {
    if (!places.tryAcquire()) {
      throw ApiError.busy("As many clients as allowed listen to the training already.");
    }
    Feed feed = new Feed();
    try (Subscription unused = app.training().listen(feed)) {
      while (true) {
        Feed.News news = feed.take(heartbeatMillis);
        if (news.overflow()) {
          return;
        }
        if (news.anew()) {
          reply.event("training", training());
        }
        for (MetricsPoint point : news.points()) {
          reply.event("point", point(point));
        }
        if (news.snapshot() != null) {
          reply.event("state", state(news.snapshot()));
        }
        if (!news.anew() && news.points().isEmpty() && news.snapshot() == null) {
          reply.eventHeartbeat();
        }
      }
    } finally {
      places.release();
    }
  }

  /** News for one client; the training's thread puts them in and never waits. */
  private static final class Feed implements TrainingListener {
    /**
     * @param anew the curve is another one: begin from the whole
     */
    record News(
        boolean anew,
        boolean overflow,
        List<MetricsPoint> points,
        @Nullable TrainingSnapshot snapshot) {}

    private final ArrayDeque<MetricsPoint> points = new ArrayDeque<>();
    private @Nullable TrainingSnapshot latest;
    private boolean anew = true;
    private boolean overflow;

    @Override
    public synchronized void onSnapshot(TrainingSnapshot snapshot) {
      latest = snapshot;
      notifyAll();
    }

    @Override
    public synchronized void onPoint(MetricsPoint point) {
      if (points.size() < MOST_WAITING) {
        points.add(point);
      } else {
        overflow = true;
      }
      notifyAll();
    }

    @Override
    public synchronized void onHistoryReset() {
      anew = true;
      points.clear();
      latest = null;
      notifyAll();
    }

    synchronized News take(long millis) throws InterruptedException {
      long end = System.nanoTime() + millis * 1_000_000;
      long left = millis;
      while (!anew && !overflow && points.isEmpty() && latest == null && left > 0) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
      News news = new News(anew, overflow, new ArrayList<>(points), latest);
      anew = false;
      points.clear();
      latest = null;
      return news;
    }
  }

  private static ObjectNode state(TrainingSnapshot s) {
    ObjectNode state = Json.object();
    state.put("name", s.name());
    state.put("state", s.state().name().toLowerCase(Locale.ROOT));
    state.put("phase", s.phase().name().toLowerCase(Locale.ROOT));
    Json.put(state, "phase_progress", s.phaseProgress());
    state.put("paused_by_guard", s.pausedByGuard());
    state.put("step", s.step());
    state.put("total_steps", s.totalSteps());
    Json.put(state, "epoch", s.epoch());
    state.put("tokens", s.tokens());
    Json.put(state, "loss", s.loss());
    Json.put(state, "val_loss", s.valLoss());
    Json.put(state, "best_val_loss", s.bestValLoss());
    Json.put(state, "bits_per_byte", s.bitsPerByte());
    Json.put(state, "learning_rate", s.learningRate());
    Json.put(state, "grad_norm", s.gradNorm());
    Json.put(state, "tokens_per_second", s.tokensPerSecond());
    state.put("eta_seconds", s.etaSeconds());
    Json.put(state, "elapsed_seconds", s.elapsedSeconds());
    state.put("micro_batch", s.microBatch());
    state.put("parameters", s.parameters());
    state.put("notice", s.notice());
    state.put("sample", s.sample());
    return state;
  }

  private static ObjectNode point(MetricsPoint p) {
    ObjectNode point = Json.object();
    point.put("step", p.step());
    point.put("tokens", p.tokens());
    Json.put(point, "loss", p.loss());
    Json.put(point, "val_loss", p.valLoss());
    Json.put(point, "learning_rate", p.learningRate());
    Json.put(point, "grad_norm", p.gradNorm());
    Json.put(point, "tokens_per_second", p.tokensPerSecond());
    if (!p.event().isEmpty()) {
      point.put("event", p.event());
    }
    return point;
  }

  /** What the process and the machine use now, bytes; loads 0 to 1. */
  ObjectNode resources() {
    ResourceSnapshot s = app.monitor().latest();
    ObjectNode body = Json.object();
    body.put("object", "resources");
    body.put("rss", s.rss());
    body.put("peak_rss", s.peakRss());
    body.put("budget", s.budget());
    body.put("heap_used", s.heapUsed());
    body.put("memory_total", s.memTotal());
    body.put("memory_available", s.memAvailable());
    Json.put(body, "pressure", s.pressure());
    Json.put(body, "process_cpu", s.processCpu());
    ArrayNode cores = body.putArray("cpu");
    s.cpu().forEach(cores::add);
    return body;
  }
}
