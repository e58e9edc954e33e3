/** The engine as a library: {@link org.minillm.MiniLlm} loads a model and generates text. */
@NullMarked
package org.minillm;

import org.jspecify.annotations.NullMarked;
