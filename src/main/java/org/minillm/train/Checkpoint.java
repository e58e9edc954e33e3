package org.minillm.train;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.minillm.base.FileTrees;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.format.AtomicFiles;
import org.minillm.format.ModelCard;
import org.minillm.format.ModelFiles;
import org.minillm.format.SafeTensors;
import org.minillm.format.TensorType;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/**
 * A checkpoint on disk: a model directory plus {@code optimizer.safetensors} and {@code
 * state.json}, under {@code checkpoints/last} of the run's directory. It is written beside its
 * place under another name, then takes it by renames; whenever the process is killed, one complete
 * checkpoint is there: {@code last}, or {@code last.old} between two renames.
 */
public final class Checkpoint {
  static final String MOMENTS = "optimizer.safetensors";
  static final String STATE = "state.json";
  private static final long MAX_STATE_BYTES = 1 << 23;
  private static final String WEIGHTS = "model.safetensors";
  private static final String ADAPTER = "adapter";

  private Checkpoint() {}

  /** Directory of a run's token ids: there from its start until its steps are done. */
  public static Path tokens(Path runDirectory) {
    return root(runDirectory).resolve("tokens");
  }

  /** Directory of the index of the words of a run's data; there when somebody asked for it. */
  public static Path words(Path runDirectory) {
    return root(runDirectory).resolve("words");
  }

  /** Directory of a run's checkpoints. */
  static Path root(Path runDirectory) {
    return runDirectory.resolve("checkpoints");
  }

  /**
   * The last complete checkpoint of a run: a model directory too. Tidies up after a kill, so only
   * who holds the run's lock may call it; {@link #locate} is for everybody else.
   *
   * @return empty if the run has none
   */
  public static Optional<Path> find(Path runDirectory) throws IOException {
    Optional<Path> found = locate(runDirectory);
    Path last = root(runDirectory).resolve("last");
    if (found.isPresent() && !found.get().equals(last)) {
      FileTrees.delete(last);
      Files.move(found.get(), last, StandardCopyOption.ATOMIC_MOVE);
      return Optional.of(last);
    }
    return found;
  }

  /** The last complete checkpoint of a run, where it lies now; changes nothing. */
  public static Optional<Path> locate(Path runDirectory) {
    for (String name : List.of("last", "last.old")) {
      Path checkpoint = root(runDirectory).resolve(name);
      if (Files.isRegularFile(checkpoint.resolve(STATE))) {
        return Optional.of(checkpoint);
      }
    }
    return Optional.empty();
  }

  /**
   * The state in a checkpoint; the weights are not read.
   *
   * @throws BadFormat if it is none
   */
  public static RunState readState(Path checkpoint) throws IOException {
    Path file = checkpoint.resolve(STATE);
    if (!Files.isRegularFile(file) || Files.size(file) > MAX_STATE_BYTES) {
      throw new BadFormat(STATE, -1, "is not the state of a run: no file, or longer than 1 MB");
    }
    return RunState.fromJson(Files.readAllBytes(file), STATE);
  }

  /** Writes {@code checkpoints/last}; returns where it is. */
  static Path write(
      Path runDirectory,
      Transformer model,
      Optimizer optimizer,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      ModelCard card,
      RunState state)
      throws IOException {
    Path last = root(runDirectory).resolve("last");
    Path part = root(runDirectory).resolve("last.part");
    FileTrees.delete(part);
    try {
      ModelFiles.save(part, model, tokenizer, template, card, TensorType.F32);
      saveAdapters(part, model, state.fineTuning());
      SafeTensors.write(part.resolve(MOMENTS), optimizer.state(), TensorType.F32, Map.of());
      RunState complete =
          state
              .withWeightsChecksum(checksum(weights(part, model)))
              .withMomentsChecksum(checksum(part.resolve(MOMENTS)));
      AtomicFiles.writeText(part.resolve(STATE), complete.toJson());
      replace(last, part);
    } catch (IOException | RuntimeException e) {
      discard(part, e);
      throw e;
    }
    return last;
  }

  /** Copies what makes a model of a checkpoint, file by file, each whole or not at all. */
  static void copyModel(Path checkpoint, Path target) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(checkpoint)) {
      files = walk.filter(Files::isRegularFile).map(checkpoint::relativize).toList();
    }
    for (Path file : files) {
      if (!file.equals(Path.of(MOMENTS)) && !file.equals(Path.of(STATE))) {
        Path copy = target.resolve(file);
        Files.createDirectories(copy.toAbsolutePath().getParent());
        AtomicFiles.write(copy, out -> Files.copy(checkpoint.resolve(file), out));
      }
    }
  }

  /** Writes a model without moments, {@code checkpoints/best}. */
  static void writeBest(
      Path runDirectory,
      Transformer model,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      ModelCard card,
      @Nullable FineTuning tuning)
      throws IOException {
    Path part = root(runDirectory).resolve("best.part");
    FileTrees.delete(part);
    try {
      ModelFiles.save(part, model, tokenizer, template, card, TensorType.F32);
      saveAdapters(part, model, tuning);
      replace(root(runDirectory).resolve("best"), part);
    } catch (IOException | RuntimeException e) {
      discard(part, e);
      throw e;
    }
  }

  /**
   * The best model of a run, {@code checkpoints/best}.
   *
   * @param adapters whether its adapters must be beside it
   * @return empty if it is not there
   */
  static Optional<Path> best(Path runDirectory, boolean adapters) {
    for (String name : List.of("best", "best.old")) { // the latter between two renames
      Path best = root(runDirectory).resolve(name);
      if (Files.isRegularFile(best.resolve(WEIGHTS))
          && (!adapters || Files.isDirectory(best.resolve(ADAPTER)))) {
        return Optional.of(best);
      }
    }
    return Optional.empty();
  }

  private static void replace(Path target, Path part) throws IOException {
    AtomicFiles.syncDirectory(part);
    Path old = target.resolveSibling(target.getFileName() + ".old");
    FileTrees.delete(old);
    if (Files.exists(target)) {
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    AtomicFiles.syncDirectory(target.getParent());
    FileTrees.delete(old);
  }

  /**
   * Reads what is trained and its moments, exactly.
   *
   * @throws BadFormat if a file is not the one that was written
   */
  static void read(Path checkpoint, RunState state, Transformer model, Optimizer optimizer)
      throws IOException {
    verify(weights(checkpoint, model), state.weightsChecksum());
    verify(checkpoint.resolve(MOMENTS), state.momentsChecksum());
    if (model.adapters().isPresent()) {
      ModelFiles.readAdapters(checkpoint.resolve(ADAPTER), model.adapters().get());
    } else {
      ModelFiles.readWeights(checkpoint, model.parameters());
    }
    readMoments(checkpoint, optimizer);
  }

  /** The file that what is trained is read from. */
  private static Path weights(Path checkpoint, Transformer model) {
    return model.adapters().isPresent()
        ? checkpoint.resolve(ADAPTER).resolve(ModelFiles.ADAPTER_WEIGHTS)
        : checkpoint.resolve(WEIGHTS);
  }

  /** Writes the adapters of a model beside it, in the directory {@code adapter}; if it has any. */
  static void saveAdapters(Path directory, Transformer model, @Nullable FineTuning tuning)
      throws IOException {
    if (model.adapters().isPresent() && tuning != null) {
      ModelFiles.saveAdapters(directory.resolve(ADAPTER), model.adapters().get(), tuning.base());
    }
  }

  /** Reads the moments alone. */
  static void readMoments(Path checkpoint, Optimizer optimizer) throws IOException {
    try (SafeTensors tensors = SafeTensors.open(checkpoint.resolve(MOMENTS))) {
      for (SafeTensors.Tensor t : optimizer.state()) {
        tensors.readInto(t.name(), t.shape(), t.data(), t.offset());
      }
    }
  }

  private static void verify(Path file, long expected) throws IOException {
    if (checksum(file) != expected) {
      throw new BadFormat(
          String.valueOf(file.getFileName()),
          -1,
          "is not the file this checkpoint was written with (its checksum differs): it is"
              + " truncated or was changed. Use another checkpoint, or start anew");
    }
  }

  private static long checksum(Path file) throws IOException {
    CRC32C crc = new CRC32C();
    byte[] piece = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        crc.update(piece, 0, n);
      }
    }
    return crc.getValue();
  }

  /** Deletes what was begun; trouble with that must not hide the first error. */
  private static void discard(Path part, Exception first) {
    try {
      FileTrees.delete(part);
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }
}
