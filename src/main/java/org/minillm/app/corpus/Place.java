package org.minillm.app.corpus;

/**
 * A place in a skeleton file.
 *
 * @param file with its language's folder: {@code es/lists.txt}
 * @param line from 1
 */
record Place(String file, int line) {
  @Override
  public String toString() {
    return file + ", line " + line;
  }
}
