package org.minillm.planted.model;

import org.minillm.planted.app.Upper;

/** Breaks the layering on purpose: the test of the rules must see it. */
public final class PlantedViolation {
  public final Upper upper = new Upper();
}
