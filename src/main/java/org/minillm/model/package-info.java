/** The decoder: configuration, parameters, layers with explicit forward and backward, KV-cache. */
@NullMarked
package org.minillm.model;

import org.jspecify.annotations.NullMarked;
