package org.minillm.tokenizer;

/**
 * What a BPE training gave.
 *
 * @param tokenizer its vocabulary is smaller than asked for when the corpus ran out of merges
 * @param requestedVocabSize what was asked for
 * @param documents documents read
 * @param bytes UTF-8 bytes read
 * @param distinctWords different words learnt from
 * @param forgottenWords occurrences of rare words that were left out because the different words
 *     took more memory than the training may have; 0 in all but large corpora
 */
public record BpeTraining(
    BpeTokenizer tokenizer,
    int requestedVocabSize,
    long documents,
    long bytes,
    int distinctWords,
    long forgottenWords) {

  /** Whether no pair was left that occurs twice, so the vocabulary stayed smaller than asked. */
  public boolean ranOutOfMerges() {
    return tokenizer.vocabSize() < requestedVocabSize;
  }
}
