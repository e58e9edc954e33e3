package org.minillm.gui.viewmodel;

/** What the charts have across. */
public enum XAxis {
  /** Optimiser steps. */
  STEPS,
  /** Tokens trained on. */
  TOKENS,
  /** Seconds of training, pauses not counted. */
  TIME
}
