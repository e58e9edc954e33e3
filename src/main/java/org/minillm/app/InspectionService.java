package org.minillm.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.minillm.MiniLlm;
import org.minillm.base.ComputeGate;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.generate.ScoredToken;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.TokenSpan;
import org.minillm.tokenizer.Tokenizer;

/**
 * Texts looked at through models: how their tokenizers cut them and how much they surprise them. On
 * a thread of its own, in turn with training and chat at the compute gate; what is asked for last
 * takes the place of what was asked before, which is then never answered. A model that the chat has
 * loaded is used as it is; another one is loaded for the time of the measurement, when its memory
 * plan fits. Methods may be called from any thread and return at once.
 */
public final class InspectionService implements AutoCloseable, GuardedWork {
  /** Longest text that is scored or cut, in characters: 40 bytes of memory each. */
  public static final int MOST_CHARACTERS = 400_000;

  /** Tokenizers kept open: two to compare. */
  private static final int TOKENIZERS = 2;

  private final Supplier<AppConfig> config;
  private final ComputeGate gate;
  private final LatestJob jobs;
  private final ResourceMonitor monitor;
  private final FrontEnd frontEnd;
  private final ModelOpener opener;
  private final TokenizerOpener tokenizers;
  private final Function<Path, Optional<ChatModel>> loaded;

  /** On the thread of the jobs only. */
  private final Map<Path, Opened> open =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Opened> eldest) {
          return size() > TOKENIZERS;
        }
      };

  /** How tokenizers are read; the application reads files, tests bring their own. */
  interface TokenizerOpener {
    Tokenizer open(Path model) throws IOException;
  }

  private record Opened(Tokenizer tokenizer, int contextLength) {}

  /**
   * @param loaded the model of this path, where the chat has it in memory
   */
  InspectionService(
      Supplier<AppConfig> config,
      ComputeGate gate,
      ResourceMonitor monitor,
      FrontEnd frontEnd,
      ModelOpener opener,
      TokenizerOpener tokenizers,
      Function<Path, Optional<ChatModel>> loaded) {
    this.config = config;
    this.gate = gate;
    this.jobs = new LatestJob("minillm-inspect", gate);
    this.monitor = monitor;
    this.frontEnd = frontEnd;
    this.opener = opener;
    this.tokenizers = tokenizers;
    this.loaded = loaded;
  }

  /**
   * Cuts a text into the tokens of each model.
   *
   * @throws BadInput for a text beyond {@link #MOST_CHARACTERS}
   */
  public CompletableFuture<List<TokenizedText>> tokenize(List<Path> models, String text) {
    requireShort(text);
    List<Path> asked = List.copyOf(models);
    return jobs.ask(
        "tokenizing",
        context -> {
          List<TokenizedText> all = new ArrayList<>();
          for (Path model : asked) {
            context.control().check();
            Opened opened = opened(model);
            int[] ids = opened.tokenizer().encode(text);
            all.add(
                new TokenizedText(
                    ModelLibrary.fileName(model),
                    TokenSpan.of(opened.tokenizer(), ids),
                    bytes(text),
                    opened.tokenizer().vocabSize(),
                    opened.contextLength()));
          }
          return all;
        });
  }

  private Opened opened(Path model) throws IOException {
    Opened there = open.get(model);
    if (there == null) {
      there = new Opened(tokenizers.open(model), opener.shape(model).contextLength());
      open.put(model, there);
    }
    return there;
  }

  /**
   * Measures the loss of each token of a text under each model, as if it were a document.
   *
   * @param progress hears the share that is done, on the thread that computes
   * @return fails with OutOfBudget where a model does not fit beside what is in memory, and with a
   *     {@link CancellationException} after {@link #cancel}
   * @throws BadInput for a text beyond {@link #MOST_CHARACTERS}
   */
  public CompletableFuture<List<ScoredText>> score(
      List<Path> models, String text, DoubleConsumer progress) {
    requireShort(text);
    List<Path> asked = List.copyOf(models);
    return jobs.ask(
        "measuring the loss",
        context -> {
          List<ScoredText> all = new ArrayList<>();
          for (Path model : asked) {
            double before = all.size();
            all.add(
                scoreNow(
                    model,
                    text,
                    share -> progress.accept((before + share) / asked.size()),
                    context.control()));
          }
          return all;
        });
  }

  private ScoredText scoreNow(Path model, String text, DoubleConsumer progress, RunControl control)
      throws IOException, InterruptedException {
    Optional<ChatModel> shared = loaded.apply(model);
    requireRoom(model, shared);
    ChatModel used = shared.isPresent() ? shared.get() : opener.open(model, budget());
    try (MiniLlm llm = MiniLlm.of(used.loaded())) {
      Tokenizer tokenizer = llm.tokenizer();
      int[] ids = tokenizer.encode(text);
      float[] bits = new float[ids.length];
      List<String> expected = new ArrayList<>(ids.length);
      Map<Integer, String> words = new LinkedHashMap<>();
      gate.enter();
      try {
        llm.score(
            ids,
            1,
            token -> {
              bits[expected.size()] = (float) token.bits();
              expected.add(likeliest(token, tokenizer, words));
              if (expected.size() % 64 == 0) {
                progress.accept((double) expected.size() / ids.length);
              }
            },
            control);
      } finally {
        gate.leave();
      }
      return new ScoredText(
          ModelLibrary.fileName(model),
          TokenSpan.of(tokenizer, ids),
          bits,
          expected,
          bytes(text),
          llm.contextLength());
    }
  }

  /** Many tokens expect the same: its text is kept once. */
  private static String likeliest(
      ScoredToken token, Tokenizer tokenizer, Map<Integer, String> words) {
    return token.candidates().isEmpty()
        ? ""
        : words.computeIfAbsent(
            token.candidates().get(0).id(),
            id -> TokenSpan.of(tokenizer, new int[] {id}).get(0).text());
  }

  /** Weights that the chat has are not counted twice. */
  private void requireRoom(Path model, Optional<ChatModel> shared) throws IOException {
    ModelConfig shape = opener.shape(model);
    long weights = shared.isPresent() ? 0 : opener.weightBytes(model);
    long inUse = Math.max(0, monitor.readNow().rss() - MemoryPlanner.base(frontEnd));
    MemoryPlan.forGeneration(config.get(), shape, weights, shape.contextLength(), inUse, frontEnd)
        .require();
  }

  private MemoryBudget budget() {
    return new MemoryBudget(monitor.budget(), () -> monitor.readNow().rss());
  }

  private static void requireShort(String text) {
    if (text.length() > MOST_CHARACTERS) {
      throw new BadInput(
          "text of " + text.length() + " characters",
          MOST_CHARACTERS + " are looked at at most. Take a part of it.");
    }
  }

  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Ends what is under way. */
  public void cancel() {
    jobs.cancel();
  }

  @Override
  public void close() {
    jobs.close();
  }

  @Override
  public CompletableFuture<String> trim() {
    return CompletableFuture.completedFuture("");
  }

  /** A measurement is ended, not paused: it is quickly made again. */
  @Override
  public CompletableFuture<String> saveAndPause() {
    cancel();
    return CompletableFuture.completedFuture("");
  }

  @Override
  public CompletableFuture<String> release() {
    cancel();
    return CompletableFuture.completedFuture("");
  }

  @Override
  public long bytesToResume() {
    return 0;
  }

  @Override
  public CompletableFuture<String> resumePaused() {
    return CompletableFuture.completedFuture("");
  }
}
