package org.minillm.app.corpus;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadConfig;

/**
 * What corpus to write.
 *
 * @param directory made where it does not exist
 * @param languages one file or two each
 * @param megabytes of all files together, more than 0; shared out evenly between the languages
 * @param seed equal seeds give equal files
 * @param storiesOnly whether to leave the dialogues out
 * @param only files whose stories and dialogues are used, without folder and ending; empty for all
 * @param overwrite whether files that exist are replaced
 * @param skeletons directory with folders {@code es} and {@code en}; empty for those shipped
 */
public record CorpusOptions(
    Path directory,
    List<Language> languages,
    double megabytes,
    long seed,
    boolean storiesOnly,
    List<String> only,
    boolean overwrite,
    Optional<Path> skeletons) {
  private static final int MOST_MEGABYTES = 10_000;

  /** Checks the size. */
  public CorpusOptions {
    languages = List.copyOf(languages);
    only = List.copyOf(only);
    if (!(megabytes > 0 && megabytes <= MOST_MEGABYTES)) {
      throw new BadConfig(
          "megabytes", String.valueOf(megabytes), "more than 0, at most " + MOST_MEGABYTES);
    }
    if (languages.isEmpty()) {
      throw new BadConfig("language", "none", "es, en, both");
    }
  }

  /** Bytes of each language. */
  long bytesPerLanguage() {
    return Math.max(1, (long) (megabytes * 1048576 / languages.size()));
  }
}
