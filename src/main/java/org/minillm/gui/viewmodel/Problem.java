package org.minillm.gui.viewmodel;

import java.util.List;

/**
 * What is wrong with something the user typed.
 *
 * @param field where: a name or key of the form
 * @param key of the text that says it
 * @param arguments of that text
 */
public record Problem(String field, String key, List<Object> arguments) {
  public Problem {
    arguments = List.copyOf(arguments);
  }

  static Problem of(String field, String key, Object... arguments) {
    return new Problem(field, key, List.of(arguments));
  }

  /** In the window's language. */
  public String text(Texts texts) {
    return texts.get(key, arguments.toArray());
  }
}
