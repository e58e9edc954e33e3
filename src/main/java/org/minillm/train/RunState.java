package org.minillm.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.minillm.base.JsonFault;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.kernel.Kernels;

/**
 * Where a run stands: {@code state.json} of a checkpoint. With the weights, the moments and the
 * same data it determines all that follows; there is no other random state, since batches and
 * dropout are functions of seed, step and sequence.
 *
 * @param name of the run
 * @param files of the corpus, absolute
 * @param validationFraction of the split
 * @param options of the run
 * @param step steps done
 * @param totalSteps steps planned
 * @param tokens targets seen that count in the loss
 * @param sequences the data cursor: sequences seen, and those left out after a divergence
 * @param bestValLoss best validation loss so far, nats a token; null if none
 * @param lastLoss loss of the last step; null if none
 * @param lastBitsPerByte of the last evaluation, on validation text; null if none
 * @param elapsedSeconds of training, pauses not counted
 * @param dataFingerprint of {@link Dataset#fingerprint}
 * @param jdk that computed
 * @param kernels that computed
 * @param threads that computed
 * @param staleEvaluations evaluations since the best one
 * @param steadiness what is known about the loss of late
 * @param replay the next step's figures, for the proof on resume; null where none were taken
 * @param fineTuning what it was begun from; null for a training from random weights
 * @param baseChecksum CRC-32C of the base's weights where only adapters are trained; else 0
 * @param weightsChecksum CRC-32C of model.safetensors, or of the adapters where they are trained
 * @param momentsChecksum CRC-32C of optimizer.safetensors
 */
@RecordBuilder
public record RunState(
    String name,
    List<String> files,
    double validationFraction,
    TrainOptions options,
    long step,
    long totalSteps,
    long tokens,
    long sequences,
    @org.jspecify.annotations.Nullable Double bestValLoss,
    @org.jspecify.annotations.Nullable Double lastLoss,
    @org.jspecify.annotations.Nullable Double lastBitsPerByte,
    double elapsedSeconds,
    String dataFingerprint,
    String jdk,
    String kernels,
    int threads,
    int staleEvaluations,
    Steadiness steadiness,
    @org.jspecify.annotations.Nullable Replay replay,
    @org.jspecify.annotations.Nullable FineTuning fineTuning,
    long baseChecksum,
    long weightsChecksum,
    long momentsChecksum)
    implements RunStateBuilder.With {
  private static final long MOST_SEQUENCES = 1L << 55;

  /**
   * A step computed but not taken: what a resumed run must find again.
   *
   * @param loss mean, nats a token
   * @param gradNorm before clipping
   */
  public record Replay(double loss, double gradNorm) {}

  public RunState {
    for (Object given : new Object[] {name, options, dataFingerprint, jdk, kernels, steadiness}) {
      Objects.requireNonNull(given, "a text or the options are null");
    }
    // A name that no file can have is refused here.
    files = files.stream().map(f -> Path.of(f).toString()).toList();
    if (step < 0 || step > totalSteps && totalSteps > 0 || tokens < 0) {
      throw new IllegalArgumentException(
          "step " + step + " of " + totalSteps + ", " + tokens + " tokens");
    }
    if (sequences < 0 || sequences > MOST_SEQUENCES || staleEvaluations < 0) {
      throw new IllegalArgumentException(
          "data cursor " + sequences + ", evaluations " + staleEvaluations);
    }
  }

  private static final int NAMES = 12;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Whether nothing is left to do: all steps are done, or early stopping has ended the run. */
  public boolean ended() {
    return step >= totalSteps || options.patience() > 0 && staleEvaluations >= options.patience();
  }

  /** The files' names without their folders, the first few of many. */
  String fileNames() {
    String first =
        files.stream()
            .limit(NAMES)
            .map(f -> String.valueOf(Path.of(f).getFileName()))
            .collect(Collectors.joining(", "));
    return files.size() <= NAMES ? first : first + " … (" + files.size() + " files)";
  }

  /** Why a run that goes on here would not have the same bits; empty if it would. */
  public String differences(int threadsNow) {
    StringBuilder text = new StringBuilder();
    compare(text, "JDK", jdk, jdkNow());
    compare(text, "kernels", kernels, Kernels.best().description());
    compare(text, "threads", Integer.toString(threads), Integer.toString(threadsNow));
    return text.toString();
  }

  static String jdkNow() {
    return System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version");
  }

  private static void compare(StringBuilder text, String what, String then, String now) {
    if (!then.equals(now)) {
      text.append(text.length() == 0 ? "" : "; ").append(what).append(": ").append(then);
      text.append(" then, ").append(now).append(" now");
    }
  }

  String toJson() throws JsonProcessingException {
    return MAPPER.writeValueAsString(this) + "\n";
  }

  static RunState fromJson(byte[] json, String file) {
    try {
      JsonNode tree = MAPPER.readTree(json);
      if (tree instanceof ObjectNode object) {
        complete(object);
      }
      RunState state = MAPPER.treeToValue(tree, RunState.class);
      if (state == null) {
        throw new BadFormat(file, 0, "is not the state of a run: it is null");
      }
      return state;
    } catch (JsonProcessingException e) {
      long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
      throw new BadFormat(
          file, at, "is not the state of a run: " + JsonFault.words(e.getOriginalMessage()));
    } catch (IOException e) { // bytes that are no text in any encoding
      throw new BadFormat(file, -1, "is not the state of a run: " + e.getMessage());
    }
  }

  /** Keys that older checkpoints lack get what was the only way then. */
  private static void complete(ObjectNode state) {
    if (state.get("options") instanceof ObjectNode options) {
      if (!options.has("samplePrompts")) {
        JsonNode prompt = options.remove("samplePrompt");
        options.putArray("samplePrompts").add(prompt == null ? "" : prompt.asText());
      }
      complete(options, "schedule", ScheduleType.COSINE.name());
      complete(options, "decayFraction", TrainOptions.DECAY_FRACTION);
      complete(options, "patience", 0);
      complete(options, "optimizer", OptimizerType.ADAMW.name());
      complete(options, "matrixLearningRate", TrainOptions.MATRIX_LEARNING_RATE);
      complete(options, "momentum", TrainOptions.MOMENTUM);
    }
    complete(state, "lastBitsPerByte", null);
    complete(state, "staleEvaluations", 0);
    complete(state, "steadiness", Steadiness.START);
    complete(state, "replay", null);
    complete(state, "fineTuning", null);
    complete(state, "baseChecksum", 0);
  }

  private static void complete(
      ObjectNode node, String key, @org.jspecify.annotations.Nullable Object value) {
    if (!node.has(key)) {
      node.set(key, MAPPER.valueToTree(value));
    }
  }
}
