package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelCard;
import org.minillm.format.ModelFiles;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.BpeTraining;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.tokenizer.TokenizerJson;
import org.minillm.train.Checkpoint;
import org.minillm.train.Corpus;
import org.minillm.train.CorpusSummary;
import org.minillm.train.Dataset;
import org.minillm.train.Evaluation;
import org.minillm.train.FineTuning;
import org.minillm.train.OptimizerType;
import org.minillm.train.RunState;
import org.minillm.train.ScheduleType;
import org.minillm.train.StepMetrics;
import org.minillm.train.TrainEvent;
import org.minillm.train.TrainListener;
import org.minillm.train.TrainOptions;
import org.minillm.train.TrainResult;
import org.minillm.train.TrainableModel;
import org.minillm.train.Trainer;

/** One training on files: corpus, tokenizer, dataset, model, {@link Trainer}. */
final class TrainerWork implements TrainingWork, TrainListener {
  private static final int EVAL_TOKENS = 16_384;
  private static final int SAMPLE_TOKENS = 48;

  /** Weights and two moments, in bytes a parameter; while one is written the last one stays. */
  private static final long CHECKPOINT_BYTES = 3 * Float.BYTES;

  private static final long TOKENIZER_AND_LOG_BYTES = 1 << 20;

  private final Optional<TrainingRequest> request;
  private final Path directory;
  private final boolean anyway;
  private final WorkerPool pool;
  private final ResourceMonitor monitor;
  private @Nullable Listener listener;
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
    listener = to;
    try {
      if (request.isPresent()) {
        start(request.get(), control, to);
      } else {
        goOn(control, to);
      }
    } catch (IOException | RuntimeException | Error e) {
      try (Dataset unused = dataset) { // its files stay for the next attempt
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
            : makeTokenizer(config, corpus, pool, control, to);
    tokenizer = made;
    Path ids = Checkpoint.tokens(directory);
    Dataset encoded =
        encode(ids, false, corpus, made, t.validationFraction(), t.seed(), pool, control, to);
    dataset = encoded;
    to.data(summary.withTokens(encoded.fileTokens()));
    template = FineTuningBase.resulting(base.flatMap(LoadedModel::chatTemplate), corpus, made);
    to.phase(TrainingPhase.PREPARING, Double.NaN);
    Transformer model =
        base.isPresent() && tuning.isPresent()
            ? TrainableModel.begin(base.get().model(), tuning.get(), t.seed())
            : Transformer.initialise(
                shape(config.hyperparameters(), made.vocabSize()), t.seed(), pool);
    parameters = model.config().parameterCount();
    requireDisk(2 * CHECKPOINT_BYTES + 2 * Float.BYTES);
    trainer =
        Trainer.start(
            model,
            made,
            template,
            encoded,
            options(config, r.samplePrompts()),
            new Trainer.About(r.name(), corpus.paths(), t.validationFraction(), tuning),
            directory,
            this,
            control,
            this::rssMb);
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
    Corpus corpus = Corpus.open(files);
    Tokenizer read = ModelFiles.loadTokenizer(checkpoint);
    tokenizer = read;
    Optional<ChatTemplate> ofCheckpoint =
        TokenizerJson.readChatTemplate(checkpoint.resolve("tokenizer_config.json"));
    FineTuning tuning = state.fineTuning();
    if (tuning != null) {
      corpus = FineTuningBase.corpus(corpus, tuning, ofCheckpoint);
    }
    double fraction = state.validationFraction();
    long seed = state.options().seed();
    Path ids = Checkpoint.tokens(directory);
    Dataset encoded = encode(ids, true, corpus, read, fraction, seed, pool, control, to);
    dataset = encoded;
    template = FineTuningBase.resulting(ofCheckpoint, corpus, read);
    to.phase(TrainingPhase.PREPARING, Double.NaN);
    Trainer resumed =
        Trainer.resume(directory, read, template, encoded, pool, this, control, this::rssMb);
    if (anyway) {
      resumed.goOnAnyway();
    }
    trainer = resumed;
  }

  /** Before hours of training rather than at the first checkpoint. */
  private void requireDisk(long bytesPerParameter) throws IOException {
    long needed = bytesPerParameter * parameters + TOKENIZER_AND_LOG_BYTES;
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < needed) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: its disk has %.1f MB free, the checkpoints of this model take %.1f MB more",
              directory,
              free / 1048576.0,
              needed / 1048576.0));
    }
  }

  static Tokenizer makeTokenizer(
      AppConfig config, Corpus corpus, WorkerPool pool, RunControl control, Listener to)
      throws IOException {
    if (config.tokenizer().type().equals("simple")) {
      return new SimpleTokenizer();
    }
    int size = config.hyperparameters().vocabSize();
    to.phase(TrainingPhase.TOKENIZER, 0);
    BpeTraining training =
        BpeTrainer.trainAndReport(
            corpus,
            size,
            config.tokenizer().specialTokens(),
            MemoryPlanner.tokenizerTraining(config),
            pool,
            control,
            (stage, done, total) ->
                to.phase(TrainingPhase.TOKENIZER, total <= 0 ? Double.NaN : (double) done / total));
    if (training.ranOutOfMerges()) {
      to.notice(
          "The text has no more pairs that occur twice: the vocabulary is "
              + training.tokenizer().vocabSize()
              + " tokens instead of "
              + size
              + ".");
    }
    if (training.forgottenWords() > 0) {
      to.notice(
          "The tokenizer was trained without "
              + training.forgottenWords()
              + " words of the text: rare ones that the memory budget has no room for.");
    }
    return training.tokenizer();
  }

  static Dataset encode(
      Path ids,
      boolean reuse,
      Corpus corpus,
      Tokenizer tokenizer,
      double validationFraction,
      long seed,
      WorkerPool pool,
      RunControl control,
      Listener to)
      throws IOException {
    double all = Math.max(1, corpus.bytes());
    to.phase(TrainingPhase.ENCODING, 0);
    return Dataset.onDisk(
        ids,
        reuse,
        corpus,
        tokenizer,
        validationFraction,
        seed,
        pool,
        control,
        bytes -> to.phase(TrainingPhase.ENCODING, Math.min(1, bytes / all)));
  }

  static ModelConfig shape(AppConfig.Hyperparameters h, int vocabSize) {
    return new ModelConfig(
        vocabSize,
        h.dModel(),
        h.nLayers(),
        h.nHeads(),
        h.nKvHeads(),
        h.dFf(),
        h.maxSeqLen(),
        h.ropeTheta(),
        ModelConfig.DEFAULT_NORM_EPS,
        NormType.of(h.norm()),
        h.tieEmbeddings());
  }

  static TrainOptions options(AppConfig config, List<String> samplePrompts) {
    AppConfig.Training t = config.training();
    return TrainOptions.of(t.batchSize(), config.hyperparameters().maxSeqLen(), t.learningRate(), 1)
        .with(
            o ->
                o.gradientAccumulation(t.gradientAccumulation())
                    .maxSteps(t.maxSteps())
                    .optimizer(OptimizerType.of(t.optimizer()))
                    .matrixLearningRate(t.matrixLearningRate())
                    .beta2(t.optimizer().equals("muon") ? 0.99f : 0.95f)
                    .minLearningRate(t.schedule().equals("wsd") ? 0 : t.learningRate() / 10)
                    .warmupSteps(t.warmupSteps())
                    .schedule(ScheduleType.of(t.schedule()))
                    .decayFraction(t.decayFraction())
                    .patience(t.earlyStopping())
                    .maxEpochs(t.maxEpochs())
                    .weightDecay(t.weightDecay())
                    .dropout(config.hyperparameters().dropout())
                    .evalInterval(t.evalInterval())
                    .checkpointInterval(t.checkpointInterval())
                    .evalTokens(EVAL_TOKENS)
                    .chunkSize(config.optimization().chunkSize())
                    .memorySaver(config.optimization().memorySaver())
                    .seed(t.seed())
                    .samplePrompts(samplePrompts.isEmpty() ? List.of("") : samplePrompts)
                    .sampleTokens(SAMPLE_TOKENS));
  }

  @Override
  public void train(RunControl control, Listener to) throws IOException {
    listener = to;
    try (Trainer running = trainer();
        Dataset data = dataset) {
      to.phase(TrainingPhase.TRAINING, Double.NaN);
      TrainResult result = running.run(to::boundary);
      if (result.finished() && data != null) {
        data.delete();
      }
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
    trainer().logEvent(event);
  }

  private Trainer trainer() {
    Trainer running = trainer;
    if (running == null) {
      throw new IllegalStateException("not prepared");
    }
    return running;
  }

  private double rssMb() {
    return monitor.latest().rss() / 1048576.0;
  }

  // ---- what the trainer says --------------------------------------------------------------------

  @Override
  public void onStep(StepMetrics s) {
    Listener to = listener;
    if (to == null) {
      return;
    }
    to.progress(s.totalSteps(), s.epoch(), s.etaSeconds());
    to.phase(TrainingPhase.TRAINING, (double) s.step() / s.totalSteps());
    to.point(
        new MetricsPoint(
            s.step(),
            s.tokens(),
            s.loss(),
            Double.NaN,
            Double.NaN,
            s.learningRate(),
            s.gradNorm(),
            s.tokensPerSecond(),
            rssMb(),
            s.elapsedSeconds(),
            ""),
        "");
  }

  @Override
  public void onEvaluation(Evaluation e) {
    Listener to = listener;
    Trainer running = trainer;
    if (to == null || running == null) {
      return;
    }
    to.point(
        new MetricsPoint(
            e.step(),
            e.tokens(),
            e.trainLoss(),
            e.valLoss(),
            e.bitsPerByte(),
            Double.NaN,
            Double.NaN,
            e.tokensPerSecond(),
            rssMb(),
            running.elapsedSeconds(),
            ""),
        e.sample());
  }

  @Override
  public void onEvent(TrainEvent event) {
    Listener to = listener;
    if (to == null) {
      return;
    }
    switch (event.kind()) {
      case RESUMED, NOT_BIT_EXACT, REPLAYED, DIVERGED -> to.notice(event.detail());
      case ROLLED_BACK, STOPPED_EARLY -> {
        to.notice(event.detail());
        to.point(eventPoint(event), ""); // marked on the curve, as the guard's acts are
      }
      default -> {}
    }
  }

  private MetricsPoint eventPoint(TrainEvent event) {
    double none = Double.NaN;
    long tokens = trainer().tokens();
    return new MetricsPoint(
        event.step(), tokens, none, none, none, none, none, none, rssMb(), none, event.detail());
  }

  @Override
  public void onSideWork(String what) {
    Listener to = listener;
    if (to != null) {
      to.phase(what.equals("saving") ? TrainingPhase.SAVING : TrainingPhase.EVALUATING, Double.NaN);
    }
  }
}
