package org.minillm.app;

import java.util.Optional;

/**
 * Where a job stands.
 *
 * @param id counts the jobs of this process from 1
 * @param name for people: "training cuentos"
 * @param progress 0 to 1, or NaN while unknown
 * @param message what it is doing, in English, for logs and the command line
 * @param startedMillis wall clock at the start (milliseconds since 1970)
 * @param elapsedMillis time spent running, pauses not counted
 * @param failure why it failed, where it did
 */
public record JobSnapshot(
    long id,
    String name,
    JobState state,
    double progress,
    String message,
    long startedMillis,
    long elapsedMillis,
    Optional<Throwable> failure) {}
