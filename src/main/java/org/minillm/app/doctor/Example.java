package org.minillm.app.doctor;

import java.util.Optional;

/**
 * One document with a finding.
 *
 * @param excerpt a short piece of its text that shows it
 * @param other the document that it repeats, for duplicates
 * @param detail a figure or the corrected text, in a few words; may be empty
 */
public record Example(Place place, String excerpt, Optional<Place> other, String detail) {}
