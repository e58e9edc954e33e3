package org.minillm.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.minillm.generate.GenerateOptions;
import org.minillm.tokenizer.ChatMessage;

/**
 * The body of a completion request. Parameters that would change the text and are not known here
 * are refused; others that are not known change nothing and are left out.
 *
 * @param model as the client names it; empty for the default one
 * @param prompt to continue; empty in a chat
 * @param messages of a chat, the last one to answer; none for a completion
 * @param forgotten oldest messages that were left out of them
 * @param stream whether the text comes in events
 * @param includeUsage whether the last of them tells the tokens
 * @param logprobs likeliest tokens told beside each token of the answer; -1 for no tokens
 */
record CompletionRequest(
    Optional<String> model,
    String prompt,
    List<ChatMessage> messages,
    int forgotten,
    GenerateOptions options,
    boolean stream,
    boolean includeUsage,
    int logprobs) {
  /** Tokens an answer may have where each is told with its alternatives. */
  private static final int MOST_LOGGED = 4096;

  /** More would make the search for those that fit the context long: older ones are left out. */
  private static final int MOST_MESSAGES = 128;

  private static final int MOST_STOPS = 16;
  private static final int LONGEST_STOP = 256;

  boolean chat() {
    return !messages.isEmpty();
  }

  static CompletionRequest parse(ObjectNode body, boolean chat) {
    refuseUnsupported(body);
    GenerateOptions options = options(body);
    int logprobs = chat ? chatLogprobs(body) : logprobs(body);
    if (logprobs >= 0 && options.maxTokens() > MOST_LOGGED) {
      throw ApiError.wrong(
          "max_tokens", "With logprobs, max_tokens is at most " + MOST_LOGGED + ".");
    }
    List<ChatMessage> all = chat ? messages(body) : List.of();
    List<ChatMessage> latest = latest(all);
    return new CompletionRequest(
        text(body, "model"),
        chat ? "" : prompt(body),
        latest,
        all.size() - latest.size(),
        options,
        flag(body, "stream"),
        streamUsage(body),
        logprobs);
  }

  /** Of a completion: a number, up to 5. */
  private static int logprobs(ObjectNode body) {
    JsonNode value = body.path("logprobs");
    if (absent(value) || value.equals(body.booleanNode(false))) {
      return -1;
    }
    return between(body, "logprobs", 5);
  }

  /** Of a chat: true, and a number up to 20 for those beside each token. */
  private static int chatLogprobs(ObjectNode body) {
    boolean wanted = flag(body, "logprobs");
    boolean alternatives = !absent(body.path("top_logprobs"));
    if (alternatives && !wanted) {
      throw ApiError.wrong("top_logprobs", "top_logprobs needs logprobs to be true.");
    }
    return !wanted ? -1 : alternatives ? between(body, "top_logprobs", 20) : 0;
  }

  private static int between(ObjectNode body, String key, int most) {
    JsonNode value = body.path(key);
    if (!value.isIntegralNumber() || value.longValue() < 0 || value.longValue() > most) {
      throw ApiError.wrong(key, key + " must be a whole number from 0 to " + most + ".");
    }
    return value.intValue();
  }

  private static void refuseUnsupported(ObjectNode body) {
    if (flag(body, "echo")) {
      throw ApiError.unsupported("echo", "echo is not supported by this server.");
    }
    for (String key : List.of("presence_penalty", "frequency_penalty")) {
      if (!absent(body.path(key)) && !isNumber(body.path(key), 0)) {
        throw ApiError.unsupported(
            key, key + " is not supported; repetition_penalty does a like thing.");
      }
    }
    for (String key : List.of("n", "best_of")) {
      if (!absent(body.path(key)) && !isNumber(body.path(key), 1)) {
        throw ApiError.unsupported(key, "Only one text a request is made: " + key + " must be 1.");
      }
    }
    for (String key : List.of("tools", "functions", "logit_bias", "suffix")) {
      JsonNode value = body.path(key);
      if (!absent(value) && !((value.isContainerNode() || value.isTextual()) && isEmpty(value))) {
        throw ApiError.unsupported(key, key + " is not supported by this server.");
      }
    }
    String format = body.path("response_format").path("type").asText("text");
    if (!format.equals("text")) {
      throw ApiError.unsupported("response_format", "Only the response format text is supported.");
    }
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isTextual() ? value.textValue().isEmpty() : value.isEmpty();
  }

  private static boolean isNumber(JsonNode value, int wanted) {
    return value.isNumber() && value.doubleValue() == wanted;
  }

  private static GenerateOptions options(ObjectNode body) {
    GenerateOptions options = GenerateOptions.defaults();
    for (String key : List.of("max_tokens", "max_completion_tokens")) {
      if (!absent(body.path(key))) {
        int asked = (int) whole(body, key, Integer.MAX_VALUE);
        options = options.withMaxTokens(asked == -1 ? GenerateOptions.MOST_TOKENS : asked);
      }
    }
    if (!absent(body.path("temperature"))) {
      options = options.withTemperature(real(body, "temperature"));
    }
    if (!absent(body.path("top_k"))) {
      options = options.withTopK((int) whole(body, "top_k", Integer.MAX_VALUE));
    }
    if (!absent(body.path("top_p"))) {
      float asked = real(body, "top_p");
      options = options.withTopP(asked == 0 ? Float.MIN_VALUE : asked); // the likeliest token
    }
    if (!absent(body.path("min_p"))) {
      options = options.withMinP(real(body, "min_p"));
    }
    for (String key : List.of("repeat_penalty", "repetition_penalty")) {
      if (!absent(body.path(key))) {
        options = options.withRepetitionPenalty(real(body, key));
      }
    }
    if (!absent(body.path("seed"))) {
      options = options.withSeed(whole(body, "seed", Long.MAX_VALUE));
    }
    return options.withStop(stops(body));
  }

  private static List<String> stops(ObjectNode body) {
    JsonNode stop = body.path("stop");
    if (absent(stop)) {
      return List.of();
    }
    List<String> stops = new ArrayList<>();
    for (JsonNode one : stop.isArray() ? stop : body.arrayNode().add(stop)) {
      if (!one.isTextual()
          || one.textValue().isEmpty()
          || one.textValue().length() > LONGEST_STOP) {
        throw ApiError.wrong(
            "stop", "stop must be a text or texts of 1 to " + LONGEST_STOP + " characters.");
      }
      stops.add(one.textValue());
    }
    if (stops.size() > MOST_STOPS) {
      throw ApiError.wrong("stop", "At most " + MOST_STOPS + " stop texts.");
    }
    return stops;
  }

  private static String prompt(ObjectNode body) {
    JsonNode prompt = body.path("prompt");
    if (prompt.isArray() && prompt.size() == 1) {
      prompt = prompt.get(0);
    }
    if (!prompt.isTextual()) {
      throw ApiError.wrong("prompt", "prompt must be a text; token ids and lists are not taken.");
    }
    return prompt.textValue();
  }

  /** The latest messages, from a user's on, and a system message that stands before them all. */
  private static List<ChatMessage> latest(List<ChatMessage> all) {
    if (all.size() <= MOST_MESSAGES) {
      return all;
    }
    int keep = all.get(0).role().equals("system") ? 1 : 0;
    int from = all.size() - (MOST_MESSAGES - keep);
    while (!all.get(from).role().equals("user")) {
      from++; // an answer whose question is gone goes, too; the last message is a user's
    }
    List<ChatMessage> latest = new ArrayList<>(all.subList(0, keep));
    latest.addAll(all.subList(from, all.size()));
    return latest;
  }

  private static List<ChatMessage> messages(ObjectNode body) {
    JsonNode array = body.path("messages");
    if (!array.isArray() || array.isEmpty()) {
      throw ApiError.wrong("messages", "messages must be a list of 1 message or more.");
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode message : array) {
      String role = message.path("role").asText("");
      if (!List.of("system", "developer", "user", "assistant").contains(role)) {
        throw ApiError.wrong(
            "messages", "A message's role must be system, developer, user or assistant.");
      }
      messages.add(new ChatMessage(role.equals("developer") ? "system" : role, content(message)));
    }
    if (!messages.get(messages.size() - 1).role().equals("user")) {
      throw ApiError.wrong("messages", "The last message must be the user's.");
    }
    return messages;
  }

  /** A text, or a list of parts that are all texts. */
  private static String content(JsonNode message) {
    JsonNode content = message.path("content");
    if (content.isTextual()) {
      return content.textValue();
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode part : content) {
      if (!part.path("type").asText("").equals("text") || !part.path("text").isTextual()) {
        throw ApiError.wrong("messages", "A message's parts must be texts.");
      }
      text.append(part.path("text").textValue());
    }
    if (!content.isArray()) {
      throw ApiError.wrong("messages", "A message's content must be a text.");
    }
    return text.toString();
  }

  private static boolean streamUsage(ObjectNode body) {
    JsonNode options = body.path("stream_options");
    return options instanceof ObjectNode object && flag(object, "include_usage");
  }

  private static boolean absent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static Optional<String> text(ObjectNode body, String key) {
    JsonNode value = body.path(key);
    if (absent(value)) {
      return Optional.empty();
    }
    if (!value.isTextual() || value.textValue().length() > 256) {
      throw ApiError.wrong(key, key + " must be a text of at most 256 characters.");
    }
    return value.textValue().isEmpty() ? Optional.empty() : Optional.of(value.textValue());
  }

  private static boolean flag(ObjectNode body, String key) {
    JsonNode value = body.path(key);
    if (!absent(value) && !value.isBoolean()) {
      throw ApiError.wrong(key, key + " must be true or false.");
    }
    return value.booleanValue();
  }

  private static long whole(ObjectNode body, String key, long most) {
    JsonNode value = body.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() > most) {
      throw ApiError.wrong(key, key + " must be a whole number up to " + most + ".");
    }
    return Math.max(value.longValue(), Integer.MIN_VALUE);
  }

  private static float real(ObjectNode body, String key) {
    JsonNode value = body.path(key);
    if (!value.isNumber() || !Float.isFinite(value.floatValue())) {
      throw ApiError.wrong(key, key + " must be a number.");
    }
    return value.floatValue();
  }
}
