package org.minillm.app;

import java.util.Optional;
import org.minillm.app.verbatim.VerbatimReport;

/**
 * What of an answer stands word for word in the data of the model that gave it.
 *
 * @param data that was looked through
 * @param changed whether it is not the same any more as when the model was trained
 * @param report empty where no data are there to look through
 */
public record VerbatimLookup(TrainingData data, boolean changed, Optional<VerbatimReport> report) {}
