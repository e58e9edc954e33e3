package org.minillm.base;

/**
 * A choice that the program made once at start, for people.
 *
 * @param what what was chosen, a word ("tile")
 * @param value what it is ("8 x 32")
 * @param reason why ("32 vector registers")
 */
public record Choice(String what, String value, String reason) {}
