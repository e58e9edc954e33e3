package org.minillm.app;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.minillm.base.MiniLlmException;
import org.minillm.format.ModelFiles;
import org.minillm.format.ModelInfo;
import org.minillm.model.ModelConfig;
import org.minillm.model.Quantization;

/** The models in {@code model_dir}. Reads headers only; not for the UI thread. */
public final class ModelLibrary {
  /** Folder of the starter model in {@code model_dir}. */
  public static final String STARTER = "starter";

  private static final System.Logger LOG = System.getLogger(ModelLibrary.class.getName());

  private final Path modelDir;
  private final Supplier<Quantization> quantization;

  /**
   * @param modelDir need not exist
   */
  public ModelLibrary(Path modelDir) {
    this(modelDir, () -> Quantization.NONE);
  }

  /**
   * @param quantization what matrices become when a model is loaded: for the estimates
   */
  public ModelLibrary(Path modelDir, Supplier<Quantization> quantization) {
    this.modelDir = modelDir;
    this.quantization = quantization;
  }

  public Path directory() {
    return modelDir;
  }

  /** All models that can be opened, newest first; what cannot be read is left out and logged. */
  public List<ModelEntry> list() {
    record Dated(ModelEntry entry, long time) {}
    List<Dated> found = new ArrayList<>();
    for (Path path : candidates()) {
      Optional<ModelEntry> entry = entry(path);
      if (entry.isPresent()) {
        found.add(new Dated(entry.get(), modified(path)));
      }
    }
    found.sort(
        Comparator.comparingLong(Dated::time)
            .reversed()
            .thenComparing(d -> d.entry().path().toString()));
    return found.stream().map(Dated::entry).toList();
  }

  private List<Path> candidates() {
    List<Path> paths = new ArrayList<>();
    if (!Files.isDirectory(modelDir)) {
      return paths;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(modelDir)) {
      for (Path path : entries) {
        String name = path.getFileName().toString();
        boolean file = name.endsWith(".gguf") || (name.endsWith(".bin") && !name.startsWith("tok"));
        if (!name.startsWith(".")
            && (Files.isDirectory(path) ? Files.exists(path.resolve("config.json")) : file)) {
          paths.add(path);
        }
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "Cannot list " + modelDir + ": " + e.getMessage());
    }
    return paths;
  }

  /** One model, if it can be read. */
  public Optional<ModelEntry> entry(Path path) {
    try {
      ModelInfo info = ModelFiles.inspect(path);
      ModelConfig shape = info.config();
      return Optional.of(
          new ModelEntry(
              path,
              info.card().name().isBlank() ? path.getFileName().toString() : info.card().name(),
              info.format(),
              shape.parameterCount(),
              shape.contextLength(),
              shape.vocabSize(),
              info.fileBytes(),
              info.dtype(),
              info.card().data(),
              info.card().loss(),
              info.card().bitsPerByte(),
              info.card().steps(),
              MemoryPlanner.chatModel(
                  shape, info.weightBytes(quantization.get()), shape.contextLength()),
              ResumableRun.read(path).isPresent()));
    } catch (IOException | MiniLlmException e) {
      LOG.log(Level.WARNING, "Left out of the library: " + path + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  /** The model to load at first start. */
  public Optional<ModelEntry> starter() {
    Path path = modelDir.resolve(STARTER);
    return Files.isDirectory(path) ? entry(path) : Optional.empty();
  }

  /** A directory for a new model of that name that does not exist yet ("cuentos", "cuentos-2"). */
  public Path newDirectory(String name) {
    String plain =
        Normalizer.normalize(name, Normalizer.Form.NFD)
            .replaceAll("\\p{M}", "")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9._-]+", "-")
            .replaceAll("^[-.]+|[-.]+$", "");
    String folder = plain.isEmpty() ? "model" : plain;
    Path path = modelDir.resolve(folder);
    for (int i = 2; Files.exists(path); i++) {
      path = modelDir.resolve(folder + "-" + i);
    }
    return path;
  }

  private static long modified(Path path) {
    try {
      return Files.getLastModifiedTime(path).toMillis();
    } catch (IOException e) {
      return 0;
    }
  }
}
