/** The JavaFX window. */
@NullMarked
package org.minillm.gui;

import org.jspecify.annotations.NullMarked;
