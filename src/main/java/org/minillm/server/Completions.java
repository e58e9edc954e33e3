package org.minillm.server;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.minillm.app.ChatReply;
import org.minillm.app.CompletionListener;
import org.minillm.app.CompletionService;
import org.minillm.app.CompletionToken;
import org.minillm.base.RunControl;
import org.minillm.generate.StopReason;
import org.minillm.server.Generation.GenerationFailed;
import org.minillm.server.Generation.News;

/** {@code /v1/completions} and {@code /v1/chat/completions}: from a body to a text. */
final class Completions {
  private static final System.Logger LOG = System.getLogger(Completions.class.getName());

  private final CompletionService service;
  private final GenerationQueue queue;
  private final ServerOptions options;
  private final WriteWatch watch;

  Completions(
      CompletionService service, GenerationQueue queue, ServerOptions options, WriteWatch watch) {
    this.service = service;
    this.queue = queue;
    this.options = options;
    this.watch = watch;
  }

  /** Answers on the request's thread, while the engine's thread makes the text. */
  void answer(Reply reply, boolean chat) throws IOException, InterruptedException {
    CompletionRequest request =
        CompletionRequest.parse(Json.parse(reply.body(options.bodyBytes())), chat);
    String model = request.model().orElseGet(service::defaultId);
    if (!service.has(model)) {
      throw ApiError.noModel(model);
    }
    Thread client = Thread.currentThread();
    Generation generation =
        new Generation(
            (to, control) -> make(model, request, to, control),
            request.stream(),
            options.bufferChars(),
            request.logprobs(),
            () -> watch.drop(client));
    queue.submit(generation);
    try {
      CompletionJson json = new CompletionJson(chat, model, request.logprobs() >= 0);
      if (request.stream()) {
        stream(reply, request, generation, json);
      } else {
        whole(reply, generation, json);
      }
    } catch (GenerationFailed e) {
      throw told(e.reason());
    } catch (CancellationException e) {
      throw ApiError.unavailable(
          "The text was stopped: the server needs its memory or is closing.");
    } finally {
      queue.cancel(generation); // a client that left, or was dropped, is not worked for
    }
  }

  private ChatReply make(
      String model, CompletionRequest request, CompletionListener to, RunControl control)
      throws IOException, InterruptedException {
    if (!request.chat()) {
      return service.complete(model, request.prompt(), request.options(), to, control);
    }
    return service
        .answer(model, request.messages(), request.options(), to, control)
        .withMoreForgotten(request.forgotten());
  }

  private void whole(Reply reply, Generation generation, CompletionJson json)
      throws IOException, InterruptedException {
    News news = generation.await(options.heartbeatMillis());
    while (!news.ended()) {
      if (generation.speaking()) {
        reply.jsonHeartbeat();
      }
      keepTime(generation);
      news = generation.await(options.heartbeatMillis());
    }
    ChatReply made = generation.reply();
    TokenLog log = new TokenLog();
    log.add(news.tokens());
    List<CompletionToken> tokens = new ArrayList<>(log.with(made.text()));
    if (made.reason() != StopReason.STOP_STRING) {
      tokens.addAll(log.rest());
    }
    reply.json(200, json.whole(made, tokens));
  }

  private void stream(
      Reply reply, CompletionRequest request, Generation generation, CompletionJson json)
      throws IOException, InterruptedException {
    boolean first = true;
    TokenLog log = new TokenLog();
    while (true) {
      News news = generation.await(options.heartbeatMillis());
      log.add(news.tokens());
      if (!news.text().isEmpty()) {
        if (first && request.chat()) {
          reply.event(json.role());
        }
        first = false;
        reply.event(json.piece(news.text(), log.with(news.text())));
      } else if (!news.ended()) {
        reply.eventHeartbeat();
      }
      if (news.ended()) {
        break;
      }
      keepTime(generation);
    }
    ChatReply made = generation.reply();
    if (first && request.chat()) {
      reply.event(json.role());
    }
    List<CompletionToken> rest = made.reason() == StopReason.STOP_STRING ? List.of() : log.rest();
    if (!rest.isEmpty()) {
      reply.event(json.piece("", rest));
    }
    reply.event(json.end(made));
    if (request.includeUsage()) {
      reply.event(json.usage(made));
    }
    reply.eventsDone();
  }

  private void keepTime(Generation generation) {
    if (generation.ranFor(options.generationSeconds())) {
      generation.cancel();
    }
    if (!generation.started() && generation.waitedFor(options.waitSeconds())) {
      throw ApiError.busy("The turn did not come in " + options.waitSeconds() + " s.");
    }
  }

  /** Logs what is not the client's doing. */
  private static ApiError told(Throwable reason) {
    ApiError error = ApiError.of(reason);
    if (error.status() == 500) {
      LOG.log(Level.ERROR, "A request failed", reason);
    } else if (error.status() > 500) {
      LOG.log(Level.WARNING, "A request failed: " + reason);
    }
    return error;
  }
}
