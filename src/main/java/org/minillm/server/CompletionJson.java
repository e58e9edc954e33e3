package org.minillm.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatReply;
import org.minillm.app.CompletionToken;
import org.minillm.generate.StopReason;

/** OpenAI's objects of one answer, with llama.cpp's {@code timings} and {@code truncated}. */
final class CompletionJson {
  private final boolean chat;
  private final String model;
  private final boolean logprobs;
  private final String id;
  private final long created = System.currentTimeMillis() / 1000;

  /** Characters of the tokens told so far. */
  private long offset;

  CompletionJson(boolean chat, String model, boolean logprobs) {
    this.chat = chat;
    this.model = model;
    this.logprobs = logprobs;
    this.id = (chat ? "chatcmpl-" : "cmpl-") + UUID.randomUUID().toString().replace("-", "");
  }

  /** The whole answer. */
  ObjectNode whole(ChatReply reply, List<CompletionToken> tokens) {
    ObjectNode body = head(chat ? "chat.completion" : "text_completion");
    ObjectNode choice = choice(body, finish(reply));
    if (chat) {
      choice.putObject("message").put("role", "assistant").put("content", reply.text());
    } else {
      choice.put("text", reply.text());
    }
    logprobs(choice, tokens);
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

  /** A piece of the text and the tokens that go with it. */
  ObjectNode piece(String text, List<CompletionToken> tokens) {
    ObjectNode body = chunk();
    ObjectNode choice = choice(body, null);
    if (chat) {
      choice.putObject("delta").put("content", text);
    } else {
      choice.put("text", text);
    }
    logprobs(choice, tokens);
    return body;
  }

  private void logprobs(ObjectNode choice, List<CompletionToken> tokens) {
    if (!logprobs) {
      return;
    }
    ObjectNode all = choice.putObject("logprobs");
    if (chat) {
      ArrayNode content = all.putArray("content");
      for (CompletionToken token : tokens) {
        ObjectNode one = content.addObject();
        token(one, token);
        ArrayNode top = one.putArray("top_logprobs");
        token.alternatives().forEach(alternative -> token(top.addObject(), alternative));
      }
      all.putNull("refusal");
      return;
    }
    ArrayNode texts = all.putArray("tokens");
    ArrayNode values = all.putArray("token_logprobs");
    ArrayNode tops = all.putArray("top_logprobs");
    ArrayNode offsets = all.putArray("text_offset");
    for (CompletionToken token : tokens) {
      texts.add(token.text());
      values.add(logprob(token));
      ObjectNode top = tops.addObject();
      token.alternatives().forEach(one -> top.put(one.text(), logprob(one)));
      offsets.add(offset);
      offset += token.text().codePointCount(0, token.text().length());
    }
  }

  private static void token(ObjectNode to, CompletionToken token) {
    to.put("token", token.text());
    to.put("logprob", logprob(token));
    ArrayNode bytes = to.putArray("bytes");
    token.bytes().forEach(b -> bytes.add(b & 0xFF));
  }

  /** JSON has no infinity; OpenAI's API says -9999 for what cannot be. */
  private static double logprob(CompletionToken token) {
    return Double.isFinite(token.logProbability()) ? token.logProbability() : -9999.0;
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
