package org.minillm.app.doctor;

/**
 * Documents by language.
 *
 * @param mixed with a good part of both
 * @param other in neither
 * @param unknown too short to tell
 */
public record LanguageMix(long spanish, long english, long mixed, long other, long unknown) {
  /** Documents whose language could be told. */
  public long told() {
    return spanish + english + mixed + other;
  }
}
