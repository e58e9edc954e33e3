package org.minillm.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.app.DataDoctor;
import org.minillm.app.doctor.DoctorOptions;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code data check} and {@code data fix} measure by. */
final class DoctorMeasures {
  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files of the corpus.")
  private List<Path> files;

  @Option(
      names = "--against",
      paramLabel = "FILE",
      description =
          "A file kept for evaluation, with which the corpus should share no run of words;"
              + " may be given several times.")
  private @Nullable List<Path> against;

  @Option(
      names = "--ngram",
      paramLabel = "N",
      description = "Words of such a run; default 13. Common phrases take longer ones, as 30.")
  private @Nullable Integer ngram;

  @Option(
      names = "--language",
      paramLabel = "LANGUAGE",
      description = "es or en: the language wanted; default: that of most documents.")
  private DoctorOptions.@Nullable Language language;

  @Option(
      names = "--context",
      paramLabel = "N",
      description =
          "Tokens a document should not exceed; default: those of the model, or config.json.")
  private @Nullable Integer context;

  @Option(
      names = "--model",
      paramLabel = "PATH",
      description = "Model or tokenizer that counts the tokens; default: four bytes are a token.")
  private @Nullable Path model;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the training whose split is looked at; default: that of config.json.")
  private @Nullable Long seed;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  DoctorMeasures() {}

  List<Path> files() {
    return files;
  }

  DoctorOptions options(DataDoctor doctor) throws IOException {
    DoctorOptions options = model == null ? doctor.options(files) : doctor.options(files, model);
    return options.with(
        o -> {
          if (against != null) {
            o.against(against);
          }
          if (ngram != null) {
            o.ngram(ngram);
          }
          if (context != null) {
            o.contextLength(context);
          }
          if (seed != null) {
            o.seed(seed);
          }
          o.language(Optional.ofNullable(language));
        });
  }
}
