package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.minillm.GenerationListener;
import org.minillm.base.ComputeGate;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.ScoredToken;
import org.minillm.generate.StopReason;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.Tokenizer;

/**
 * Texts and answers for callers that bring the whole conversation each time, such as the local API.
 * One at a time, on the calling thread, in turn with a training at the compute gate. The model
 * asked for last stays loaded, and texts that begin like the one before continue from its cache.
 * Where its whole context does not fit the budget, it gets the half, the quarter and so on that
 * does. Methods may be called from any thread.
 */
public final class CompletionService implements AutoCloseable, GuardedWork {
  /** Id of the model in training; no file can have this name. */
  public static final String LIVE = "training/live";

  private final Supplier<AppConfig> config;
  private final ComputeGate gate;
  private final ResourceMonitor monitor;
  private final FrontEnd frontEnd;
  private final ModelOpener opener;
  private final ModelLibrary library;
  private final Supplier<Optional<ChatModel>> liveModel;

  /** Held while a model is loaded, used or freed. */
  private final ReentrantLock use = new ReentrantLock(true);

  private final Object lock = new Object();
  private volatile @Nullable ChatModel model;
  private @Nullable ChatTurn turn;
  private Optional<Stamp> stamp = Optional.empty();
  private @Nullable RunControl running;
  private @Nullable CompletableFuture<String> release;
  private volatile Optional<Path> preferred = Optional.empty();

  /** Tells whether a file of weights is the one that was read. */
  private record Stamp(FileTime modified, long bytes) {
    static Optional<Stamp> of(Path model) {
      Path weights = ModelLibrary.weightsFile(model);
      try {
        return Optional.of(new Stamp(Files.getLastModifiedTime(weights), Files.size(weights)));
      } catch (IOException e) {
        return Optional.empty();
      }
    }
  }

  CompletionService(
      Supplier<AppConfig> config,
      ComputeGate gate,
      ResourceMonitor monitor,
      FrontEnd frontEnd,
      ModelOpener opener,
      ModelLibrary library,
      Supplier<Optional<ChatModel>> liveModel) {
    this.config = config;
    this.gate = gate;
    this.monitor = monitor;
    this.frontEnd = frontEnd;
    this.opener = opener;
    this.library = library;
    this.liveModel = liveModel;
  }

  /** The model of those who name none; it need not be in the model directory. */
  public void prefer(Path path) {
    preferred = Optional.of(path);
  }

  /** The model of those who name none: the preferred one, that in training, or the starter. */
  public String defaultId() {
    return preferred.map(CompletionService::id).orElseGet(() -> hasLive() ? LIVE : starterId());
  }

  private String starterId() {
    return library
        .find(Path.of(ModelLibrary.STARTER))
        .map(CompletionService::id)
        .orElse(ModelLibrary.STARTER);
  }

  /** The model that is loaded for callers; empty for none, and for the one in training. */
  Optional<Path> loadedPath() {
    ChatModel present = model;
    return present == null ? Optional.empty() : present.path();
  }

  /** What a caller names a model by: its file's name. */
  public static String id(Path path) {
    return String.valueOf(path.toAbsolutePath().normalize().getFileName());
  }

  /** The models a caller may name, the default one first. Reads headers. */
  public List<ModelEntry> models() {
    List<ModelEntry> models = new ArrayList<>();
    preferred.flatMap(library::entry).ifPresent(models::add);
    for (ModelEntry entry : library.list()) {
      if (models.stream().noneMatch(m -> id(m.path()).equals(id(entry.path())))) {
        models.add(entry);
      }
    }
    return models;
  }

  /** Whether a caller may name this model. Reads headers, but for the one that is loaded. */
  public boolean has(String id) {
    ChatModel present = model;
    if (present != null && present.path().map(p -> id(p).equals(id)).orElse(false)) {
      return true;
    }
    return id.equals(LIVE)
        ? hasLive()
        : models().stream().anyMatch(entry -> id(entry.path()).equals(id));
  }

  /** Whether there is a model in training to ask, under the id {@link #LIVE}. */
  public boolean hasLive() {
    return liveModel.get().isPresent();
  }

  /** Loads a model ahead of the first question; throws as {@link #complete}. */
  public void load(String id) throws IOException {
    use.lock();
    try {
      ChatTurn unused = turnOf(id);
    } finally {
      endTurn();
    }
  }

  /**
   * Continues a text as it stands.
   *
   * @param id of the model
   * @param listener hears the text on the calling thread
   * @param control cancels between tokens
   * @throws BadInput for a model that there is not, and for a text that does not fit the context
   * @throws org.minillm.base.MiniLlmException.OutOfBudget if the model does not fit
   * @throws CancellationException if the model had to be freed before the text was whole
   */
  public ChatReply complete(
      String id,
      String text,
      GenerateOptions options,
      CompletionListener listener,
      RunControl control)
      throws IOException, InterruptedException {
    return inTurn(id, control, t -> t.complete(text, "", options, hearing(listener, t), control));
  }

  /**
   * Answers the last message of a conversation; throws as {@link #complete}, and BadInput for a
   * model with a chat template that is not known here.
   *
   * @param conversation its last message is the one to answer
   */
  public ChatReply answer(
      String id,
      List<ChatMessage> conversation,
      GenerateOptions options,
      CompletionListener listener,
      RunControl control)
      throws IOException, InterruptedException {
    int last = conversation.size() - 1;
    if (last < 0) {
      throw new BadInput("messages", "there is none; give one at least");
    }
    List<ChatMessage> before = conversation.subList(0, last);
    String message = conversation.get(last).content();
    return inTurn(
        id,
        control,
        t -> {
          t.requireKnownTemplate();
          return t.answer("", before, message, "", options, hearing(listener, t), control);
        });
  }

  private static GenerationListener hearing(CompletionListener listener, ChatTurn turn) {
    Tokenizer tokenizer = turn.tokenizer();
    return new GenerationListener() {
      @Override
      public void onText(String piece) {
        listener.onText(piece);
      }

      @Override
      public void onToken(ScoredToken token) {
        listener.onToken(
            token(
                tokenizer,
                token.id(),
                token.logProbability(),
                token.candidates().stream()
                    .map(c -> token(tokenizer, c.id(), c.logProbability(), List.of()))
                    .toList()));
      }

      @Override
      public int candidates() {
        return listener.alternatives();
      }
    };
  }

  /** A model may be padded to more ids than its tokenizer knows: those have no text. */
  private static CompletionToken token(
      Tokenizer tokenizer, int id, double logProbability, List<CompletionToken> alternatives) {
    boolean known = id < tokenizer.vocabSize();
    List<Byte> bytes = new ArrayList<>();
    for (byte b : known ? tokenizer.bytesOf(id) : new byte[0]) {
      bytes.add(b);
    }
    String text = known ? tokenizer.tokenText(id) : "";
    return new CompletionToken(text, bytes, logProbability, alternatives);
  }

  /** The calling thread begins: it will complete texts here. */
  public void arrive() {
    gate.arrive();
  }

  /** What is done with the model while it is this caller's turn. */
  private interface Work {
    ChatReply with(ChatTurn turn);
  }

  private ChatReply inTurn(String id, RunControl control, Work work)
      throws IOException, InterruptedException {
    use.lockInterruptibly();
    try {
      ChatTurn loaded = turnOf(id);
      synchronized (lock) {
        running = control;
      }
      gate.enter();
      try {
        return whole(work.with(loaded));
      } finally {
        gate.leave();
      }
    } finally {
      synchronized (lock) {
        running = null;
      }
      endTurn();
    }
  }

  /**
   * The reply, unless it was cut off to free the model.
   *
   * @throws CancellationException where it was: a caller would take it for a whole one
   */
  private ChatReply whole(ChatReply made) {
    synchronized (lock) {
      if (made.reason() == StopReason.CANCELLED && release != null) {
        throw new CancellationException("the model had to be freed");
      }
    }
    return made;
  }

  private void endTurn() {
    releaseIfAsked();
    use.unlock();
    releaseIfFree(); // who asked in between found it taken
  }

  /** The named model, loaded where it is not the present one or was written since. */
  private ChatTurn turnOf(String id) throws IOException {
    ChatModel present = model;
    if (id.equals(LIVE)) {
      ChatModel now =
          liveModel.get().orElseThrow(() -> new BadInput("model", "no model is in training"));
      return present != null && present.transformer() == now.transformer() && turn != null
          ? turn
          : use(now, now.wholeContext(), Optional.empty());
    }
    if (present != null
        && turn != null
        && present.path().filter(p -> id(p).equals(id) && !writtenSince(p)).isPresent()) {
      return turn;
    }
    Path path = path(id);
    int context = fittingContext(path);
    drop();
    Optional<Stamp> read = Stamp.of(path);
    return use(
        opener.open(path, new MemoryBudget(monitor.budget(), () -> monitor.readNow().rss())),
        context,
        read);
  }

  /** Not where there is no file any more: what is loaded can still answer. */
  private boolean writtenSince(Path path) {
    Optional<Stamp> now = Stamp.of(path);
    return now.isPresent() && !now.equals(stamp);
  }

  /** Ids are compared with the names of the models there are; none ever becomes a path. */
  private Path path(String id) {
    if (preferred.isPresent() && id(preferred.get()).equals(id)) {
      return preferred.get();
    }
    return library.list().stream()
        .map(ModelEntry::path)
        .filter(p -> id(p).equals(id))
        .findFirst()
        .orElseThrow(() -> new BadInput("model \"" + id + '"', "there is no such model"));
  }

  private int fittingContext(Path path) throws IOException {
    ModelConfig shape = opener.shape(path);
    long weights = opener.weightBytes(path);
    long beside = monitor.readNow().rss() - bytes(); // the present model goes first
    long inUse = Math.max(0, beside - MemoryPlanner.base(frontEnd));
    return FittingContext.of(
        shape.contextLength(),
        c -> MemoryPlan.forGeneration(config.get(), shape, weights, c, inUse, frontEnd));
  }

  private ChatTurn use(ChatModel chosen, int context, Optional<Stamp> read) {
    drop();
    ChatTurn made = new ChatTurn(chosen, context);
    synchronized (lock) {
      model = chosen;
      turn = made;
      stamp = read;
    }
    return made;
  }

  private void drop() {
    synchronized (lock) {
      if (turn != null) {
        turn.free();
      }
      turn = null;
      model = null;
    }
  }

  /** Bytes the loaded model takes, 0 without one; the model in training counts only its session. */
  public long bytes() {
    ChatModel present;
    int context;
    synchronized (lock) {
      present = model;
      context = turn == null ? 0 : turn.contextLength();
    }
    return present == null ? 0 : present.bytes(liveModel.get(), context);
  }

  /** Ends the text under way and lets the model go. */
  @Override
  public void close() {
    CompletableFuture<String> unused = release();
  }

  @Override
  public CompletableFuture<String> trim() {
    return CompletableFuture.completedFuture("");
  }

  @Override
  public CompletableFuture<String> saveAndPause() {
    return CompletableFuture.completedFuture("");
  }

  /** Frees the model; a text under way is stopped. The next question loads the model again. */
  @Override
  public CompletableFuture<String> release() {
    return release(true);
  }

  /** The same, once the text under way has ended. */
  public void letGo() {
    CompletableFuture<String> unused = release(false);
  }

  private CompletableFuture<String> release(boolean now) {
    CompletableFuture<String> done;
    synchronized (lock) {
      if (model == null && !use.isLocked()) { // else one may be on its way from the disk
        return CompletableFuture.completedFuture("");
      }
      done = release == null ? new CompletableFuture<>() : release;
      release = done;
      if (now && running != null) {
        running.cancel();
      }
    }
    releaseIfFree();
    return done;
  }

  private void releaseIfFree() {
    if (use.tryLock()) {
      try {
        releaseIfAsked();
      } finally {
        use.unlock();
      }
    }
  }

  private void releaseIfAsked() {
    CompletableFuture<String> asked;
    String name;
    synchronized (lock) {
      asked = release;
      release = null;
      name = model == null ? "" : model.name();
    }
    if (asked != null) {
      drop();
      System.gc();
      asked.complete(name.isEmpty() ? "" : "the API's model " + name + " freed");
    }
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
