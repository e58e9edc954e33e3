package org.minillm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.minillm.base.JsonTree;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.format.AtomicFiles;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.OverflowPolicy;

/**
 * What the window remembers from one start to the next.
 *
 * @param language "es" or "en"; empty for the system's
 * @param model path of the model that was open last; empty for none
 * @param fontSize pixels of the usual text
 * @param scale pixels of the screen to a pixel of the window, as chosen
 * @param reducedMotion whether what moves by itself moves seldom
 * @param tourSeen whether the tour of the first start was seen or skipped
 * @param sampling how the chat chooses each token
 * @param largestScale the largest that fits the screen of the last start
 */
public record WindowSettings(
    boolean dark,
    String language,
    String model,
    int fontSize,
    double scale,
    boolean reducedMotion,
    boolean tourSeen,
    GenerateOptions sampling,
    double largestScale) {
  private static final int LARGEST_FONT = 40;
  private static final double LARGEST_SCALE = 4;
  private static final Pattern SCALE =
      Pattern.compile("\"(scale|largest_scale)\"\\s*:\\s*(\\d(?:\\.\\d+)?)");

  /** Those of a first start. */
  public static final WindowSettings FIRST =
      new WindowSettings(
          true, "", "", 14, 1, false, false, GenerateOptions.defaults(), LARGEST_SCALE);

  public WindowSettings withDark(boolean value) {
    return new WindowSettings(
        value, language, model, fontSize, scale, reducedMotion, tourSeen, sampling, largestScale);
  }

  public WindowSettings withLanguage(String value) {
    return new WindowSettings(
        dark, value, model, fontSize, scale, reducedMotion, tourSeen, sampling, largestScale);
  }

  public WindowSettings withModel(String value) {
    return new WindowSettings(
        dark, language, value, fontSize, scale, reducedMotion, tourSeen, sampling, largestScale);
  }

  public WindowSettings withFontSize(int value) {
    return new WindowSettings(
        dark, language, model, value, scale, reducedMotion, tourSeen, sampling, largestScale);
  }

  public WindowSettings withScale(double value) {
    return new WindowSettings(
        dark, language, model, fontSize, value, reducedMotion, tourSeen, sampling, largestScale);
  }

  public WindowSettings withReducedMotion(boolean value) {
    return new WindowSettings(
        dark, language, model, fontSize, scale, value, tourSeen, sampling, largestScale);
  }

  public WindowSettings withLargestScale(double value) {
    return new WindowSettings(
        dark, language, model, fontSize, scale, reducedMotion, tourSeen, sampling, value);
  }

  public WindowSettings withTourSeen(boolean value) {
    return new WindowSettings(
        dark, language, model, fontSize, scale, reducedMotion, value, sampling, largestScale);
  }

  public WindowSettings withSampling(GenerateOptions value) {
    return new WindowSettings(
        dark, language, model, fontSize, scale, reducedMotion, tourSeen, value, largestScale);
  }

  /**
   * The scale to start with, which is needed before anything else: the one that was chosen, or what
   * the last screen had room for. The file is searched, not parsed, for the parser's classes would
   * hold up the first frame.
   */
  public static double scale(Path file) {
    double chosen = FIRST.scale;
    double largest = FIRST.largestScale;
    try {
      Matcher found = SCALE.matcher(Files.isRegularFile(file) ? Files.readString(file) : "");
      while (found.find()) {
        double value = Double.parseDouble(found.group(2));
        if (found.group(1).equals("scale")) {
          chosen = within(value, FIRST.scale);
        } else {
          largest = within(value, FIRST.largestScale);
        }
      }
      return Math.min(chosen, largest);
    } catch (IOException e) {
      return FIRST.scale; // reading the whole of it will say why
    }
  }

  private static double within(double scale, double other) {
    return scale >= 0.5 && scale <= LARGEST_SCALE ? scale : other;
  }

  /** Those in a file, or those of a first start where it is missing or unreadable. */
  public static WindowSettings read(Path file) {
    try {
      if (Files.isRegularFile(file)) {
        JsonNode node = JsonTree.read(Files.readString(file));
        return new WindowSettings(
            !node.path("theme").asText().equals("light"),
            node.path("language").asText(),
            node.path("model").asText(),
            Math.max(8, Math.min(LARGEST_FONT, node.path("font_size").asInt(FIRST.fontSize))),
            within(node.path("scale").asDouble(FIRST.scale), FIRST.scale),
            node.path("reduced_motion").asBoolean(),
            node.path("tour_seen").asBoolean(),
            sampling(node.path("sampling")),
            within(node.path("largest_scale").asDouble(FIRST.largestScale), FIRST.largestScale));
      }
    } catch (IOException e) {
      System.getLogger(WindowSettings.class.getName())
          .log(Level.WARNING, "Cannot read " + file + ": " + e.getMessage());
    }
    return FIRST;
  }

  /** What the window lets one choose; all as at a first start where one of them is not allowed. */
  private static GenerateOptions sampling(JsonNode node) {
    GenerateOptions usual = FIRST.sampling;
    try {
      return usual
          .withTemperature(real(node, "temperature", usual.temperature()))
          .withTopK(node.path("top_k").asInt(usual.topK()))
          .withTopP(real(node, "top_p", usual.topP()))
          .withMinP(real(node, "min_p", usual.minP()))
          .withRepetitionPenalty(real(node, "repetition_penalty", usual.repetitionPenalty()))
          .withMaxTokens(node.path("max_tokens").asInt(usual.maxTokens()))
          .withSeed(node.path("seed").asLong(usual.seed()))
          .withOverflow(overflow(node.path("overflow").asText()), usual.keepTokens());
    } catch (BadConfig e) {
      System.getLogger(WindowSettings.class.getName())
          .log(Level.WARNING, "Sampling as at a first start: " + e.getMessage());
      return usual;
    }
  }

  private static float real(JsonNode node, String key, float usual) {
    return (float) node.path(key).asDouble(usual);
  }

  private static OverflowPolicy overflow(String name) {
    return Arrays.stream(OverflowPolicy.values())
        .filter(policy -> policy.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElse(FIRST.sampling.overflow());
  }

  private ObjectNode samplingNode() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("temperature", sampling.temperature())
        .put("top_k", sampling.topK())
        .put("top_p", sampling.topP())
        .put("min_p", sampling.minP())
        .put("repetition_penalty", sampling.repetitionPenalty())
        .put("max_tokens", sampling.maxTokens())
        .put("seed", sampling.seed())
        .put("overflow", sampling.overflow().name().toLowerCase(Locale.ROOT));
  }

  /** Writes them; makes the directory where it is missing. */
  public void write(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    AtomicFiles.writeText(
        file,
        JsonNodeFactory.instance
                .objectNode()
                .put("theme", dark ? "dark" : "light")
                .put("language", language)
                .put("model", model)
                .put("font_size", fontSize)
                .put("scale", scale)
                .put("reduced_motion", reducedMotion)
                .put("tour_seen", tourSeen)
                .put("largest_scale", largestScale)
                .<ObjectNode>set("sampling", samplingNode())
                .toPrettyString()
            + "\n");
  }
}
