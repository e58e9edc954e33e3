/** The entry point. */
@NullMarked
package org.minillm.launch;

import org.jspecify.annotations.NullMarked;
