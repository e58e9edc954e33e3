package org.minillm.app;

/**
 * One act of the memory guard.
 *
 * @param timeMillis wall clock
 * @param level at which it acted
 * @param action what it did
 * @param rssBefore resident set before, bytes
 * @param rssAfter resident set after, bytes
 * @param pressure before the act, 1 is full
 * @param budget bytes
 * @param detail in English: "micro-batch 4 → 2"
 */
public record GuardEvent(
    long timeMillis,
    GuardLevel level,
    GuardAction action,
    long rssBefore,
    long rssAfter,
    double pressure,
    long budget,
    String detail) {}
