package org.minillm.train;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Objects;
import org.minillm.base.MiniLlmException.BadConfig;

/**
 * How a model is trained.
 *
 * @param batchSize sequences a batch
 * @param gradientAccumulation batches a step
 * @param contextLength tokens a sequence
 * @param optimizer what turns gradients into weights
 * @param learningRate of AdamW after warm-up
 * @param matrixLearningRate of Muon after warm-up; it follows the same schedule
 * @param momentum of Muon
 * @param minLearningRate at the end of the schedule
 * @param warmupSteps steps of linear warm-up; a tenth of all steps at most
 * @param schedule of the learning rate after warm-up
 * @param decayFraction share of the steps at the end in which "wsd" decays
 * @param patience evaluations without a better validation loss after which the run ends; 0 never
 * @param maxSteps steps at most; 0: {@code maxEpochs} decides
 * @param maxEpochs passes over the data at most; 0: {@code maxSteps} decides
 * @param weightDecay of matrices
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param eps added to the root of the second moment
 * @param gradClip largest norm of a step's gradient; 0 does not clip
 * @param dropout probability, 0 is off
 * @param evalInterval steps between evaluations
 * @param checkpointInterval steps between checkpoints
 * @param evalTokens validation tokens an evaluation reads at most (whole documents)
 * @param chunkSize keys a chunk of attention
 * @param memorySaver compute activations again in the backward pass
 * @param seed of batches and dropout
 * @param samplePrompts beginnings of the sample texts at each evaluation; "" is the beginning of a
 *     document
 * @param sampleTokens their length; 0 makes none
 */
@RecordBuilder
public record TrainOptions(
    int batchSize,
    int gradientAccumulation,
    int contextLength,
    OptimizerType optimizer,
    float learningRate,
    float matrixLearningRate,
    float momentum,
    float minLearningRate,
    int warmupSteps,
    ScheduleType schedule,
    float decayFraction,
    int patience,
    long maxSteps,
    int maxEpochs,
    float weightDecay,
    float beta1,
    float beta2,
    float eps,
    float gradClip,
    float dropout,
    int evalInterval,
    int checkpointInterval,
    int evalTokens,
    int chunkSize,
    boolean memorySaver,
    long seed,
    List<String> samplePrompts,
    int sampleTokens)
    implements TrainOptionsBuilder.With {

  private static final int ROWS_A_PASS = 512;
  static final float DECAY_FRACTION = 0.2f;
  static final float MATRIX_LEARNING_RATE = 0.01f;
  static final float MOMENTUM = 0.9f;
  private static final int MOST_SEQUENCES = 1 << 24;

  public TrainOptions {
    Objects.requireNonNull(schedule, "schedule is null");
    Objects.requireNonNull(optimizer, "optimizer is null");
    samplePrompts = List.copyOf(samplePrompts);
    check("batch_size", batchSize, batchSize >= 1, "1 or more");
    check("gradient_accumulation", gradientAccumulation, gradientAccumulation >= 1, "1 or more");
    check(
        "gradient_accumulation",
        gradientAccumulation,
        (long) batchSize * gradientAccumulation <= MOST_SEQUENCES,
        "at most " + MOST_SEQUENCES + " sequences a step");
    check("max_seq_len", contextLength, contextLength >= 1, "1 or more");
    check("learning_rate", learningRate, learningRate > 0 && learningRate <= 1, "0 to 1");
    check(
        "matrix_learning_rate",
        matrixLearningRate,
        matrixLearningRate > 0 && matrixLearningRate <= 1,
        "0 to 1");
    check("momentum", momentum, momentum >= 0 && momentum < 1, "0 to less than 1");
    check("min_learning_rate", minLearningRate, minLearningRate >= 0, "0 or more");
    check("warmup_steps", warmupSteps, warmupSteps >= 0, "0 or more");
    check("decay_fraction", decayFraction, decayFraction > 0 && decayFraction <= 1, "0 to 1");
    check("early_stopping", patience, patience >= 0, "0 (off) or more");
    check("max_steps", maxSteps, maxSteps >= 0 && maxSteps <= 1_000_000_000, "0 to 1,000,000,000");
    check(
        "max_epochs",
        maxEpochs,
        maxEpochs >= 0 && (maxEpochs > 0 || maxSteps > 0),
        "1 or more, unless max_steps is given");
    check("weight_decay", weightDecay, weightDecay >= 0 && weightDecay <= 1, "0 to 1");
    check("beta1", beta1, beta1 >= 0 && beta1 < 1, "0 to less than 1");
    check("beta2", beta2, beta2 >= 0 && beta2 < 1, "0 to less than 1");
    check("eps", eps, eps > 0, "more than 0");
    check("grad_clip", gradClip, gradClip >= 0, "0 (off) or more");
    check("dropout", dropout, dropout >= 0 && dropout < 1, "0 to less than 1");
    check("eval_interval", evalInterval, evalInterval >= 1, "1 or more");
    check("checkpoint_interval", checkpointInterval, checkpointInterval >= 1, "1 or more");
    check("eval_tokens", evalTokens, evalTokens >= 1, "1 or more");
    check("chunk_size", chunkSize, chunkSize >= 1 && chunkSize <= 65_536, "1 to 65536");
    check("sample_tokens", sampleTokens, sampleTokens >= 0, "0 or more");
  }

  private static void check(String key, Number value, boolean allowed, String what) {
    if (!allowed) {
      throw new BadConfig("training." + key, value.toString(), what);
    }
  }

  /**
   * AdamW with betas 0.9 and 0.95, decay 0.1, clipping at 1, warm-up of 100 steps, cosine to a
   * tenth; 100 steps between evaluations, 200 between checkpoints.
   */
  public static TrainOptions of(
      int batchSize, int contextLength, float learningRate, long maxSteps) {
    return TrainOptionsBuilder.builder()
        .batchSize(batchSize)
        .gradientAccumulation(1)
        .contextLength(contextLength)
        .optimizer(OptimizerType.ADAMW)
        .learningRate(learningRate)
        .matrixLearningRate(MATRIX_LEARNING_RATE)
        .momentum(MOMENTUM)
        .minLearningRate(learningRate / 10)
        .warmupSteps(100)
        .schedule(ScheduleType.COSINE)
        .decayFraction(DECAY_FRACTION)
        .maxSteps(maxSteps)
        .weightDecay(0.1f)
        .beta1(0.9f)
        .beta2(0.95f)
        .eps(1e-8f)
        .gradClip(1f)
        .evalInterval(100)
        .checkpointInterval(200)
        .evalTokens(16_384)
        .chunkSize(64)
        .memorySaver(true)
        .seed(1)
        .samplePrompts(List.of(""))
        .sampleTokens(48)
        .build();
  }

  /** Sequences a step. */
  public int sequencesPerStep() {
    return Math.multiplyExact(batchSize, gradientAccumulation);
  }

  /** Sequences that are computed together when a run begins. */
  public int microBatch() {
    return microBatch(batchSize, contextLength);
  }

  /**
   * Sequences computed together: as many of the batch as fill {@value #ROWS_A_PASS} rows, beyond
   * which products are hardly faster and activations only take memory; a divisor of the batch. The
   * gradient is that of the whole batch in any case, bit for bit.
   */
  public static int microBatch(int batchSize, int contextLength) {
    int most = Math.max(1, Math.min(batchSize, ROWS_A_PASS / contextLength));
    while (batchSize % most != 0) {
      most--;
    }
    return most;
  }
}
