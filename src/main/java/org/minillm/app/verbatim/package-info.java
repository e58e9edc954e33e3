/**
 * What of a text stands word for word in a corpus: an index on disk over the corpus's words, and
 * the search in it.
 */
@NullMarked
package org.minillm.app.verbatim;

import org.jspecify.annotations.NullMarked;
