package org.minillm.app.corpus;

/**
 * Something wrong in a skeleton file.
 *
 * @param where file and line
 * @param reason what was found, what is allowed
 */
public record Problem(String where, String reason) {
  @Override
  public String toString() {
    return where + ": " + reason;
  }
}
