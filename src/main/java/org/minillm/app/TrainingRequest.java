package org.minillm.app;

import java.nio.file.Path;
import java.util.List;

/**
 * What to train.
 *
 * @param name of the model, also shown in the window
 * @param files files or folders of them, one or more
 * @param outDir directory of the model; made when missing
 * @param config shape of the model and how to train it
 * @param frontEnd who asks, for the memory plan
 * @param startAnyway train although the plan does not fit 85 % of the budget
 * @param samplePrompts beginnings of the sample texts at each evaluation; none: a document's
 */
public record TrainingRequest(
    String name,
    List<Path> files,
    Path outDir,
    AppConfig config,
    FrontEnd frontEnd,
    boolean startAnyway,
    List<String> samplePrompts) {
  public TrainingRequest {
    files = List.copyOf(files);
    samplePrompts = List.copyOf(samplePrompts);
  }

  public TrainingRequest withConfig(AppConfig newConfig) {
    return new TrainingRequest(
        name, files, outDir, newConfig, frontEnd, startAnyway, samplePrompts);
  }

  public TrainingRequest withStartAnyway(boolean anyway) {
    return new TrainingRequest(name, files, outDir, config, frontEnd, anyway, samplePrompts);
  }
}
