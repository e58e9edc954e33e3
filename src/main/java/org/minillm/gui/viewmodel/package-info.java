/** View models: properties and commands, tested without a toolkit. */
@NullMarked
package org.minillm.gui.viewmodel;

import org.jspecify.annotations.NullMarked;
