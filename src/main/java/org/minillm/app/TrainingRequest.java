package org.minillm.app;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.minillm.train.FineTuning;

/**
 * What to train.
 *
 * @param name of the model, also shown in the window
 * @param files files or folders of them, one or more
 * @param outDir directory of the model; made when missing
 * @param config shape of the model and how to train it
 * @param frontEnd who asks, for the memory plan
 * @param startAnyway train although the plan does not fit 85 % of the budget
 * @param samplePrompts beginnings of the sample texts at each evaluation; none: a document's. Where
 *     answers are learned they are questions
 * @param fineTuning the model to begin from, whose shape and tokenizer hold instead of the
 *     configuration's; empty to train a new one. The context length is the configuration's, at most
 *     the model's
 */
@RecordBuilder
public record TrainingRequest(
    String name,
    List<Path> files,
    Path outDir,
    AppConfig config,
    FrontEnd frontEnd,
    boolean startAnyway,
    List<String> samplePrompts,
    Optional<FineTuning> fineTuning)
    implements TrainingRequestBuilder.With {
  public TrainingRequest {
    files = List.copyOf(files);
    samplePrompts = List.copyOf(samplePrompts);
  }

  /** A new model. */
  public TrainingRequest(
      String name,
      List<Path> files,
      Path outDir,
      AppConfig config,
      FrontEnd frontEnd,
      boolean startAnyway,
      List<String> samplePrompts) {
    this(name, files, outDir, config, frontEnd, startAnyway, samplePrompts, Optional.empty());
  }
}
