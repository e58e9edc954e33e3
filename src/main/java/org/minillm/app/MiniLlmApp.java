package org.minillm.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.minillm.MiniLlm;
import org.minillm.app.MemoryPlan.Item;
import org.minillm.app.MemoryPlan.Line;
import org.minillm.base.ComputeGate;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;
import org.minillm.model.ModelConfig;
import org.minillm.model.Quantization;

/**
 * Everything a front end needs, wired once: configuration, compute threads, monitor, guard,
 * training, chat and the model library. All methods may be called from any thread.
 */
public final class MiniLlmApp implements AutoCloseable {
  /** Names of what this app keeps in {@code cache_dir}; who puts more there adds its name. */
  private static final Pattern CACHE_FILES =
      Pattern.compile("guard\\.jsonl(\\.1)?|evaluation-\\d+\\.ids");

  /** Beginning of the names of directories in it, of a learning-rate range test. */
  static final String RANGE_TEST = "range-test-";

  /** Beginning of the names of directories in it, of the index of a corpus's words. */
  static final String CORPUS_INDEX = "corpus-index-";

  /** Beginning and end of the names of files in it, of the ids of an evaluation. */
  static final String EVALUATION = "evaluation-";

  static final String IDS = ".ids";

  private final Path configFile;
  private final FrontEnd frontEnd;
  private final WorkerPool pool;
  private final ResourceMonitor monitor;
  private final MemoryGuard guard;
  private final Subscription tidied;
  private final TrainingService training;
  private final ChatService chat;
  private final CompletionService completions;
  private final InspectionService inspection;
  private final VerbatimService verbatim;
  private final ComputeGate gate;
  private final LatestJob preparation;
  private final ModelLibrary library;
  private final JobLedger ledger;
  private final Path cacheDir;
  private final ChatStore chats;
  private volatile AppConfig config;

  private MiniLlmApp(
      Path configFile, AppConfig config, FrontEnd frontEnd, ResourceReadings readings) {
    this.configFile = configFile;
    this.config = config;
    this.frontEnd = frontEnd;
    Path home = Optional.ofNullable(configFile.toAbsolutePath().getParent()).orElse(Path.of("."));
    Path modelDir = home.resolve(config.resources().modelDir()).normalize();
    this.cacheDir = home.resolve(config.resources().cacheDir()).normalize();
    // Beside a window all that computes gives way to what draws.
    Runnable arrival = frontEnd == FrontEnd.WINDOW ? Niceness::lowerThisThread : () -> {};
    this.gate = new ComputeGate(arrival);
    this.pool = new WorkerPool(config.resources().cpuThreads(), arrival);
    this.preparation = new LatestJob("minillm-data", gate);
    this.monitor = new ResourceMonitor(readings, config.resources().maxMemoryBytes());
    this.guard = new MemoryGuard(monitor, Optional.of(cacheDir.resolve("guard.jsonl")));
    this.library =
        new ModelLibrary(
            modelDir, Installation.ofThisProcess().models(), () -> config().quantization());
    this.chats = new ChatStore(dataDir().resolve("chats"));
    ModelOpener opener = new DiskModels(pool, () -> config().quantization());
    this.chat =
        new ChatService(
            this::config, gate, monitor, frontEnd, opener, this::isTraining, this::liveModel);
    this.completions =
        new CompletionService(
            this::config, gate, monitor, frontEnd, opener, library, this::liveModel);
    this.inspection =
        new InspectionService(
            this::config,
            gate,
            monitor,
            frontEnd,
            opener,
            model -> models().openTokenizer(Optional.of(model)),
            chat::loadedFrom);
    this.verbatim = new VerbatimService(gate, this::corpusIndex);
    this.training =
        new TrainingService(
            gate,
            monitor,
            modelDir,
            () -> chat.bytes() + completions.bytes(),
            TrainerWorks.create(pool, monitor));
    this.ledger = new JobLedger(training::predictedBytes);
    Subscription unusedTrainings = training.listen(ledger);
    Subscription unusedReadings = monitor.listen(ledger::measured);
    monitor.restWhile(() -> !isTraining() && guard.level() == GuardLevel.CALM && !guard.paused());
    training.guardedBy(guard);
    HeapTidy tidy = new HeapTidy(System::gc, () -> monitor.readNow().rss());
    tidied = monitor.listen(reading -> tidy.onReading(guard.level(), reading.rss()));
    Subscription unusedChat = guard.guard(chat);
    Subscription unusedCompletions = guard.guard(completions);
    Subscription unusedInspection = guard.guard(inspection);
    Subscription unusedVerbatim = guard.guard(verbatim);
  }

  /**
   * Opens the application and starts its monitor.
   *
   * @param configFile {@code config.json}; the defaults hold where it does not exist
   * @throws org.minillm.base.MiniLlmException when it is wrong
   */
  public static MiniLlmApp open(Path configFile, FrontEnd frontEnd) throws IOException {
    AppConfig config = Files.exists(configFile) ? AppConfig.load(configFile) : AppConfig.defaults();
    return open(configFile, config, frontEnd);
  }

  /**
   * As {@link #open(Path, FrontEnd)}, with options of a command line over the file's values.
   *
   * @throws org.minillm.base.MiniLlmException.BadConfig for kernels that are asked for and not to
   *     be had
   */
  public static MiniLlmApp open(Path configFile, AppConfig config, FrontEnd frontEnd) {
    MiniLlm.checkKernels();
    MiniLlmApp app = new MiniLlmApp(configFile, config, frontEnd, LinuxReadings.ofThisMachine());
    app.monitor.start();
    return app;
  }

  public FrontEnd frontEnd() {
    return frontEnd;
  }

  public AppConfig config() {
    return config;
  }

  /**
   * Changes the budget at once, for monitor, guard and plans, and writes it into the file.
   *
   * @throws org.minillm.base.MiniLlmException.BadConfig for a size that is not allowed
   */
  public void setMaxMemoryMb(int megabytes) throws IOException {
    AppConfig now = config;
    config = now.withResources(now.resources().withMaxMemoryMb(megabytes));
    monitor.setBudget(config.resources().maxMemoryBytes());
    ConfigFile.set(configFile, "resources.max_memory_mb", Integer.toString(megabytes));
  }

  /**
   * Writes values into {@code config.json}, changing nothing else of it. The budget holds at once,
   * shape and training settings from the next training on, threads and directories from the next
   * start on.
   *
   * @param values full key → value as JSON
   * @throws org.minillm.base.MiniLlmException.BadConfig for what is not allowed; the file is
   *     untouched then
   */
  public void changeSettings(Map<String, String> values) throws IOException {
    ConfigFile.set(configFile, values);
    AppConfig written = AppConfig.load(configFile);
    AppConfig.Resources running = config.resources();
    AppConfig.Resources changed = written.resources();
    config =
        written.withResources(
            new AppConfig.Resources(
                changed.maxMemoryMb(),
                running.cpuThreads(),
                running.modelDir(),
                running.cacheDir()));
    monitor.setBudget(config.resources().maxMemoryBytes());
  }

  /**
   * What {@code config.json} says now, also what holds only from the next start on. Reads the file.
   */
  public AppConfig configOnDisk() throws IOException {
    return Files.exists(configFile) ? AppConfig.load(configFile) : AppConfig.defaults();
  }

  /** The configuration's file; need not exist. */
  public Path configFile() {
    return configFile;
  }

  /**
   * Where what the user makes in the window is kept: the system property {@code minillm.home}, else
   * {@code mini-llm} in the XDG data directory.
   */
  public static Path dataDir() {
    String home = System.getProperty("minillm.home");
    return home != null && !home.isBlank() ? Path.of(home) : XdgDirectories.data();
  }

  /** The chats on disk. */
  public ChatStore chats() {
    return chats;
  }

  /**
   * Changes the configuration of trainings started from now on; the file stays as it is, and budget
   * and threads stay those of the running process.
   */
  public void setConfig(AppConfig changed) {
    config = changed.withResources(config.resources());
  }

  /** The compute threads. */
  public WorkerPool pool() {
    return pool;
  }

  public ResourceMonitor monitor() {
    return monitor;
  }

  public MemoryGuard guard() {
    return guard;
  }

  /** What trainings were predicted to take, and took. */
  public JobLedger ledger() {
    return ledger;
  }

  public TrainingService training() {
    return training;
  }

  public ChatService chat() {
    return chat;
  }

  /** Texts and answers for callers with no conversation here. */
  public CompletionService completions() {
    return completions;
  }

  /** Texts looked at through a model. */
  public InspectionService inspection() {
    return inspection;
  }

  /** What of an answer stands word for word in the data. */
  public VerbatimService verbatim() {
    return verbatim;
  }

  public ModelLibrary library() {
    return library;
  }

  /** Models and tokenizers in one go, for the command line. */
  public ModelService models() {
    return new ModelService(this);
  }

  /** Where a front end looks at data and plans before a training, away from its own threads. */
  public LatestJob preparation() {
    return preparation;
  }

  /** Where computations take turns. */
  ComputeGate gate() {
    return gate;
  }

  /** Renames, copies and throws away models. */
  public ModelHousekeeping housekeeping() {
    return new ModelHousekeeping(library, new UsersHere(this), Trash.ofUser());
  }

  /** What is wrong with a corpus. */
  public DataDoctor doctor() {
    return new DataDoctor(this);
  }

  /** What files and folders hold. */
  public DataService data() {
    return new DataService(this);
  }

  /** How fast this machine is. */
  public BenchmarkService benchmark() {
    return new BenchmarkService(this);
  }

  /** Learning rate, shape and length of a run, found by measuring. */
  public RunAdvice advice() {
    return new RunAdvice(this);
  }

  /**
   * Empties the cache directory; returns the bytes freed.
   *
   * @throws BadConfig if {@code cache_dir} holds what this app did not put there; all stays then
   */
  public long emptyCache() throws IOException {
    requireOnlyCache();
    long freed = 0;
    if (Files.isDirectory(cacheDir)) {
      List<Path> paths;
      try (Stream<Path> walk = Files.walk(cacheDir)) {
        paths = walk.sorted(java.util.Comparator.reverseOrder()).toList();
      }
      for (Path path : paths) {
        if (!path.equals(cacheDir)) {
          freed += Files.isRegularFile(path) ? Files.size(path) : 0;
          Files.delete(path);
        }
      }
    }
    return freed;
  }

  /** A wrong {@code cache_dir} must not cost anybody models, texts or a home directory. */
  private void requireOnlyCache() throws IOException {
    if (!Files.isDirectory(cacheDir)) {
      return;
    }
    try (Stream<Path> files = Files.list(cacheDir)) {
      Optional<Path> foreign = files.filter(f -> !isCache(f)).findFirst();
      if (foreign.isPresent()) {
        throw new BadConfig(
            "resources.cache_dir",
            '"' + config.resources().cacheDir() + '"',
            "a directory of this app's own; this one holds "
                + foreign.get().getFileName()
                + ", so nothing was deleted");
      }
    }
  }

  private static boolean isCache(Path file) {
    String name = String.valueOf(file.getFileName());
    return Files.isDirectory(file)
        ? name.startsWith(RANGE_TEST) || name.startsWith(CORPUS_INDEX)
        : Files.isRegularFile(file) && CACHE_FILES.matcher(name).matches();
  }

  /** Where the words of these files are indexed when no run has a place for them. */
  Path corpusIndex(List<Path> paths) {
    CRC32C names = new CRC32C();
    for (Path path : paths) {
      String name = path.toAbsolutePath().normalize() + "\0";
      names.update(name.getBytes(StandardCharsets.UTF_8));
    }
    return cacheDir.resolve(CORPUS_INDEX + Long.toHexString(names.getValue()));
  }

  /** What may be deleted at any time; need not exist. */
  public Path cacheDir() {
    return cacheDir;
  }

  /**
   * What the process takes now, by item: the plan's figures for what is allocated and for the
   * process itself, and the rest of the resident set, which no plan explains, as {@link Item#REST}.
   * For the bar of the resources pane.
   */
  public MemoryPlan usage() {
    List<Line> lines = new ArrayList<>(training.allocated());
    long chatBytes = chat.bytes() + completions.bytes();
    if (chatBytes > 0) {
      lines.add(new Line(Item.CHAT_MODEL, chatBytes));
    }
    long known = lines.stream().mapToLong(Line::bytes).sum();
    long rss = monitor.latest().rss();
    long rest = Math.max(0, rss - known);
    long process = Math.min(rest, MemoryPlanner.base(frontEnd));
    lines.add(new Line(Item.PROCESS, process));
    if (rest > process) {
      lines.add(new Line(Item.REST, rest - process));
    }
    return new MemoryPlan("in use", lines, monitor.budget(), List.of());
  }

  /** Stops what runs (training saves first) and ends all threads. */
  @Override
  public void close() {
    preparation.close();
    chat.stop();
    completions.close();
    inspection.close();
    verbatim.close();
    training.close();
    chat.close();
    tidied.close();
    guard.close();
    monitor.close();
    pool.close();
  }

  private boolean isTraining() {
    return training.busy();
  }

  private Optional<ChatModel> liveModel() {
    return training.liveModel();
  }

  /** What this process uses. */
  private record UsersHere(MiniLlmApp app) implements ModelHousekeeping.Users {
    @Override
    public void letGo(Path model) {
      if (same(model, app.completions.loadedPath())) {
        app.completions.letGo();
      }
    }

    @Override
    public boolean loaded(Path model) {
      return same(model, app.chat.snapshot().path()) || same(model, app.completions.loadedPath());
    }

    @Override
    public boolean written(Path model) {
      return app.training.busy()
          && same(model, app.training.snapshot().map(TrainingSnapshot::outDir));
    }

    private static boolean same(Path model, Optional<Path> other) {
      Path path = model.toAbsolutePath().normalize();
      return other.map(o -> o.toAbsolutePath().normalize()).equals(Optional.of(path));
    }
  }

  /** Models as they are on disk. */
  private record DiskModels(WorkerPool pool, Supplier<Quantization> quantization)
      implements ModelOpener {
    @Override
    public ModelConfig shape(Path model) throws IOException {
      return ModelFiles.inspect(model).config();
    }

    @Override
    public long weightBytes(Path model) throws IOException {
      return ModelFiles.inspect(model).weightBytes(quantization.get());
    }

    @Override
    public ChatModel open(Path model, MemoryBudget budget) throws IOException {
      LoadedModel loaded =
          ModelFiles.load(model, Optional.empty(), pool, budget, quantization.get());
      String name = ModelLibrary.name(model, loaded.card().name());
      return new ChatModel(name, Optional.of(model), loaded, () -> -1);
    }
  }
}
