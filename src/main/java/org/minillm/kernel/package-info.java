/**
 * Loops over {@code float[]} with offsets: no shapes, no allocation. The only room that knows the
 * Vector API.
 */
@NullMarked
package org.minillm.kernel;

import org.jspecify.annotations.NullMarked;
