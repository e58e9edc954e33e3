package org.minillm.train;

/**
 * How a run ended.
 *
 * @param step steps done
 * @param finished whether all planned steps were done; otherwise it was stopped and can be resumed
 * @param lastLoss of the last step, nats a token; NaN if none
 * @param bestValLoss of the best evaluation; NaN if none
 */
public record TrainResult(long step, boolean finished, double lastLoss, double bestValLoss) {}
