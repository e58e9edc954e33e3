package org.minillm.train;

/**
 * How well a model predicts a text.
 *
 * @param loss mean, nats a token
 * @param bitsPerByte summed loss in bits / UTF-8 bytes of the documents
 * @param tokens targets
 * @param bytes UTF-8 bytes of the documents without their separator lines
 */
public record EvalResult(double loss, double bitsPerByte, long tokens, long bytes) {}
