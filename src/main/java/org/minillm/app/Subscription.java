package org.minillm.app;

/**
 * What {@code listen} returns: closing it ends the news. May be closed twice and from any thread.
 */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
  @Override
  void close();
}
