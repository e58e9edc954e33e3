package org.minillm.tokenizer;

/**
 * What a BPE training gave.
 *
 * @param tokenizer its vocabulary is smaller than asked for when the corpus ran out of merges
 * @param requestedVocabSize what was asked for
 * @param documents documents read
 * @param bytes UTF-8 bytes read
 * @param distinctWords different words counted
 */
public record BpeTraining(
    BpeTokenizer tokenizer, int requestedVocabSize, long documents, long bytes, int distinctWords) {

  /** Whether no pair was left that occurs twice, so the vocabulary stayed smaller than asked. */
  public boolean ranOutOfMerges() {
    return tokenizer.vocabSize() < requestedVocabSize;
  }
}
