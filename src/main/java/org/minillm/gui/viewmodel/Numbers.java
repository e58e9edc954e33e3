package org.minillm.gui.viewmodel;

import java.util.Optional;

/** Numbers as people type them. */
final class Numbers {
  private Numbers() {}

  /** A number with a comma or a point before its decimals; empty for anything else. */
  static Optional<Double> real(String typed) {
    String text = typed.strip().replace(',', '.');
    return text.matches("-?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE]-?[0-9]{1,3})?")
        ? Optional.of(Double.parseDouble(text))
        : Optional.empty();
  }

  /** A whole number without separators, at most 18 digits; empty for anything else. */
  static Optional<Long> whole(String typed) {
    String text = typed.strip();
    return text.matches("-?[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }
}
