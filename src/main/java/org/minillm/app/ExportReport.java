package org.minillm.app;

import java.nio.file.Path;
import org.minillm.format.ExportSlip;

/**
 * A model that was written, read back and found equal.
 *
 * @param path file or directory
 * @param bytesBefore size of the weights' file it was made from
 * @param bytes size of the weights' file
 * @param sha256 hash of that file
 * @param tensors tensors compared
 * @param maxDifference largest difference of a weight, in {@code worstTensor}
 * @param tokens ids of the test text, all equal
 * @param positions places at which logits were compared; 0 if the model does not fit the memory
 * @param sameChoices of them, those with the same most likely token
 * @param bothInt8 logits were computed with int8 weights on both sides, for float32 does not fit
 * @param logitsDifference largest difference of a logit, of a range of {@code logitsRange}
 */
public record ExportReport(
    Path path,
    long bytesBefore,
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
    double logitsRange,
    double seconds) {

  static ExportReport of(ExportSlip slip, long bytesBefore, long startNanos) {
    return new ExportReport(
        slip.path(),
        bytesBefore,
        slip.bytes(),
        slip.sha256(),
        slip.tensors(),
        slip.maxDifference(),
        slip.worstTensor(),
        slip.tokens(),
        slip.positions(),
        slip.sameChoices(),
        slip.bothInt8(),
        slip.logitsDifference(),
        slip.logitsRange(),
        (System.nanoTime() - startNanos) / 1e9);
  }
}
