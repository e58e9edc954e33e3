/** The command line: thin picocli commands. */
@NullMarked
package org.minillm.cli;

import org.jspecify.annotations.NullMarked;
