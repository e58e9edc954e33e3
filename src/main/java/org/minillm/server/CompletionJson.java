package org.minillm.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatReply;
import org.minillm.generate.StopReason;

/** OpenAI's objects of one answer, with llama.cpp's {@code timings} and {@code truncated}. */
final class CompletionJson {
  private final boolean chat;
  private final String model;
  private final String id;
  private final long created = System.currentTimeMillis() / 1000;

  CompletionJson(boolean chat, String model) {
    this.chat = chat;
    this.model = model;
    this.id = (chat ? "chatcmpl-" : "cmpl-") + UUID.randomUUID().toString().replace("-", "");
  }

  /** The whole answer. */
  ObjectNode whole(ChatReply reply) {
    ObjectNode body = head(chat ? "chat.completion" : "text_completion");
    ObjectNode choice = choice(body, finish(reply));
    if (chat) {
      choice.putObject("message").put("role", "assistant").put("content", reply.text());
    } else {
      choice.put("text", reply.text());
    }
    usage(body, reply);
    timings(body, reply);
    return body;
  }

  /** The first event of a chat: who speaks. */
  ObjectNode role() {
    ObjectNode body = chunk();
    choice(body, null).putObject("delta").put("role", "assistant").put("content", "");
    return body;
  }

  /** A piece of the text. */
  ObjectNode piece(String text) {
    ObjectNode body = chunk();
    ObjectNode choice = choice(body, null);
    if (chat) {
      choice.putObject("delta").put("content", text);
    } else {
      choice.put("text", text);
    }
    return body;
  }

  /** The event that says why the text ended. */
  ObjectNode end(ChatReply reply) {
    ObjectNode body = chunk();
    ObjectNode choice = choice(body, finish(reply));
    if (chat) {
      choice.putObject("delta");
    } else {
      choice.put("text", "");
    }
    timings(body, reply);
    return body;
  }

  /** The event with the tokens; it has no choices. */
  ObjectNode usage(ChatReply reply) {
    ObjectNode body = chunk();
    body.putArray("choices");
    usage(body, reply);
    return body;
  }

  private ObjectNode chunk() {
    return head(chat ? "chat.completion.chunk" : "text_completion");
  }

  private ObjectNode head(String object) {
    ObjectNode body = Json.object();
    body.put("id", id);
    body.put("object", object);
    body.put("created", created);
    body.put("model", model);
    return body;
  }

  private static ObjectNode choice(ObjectNode body, @Nullable String finish) {
    ObjectNode choice = body.putArray("choices").addObject();
    choice.put("index", 0);
    choice.putNull("logprobs");
    choice.put("finish_reason", finish);
    return choice;
  }

  private static String finish(ChatReply reply) {
    StopReason reason = reply.reason();
    boolean own = reason == StopReason.END_OF_TEXT || reason == StopReason.STOP_STRING;
    return own ? "stop" : "length";
  }

  private static void usage(ObjectNode body, ChatReply reply) {
    ObjectNode usage = body.putObject("usage");
    usage.put("prompt_tokens", reply.promptTokens());
    usage.put("completion_tokens", reply.tokens());
    usage.put("total_tokens", reply.promptTokens() + reply.tokens());
    usage.putObject("prompt_tokens_details").put("cached_tokens", reply.reusedTokens());
  }

  private static void timings(ObjectNode body, ChatReply reply) {
    int prompt = reply.promptTokens() - reply.reusedTokens();
    ObjectNode timings = body.putObject("timings");
    timings.put("cache_n", reply.reusedTokens());
    timings.put("prompt_n", prompt);
    Json.put(timings, "prompt_ms", reply.firstTokenSeconds() * 1000);
    Json.put(timings, "prompt_per_second", prompt / reply.firstTokenSeconds());
    timings.put("predicted_n", reply.tokens());
    Json.put(timings, "predicted_ms", reply.tokens() * 1000.0 / reply.tokensPerSecond());
    Json.put(timings, "predicted_per_second", reply.tokensPerSecond());
    body.put("truncated", reply.forgottenMessages() > 0 || reply.forgottenTokens() > 0);
  }
}
