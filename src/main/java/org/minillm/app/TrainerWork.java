package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.minillm.base.DiskSpace;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelCard;
import org.minillm.format.ModelFiles;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.tokenizer.TokenizerJson;
import org.minillm.train.Checkpoint;
import org.minillm.train.Corpus;
import org.minillm.train.CorpusSummary;
import org.minillm.train.Dataset;
import org.minillm.train.FineTuning;
import org.minillm.train.RunState;
import org.minillm.train.TrainResult;
import org.minillm.train.TrainableModel;
import org.minillm.train.Trainer;

/** One training on files: corpus, tokenizer, dataset, model, {@link Trainer}. */
final class TrainerWork implements TrainingWork {
  /** Weights and two moments, in bytes a parameter; while one is written the last one stays. */
  private static final long CHECKPOINT_BYTES = 3 * Float.BYTES;

  private static final long TOKENIZER_AND_LOG_BYTES = 1 << 20;

  private final Optional<TrainingRequest> request;
  private final Path directory;
  private final boolean anyway;
  private final WorkerPool pool;
  private final ResourceMonitor monitor;
  private @Nullable Dataset dataset;
  private volatile @Nullable Trainer trainer;
  private volatile @Nullable Tokenizer tokenizer;
  private volatile Optional<ChatTemplate> template = Optional.empty();
  private volatile long parameters;

  private TrainerWork(
      Optional<TrainingRequest> request,
      Path directory,
      boolean anyway,
      WorkerPool pool,
      ResourceMonitor monitor) {
    this.request = request;
    this.directory = directory;
    this.anyway = anyway;
    this.pool = pool;
    this.monitor = monitor;
  }

  static TrainerWork fresh(TrainingRequest request, WorkerPool pool, ResourceMonitor monitor) {
    return new TrainerWork(Optional.of(request), request.outDir(), false, pool, monitor);
  }

  static TrainerWork resumed(
      Path directory, boolean anyway, WorkerPool pool, ResourceMonitor monitor) {
    return new TrainerWork(Optional.empty(), directory, anyway, pool, monitor);
  }

  @Override
  public void prepare(RunControl control, Listener to) throws IOException {
    try {
      if (request.isPresent()) {
        start(request.get(), control, to);
      } else {
        goOn(control, to);
      }
    } catch (IOException | RuntimeException | Error e) {
      try (Dataset unused = dataset) { // a resumed run's files stay for the next attempt
        throw e;
      }
    }
  }

  private void start(TrainingRequest r, RunControl control, Listener to) throws IOException {
    AppConfig config = r.config();
    to.phase(TrainingPhase.READING, Double.NaN);
    Corpus corpus = Corpus.open(r.files());
    corpus.remarks().forEach(to::notice);
    AppConfig.Training t = config.training();
    Optional<FineTuning> tuning = r.fineTuning();
    Optional<LoadedModel> base = Optional.empty();
    if (tuning.isPresent()) {
      LoadedModel loaded = FineTuningBase.load(tuning.get(), pool);
      base = Optional.of(loaded);
      corpus = FineTuningBase.corpus(corpus, tuning.get(), loaded.chatTemplate());
      config = FineTuningBase.config(config, tuning.get(), loaded.model().config());
    }
    int vocabulary =
        base.map(b -> b.tokenizer().vocabSize()).orElse(config.hyperparameters().vocabSize());
    CorpusSummary summary = CorpusSummary.of(corpus, vocabulary, control);
    to.data(summary);
    Tokenizer made =
        base.isPresent()
            ? base.get().tokenizer()
            : TrainingParts.makeTokenizer(config, corpus, pool, control, to);
    tokenizer = made;
    Path ids = Checkpoint.tokens(directory);
    Dataset encoded =
        TrainingParts.encode(
            ids, false, corpus, made, t.validationFraction(), t.seed(), pool, control, to);
    dataset = encoded;
    to.data(summary.withTokens(encoded.fileTokens()));
    template = FineTuningBase.resulting(base.flatMap(LoadedModel::chatTemplate), corpus, made);
    to.phase(TrainingPhase.PREPARING, Double.NaN);
    System.gc(); // what reading and encoding left would stay beside the run's own
    Transformer model =
        base.isPresent() && tuning.isPresent()
            ? TrainableModel.begin(base.get().model(), tuning.get(), t.seed())
            : Transformer.initialise(
                TrainingParts.shape(config.hyperparameters(), made.vocabSize()), t.seed(), pool);
    parameters = model.config().parameterCount();
    requireDisk(2 * CHECKPOINT_BYTES + 2 * Float.BYTES);
    trainer =
        Trainer.start(
            model,
            made,
            template,
            encoded,
            TrainingParts.options(config, r.samplePrompts()),
            new Trainer.About(r.name(), corpus.paths(), t.validationFraction(), tuning),
            directory,
            new TrainerNews(to, monitor),
            control,
            () -> monitor.latest().rssMb());
  }

  private void goOn(RunControl control, Listener to) throws IOException {
    to.phase(TrainingPhase.READING, Double.NaN);
    Path checkpoint =
        Checkpoint.find(directory)
            .orElseThrow(
                () -> new BadInput(directory.toString(), "holds no checkpoint to go on from"));
    RunState state = Checkpoint.readState(checkpoint);
    List<Path> files = state.files().stream().map(Path::of).toList();
    for (Path file : files) {
      if (!Files.isReadable(file)) {
        throw new BadInput(
            file.toString(),
            "was trained on and is gone or cannot be read; put it back to go on with this run");
      }
    }
    parameters = ModelFiles.inspect(checkpoint).config().parameterCount();
    requireDisk(CHECKPOINT_BYTES);
    Corpus corpus = Corpus.reopen(files);
    Tokenizer read = ModelFiles.loadTokenizer(checkpoint);
    tokenizer = read;
    Optional<ChatTemplate> ofCheckpoint =
        TokenizerJson.readChat(checkpoint.resolve("tokenizer_config.json")).template();
    FineTuning tuning = state.fineTuning();
    if (tuning != null) {
      corpus = FineTuningBase.corpus(corpus, tuning, ofCheckpoint);
    }
    double fraction = state.validationFraction();
    long seed = state.options().seed();
    Path ids = Checkpoint.tokens(directory);
    Dataset encoded =
        TrainingParts.encode(ids, true, corpus, read, fraction, seed, pool, control, to);
    dataset = encoded;
    template = FineTuningBase.resulting(ofCheckpoint, corpus, read);
    to.phase(TrainingPhase.PREPARING, Double.NaN);
    System.gc(); // what reading and encoding left would stay beside the run's own
    Trainer resumed =
        Trainer.resume(
            directory,
            read,
            template,
            encoded,
            pool,
            new TrainerNews(to, monitor),
            control,
            () -> monitor.latest().rssMb());
    if (anyway) {
      resumed.goOnAnyway();
    }
    trainer = resumed;
  }

  /** Before hours of training rather than at the first checkpoint. */
  private void requireDisk(long bytesPerParameter) throws IOException {
    long needed = bytesPerParameter * parameters + TOKENIZER_AND_LOG_BYTES;
    OptionalLong free = DiskSpace.free(directory);
    if (free.isPresent() && free.getAsLong() < needed) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: its disk has %.1f MB free, the checkpoints of this model take %.1f MB more",
              directory,
              free.getAsLong() / 1048576.0,
              needed / 1048576.0));
    }
  }

  @Override
  public void train(RunControl control, Listener to) throws IOException {
    try (Trainer running = trainer();
        Dataset data = dataset) {
      to.phase(TrainingPhase.TRAINING, Double.NaN);
      TrainResult result = running.run(to::boundary);
      if (result.finished() && data != null) {
        data.delete();
      }
    } finally {
      trainer = null; // the service remembers this work until the next begins, and all it holds
    }
  }

  @Override
  public void abandon() {
    Trainer running = trainer;
    if (running != null) {
      running.abandon();
    }
  }

  @Override
  public String shrink() {
    return trainer().trim().orElse("");
  }

  @Override
  public void saveAndRelease() throws IOException {
    trainer().saveAndRelease();
  }

  @Override
  public void releaseWeights() {
    trainer().releaseWeights();
  }

  @Override
  public void restore() throws IOException {
    trainer().restore();
  }

  @Override
  public long bytesToRestore() {
    Trainer running = trainer;
    return running == null ? 0 : running.bytesToRestore();
  }

  @Override
  public List<MemoryPlan.Line> allocated() {
    Trainer running = trainer;
    if (running == null) {
      return List.of();
    }
    List<MemoryPlan.Line> lines = new ArrayList<>();
    boolean released = running.bytesToRestore() > 0;
    if (running.model().isPresent()) {
      lines.add(new MemoryPlan.Line(MemoryPlan.Item.WEIGHTS, running.weightBytes()));
    }
    if (!released) {
      lines.add(new MemoryPlan.Line(MemoryPlan.Item.GRADIENTS, running.gradientBytes()));
      lines.add(new MemoryPlan.Line(MemoryPlan.Item.OPTIMIZER, running.optimizerBytes()));
      lines.add(new MemoryPlan.Line(MemoryPlan.Item.ACTIVATIONS, running.passBytes()));
    }
    lines.add(new MemoryPlan.Line(MemoryPlan.Item.DATASET, running.dataBytes()));
    return lines;
  }

  @Override
  public int microBatch() {
    Trainer running = trainer;
    return running == null ? 0 : running.microBatch();
  }

  @Override
  public long parameters() {
    return parameters;
  }

  @Override
  public int vocabSize() {
    Tokenizer made = tokenizer;
    return made == null ? 0 : made.vocabSize();
  }

  @Override
  public Optional<ChatModel> live() {
    Trainer running = trainer;
    Tokenizer made = tokenizer;
    if (running == null || made == null) {
      return Optional.empty();
    }
    String name = String.valueOf(directory.getFileName());
    return running
        .model()
        .map(
            model ->
                new ChatModel(
                    name,
                    Optional.empty(),
                    new LoadedModel(model, made, template, ModelCard.named(name), directory),
                    running::step));
  }

  @Override
  public void logEvent(String event) {
    Trainer running = trainer;
    if (running != null) { // a guard's act may end after the run
      running.logEvent(event);
    }
  }

  private Trainer trainer() {
    Trainer running = trainer;
    if (running == null) {
      throw new IllegalStateException("not prepared");
    }
    return running;
  }
}
