package org.minillm.generate;

/**
 * What a generation made.
 *
 * @param tokens the new ids; a token that ended the text is not among them
 * @param reason why it ended
 * @param promptTokens ids in the prompt
 * @param reusedTokens of them, ids that were in the cache already
 * @param forgottenTokens ids dropped from the context by {@link OverflowPolicy#SLIDE}
 * @param promptNanos time to process the prompt
 * @param decodeNanos time from the prompt's end to the last token
 */
public record GenerationResult(
    int[] tokens,
    StopReason reason,
    int promptTokens,
    int reusedTokens,
    int forgottenTokens,
    long promptNanos,
    long decodeNanos) {}
