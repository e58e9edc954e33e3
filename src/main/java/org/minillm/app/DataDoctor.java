package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.minillm.app.doctor.CheckReport;
import org.minillm.app.doctor.DataCheck;
import org.minillm.app.doctor.DataFix;
import org.minillm.app.doctor.DoctorOptions;
import org.minillm.app.doctor.DoctorProgress;
import org.minillm.app.doctor.FindingKind;
import org.minillm.app.doctor.FixOptions;
import org.minillm.app.doctor.FixReport;
import org.minillm.base.MemoryBudget;
import org.minillm.base.RunControl;
import org.minillm.format.ModelFiles;

/**
 * Checks a corpus before it is trained on, and repairs it. The work runs on the caller's thread and
 * asks its {@link RunControl} at every document.
 */
public final class DataDoctor {
  private static final long LEAST_MEMORY = 8 << 20;

  private final MiniLlmApp app;

  DataDoctor(MiniLlmApp app) {
    this.app = app;
  }

  /** The measures that a training by the present configuration asks for; to be changed by with. */
  public DoctorOptions options(List<Path> files) {
    AppConfig config = app.config();
    long memory = Math.max(LEAST_MEMORY, MemoryBudget.ofHeap().free() / 2);
    return DoctorOptions.of(files)
        .with(
            o ->
                o.contextLength(config.hyperparameters().maxSeqLen())
                    .validationFraction(config.training().validationFraction())
                    .seed(config.training().seed())
                    .memoryBytes(memory));
  }

  /**
   * The same, with the tokenizer of a model counting, and its context.
   *
   * @param model a model, or a tokenizer alone, which changes no context; a path or a name
   */
  public DoctorOptions options(List<Path> files, Path model) throws IOException {
    DoctorOptions options = options(files);
    Path path = app.models().resolve(Optional.of(model));
    boolean tokenizerAlone =
        !Files.isDirectory(path)
            && (path.toString().endsWith(".json")
                || path.getFileName().toString().startsWith("tok"));
    int context =
        tokenizerAlone
            ? options.contextLength()
            : ModelFiles.inspect(path).config().contextLength();
    return options
        .withContextLength(context)
        .withTokenizer(Optional.of(app.models().openTokenizer(Optional.of(path))));
  }

  /** Looks through the files and tells what is wrong with them; changes nothing. */
  public CheckReport check(DoctorOptions options, RunControl control, DoctorProgress progress)
      throws IOException {
    return DataCheck.run(options, control, progress);
  }

  /**
   * Writes the files anew, repaired.
   *
   * @param kinds what to fix; empty for all that is safe
   * @param overwrite whether an existing {@code out} is replaced; a file of the corpus never is
   */
  public FixReport fix(
      DoctorOptions options,
      Set<FindingKind> kinds,
      Path out,
      boolean overwrite,
      RunControl control,
      DoctorProgress progress)
      throws IOException {
    Set<FindingKind> chosen = kinds.isEmpty() ? FixOptions.safeKinds(options) : kinds;
    return DataFix.run(new FixOptions(options, chosen, out, overwrite), control, progress);
  }
}
