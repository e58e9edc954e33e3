/** Views in code; they know view models, never the reverse. */
@NullMarked
package org.minillm.gui.view;

import org.jspecify.annotations.NullMarked;
