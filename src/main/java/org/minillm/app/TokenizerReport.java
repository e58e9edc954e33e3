package org.minillm.app;

/**
 * How a tokenizer was trained.
 *
 * @param vocabSize its real size; less than asked where the text ran out of pairs
 * @param bytes of text that was read
 * @param forgottenWords occurrences of rare words that were left out for want of memory
 * @param seconds it took
 */
public record TokenizerReport(int vocabSize, long bytes, long forgottenWords, double seconds) {}
