package org.minillm.app.corpus;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A named list of entries to draw from. */
record WordList(String name, Place place, List<Entry> entries) {
  /** The entries that have all of the tags. */
  List<Entry> tagged(Set<String> tags) {
    return tags.isEmpty()
        ? entries
        : entries.stream().filter(e -> e.tags().containsAll(tags)).toList();
  }

  /** All tags of its entries, in order. */
  Set<String> tags() {
    Set<String> all = new TreeSet<>();
    entries.forEach(e -> all.addAll(e.tags()));
    return all;
  }
}
