/**
 * Texts as people have them: a reader for every file format, encodings, folders, languages. A
 * reader's library is loaded when the first file of its format is met.
 */
@NullMarked
package org.minillm.train.text;

import org.jspecify.annotations.NullMarked;
