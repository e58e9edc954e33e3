package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.corpus.CorpusCheck;
import org.minillm.app.corpus.CorpusFile;
import org.minillm.app.corpus.CorpusGenerator;
import org.minillm.app.corpus.CorpusOptions;
import org.minillm.app.corpus.Language;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code corpus}: writes a corpus of stories and dialogues to train on. */
@Command(
    name = "corpus",
    mixinStandardHelpOptions = true,
    description = "Writes a corpus of stories and dialogues, made from skeletons and word lists.")
final class CorpusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--out", paramLabel = "DIR", description = "Directory of the corpus.")
  private @Nullable Path out;

  @Option(
      names = "--language",
      paramLabel = "LANGUAGE",
      defaultValue = "both",
      description = "es, en or both; default ${DEFAULT-VALUE}.")
  private String language;

  @Option(
      names = "--megabytes",
      paramLabel = "N",
      defaultValue = "10",
      description = "Size of all files together; default ${DEFAULT-VALUE}.")
  private double megabytes;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed.")
  private long seed;

  @Option(names = "--stories-only", description = "Leaves the dialogues out.")
  private boolean storiesOnly;

  @Option(
      names = "--only",
      paramLabel = "FILE",
      split = ",",
      description =
          "Only the stories and dialogues of these files of skeletons, such as"
              + " stories-openings,dialogues-facts; with --out.")
  private List<String> only = List.of();

  @Option(
      names = "--skeletons",
      paramLabel = "DIR",
      description = "Your own skeletons, in DIR/es and DIR/en; default: those shipped.")
  private @Nullable Path skeletons;

  @Option(
      names = "--check",
      description = "Reads the skeletons, draws every alternative and entry, tells what is wrong.")
  private boolean check;

  @Option(names = "--sample", paramLabel = "N", description = "Prints N texts to read.")
  private @Nullable Integer sample;

  @Option(
      names = "--story",
      paramLabel = "NAME",
      description = "With --sample: only the story or dialogue of this name.")
  private @Nullable String story;

  @Option(names = "--overwrite", description = "With --out: replaces files that exist.")
  private boolean overwrite;

  @Option(names = "--json", description = "One JSON object a file or language.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  CorpusCommand() {}

  @Override
  public Integer call() throws IOException {
    if ((out == null ? 0 : 1) + (check ? 1 : 0) + (sample == null ? 0 : 1) != 1) {
      throw new ParameterException(
          spec.commandLine(), "One of: --out DIR (writes), --check, --sample N");
    }
    if (check) {
      return check();
    }
    if (sample != null) {
      return sample(sample);
    }
    return out == null ? CommandLineMain.WRONG_USAGE : write(out);
  }

  private List<Language> languages() {
    if (language.equals("both")) {
      return List.of(Language.values());
    }
    return List.of(
        Language.of(language)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--language is " + language + "; allowed: es, en, both")));
  }

  private int write(Path directory) throws IOException {
    CorpusOptions options =
        new CorpusOptions(
            directory,
            languages(),
            megabytes,
            seed,
            storiesOnly,
            only,
            overwrite,
            Optional.ofNullable(skeletons));
    ShareTeller teller = new ShareTeller("Writing the corpus", spec.commandLine().getErr());
    try (CancelOnExit exit = new CancelOnExit()) {
      CorpusGenerator.write(options, exit.control(), this::print, teller);
    }
    return 0;
  }

  private void print(CorpusFile file) {
    PrintWriter to = spec.commandLine().getOut();
    if (json) {
      new JsonLines()
          .put("file", file.path().toString())
          .put("language", file.language().code())
          .put("texts", file.texts())
          .put("bytes", file.bytes())
          .put("skeletons", file.skeletons())
          .put("cycles", file.cycles())
          .print(to);
      return;
    }
    to.printf(
        Locale.ROOT,
        "%s: %d texts from %d skeletons, %.1f MB%s%n",
        file.path(),
        file.texts(),
        file.skeletons(),
        file.bytes() / 1048576.0,
        file.cycles() == 1
            ? ""
            : "; new texts ran out " + (file.cycles() - 1) + " times, so texts repeat");
    to.flush();
  }

  private int check() throws IOException {
    PrintWriter to = spec.commandLine().getOut();
    int problems = 0;
    for (Language each : languages()) {
      CorpusCheck found = CorpusCheck.of(each, Optional.ofNullable(skeletons));
      problems += found.problems().size();
      if (json) {
        new JsonLines()
            .put("language", each.code())
            .put("files", found.files())
            .put("lists", found.lists())
            .put("entries", found.entries())
            .put("stories", found.stories())
            .put("dialogues", found.dialogues())
            .put("alternatives", found.alternatives())
            .put("texts_drawn", found.texts())
            .put("mean_story_bytes", found.meanStoryBytes())
            .put("problems", found.problems())
            .put("warnings", found.warnings())
            .print(to);
        continue;
      }
      found.problems().forEach(p -> to.println("PROBLEM " + p));
      found.warnings().forEach(w -> to.println("warning " + w));
      to.printf(
          Locale.ROOT,
          "%s: %d files, %d lists with %d entries, %d stories (%d bytes on average), %d dialogues,"
              + " %d alternatives; texts drawn: %d; problems: %d, warnings: %d%n",
          each.code(),
          found.files(),
          found.lists(),
          found.entries(),
          found.stories(),
          found.meanStoryBytes(),
          found.dialogues(),
          found.alternatives(),
          found.texts(),
          found.problems().size(),
          found.warnings().size());
      to.flush();
    }
    return problems == 0 ? 0 : CommandLineMain.FAILED;
  }

  private int sample(int count) throws IOException {
    PrintWriter to = spec.commandLine().getOut();
    for (Language each : languages()) {
      CorpusGenerator.sample(
              each, Optional.ofNullable(skeletons), Optional.ofNullable(story), count, seed)
          .forEach(text -> to.println(text + "\n"));
    }
    to.flush();
    return 0;
  }
}
