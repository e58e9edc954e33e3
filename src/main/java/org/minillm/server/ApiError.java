package org.minillm.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException;

/** A request that is refused or failed, as OpenAI's error object says it. */
final class ApiError extends RuntimeException {
  private static final String INVALID = "invalid_request_error";

  private final int status;
  private final String type;
  private final @Nullable String param;
  private final @Nullable String code;

  private ApiError(
      int status, String type, @Nullable String param, @Nullable String code, String message) {
    super(message, null, false, false); // for the client: no stack is ever looked at
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** 400: a parameter is wrong. */
  static ApiError wrong(@Nullable String param, String message) {
    return new ApiError(400, INVALID, param, null, message);
  }

  /** 400: a parameter whose meaning this server does not know. */
  static ApiError unsupported(String param, String message) {
    return new ApiError(400, INVALID, param, "unsupported_parameter", message);
  }

  /** 401. */
  static ApiError noToken() {
    return new ApiError(
        401,
        INVALID,
        null,
        "invalid_api_key",
        "This server wants its token: send it as Authorization: Bearer TOKEN.");
  }

  /** 403. */
  static ApiError forbidden(String message) {
    return new ApiError(403, INVALID, null, "forbidden", message);
  }

  /** 404. */
  static ApiError notFound(String path) {
    return new ApiError(404, INVALID, null, "not_found", "There is nothing at " + path + ".");
  }

  /** 404: OpenAI's answer to a model that there is not. */
  static ApiError noModel(String id) {
    return new ApiError(
        404,
        INVALID,
        "model",
        "model_not_found",
        "There is no model " + id + " here; GET /v1/models lists those there are.");
  }

  /** 405. */
  static ApiError method(String method, String allowed) {
    return new ApiError(
        405,
        INVALID,
        null,
        "method_not_allowed",
        method + " is not answered here; " + allowed + ".");
  }

  /** 413. */
  static ApiError tooLarge(int most) {
    return new ApiError(
        413, INVALID, null, "too_large", "The body is too large; at most " + most + " bytes.");
  }

  /** 429. */
  static ApiError busy(String message) {
    return new ApiError(429, "rate_limit_error", null, "queue_full", message);
  }

  /** 503, as llama.cpp says it while it loads. */
  static ApiError unavailable(String message) {
    return new ApiError(503, "unavailable_error", null, null, message);
  }

  /** What a client is told about a failure; what is not its business is not in it. */
  static ApiError of(Throwable e) {
    if (e instanceof ApiError error) {
      return error;
    }
    if (e instanceof MiniLlmException.BadConfig wrong) {
      return wrong(wrong.key(), String.valueOf(wrong.getMessage()));
    }
    if (e instanceof MiniLlmException.BadInput wrong) {
      boolean context = String.valueOf(wrong.getMessage()).contains("context holds");
      return new ApiError(
          400,
          INVALID,
          null,
          context ? "context_length_exceeded" : null,
          String.valueOf(wrong.getMessage()));
    }
    if (e instanceof MiniLlmException.OutOfBudget || e instanceof MiniLlmException.Busy) {
      return unavailable(String.valueOf(e.getMessage()));
    }
    if (e instanceof OutOfMemoryError) {
      return unavailable("The memory ran out; take a smaller model.");
    }
    String message =
        e instanceof MiniLlmException || e instanceof IOException
            ? "The model could not be read or run; the server's log says why."
            : "Something failed that should not; the server's log says what.";
    return new ApiError(500, "server_error", null, null, message);
  }

  int status() {
    return status;
  }

  /** {@code {"error": {…}}}. */
  ObjectNode json() {
    ObjectNode body = Json.object();
    ObjectNode error = body.putObject("error");
    error.put("message", getMessage());
    error.put("type", type);
    error.put("param", param);
    if (code == null && status == 503) {
      error.put("code", status); // llama.cpp's health answer has the number
    } else {
      error.put("code", code);
    }
    return body;
  }
}
