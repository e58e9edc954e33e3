package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.minillm.MiniLlm;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.ExportSlip;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelExport;
import org.minillm.format.ModelFiles;
import org.minillm.format.ModelInfo;
import org.minillm.model.Quantization;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.BpeTraining;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.tokenizer.TokenizerJson;
import org.minillm.train.Corpus;
import org.minillm.train.EvalResult;
import org.minillm.train.Evaluator;
import org.minillm.train.TokenFile;

/** What the command line does with a model or a tokenizer in one go. */
public final class ModelService {
  /** Tokens of context that an imported model must have room for. */
  private static final int IMPORT_CONTEXT = 1024;

  private final MiniLlmApp app;

  ModelService(MiniLlmApp app) {
    this.app = app;
  }

  /** A path as given, or a name in the model directory; without one the starter model. */
  public Path resolve(Optional<Path> model) {
    if (model.filter(Files::exists).isPresent()) {
      return model.get();
    }
    Path name = model.orElse(Path.of(ModelLibrary.STARTER));
    return app.library()
        .find(name)
        .orElseThrow(
            () ->
                new BadInput(
                    name.toString(),
                    "there is no such model, here or in "
                        + app.library().directory()
                        + "; the command models lists what there is"));
  }

  /** A model's facts; the weights are not read. */
  public ModelEntry describe(Path model) throws IOException {
    Path path = resolve(Optional.of(model));
    ModelInfo info = ModelFiles.inspect(path); // its errors say what is wrong
    return app.library()
        .entry(path)
        .orElseThrow(() -> new BadInput(info.path().toString(), "cannot be read"));
  }

  /**
   * Loads a model after its memory was planned. Where its whole context does not fit, it gets the
   * half, the quarter and so on that does, and a warning is logged.
   *
   * @throws org.minillm.base.MiniLlmException.OutOfBudget if it does not fit
   */
  public MiniLlm open(Optional<Path> model, Optional<Path> tokenizer) throws IOException {
    Path path = resolve(model);
    ModelInfo info = ModelFiles.inspect(path);
    int context = FittingContext.of(info.config().contextLength(), c -> plan(info, c));
    return MiniLlm.of(read(path, tokenizer), context);
  }

  private MemoryPlan plan(ModelInfo info, int context) {
    return MemoryPlan.forGeneration(
        app.config(),
        info.config(),
        info.weightBytes(app.config().quantization()),
        context,
        0,
        app.frontEnd());
  }

  private LoadedModel read(Path path, Optional<Path> tokenizer) throws IOException {
    return ModelFiles.load(
        path, tokenizer, pool(), MemoryBudget.ofHeap(), app.config().quantization());
  }

  /** The tokenizer of a model, or one on its own. */
  public Tokenizer openTokenizer(Optional<Path> path) throws IOException {
    Path file = resolve(path);
    String name = String.valueOf(file.getFileName());
    boolean modelFile =
        !Files.isDirectory(file) && name.endsWith(".bin") && !name.startsWith("tok");
    return modelFile
        ? ModelFiles.load(file, Optional.empty(), pool(), MemoryBudget.ofHeap()).tokenizer()
        : ModelFiles.loadTokenizer(file);
  }

  /**
   * Writes a model as a GGUF file, a row at a time, and checks it.
   *
   * @param type "f32", "f16" or "q8_0"
   * @param out empty for MODEL-TYPE.gguf beside the model, of a package's model in the user's model
   *     directory
   * @param overwrite whether an existing file is replaced
   * @param control asked at each row; cancelled, nothing is left of what was written
   * @throws BadInput if GGUF cannot hold the model, or the file exists
   * @throws org.minillm.base.MiniLlmException.BadFormat if the check fails; nothing is left
   */
  public ExportReport quantize(
      Path model,
      Optional<Path> tokenizer,
      String type,
      Optional<Path> out,
      boolean overwrite,
      RunControl control)
      throws IOException {
    Path path = resolve(Optional.of(model));
    Path target = out.orElse(besideOrUsers(path, quantizedName(path, type, "")));
    if (Files.exists(target) && !overwrite) {
      throw new BadInput(target.toString(), "exists already; --overwrite replaces it");
    }
    return export(path, tokenizer, "gguf", Optional.of(type), target, overwrite, control);
  }

  /**
   * Where {@link #quantize} can write a model of that type, beside it or, of one that came with the
   * package, into the user's directory: "tales-q8_0.gguf", "tales-q8_0-2.gguf" where that is taken.
   */
  public Path quantizedPath(Path model, String type) throws IOException {
    Path path = resolve(Optional.of(model));
    Path free = besideOrUsers(path, quantizedName(path, type, ""));
    for (int i = 2; Files.exists(free); i++) {
      free = free.resolveSibling(quantizedName(path, type, "-" + i));
    }
    return free;
  }

  private static String quantizedName(Path model, String type, String number) {
    String name = String.valueOf(model.toAbsolutePath().normalize().getFileName());
    String stem = Files.isDirectory(model) ? name : name.replaceFirst("\\.[^.]*$", "");
    return stem + "-" + type + number + ".gguf";
  }

  private Path besideOrUsers(Path model, String name) throws IOException {
    if (!app.library().isDelivered(model)) {
      return model.resolveSibling(name);
    }
    return Files.createDirectories(app.library().directory()).resolve(name);
  }

  /**
   * Writes a model for other programs and checks it.
   *
   * @param format "gguf", "hf" or "llama2c"
   * @param type how weights are stored; empty for f32
   * @param out a file for gguf, else a directory
   * @throws BadInput if the format cannot hold the model, with the reason
   * @throws org.minillm.base.MiniLlmException.BadFormat if the check fails; nothing is left
   */
  public ExportReport export(
      Path model,
      Optional<Path> tokenizer,
      String format,
      Optional<String> type,
      Path out,
      boolean overwrite,
      RunControl control)
      throws IOException {
    long start = System.nanoTime();
    Path path = resolve(Optional.of(model));
    ModelInfo info = ModelFiles.inspect(path);
    ModelExport.Format to = ModelExport.Format.valueOf(format.toUpperCase(Locale.ROOT));
    ExportSlip slip =
        ModelExport.export(
            path,
            tokenizer,
            out,
            to,
            type.orElse("f32"),
            overwrite,
            pool(),
            MemoryBudget.ofHeap(),
            control);
    return ExportReport.of(slip, info.fileBytes(), start);
  }

  /**
   * Brings a model of another program into the model directory, or to {@code out}.
   *
   * @param type "f32", "f16", "bf16" or "q8_0"; empty for what the model has
   * @throws org.minillm.base.MiniLlmException.OutOfBudget if it could not run even as int8 with a
   *     short context
   */
  public ExportReport importModel(
      Path model,
      Optional<Path> tokenizer,
      Optional<String> type,
      Optional<Path> out,
      RunControl control)
      throws IOException {
    long start = System.nanoTime();
    ModelInfo info = ModelFiles.inspect(model);
    int context = Math.min(IMPORT_CONTEXT, info.config().contextLength());
    MemoryPlan.forGeneration(
            app.config(),
            info.config(),
            info.weightBytes(Quantization.INT8),
            context,
            0,
            app.frontEnd())
        .require();
    String name = String.valueOf(model.toAbsolutePath().normalize().getFileName());
    Path to = out.orElse(app.library().newDirectory(name.replaceFirst("\\.(gguf|bin)$", "")));
    Files.createDirectories(app.library().directory());
    ExportSlip slip =
        ModelExport.bringIn(model, tokenizer, to, type, pool(), MemoryBudget.ofHeap(), control);
    return ExportReport.of(slip, info.fileBytes(), start);
  }

  /**
   * Loss and bits per byte on files, in bounded memory whatever their size.
   *
   * @param answersOnly whether the files are conversations, of which the assistant's answers count
   * @param progress hears how far it is, on the calling thread
   * @throws BadInput if answers are to count and the model does not chat by ChatML, or a file holds
   *     something else
   * @throws org.minillm.base.MiniLlmException.OutOfBudget if model and activations do not fit
   */
  public EvalResult evaluate(
      Path model,
      Optional<Path> tokenizer,
      List<Path> files,
      boolean answersOnly,
      RunControl control,
      Evaluator.Progress progress)
      throws IOException {
    Path path = resolve(Optional.of(model));
    Corpus corpus = Corpus.open(files);
    int chunkSize = app.config().optimization().chunkSize();
    ModelInfo info = ModelFiles.inspect(path);
    long pass = Evaluator.passBytes(info.config(), corpus.bytes(), chunkSize, pool().threads());
    planEvaluation(info, pass).require();
    LoadedModel loaded = read(path, tokenizer);
    requireHeap(path, pass);
    if (!answersOnly) {
      return Evaluator.evaluate(
          loaded.model(),
          loaded.tokenizer(),
          corpus,
          idsFile(),
          chunkSize,
          pool(),
          control,
          progress);
    }
    ChatTemplate template =
        loaded
            .chat()
            .template()
            .filter(t -> t.isChatml() && t.supports(loaded.tokenizer()))
            .orElseThrow(
                () ->
                    new BadInput(
                        path.toString(),
                        "does not chat by ChatML, whose markers tell answers from questions;"
                            + " evaluate it without --chat, which counts every token"));
    return Evaluator.evaluateAnswers(
        loaded.model(),
        loaded.tokenizer(),
        corpus.withTemplate(template).withConversationsOnly(),
        idsFile(),
        chunkSize,
        pool(),
        control,
        progress);
  }

  /** Weights and one pass of activations; no cache of keys and values. */
  private MemoryPlan planEvaluation(ModelInfo info, long passBytes) {
    MemoryPlan plan =
        MemoryPlan.forGeneration(
            app.config(),
            info.config(),
            info.weightBytes(app.config().quantization()),
            1,
            passBytes,
            app.frontEnd());
    return new MemoryPlan(
        "evaluation with context " + info.config().contextLength(),
        plan.lines(),
        plan.limit(),
        plan.suggestions());
  }

  /** Before the text is encoded, which takes minutes where it is long. */
  private static void requireHeap(Path model, long bytes) {
    MemoryBudget heap = MemoryBudget.ofHeap();
    if (heap.free() < bytes) {
      System.gc(); // what reading the model left behind counts as used until then
    }
    heap.require("Evaluating " + model, bytes);
  }

  /** In the cache directory; where that cannot be, in the system's for such files. */
  private Path idsFile() throws IOException {
    try {
      Path directory = Files.createDirectories(app.cacheDir());
      return Files.createTempFile(directory, MiniLlmApp.EVALUATION, MiniLlmApp.IDS);
    } catch (IOException e) {
      return Files.createTempFile(MiniLlmApp.EVALUATION, MiniLlmApp.IDS);
    }
  }

  /**
   * Trains a byte-level BPE tokenizer and writes it.
   *
   * @param progress hears how far it is, on the calling thread
   */
  public TokenizerReport trainTokenizer(
      List<Path> files, int vocabSize, Path out, RunControl control, BpeTrainer.Progress progress)
      throws IOException {
    requireNew(out);
    long start = System.nanoTime();
    BpeTraining training =
        BpeTrainer.trainAndReport(
            Corpus.open(files),
            vocabSize,
            app.config().tokenizer().specialTokens(),
            MemoryPlanner.tokenizerTraining(app.config()),
            pool(),
            control,
            progress);
    TokenizerJson.write(training.tokenizer(), out);
    return new TokenizerReport(
        training.tokenizer().vocabSize(),
        training.bytes(),
        training.forgottenWords(),
        (System.nanoTime() - start) / 1e9);
  }

  /**
   * Writes the token ids of text files to {@code out}, in bounded memory, whatever their size.
   *
   * @param tokenizer a model, a tokenizer.json or a tokenizer .bin; empty for the starter model's
   * @param whole the files as they are, one after the other; else their documents with end-of-text
   *     tokens between, as a training reads them
   */
  public TokenFile.Result encode(
      List<Path> files,
      Optional<Path> tokenizer,
      Path out,
      boolean whole,
      RunControl control,
      TokenFile.Progress progress)
      throws IOException {
    requireNew(out);
    Tokenizer read = openTokenizer(tokenizer);
    Corpus corpus = Corpus.open(files);
    return whole
        ? TokenFile.writeWhole(corpus, read, out, pool(), control, progress)
        : TokenFile.writeDocuments(corpus, read, out, pool(), control, progress);
  }

  /** Before the work, not after it. */
  private static void requireNew(Path out) {
    if (Files.exists(out)) {
      throw new BadInput(out.toString(), "exists already; give another name or delete it first");
    }
    Path parent = out.toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      throw new BadInput(parent.toString(), "there is no such directory");
    }
  }

  private WorkerPool pool() {
    return app.pool();
  }
}
