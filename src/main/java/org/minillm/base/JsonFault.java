package org.minillm.base;

import java.util.regex.Pattern;

/** What a JSON parser says of a fault, without its words on where the text came from. */
public final class JsonFault {
  /** As in "[Source: REDACTED (… disabled); line: 1, column: 9]". */
  private static final Pattern SOURCE =
      Pattern.compile("\\[Source: [^\\]]*?line: (\\d+), column: (\\d+)\\]");

  private JsonFault() {}

  /** What was found and what is allowed; places in it as "line 1, column 9". */
  public static String words(String message) {
    return SOURCE.matcher(message).replaceAll("line $1, column $2");
  }

  /** The same of a text that is one line of a file; places in it as "column 9". */
  public static String wordsInLine(String message) {
    return SOURCE.matcher(message).replaceAll("column $2");
  }
}
