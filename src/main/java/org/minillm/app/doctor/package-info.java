/**
 * Looks for what spoils a corpus, and repairs it: duplicates, leakage from training into
 * validation, broken characters, languages, lengths. Streams; what it remembers is bounded.
 */
@NullMarked
package org.minillm.app.doctor;

import org.jspecify.annotations.NullMarked;
