/** Sampling and generation over token ids. */
@NullMarked
package org.minillm.generate;

import org.jspecify.annotations.NullMarked;
