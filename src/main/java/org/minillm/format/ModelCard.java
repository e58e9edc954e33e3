package org.minillm.format;

/**
 * Facts about a model that no other file of it tells: {@code card.json}.
 *
 * @param name for people
 * @param data what it was trained on
 * @param loss last training loss, nats a token; NaN if unknown
 * @param bitsPerByte on held-out text; NaN if unknown
 * @param steps optimiser steps
 * @param trainingSeconds time they took
 * @param createdBy program and version
 * @param base name of the model it was fine-tuned from; empty for none
 */
public record ModelCard(
    String name,
    String data,
    double loss,
    double bitsPerByte,
    long steps,
    long trainingSeconds,
    String createdBy,
    String base) {

  /** A card that says the name only. */
  public static ModelCard named(String name) {
    return new ModelCard(name, "", Double.NaN, Double.NaN, 0, 0, "", "");
  }

  public ModelCard withName(String value) {
    return new ModelCard(value, data, loss, bitsPerByte, steps, trainingSeconds, createdBy, base);
  }
}
