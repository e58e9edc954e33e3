/** One class per model file format, detected by content. */
@NullMarked
package org.minillm.format;

import org.jspecify.annotations.NullMarked;
