/** What every room may use: errors, the memory budget, run control and the compute threads. */
@NullMarked
package org.minillm.base;

import org.jspecify.annotations.NullMarked;
