package org.minillm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.minillm.base.Choice;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelCard;
import org.minillm.format.ModelFiles;
import org.minillm.format.TensorType;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.GenerationResult;
import org.minillm.generate.Generator;
import org.minillm.generate.ScoredToken;
import org.minillm.generate.StopReason;
import org.minillm.kernel.Int8Kernels;
import org.minillm.kernel.Kernels;
import org.minillm.model.AttentionWeights;
import org.minillm.model.InferenceSession;
import org.minillm.model.ModelConfig;
import org.minillm.model.Quantization;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatSupport;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.StreamingDecoder;
import org.minillm.tokenizer.Tokenizer;

/**
 * A model that generates text: the library's front door.
 *
 * <pre>{@code
 * try (var model = MiniLlm.load(Path.of("models/starter.gguf"))) {
 *   System.out.println(model.generate("Once upon a time", GenerateOptions.defaults()).text());
 * }
 * }</pre>
 *
 * <p>The context's memory is allocated at the first generation and reused; texts that begin like
 * the one before continue from its cache. One thread at a time.
 */
public final class MiniLlm implements AutoCloseable {
  /** Keys a block of attention in generation; the value changes no result beyond rounding. */
  private static final int CHUNK = 64;

  private final LoadedModel loaded;
  private final int contextLength;
  private Optional<Generator> generator = Optional.empty();
  private Optional<InferenceSession> session = Optional.empty();

  /** What ends a chat's turn: a model that learned chats ends a story so, too. */
  private final Set<Integer> turnEnds;

  private MiniLlm(LoadedModel loaded, int contextLength) {
    this.loaded = loaded;
    this.contextLength = contextLength;
    turnEnds = loaded.chatTemplate().map(t -> t.stopIds(loaded.tokenizer())).orElseGet(Set::of);
  }

  /** A fresh model with random weights (seed 1) and the character tokenizer. */
  public MiniLlm(Config config) {
    this(
        new LoadedModel(
            Transformer.initialise(config.toModelConfig(), 1, WorkerPool.shared()),
            new SimpleTokenizer(),
            Optional.empty(),
            ModelCard.named("fresh"),
            Path.of("")),
        config.maxSeqLen());
  }

  /**
   * Opens a model directory or file with the shared compute threads.
   *
   * @throws org.minillm.base.MiniLlmException.BadFormat if it is not a model this app knows
   * @throws org.minillm.base.MiniLlmException.OutOfBudget if its weights do not fit the heap
   */
  public static MiniLlm load(Path path) throws IOException {
    return load(path, Optional.empty(), WorkerPool.shared(), MemoryBudget.ofHeap());
  }

  /**
   * Opens a model.
   *
   * @param tokenizer where the tokenizer is, if not beside the model
   * @param pool threads to compute with
   * @param budget asked before the weights are allocated
   */
  public static MiniLlm load(
      Path path, Optional<Path> tokenizer, WorkerPool pool, MemoryBudget budget)
      throws IOException {
    return load(path, tokenizer, pool, budget, Quantization.NONE);
  }

  /** The same; {@link Quantization#INT8} rounds the matrices to int8, a quarter of the memory. */
  public static MiniLlm load(
      Path path,
      Optional<Path> tokenizer,
      WorkerPool pool,
      MemoryBudget budget,
      Quantization quantization)
      throws IOException {
    return of(ModelFiles.load(path, tokenizer, pool, budget, quantization));
  }

  /** A model in memory; its weights are shared, not copied, so it may be one in training. */
  public static MiniLlm of(LoadedModel loaded) {
    return new MiniLlm(loaded, loaded.model().config().contextLength());
  }

  /**
   * The same with room for fewer tokens than the model was made for, to save memory.
   *
   * @param contextLength 1 to the model's
   */
  public static MiniLlm of(LoadedModel loaded, int contextLength) {
    int most = loaded.model().config().contextLength();
    if (contextLength < 1 || contextLength > most) {
      throw new BadConfig("context", Integer.toString(contextLength), "1 to " + most);
    }
    return new MiniLlm(loaded, contextLength);
  }

  /** A fresh model with random weights. */
  public static MiniLlm create(ModelConfig config, Tokenizer tokenizer, long seed) {
    return of(
        new LoadedModel(
            Transformer.initialise(config, seed, WorkerPool.shared()),
            tokenizer,
            Optional.empty(),
            ModelCard.named("fresh"),
            Path.of("")));
  }

  /** Which kernels compute on this machine, for people. Throws as {@link #checkKernels()}. */
  public static String kernels() {
    return Kernels.best().description();
  }

  /** Which kernels compute int8 weights on this machine, for people. Throws as above. */
  public static String int8Kernels() {
    return Int8Kernels.best().description();
  }

  /** What was chosen for this machine and why: kernels, fma, tile and int8. Throws as above. */
  public static List<Choice> kernelChoices() {
    return Kernels.choices();
  }

  /**
   * Throws BadConfig where a system property {@code minillm.kernels}, {@code .fma}, {@code .tile}
   * or {@code .int8} has a value that is not allowed or not to be had here; the first use of the
   * kernels would say the same.
   */
  public static void checkKernels() {
    Kernels.checkAskedFor();
  }

  public ModelConfig config() {
    return loaded.model().config();
  }

  public Tokenizer tokenizer() {
    return loaded.tokenizer();
  }

  public ModelCard card() {
    return loaded.card();
  }

  /** How the model was taught to chat; empty if it only continues text. */
  public Optional<ChatTemplate> chatTemplate() {
    return loaded.chatTemplate();
  }

  /** What the model's files say about conversations, a form that is not known here included. */
  public ChatSupport chatSupport() {
    return loaded.chat();
  }

  /** Tokens the context holds. */
  public int contextLength() {
    return contextLength;
  }

  /** Tokens of the context in use since the last generation. */
  public int contextUsed() {
    return generator.map(Generator::contextUsed).orElse(0);
  }

  /** Bytes the context's memory takes once it is allocated. */
  public long sessionBytes() {
    return InferenceSession.bytes(config(), contextLength, CHUNK, loaded.model().pool().threads());
  }

  /** Forgets what is cached: after the weights changed. */
  public void forget() {
    generator.ifPresent(Generator::forget);
  }

  /** Gives the context's memory back; the next generation allocates it again. */
  public void releaseSession() {
    session.ifPresent(InferenceSession::free);
    session = Optional.empty();
    generator = Optional.empty();
  }

  /** Continues a prompt. */
  public Generated generate(String prompt, GenerateOptions options) {
    return generate(prompt, options, piece -> {}, new RunControl());
  }

  /**
   * Continues a prompt and streams the text.
   *
   * @param onText hears the text in pieces of whole characters, on the calling thread
   * @param control cancels between tokens
   */
  public Generated generate(
      String prompt, GenerateOptions options, Consumer<String> onText, RunControl control) {
    return generate(prompt, options, GenerationListener.ofText(onText), control);
  }

  /**
   * Continues a prompt and tells each piece of text and, where asked for, each token with its
   * probability and the likeliest others.
   *
   * @param control cancels between tokens
   */
  public Generated generate(
      String prompt, GenerateOptions options, GenerationListener listener, RunControl control) {
    return generate(tokenizer().prompt(prompt), this::endsText, options, listener, control);
  }

  /**
   * Continues token ids with default sampling; ids the tokenizer does not know decode to nothing.
   *
   * @return the prompt's ids and up to {@code maxTokens} new ones
   */
  public int[] generate(int[] tokens, int maxTokens) {
    GenerationResult result =
        generator()
            .generate(
                tokens,
                this::endsText,
                GenerateOptions.defaults().withMaxTokens(maxTokens),
                (id, distribution) -> true,
                new RunControl());
    int[] all = Arrays.copyOf(tokens, tokens.length + result.tokens().length);
    System.arraycopy(result.tokens(), 0, all, tokens.length, result.tokens().length);
    return all;
  }

  /** Continues ids; used by the chat. */
  Generated generate(
      int[] prompt,
      IntPredicate stopIds,
      GenerateOptions options,
      GenerationListener listener,
      RunControl control) {
    StreamingDecoder decoder = tokenizer().streamingDecoder();
    if (prompt.length == 1) {
      decoder.accept(prompt[0]); // BOS alone: llama2.c's decoder drops the space that follows it
      decoder.flush();
    }
    TextStream stream = new TextStream(decoder, options.stop(), listener::onText);
    int known = tokenizer().vocabSize();
    int candidates = listener.candidates();
    GenerationResult result =
        generator()
            .generate(
                prompt,
                stopIds,
                options,
                (id, distribution) -> {
                  if (candidates >= 0) {
                    listener.onToken(distribution.score(id, candidates));
                  }
                  return id >= known || stream.accept(id);
                },
                control);
    if (result.reason() != StopReason.STOP_STRING) {
      stream.finish();
    }
    return new Generated(
        stream.text(),
        result.reason(),
        result.promptTokens(),
        result.reusedTokens(),
        result.forgottenTokens(),
        result.tokens().length,
        result.tokens(),
        result.promptNanos(),
        result.decodeNanos());
  }

  /**
   * How likely the model finds each token of a text, as if it began a document. A text of any
   * length goes in windows of the context, each beginning at the last token of the one before.
   *
   * <pre>{@code
   * for (ScoredToken token : model.score("Había una vez", 5)) {
   *   System.out.println(model.tokenizer().tokenText(token.id()) + " " + token.probability());
   * }
   * }</pre>
   *
   * @param candidates likeliest tokens told beside each
   * @return one for each id of {@code tokenizer().encode(text)}; a model without a token between
   *     documents has no probability for the first
   */
  public List<ScoredToken> score(String text, int candidates) {
    List<ScoredToken> scored = new ArrayList<>();
    score(tokenizer().encode(text), candidates, scored::add, new RunControl());
    return scored;
  }

  /**
   * The same for token ids, told one by one on the calling thread.
   *
   * @param control cancels with a {@link java.util.concurrent.CancellationException}
   */
  public void score(int[] ids, int candidates, Consumer<ScoredToken> each, RunControl control) {
    OptionalInt separator = documentStart();
    int[] all = ids;
    if (separator.isPresent()) {
      all = new int[ids.length + 1];
      all[0] = separator.getAsInt();
      System.arraycopy(ids, 0, all, 1, ids.length);
    } else if (ids.length > 0) {
      each.accept(ScoredToken.first(ids[0]));
    }
    for (int from = 0; from + 1 < all.length; from += contextLength) {
      control.giveWay();
      int to = Math.min(all.length, from + contextLength + 1);
      generator().score(Arrays.copyOfRange(all, from, to), 1, candidates, each, control);
    }
  }

  /**
   * How likely the model finds an answer after a prompt.
   *
   * @param ids prompt and answer, at most one token more than the context holds
   * @param from where the answer begins, at least 1
   */
  public List<ScoredToken> scoreAnswer(int[] ids, int from, int candidates, RunControl control) {
    List<ScoredToken> scored = new ArrayList<>();
    generator().score(ids, from, candidates, scored::add, control);
    return scored;
  }

  /**
   * How each head of each layer attended to the tokens up to {@code position} when the model chose
   * the token that follows.
   *
   * @param ids a text from its beginning, as it was given to the model
   * @param position from 0, below the context's length
   */
  public AttentionWeights attention(int[] ids, int position, RunControl control) {
    return generator().attention(ids, position, control);
  }

  /** The token that stands before a document; a Llama tokenizer of llama2.c begins with BOS. */
  private OptionalInt documentStart() {
    Tokenizer t = tokenizer();
    boolean begins = t.kind().equals("llama2.c") || t.eosId().isEmpty();
    return begins ? t.bosId() : t.eosId();
  }

  /** A conversation. */
  public ChatSession chat(String systemPrompt) {
    return new ChatSession(this, systemPrompt);
  }

  /**
   * Writes the model as a GGUF file.
   *
   * @param type "f32", "f16" or "q8_0"
   * @throws org.minillm.base.MiniLlmException.BadInput if GGUF cannot hold it, with the reason
   */
  public void saveGguf(Path file, String type) throws IOException {
    ModelFiles.saveGguf(file, loaded, type);
  }

  /** Writes the model as a Hugging Face directory. */
  public void save(Path directory, TensorType type) throws IOException {
    ModelFiles.save(
        directory, loaded.model(), loaded.tokenizer(), loaded.chatTemplate(), loaded.card(), type);
  }

  @Override
  public void close() {
    releaseSession();
  }

  private boolean endsText(int id) {
    Tokenizer tokenizer = tokenizer();
    return (tokenizer.eosId().isPresent() && tokenizer.eosId().getAsInt() == id)
        || (tokenizer.bosId().isPresent() && tokenizer.bosId().getAsInt() == id)
        || turnEnds.contains(id);
  }

  private Generator generator() {
    if (generator.isEmpty()) {
      InferenceSession made = new InferenceSession(loaded.model(), contextLength, CHUNK);
      session = Optional.of(made);
      generator = Optional.of(new Generator(made));
    }
    return generator.get();
  }
}
