/**
 * The project's own corpus: stories and dialogues made from skeletons, word lists and chance. Knows
 * of the rest of the program only errors, run control, random numbers and the corpus separator.
 */
@NullMarked
package org.minillm.app.corpus;

import org.jspecify.annotations.NullMarked;
