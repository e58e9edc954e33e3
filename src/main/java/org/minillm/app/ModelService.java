package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.minillm.MiniLlm;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;
import org.minillm.format.ModelInfo;
import org.minillm.model.Quantization;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.BpeTraining;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.tokenizer.TokenizerJson;
import org.minillm.train.Corpus;
import org.minillm.train.EvalResult;
import org.minillm.train.Evaluator;
import org.minillm.train.TokenFile;

/** What the command line does with a model or a tokenizer in one go. */
public final class ModelService {
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
   * Loads a model after its memory was planned.
   *
   * @throws org.minillm.base.MiniLlmException.OutOfBudget if it does not fit
   */
  public MiniLlm open(Optional<Path> model, Optional<Path> tokenizer) throws IOException {
    return MiniLlm.of(load(model, tokenizer));
  }

  private LoadedModel load(Optional<Path> model, Optional<Path> tokenizer) throws IOException {
    Path path = resolve(model);
    ModelInfo info = ModelFiles.inspect(path);
    Quantization quantization = app.config().quantization();
    MemoryPlan.forGeneration(
            app.config(),
            info.config(),
            info.weightBytes(quantization),
            info.config().contextLength(),
            0,
            app.frontEnd())
        .require();
    return ModelFiles.load(path, tokenizer, pool(), MemoryBudget.ofHeap(), quantization);
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
   * Writes a model as a GGUF file, a row at a time.
   *
   * @param type "f32", "f16" or "q8_0"
   * @param out empty for MODEL-TYPE.gguf beside the model, of a package's model in the user's model
   *     directory
   * @param overwrite whether an existing file is replaced
   * @throws BadInput if GGUF cannot hold the model, or the file exists
   */
  public QuantizationReport quantize(
      Path model, Optional<Path> tokenizer, String type, Optional<Path> out, boolean overwrite)
      throws IOException {
    long start = System.nanoTime();
    Path path = resolve(Optional.of(model));
    ModelInfo info = ModelFiles.inspect(path);
    String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
    String stem = Files.isDirectory(path) ? name : name.replaceFirst("\\.[^.]*$", "");
    Path target = out.orElse(besideOrUsers(path, stem + "-" + type + ".gguf"));
    if (Files.exists(target) && !overwrite) {
      throw new BadInput(target.toString(), "exists already; --overwrite replaces it");
    }
    ModelFiles.convertToGguf(path, tokenizer, target, type);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new QuantizationReport(target, info.fileBytes(), Files.size(target), seconds);
  }

  private Path besideOrUsers(Path model, String name) throws IOException {
    if (!app.library().isDelivered(model)) {
      return model.resolveSibling(name);
    }
    return Files.createDirectories(app.library().directory()).resolve(name);
  }

  /** Loss and bits per byte on files. */
  public EvalResult evaluate(
      Path model, Optional<Path> tokenizer, List<Path> files, RunControl control)
      throws IOException {
    LoadedModel loaded = load(Optional.of(model), tokenizer);
    return Evaluator.evaluate(
        loaded.model(),
        loaded.tokenizer(),
        Corpus.open(files),
        app.config().optimization().chunkSize(),
        pool(),
        control);
  }

  /** Trains a byte-level BPE tokenizer and writes it. */
  public TokenizerReport trainTokenizer(
      List<Path> files, int vocabSize, Path out, RunControl control) throws IOException {
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
            (stage, done, total) -> {});
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
