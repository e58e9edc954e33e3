/** Dataset, optimiser, schedule, trainer, checkpoints and metrics. */
@NullMarked
package org.minillm.train;

import org.jspecify.annotations.NullMarked;
