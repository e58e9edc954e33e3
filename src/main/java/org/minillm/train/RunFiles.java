package org.minillm.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.format.ModelCard;
import org.minillm.format.ModelFiles;
import org.minillm.format.TensorType;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/** What a run writes and reads back: the model, the best one so far, checkpoints. */
final class RunFiles {
  private final Path directory;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final RunState origin;

  RunFiles(Path directory, Tokenizer tokenizer, Optional<ChatTemplate> template, RunState origin) {
    this.directory = directory;
    this.tokenizer = tokenizer;
    this.template = template;
    this.origin = origin;
  }

  void saveModel(Transformer model, RunProgress at) throws IOException {
    ModelFiles.save(directory, model, tokenizer, template, card(at), TensorType.F32);
    Checkpoint.saveAdapters(directory, model, origin.fineTuning());
  }

  /** The model of the last checkpoint becomes the run's. */
  void copyModelOfCheckpoint() throws IOException {
    Checkpoint.copyModel(checkpoint(), directory);
  }

  /**
   * The best model becomes the run's.
   *
   * @return false where it is not there whole: somebody deleted it, or an earlier version wrote it
   *     without its adapters
   */
  boolean copyModelOfBest() throws IOException {
    FineTuning tuning = origin.fineTuning();
    Optional<Path> best = Checkpoint.best(directory, tuning != null && tuning.loraRank() > 0);
    if (best.isPresent()) {
      Checkpoint.copyModel(best.get(), directory);
    }
    return best.isPresent();
  }

  void saveBest(Transformer model, RunProgress at) throws IOException {
    Checkpoint.writeBest(directory, model, tokenizer, template, card(at), origin.fineTuning());
  }

  void saveCheckpoint(Transformer model, Optimizer optimizer, RunProgress at, RunState state)
      throws IOException {
    Files.createDirectories(Checkpoint.root(directory));
    Checkpoint.write(directory, model, optimizer, tokenizer, template, card(at), state);
  }

  /** The state in the last checkpoint. */
  RunState readState() throws IOException {
    return Checkpoint.readState(checkpoint());
  }

  /** What is trained and its moments of the last checkpoint, into what is allocated. */
  void read(RunState state, Transformer model, Optimizer optimizer) throws IOException {
    Checkpoint.read(checkpoint(), state, model, optimizer);
  }

  void readMoments(Optimizer optimizer) throws IOException {
    Checkpoint.readMoments(checkpoint(), optimizer);
  }

  private Path checkpoint() throws IOException {
    return Checkpoint.find(directory)
        .orElseThrow(() -> new BadInput(directory.toString(), "its checkpoint is gone"));
  }

  private ModelCard card(RunProgress at) {
    FineTuning tuning = origin.fineTuning();
    return new ModelCard(
        origin.name(),
        origin.fileNames(),
        at.lastLoss,
        at.lastBitsPerByte,
        at.step(),
        Math.round(at.elapsedSeconds),
        "Mini-LLM",
        tuning == null ? "" : String.valueOf(Path.of(tuning.base()).getFileName()));
  }
}
