package org.minillm.format;

import java.nio.file.Path;

/**
 * What the check of an export found: the file was opened anew and compared with its source.
 *
 * @param path what was written, a file or a directory
 * @param weights the file that holds the weights
 * @param bytes its size
 * @param sha256 its hash, hexadecimal
 * @param tensors tensors compared, value by value
 * @param maxDifference largest difference of a weight; 0 when all are the same numbers
 * @param worstTensor where it is; empty when it is 0
 * @param tokens ids of the test text, all equal
 * @param positions places of the test text at which the logits were compared; 0 if the model does
 *     not fit the memory
 * @param sameChoices of them, how many have the same most likely token
 * @param bothInt8 whether logits were computed with int8 weights on both sides, for float32 does
 *     not fit the memory: they tell nothing then of what rounding to int8 changes
 * @param logitsDifference largest difference of a logit
 * @param logitsRange largest minus smallest logit of the source, to judge it by
 */
public record ExportSlip(
    Path path,
    Path weights,
    long bytes,
    String sha256,
    int tensors,
    double maxDifference,
    String worstTensor,
    int tokens,
    int positions,
    int sameChoices,
    boolean bothInt8,
    double logitsDifference,
    double logitsRange) {

  ExportSlip at(Path newPath, Path newWeights) {
    return new ExportSlip(
        newPath,
        newWeights,
        bytes,
        sha256,
        tensors,
        maxDifference,
        worstTensor,
        tokens,
        positions,
        sameChoices,
        bothInt8,
        logitsDifference,
        logitsRange);
  }
}
