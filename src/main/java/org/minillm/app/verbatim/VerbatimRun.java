package org.minillm.app.verbatim;

import java.nio.file.Path;

/**
 * Words of a text that stand in the corpus in the same order; without case, and whatever stands
 * between them.
 *
 * @param from where they begin in the text, in characters
 * @param to where they end
 * @param words how many
 * @param file of the corpus
 * @param line where they begin in it, from 1; of a table or JSON Lines the row's, and 0 where the
 *     format shows no lines to people
 * @param before what stands before them there
 * @param passage the words as they stand there
 * @param after what stands after them there
 */
public record VerbatimRun(
    int from,
    int to,
    int words,
    Path file,
    long line,
    String before,
    String passage,
    String after) {}
