package org.minillm.server;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CancellationException;
import org.minillm.app.ChatReply;
import org.minillm.app.CompletionService;
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
      throw ApiError.noModel(
          "There is no model " + model + " here; GET /v1/models lists those there are.");
    }
    Thread client = Thread.currentThread();
    Generation generation =
        new Generation(
            (onText, control) ->
                chat
                    ? service.answer(model, request.messages(), request.options(), onText, control)
                    : service.complete(model, request.prompt(), request.options(), onText, control),
            request.stream(),
            options.bufferChars(),
            () -> watch.drop(client));
    queue.submit(generation);
    try {
      CompletionJson json = new CompletionJson(chat, model);
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

  private void whole(Reply reply, Generation generation, CompletionJson json)
      throws IOException, InterruptedException {
    while (!generation.await(options.heartbeatMillis()).ended()) {
      if (generation.speaking()) {
        reply.jsonHeartbeat();
      }
      keepTime(generation);
    }
    ChatReply made = generation.reply();
    reply.json(200, json.whole(made));
  }

  private void stream(
      Reply reply, CompletionRequest request, Generation generation, CompletionJson json)
      throws IOException, InterruptedException {
    boolean first = true;
    while (true) {
      News news = generation.await(options.heartbeatMillis());
      if (!news.text().isEmpty()) {
        if (first && request.chat()) {
          reply.event(json.role());
        }
        first = false;
        reply.event(json.piece(news.text()));
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
    if (error.status() >= 500) {
      LOG.log(Level.WARNING, "A request failed: " + reason);
    }
    return error;
  }
}
