package org.minillm.app;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.minillm.base.MiniLlmException;
import org.minillm.format.ModelFiles;
import org.minillm.format.ModelInfo;
import org.minillm.model.ModelConfig;
import org.minillm.model.Quantization;
import org.minillm.tokenizer.ChatTemplate;

/**
 * The models in {@code model_dir}, and those that came with an installed package. Reads headers
 * only; not for the UI thread.
 */
public final class ModelLibrary {
  /** Name of the starter model: its folder, or its file less the ending. */
  public static final String STARTER = "starter";

  private static final System.Logger LOG = System.getLogger(ModelLibrary.class.getName());

  /** What a model's name may end in and be called without; nothing for a folder. */
  private static final List<String> ENDINGS = List.of("", ".gguf", ".bin");

  private final Path modelDir;
  private final List<Path> delivered;
  private final Supplier<Quantization> quantization;

  /**
   * @param modelDir need not exist
   */
  public ModelLibrary(Path modelDir) {
    this(modelDir, List.of(), () -> Quantization.NONE);
  }

  /**
   * @param delivered directories that are only read; of two models of one name the one in {@code
   *     modelDir} holds
   * @param quantization what matrices become when a model is loaded: for the estimates
   */
  public ModelLibrary(Path modelDir, List<Path> delivered, Supplier<Quantization> quantization) {
    this.modelDir = modelDir;
    this.delivered = List.copyOf(delivered);
    this.quantization = quantization;
  }

  public Path directory() {
    return modelDir;
  }

  /**
   * A file or folder that looks like a model and cannot be read; no training writes it now.
   *
   * @param reason an IOException or a MiniLlmException
   */
  public record Unreadable(Path path, Exception reason) {}

  /**
   * What is in the directories.
   *
   * @param models all that can be opened, newest first
   * @param unreadable what cannot, by path
   */
  public record Listing(List<ModelEntry> models, List<Unreadable> unreadable) {}

  /** All models that can be opened, newest first; what cannot be read is left out and logged. */
  public List<ModelEntry> list() {
    Listing found = listing();
    found.unreadable().forEach(each -> log(each.path(), each.reason()));
    return found.models();
  }

  /** The same with what cannot be read, and why. */
  public Listing listing() {
    record Dated(ModelEntry entry, long time) {}
    List<Dated> found = new ArrayList<>();
    List<Unreadable> unreadable = new ArrayList<>();
    for (Path path : candidates()) {
      try {
        found.add(new Dated(read(path), modified(path)));
      } catch (IOException | MiniLlmException e) {
        if (!DirectoryLock.isTaken(path)) { // else it is not finished yet
          unreadable.add(new Unreadable(path, e));
        }
      }
    }
    found.sort(
        Comparator.comparingLong(Dated::time)
            .reversed()
            .thenComparing(d -> d.entry().path().toString()));
    unreadable.sort(Comparator.comparing(Unreadable::path));
    return new Listing(found.stream().map(Dated::entry).toList(), List.copyOf(unreadable));
  }

  private List<Path> candidates() {
    Map<String, Path> byName = new LinkedHashMap<>();
    for (Path directory : directories()) {
      for (Path path : candidates(directory)) {
        byName.putIfAbsent(path.getFileName().toString(), path);
      }
    }
    return List.copyOf(byName.values());
  }

  private List<Path> directories() {
    return Stream.concat(Stream.of(modelDir), delivered.stream()).toList();
  }

  private static List<Path> candidates(Path directory) {
    List<Path> paths = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return paths;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path path : entries) {
        String name = path.getFileName().toString();
        boolean file = name.endsWith(".gguf") || (name.endsWith(".bin") && !name.startsWith("tok"));
        if (!name.startsWith(".")
            && (Files.isDirectory(path) ? Files.exists(path.resolve("config.json")) : file)) {
          paths.add(path);
        }
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "Cannot list " + directory + ": " + e.getMessage());
    }
    return paths;
  }

  /** One model, if it can be read. */
  public Optional<ModelEntry> entry(Path path) {
    try {
      return Optional.of(read(path));
    } catch (IOException | MiniLlmException e) {
      log(path, e);
      return Optional.empty();
    }
  }

  private static void log(Path path, Exception e) {
    LOG.log(Level.WARNING, "Left out of the library: " + path + ": " + e.getMessage());
  }

  private ModelEntry read(Path path) throws IOException {
    ModelInfo info = ModelFiles.inspect(path);
    ModelConfig shape = info.config();
    return new ModelEntry(
        path,
        name(path, info.card().name()),
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
        info.card().trainingSeconds(),
        info.card().base(),
        modified(path),
        MemoryPlanner.chatModel(shape, info.weightBytes(quantization.get()), shape.contextLength()),
        info.chat()
            .template()
            .map(ChatTemplate::title)
            .orElse(info.chat().unknown().isPresent() ? ModelEntry.UNKNOWN_CHAT : "none"),
        modified(weightsFile(path)),
        ResumableRun.read(path).isPresent());
  }

  /**
   * What a model is called: by its card, a single file by its own name, as several may have been
   * made from one model.
   *
   * @param card the name on its card, may be blank
   */
  static String name(Path model, String card) {
    return !Files.isDirectory(model) || card.isBlank() ? fileName(model) : card;
  }

  /** A file's name less the ending, unless what stands beside it would be called the same. */
  static String fileName(Path model) {
    Path path = model.toAbsolutePath().normalize();
    String file = String.valueOf(path.getFileName());
    String stem = file.replaceFirst("\\.(gguf|bin)$", "");
    boolean alone =
        ENDINGS.stream()
            .map(ending -> stem + ending)
            .noneMatch(other -> !other.equals(file) && Files.exists(path.resolveSibling(other)));
    return Files.isDirectory(path) || !alone ? file : stem;
  }

  /** A model by its file name; ".gguf" or ".bin" may be left out. */
  public Optional<Path> find(Path name) {
    return directories().stream()
        .flatMap(d -> ENDINGS.stream().map(ending -> d.resolve(name + ending)))
        .filter(Files::exists)
        .findFirst();
  }

  /** Whether a model came with the package, so that nothing can be written beside it. */
  boolean isDelivered(Path model) {
    Path path = model.toAbsolutePath().normalize();
    return delivered.stream().anyMatch(d -> path.startsWith(d.toAbsolutePath().normalize()));
  }

  /** The model to load at first start. */
  public Optional<ModelEntry> starter() {
    return find(Path.of(STARTER)).flatMap(this::entry);
  }

  /** A directory for a new model of that name that does not exist yet ("cuentos", "cuentos-2"). */
  public Path newDirectory(String name) {
    return newDirectory(name, "");
  }

  /** The same of a file; {@code ending} as ".gguf". */
  Path newDirectory(String name, String ending) {
    String folder = folder(name);
    Path path = modelDir.resolve(folder + ending);
    for (int i = 2; Files.exists(path); i++) {
      path = modelDir.resolve(folder + "-" + i + ending);
    }
    return path;
  }

  /** What a model of that name is called on disk. */
  String folder(String name) {
    String plain =
        Normalizer.normalize(name, Normalizer.Form.NFD)
            .replaceAll("\\p{M}", "")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9._-]+", "-")
            .replaceAll("^[-.]+|[-.]+$", "");
    return plain.isEmpty() ? "model" : plain;
  }

  /** A directory's own date changes with every file in it, a lock too. */
  static Path weightsFile(Path model) {
    Path weights = model.resolve("model.safetensors");
    return Files.isRegularFile(weights) ? weights : model;
  }

  private static long modified(Path path) {
    try {
      return Files.getLastModifiedTime(path).toMillis();
    } catch (IOException e) {
      return 0;
    }
  }
}
