package org.minillm.app;

import java.nio.file.Path;

/**
 * A GGUF file that was written.
 *
 * @param bytesBefore size of the weights' file it was made from
 * @param bytes its size
 */
public record QuantizationReport(Path path, long bytesBefore, long bytes, double seconds) {}
