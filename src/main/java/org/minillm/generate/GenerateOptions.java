package org.minillm.generate;

import java.util.List;
import org.minillm.base.MiniLlmException.BadConfig;

/**
 * How a text is continued. The filters run in llama.cpp's order: repetition penalty, top-k, top-p,
 * min-p, temperature.
 *
 * @param maxTokens tokens at most, 1 to 1,000,000
 * @param temperature 0 takes the likeliest token; up to 10
 * @param topK likeliest tokens kept; 0 keeps all
 * @param topP smallest set whose probabilities reach this; 1 keeps all
 * @param minP tokens at least this share of the likeliest one's probability; 0 keeps all
 * @param repetitionPenalty divides the positive and multiplies the negative logits of tokens that
 *     came lately; 1 does nothing (Keskar et al. 2019)
 * @param repetitionWindow tokens that count as lately, 0 to 4,096
 * @param seed same seed, same text; -1 chooses a new one each time
 * @param stop texts that end the generation; they are not part of it
 * @param overflow what happens when the context is full
 * @param keepTokens tokens at the beginning that {@link OverflowPolicy#SLIDE} keeps
 */
public record GenerateOptions(
    int maxTokens,
    float temperature,
    int topK,
    float topP,
    float minP,
    float repetitionPenalty,
    int repetitionWindow,
    long seed,
    List<String> stop,
    OverflowPolicy overflow,
    int keepTokens) {
  /** Tokens that can be asked for: more than any context holds. */
  public static final int MOST_TOKENS = 1_000_000;

  private static final GenerateOptions DEFAULTS =
      new GenerateOptions(
          256, 0.5f, 40, 0.95f, 0.05f, 1f, 64, -1, List.of(), OverflowPolicy.STOP, 0);

  public GenerateOptions {
    check(
        "max_tokens", maxTokens, maxTokens >= 1 && maxTokens <= MOST_TOKENS, "1 to " + MOST_TOKENS);
    check("temperature", temperature, temperature >= 0 && temperature <= 10, "0 to 10");
    check("top_k", topK, topK >= 0, "0 (off) or more");
    check("top_p", topP, topP > 0 && topP <= 1, "more than 0, at most 1 (off)");
    check("min_p", minP, minP >= 0 && minP < 1, "0 (off) to less than 1");
    check(
        "repetition_penalty",
        repetitionPenalty,
        repetitionPenalty > 0 && repetitionPenalty <= 10,
        "more than 0, at most 10; 1 is off");
    check(
        "repetition_window",
        repetitionWindow,
        repetitionWindow >= 0 && repetitionWindow <= 4096,
        "0 to 4096");
    check("seed", seed, seed >= -1, "0 or more, or -1 for a new one each time");
    check("keep_tokens", keepTokens, keepTokens >= 0, "0 or more");
    stop = List.copyOf(stop);
    check("stop", stop.size(), stop.stream().noneMatch(String::isEmpty), "texts, none empty");
  }

  private static void check(String key, Number value, boolean allowed, String what) {
    if (!allowed) {
      throw new BadConfig(key, value.toString(), what);
    }
  }

  /**
   * Temperature 0.5, chosen from judged answers of small models (src/test/quality); the rest are
   * llama.cpp's defaults: top-k 40, top-p 0.95, min-p 0.05; 256 tokens.
   */
  public static GenerateOptions defaults() {
    return DEFAULTS;
  }

  /** The likeliest token each time. */
  public static GenerateOptions greedy() {
    return DEFAULTS.withTemperature(0);
  }

  public GenerateOptions withMaxTokens(int value) {
    return new GenerateOptions(
        value,
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        repetitionWindow,
        seed,
        stop,
        overflow,
        keepTokens);
  }

  public GenerateOptions withTemperature(float value) {
    return new GenerateOptions(
        maxTokens,
        value,
        topK,
        topP,
        minP,
        repetitionPenalty,
        repetitionWindow,
        seed,
        stop,
        overflow,
        keepTokens);
  }

  public GenerateOptions withTopK(int value) {
    return new GenerateOptions(
        maxTokens,
        temperature,
        value,
        topP,
        minP,
        repetitionPenalty,
        repetitionWindow,
        seed,
        stop,
        overflow,
        keepTokens);
  }

  public GenerateOptions withTopP(float value) {
    return new GenerateOptions(
        maxTokens,
        temperature,
        topK,
        value,
        minP,
        repetitionPenalty,
        repetitionWindow,
        seed,
        stop,
        overflow,
        keepTokens);
  }

  public GenerateOptions withMinP(float value) {
    return new GenerateOptions(
        maxTokens,
        temperature,
        topK,
        topP,
        value,
        repetitionPenalty,
        repetitionWindow,
        seed,
        stop,
        overflow,
        keepTokens);
  }

  public GenerateOptions withRepetitionPenalty(float value) {
    return new GenerateOptions(
        maxTokens,
        temperature,
        topK,
        topP,
        minP,
        value,
        repetitionWindow,
        seed,
        stop,
        overflow,
        keepTokens);
  }

  public GenerateOptions withRepetitionWindow(int value) {
    return new GenerateOptions(
        maxTokens,
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        value,
        seed,
        stop,
        overflow,
        keepTokens);
  }

  public GenerateOptions withSeed(long value) {
    return new GenerateOptions(
        maxTokens,
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        repetitionWindow,
        value,
        stop,
        overflow,
        keepTokens);
  }

  public GenerateOptions withStop(List<String> value) {
    return new GenerateOptions(
        maxTokens,
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        repetitionWindow,
        seed,
        value,
        overflow,
        keepTokens);
  }

  public GenerateOptions withOverflow(OverflowPolicy value, int keep) {
    return new GenerateOptions(
        maxTokens,
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        repetitionWindow,
        seed,
        stop,
        value,
        keep);
  }
}
