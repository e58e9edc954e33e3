package org.minillm.app.doctor;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.tokenizer.Tokenizer;

/**
 * What is checked, and by which measures.
 *
 * @param files of the corpus
 * @param against files kept for evaluation; the corpus should share no long run of words with them
 * @param ngram words of such a run; 13 is what the field takes
 * @param contextLength tokens a document should not exceed
 * @param tokenizer counts tokens; without one a token is taken as four bytes
 * @param validationFraction of the training's split
 * @param seed of the training's split
 * @param language the one wanted; empty for that of most documents
 * @param examples of each finding
 * @param memoryBytes the index of documents and lines may take
 */
@RecordBuilder
public record DoctorOptions(
    List<Path> files,
    List<Path> against,
    int ngram,
    int contextLength,
    Optional<Tokenizer> tokenizer,
    double validationFraction,
    long seed,
    Optional<Language> language,
    int examples,
    long memoryBytes)
    implements DoctorOptionsBuilder.With {
  /** The languages that are told apart. */
  public enum Language {
    ES,
    EN
  }

  private static final long LEAST_MEMORY = 1 << 20;

  public DoctorOptions {
    files = List.copyOf(files);
    against = List.copyOf(against);
    if (files.isEmpty()) {
      throw new BadInput("data", "no files were given");
    }
    require("ngram", ngram, 5, 100);
    require("context", contextLength, 2, 1 << 20);
    require("examples", examples, 0, 1000);
    if (!(validationFraction >= 0 && validationFraction <= 0.5)) {
      throw new BadConfig("validation_fraction", "" + validationFraction, "0 to 0.5");
    }
    if (memoryBytes < LEAST_MEMORY) {
      throw new BadConfig("memory", memoryBytes + " bytes", "1 MB or more");
    }
  }

  /** The usual measures. */
  public static DoctorOptions of(List<Path> files) {
    return new DoctorOptions(
        files, List.of(), 13, 256, Optional.empty(), 0.05, 1, Optional.empty(), 3, 64L << 20);
  }

  private static void require(String key, int value, int least, int most) {
    if (value < least || value > most) {
      throw new BadConfig(key, Integer.toString(value), least + " to " + most);
    }
  }
}
