package org.minillm.planted.app;

/** The upper room of the planted violation. */
public final class Upper {}
