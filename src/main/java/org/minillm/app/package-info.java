/**
 * Use cases that window, command line and server share: configuration, plans, jobs, the memory
 * guard.
 */
@NullMarked
package org.minillm.app;

import org.jspecify.annotations.NullMarked;
