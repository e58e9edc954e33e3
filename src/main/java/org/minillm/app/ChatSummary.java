package org.minillm.app;

/**
 * A chat on disk, for a list.
 *
 * @param changedMillis when it was last changed (milliseconds since 1970)
 * @param messages their number, on all branches
 * @param found the place in a message that a search found, empty where the title says it
 */
public record ChatSummary(
    String id, String title, long changedMillis, ChatMode mode, int messages, String found) {}
