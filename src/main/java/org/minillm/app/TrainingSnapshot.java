package org.minillm.app;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where training stands. Figures that are not known yet are NaN, counts 0. Between two snapshots
 * {@code loss} and {@code tokensPerSecond} are averages.
 *
 * @param name of the model
 * @param outDir where it is written
 * @param pausedByGuard whether the pause is the memory guard's
 * @param phaseProgress 0 to 1 within the phase, NaN while unknown
 * @param step steps done; {@code totalSteps} planned
 * @param epoch passes over the corpus so far
 * @param loss training loss, nats a token
 * @param valLoss latest validation loss; {@code bestValLoss} the lowest
 * @param bitsPerByte latest on the validation text
 * @param etaSeconds what is left, -1 while unknown
 * @param elapsedSeconds training time
 * @param parameters of the model, 0 before it exists
 * @param vocabSize real size of the tokenizer, 0 before it exists
 * @param notice something the user should know ("the text ran out of merges at 3120 tokens"), empty
 *     for nothing
 * @param sample latest sample text
 * @param failure why it ended; while it is paused by the guard, why its last try to go on failed
 * @param saved whether there is a checkpoint to go on from; known when it has ended
 */
public record TrainingSnapshot(
    String name,
    Path outDir,
    JobState state,
    boolean pausedByGuard,
    TrainingPhase phase,
    double phaseProgress,
    long step,
    long totalSteps,
    double epoch,
    long tokens,
    double loss,
    double valLoss,
    double bestValLoss,
    double bitsPerByte,
    double learningRate,
    double gradNorm,
    double tokensPerSecond,
    long etaSeconds,
    double elapsedSeconds,
    int microBatch,
    long parameters,
    int vocabSize,
    String notice,
    String sample,
    Optional<Throwable> failure,
    boolean saved) {}
