package org.minillm.app;

import java.nio.file.Path;

/**
 * A training that was interrupted and can go on.
 *
 * @param dir directory of the model
 * @param step of its last checkpoint
 * @param totalSteps planned, 0 where not known
 * @param savedMillis when that was saved (milliseconds since 1970)
 */
public record ResumableRun(Path dir, String name, long step, long totalSteps, long savedMillis) {}
