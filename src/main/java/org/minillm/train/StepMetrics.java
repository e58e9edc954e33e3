package org.minillm.train;

/**
 * One optimiser step.
 *
 * @param step steps done, from 1
 * @param totalSteps steps planned
 * @param tokens targets that counted in the loss since the beginning of the run
 * @param epoch passes over the data, with fraction
 * @param loss mean over the step's targets, nats a token
 * @param learningRate of this step
 * @param gradNorm norm of the gradient before clipping
 * @param tokensPerSecond computed in this step, padding and questions of conversations counted,
 *     pauses not
 * @param etaSeconds until the last step at the speed of late
 * @param elapsedSeconds of training since the beginning of the run, pauses not counted
 * @param microBatch sequences a micro-batch
 */
public record StepMetrics(
    long step,
    long totalSteps,
    long tokens,
    double epoch,
    double loss,
    double learningRate,
    double gradNorm,
    double tokensPerSecond,
    long etaSeconds,
    double elapsedSeconds,
    int microBatch) {}
