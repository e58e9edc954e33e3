package org.minillm.launch;

/** Entry point: without arguments the window, with arguments the command line. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.err.println("not built yet");
  }
}
