package org.minillm.app;

/** Who asks: a window costs memory that the command line does not. */
public enum FrontEnd {
  WINDOW,
  COMMAND_LINE
}
