package org.minillm.app.corpus;

import java.nio.file.Path;

/**
 * A file of the corpus that was written.
 *
 * @param texts stories or dialogues in it
 * @param bytes its length
 * @param skeletons how many its texts were made of
 * @param cycles 1 where no text comes twice; n where the skeletons ran out of new texts n - 1 times
 */
public record CorpusFile(
    Path path, Language language, long texts, long bytes, int skeletons, int cycles) {}
