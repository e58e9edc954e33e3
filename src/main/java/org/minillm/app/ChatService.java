package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.minillm.GenerationListener;
import org.minillm.base.ComputeGate;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.model.AttentionWeights;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.ChatMessage;

/**
 * The conversation with one model. Loading and answering happen on the chat's thread; answers wait
 * for their turn at the compute gate, so they come while a training runs. All methods may be called
 * from any thread and return at once, but {@link #planFor}, which reads a file's header.
 */
public final class ChatService implements AutoCloseable, GuardedWork {
  private static final long RELEASE_WAIT_MILLIS = 2000;
  private static final String NO_MODEL = "load a model first, or start a training";
  private static final String FREED =
      "the model in training is not in memory now; it answers when its training goes on";
  private static final String ENDED =
      "the training of the model that this chat talked to has ended; load the model it saved";

  private final Supplier<AppConfig> config;
  private final ComputeGate gate;
  private final JobRunner jobs;
  private final ResourceMonitor monitor;
  private final FrontEnd frontEnd;
  private final ModelOpener opener;
  private final BooleanSupplier training;
  private final Supplier<Optional<ChatModel>> liveModel;
  private final ChatListeners listeners = new ChatListeners();
  private final ChatQuestions questions;
  private final Object lock = new Object();

  private ChatState state = ChatState.EMPTY;
  private @Nullable ChatModel model;
  private @Nullable ChatTurn turn;
  private boolean live;

  /** Of the model in training while it is not in memory. */
  private String freedName = "";

  private String systemPrompt = "";
  private List<ChatMessage> messages = new ArrayList<>();
  private StringBuilder partial = new StringBuilder();
  private int contextUsed;
  private @Nullable ChatReply lastReply;
  private @Nullable Path releasedPath;
  private long releasedBytes;

  ChatService(
      Supplier<AppConfig> config,
      ComputeGate gate,
      ResourceMonitor monitor,
      FrontEnd frontEnd,
      ModelOpener opener,
      BooleanSupplier training,
      Supplier<Optional<ChatModel>> liveModel) {
    this.config = config;
    this.gate = gate;
    this.jobs = new JobRunner("minillm-chat", gate);
    this.questions = new ChatQuestions(jobs, gate, this::currentTurn);
    this.monitor = monitor;
    this.frontEnd = frontEnd;
    this.opener = opener;
    this.training = training;
    this.liveModel = liveModel;
  }

  /** What chatting with this model would take. Reads the header: not for the UI thread. */
  public MemoryPlan planFor(Path path) throws IOException {
    return planFor(opener.shape(path), opener.weightBytes(path));
  }

  private MemoryPlan planFor(ModelConfig shape, long weightBytes) {
    long ours = bytes();
    long inUse = Math.max(0, monitor.readNow().rss() - ours - MemoryPlanner.base(frontEnd));
    return MemoryPlan.forGeneration(
        config.get(), shape, weightBytes, shape.contextLength(), inUse, frontEnd);
  }

  /** Bytes the loaded model takes, 0 without one; the model in training counts only its session. */
  public long bytes() {
    ChatModel loaded = loaded();
    return loaded == null ? 0 : loaded.bytes(liveModel.get());
  }

  private @Nullable ChatModel loaded() {
    synchronized (lock) {
      return model;
    }
  }

  /**
   * Loads a model in place of the present one; the conversation goes on with it. Refusal and
   * failure arrive at {@link ChatListener#onFailure}.
   *
   * @param anyway although the plan does not fit
   * @throws org.minillm.base.MiniLlmException.Busy while an answer or another loading is under way
   */
  public void load(Path path, boolean anyway) {
    jobs.start("loading " + path.getFileName(), context -> report(() -> loadNow(path, anyway)));
  }

  private void loadNow(Path path, boolean anyway) throws IOException {
    MemoryPlan plan = planFor(path);
    if (!anyway) {
      plan.require();
    }
    drop();
    become(ChatState.LOADING);
    try {
      MemoryBudget budget = // "anyway" lifts our own limit, the heap's stays
          anyway
              ? MemoryBudget.ofHeap()
              : new MemoryBudget(monitor.budget(), () -> monitor.readNow().rss());
      use(opener.open(path, budget), false);
    } finally {
      rest();
    }
  }

  /**
   * Talks to the model in training from now on: each answer comes from the weights of that moment.
   *
   * @throws BadInput when nothing is in training
   */
  public void talkToTrainingModel() {
    if (liveModel.get().isEmpty()) {
      throw new BadInput(
          "chat", training.getAsBoolean() ? FREED : "no model is in training; " + NO_MODEL);
    }
    jobs.start(
        "opening the model in training",
        context ->
            report(
                () -> {
                  Optional<ChatModel> now = liveModel.get();
                  if (now.isPresent()) {
                    drop();
                    use(now.get(), true);
                  }
                  rest();
                }));
  }

  /** Lets the model go and gives its memory back; the conversation stays. */
  public void eject() {
    jobs.start("ejecting the model", context -> report(this::ejectNow));
  }

  private void ejectNow() {
    drop();
    become(ChatState.EMPTY);
  }

  /**
   * Sends a message; the answer streams to the listeners.
   *
   * @throws BadInput without a model
   * @throws org.minillm.base.MiniLlmException.Busy while an answer is under way
   */
  public void send(String text, GenerateOptions options) {
    send(text, options, ChatMode.CHAT);
  }

  /** As {@link #send(String, GenerateOptions)}, or continues the text as it stands. */
  public void send(String text, GenerateOptions options, ChatMode mode) {
    List<ChatMessage> conversation;
    synchronized (lock) {
      conversation = new ArrayList<>(messages);
    }
    conversation.add(ChatMessage.user(text));
    answer(conversation, "", options, mode);
  }

  /**
   * Answers the last message of a conversation that takes the place of the present one: to answer
   * again, to go on from another branch, or from an answer's beginning. The answer streams to the
   * listeners.
   *
   * @param conversation its last message is the one to answer
   * @param start what the answer begins with, empty for nothing; only what follows it streams
   * @throws BadInput without a model or a message
   * @throws org.minillm.base.MiniLlmException.Busy while an answer is under way
   */
  public void answer(
      List<ChatMessage> conversation, String start, GenerateOptions options, ChatMode mode) {
    List<ChatMessage> mine = new ArrayList<>(conversation);
    synchronized (lock) {
      if (model == null && !live) {
        throw new BadInput("chat", NO_MODEL);
      }
      if (mine.isEmpty()) {
        throw new BadInput("chat", "there is no message to answer");
      }
      jobs.start(
          "answering", context -> report(() -> answerNow(mine, start, options, mode, context)));
      messages = mine;
    }
  }

  private void answerNow(
      List<ChatMessage> conversation,
      String start,
      GenerateOptions options,
      ChatMode mode,
      JobContext context)
      throws InterruptedException {
    List<ChatMessage> before;
    String text;
    synchronized (lock) {
      int last = conversation.size() - 1;
      before = List.copyOf(conversation.subList(0, last));
      text = conversation.get(last).content();
      partial = new StringBuilder(start);
    }
    become(ChatState.WAITING);
    gate.enter();
    ChatReply reply = null;
    try {
      ChatTurn current = currentTurn();
      become(ChatState.ANSWERING);
      TextPieces pieces = new TextPieces(this::addText);
      GenerationListener listener = GenerationListener.ofText(pieces::add);
      RunControl control = context.control();
      reply =
          mode == ChatMode.COMPLETION
              ? current.complete(text, start, options, listener, control)
              : current.answer(systemPrompt, before, text, start, options, listener, control);
      pieces.flush();
    } finally {
      gate.leave();
      synchronized (lock) {
        if (reply == null) { // a message that could not be answered is not kept
          conversation.remove(conversation.size() - 1);
        } else {
          conversation.add(ChatMessage.assistant(reply.text()));
          lastReply = reply;
        }
        partial = new StringBuilder();
        contextUsed = turn == null ? 0 : turn.contextUsed();
      }
      ChatReply ended = reply;
      if (ended != null) { // before the state says that another message may come
        listeners.tell(l -> l.onReply(ended));
      }
      rest();
    }
  }

  /**
   * What the model thinks of each token of an answer, as its weights are now.
   *
   * @param before the conversation up to the message that was answered, this one included
   * @return fails with {@link BadInput} without a model, or where the message does not fit; is
   *     cancelled by what comes next, as the other questions are
   * @throws org.minillm.base.MiniLlmException.Busy while an answer is under way
   */
  public CompletableFuture<AnswerInspection> inspect(
      List<ChatMessage> before, String answer, ChatMode mode) {
    if (before.isEmpty()) {
      throw new BadInput("answer", "there is no message that it answers");
    }
    int last = before.size() - 1;
    String message = before.get(last).content();
    List<ChatMessage> earlier = List.copyOf(before.subList(0, last));
    String system = systemPrompt;
    return questions.ask(
        "inspecting the answer",
        (current, control) -> current.inspect(system, earlier, message, answer, mode, control));
  }

  /**
   * How the model attended to the tokens before one of an answer when it chose that one.
   *
   * @param token index in {@link AnswerInspection#answer()}
   */
  public CompletableFuture<AttentionWeights> attention(AnswerInspection inspection, int token) {
    return questions.ask(
        "inspecting the attention",
        (current, control) -> current.attention(inspection, token, control));
  }

  /** The model of this path, where it is the one that is loaded. */
  Optional<ChatModel> loadedFrom(Path path) {
    synchronized (lock) {
      return Optional.ofNullable(model).filter(m -> m.path().equals(Optional.of(path)));
    }
  }

  /** The turn's engine; that of a model in training is renewed when another training began. */
  private ChatTurn currentTurn() {
    if (live) {
      Optional<ChatModel> now = liveModel.get();
      synchronized (lock) {
        if (now.isPresent() && (model == null || now.get().transformer() != model.transformer())) {
          drop();
          use(now.get(), true);
        }
      }
    }
    synchronized (lock) {
      if (turn == null && live && !training.getAsBoolean()) {
        drop();
        throw new BadInput("chat", ENDED);
      }
      if (turn == null) {
        throw new BadInput("chat", live ? FREED : NO_MODEL);
      }
      return turn;
    }
  }

  /** Ends the answer under way; what came so far stays. */
  public void stop() {
    jobs.cancel();
  }

  /** Begins a new conversation; an answer under way is stopped. */
  public void clear() {
    restore(List.of());
  }

  /** Goes on with an earlier conversation; an answer under way is stopped. */
  public void restore(List<ChatMessage> conversation) {
    stop();
    synchronized (lock) {
      messages = new ArrayList<>(conversation);
      partial = new StringBuilder();
      lastReply = null;
      countContext();
    }
    tell();
  }

  /** What the model is told before the conversation; empty for nothing. */
  public void setSystemPrompt(String text) {
    synchronized (lock) {
      systemPrompt = text;
      countContext();
    }
    tell();
  }

  public ChatSnapshot snapshot() {
    synchronized (lock) {
      ChatModel m = model;
      return new ChatSnapshot(
          state,
          m == null ? freedName : m.name(),
          m == null ? Optional.empty() : m.path(),
          live,
          m != null && m.chats(),
          m != null && m.unknownTemplate(),
          m == null ? 0 : m.transformer().config().parameterCount(),
          turn == null ? 0 : turn.contextLength(),
          contextUsed,
          systemPrompt,
          messages,
          partial.toString(),
          Optional.ofNullable(lastReply));
    }
  }

  public Subscription listen(ChatListener listener) {
    return listeners.add(listener);
  }

  /** Waits until nothing is loaded or answered; for the command line and tests. */
  public boolean await(long millis) throws InterruptedException {
    return jobs.await(millis);
  }

  @Override
  public void close() {
    jobs.close();
  }

  private void use(ChatModel chosen, boolean inTraining) {
    ChatTurn made = new ChatTurn(chosen);
    synchronized (lock) {
      model = chosen;
      turn = made;
      live = inTraining;
      freedName = "";
      releasedPath = null;
      releasedBytes = 0;
      countContext();
    }
  }

  /** What the conversation will take when it goes on: the model has not seen it yet. */
  private void countContext() {
    contextUsed = turn == null ? 0 : turn.contextTokens(systemPrompt, messages);
  }

  private void drop() {
    synchronized (lock) {
      if (turn != null) {
        turn.free();
      }
      turn = null;
      contextUsed = 0;
      model = null;
      live = false;
      freedName = "";
    }
  }

  /** Nothing is done now. */
  private void rest() {
    boolean none;
    synchronized (lock) {
      none = model == null && !live;
    }
    become(none ? ChatState.EMPTY : ChatState.READY);
  }

  private void become(ChatState next) {
    synchronized (lock) {
      state = next;
    }
    tell();
  }

  private void addText(String text) {
    synchronized (lock) {
      partial.append(text);
    }
    listeners.tell(l -> l.onText(text));
  }

  private void tell() {
    ChatSnapshot snapshot = snapshot();
    listeners.tell(l -> l.onSnapshot(snapshot));
  }

  /** A piece of work whose failure goes to the listeners. */
  private interface Work {
    void run() throws Exception;
  }

  @SuppressWarnings("CatchingUnchecked") // the border of a job
  private void report(Work work) throws Exception {
    try {
      work.run();
    } catch (Exception | Error e) {
      listeners.tell(l -> l.onFailure(e));
      throw e;
    }
  }

  @Override
  public CompletableFuture<String> trim() {
    return CompletableFuture.completedFuture("");
  }

  @Override
  public CompletableFuture<String> saveAndPause() {
    return CompletableFuture.completedFuture("");
  }

  /**
   * Frees the model; an answer under way is stopped. One from disk is read again when the guard
   * says so, that in training is used again at the next message after it is there.
   */
  @Override
  public CompletableFuture<String> release() {
    CompletableFuture<String> done = new CompletableFuture<>();
    ChatModel loaded = loaded();
    if (loaded == null) {
      return CompletableFuture.completedFuture("");
    }
    stop();
    long bytes = bytes();
    try {
      if (!jobs.await(RELEASE_WAIT_MILLIS)) {
        return CompletableFuture.completedFuture("");
      }
      jobs.start(
          "freeing the chat's model",
          context -> {
            try {
              freeNow(loaded, bytes);
              System.gc();
              done.complete("chat model " + loaded.name() + " freed");
            } catch (RuntimeException | Error e) { // the guard waits for an answer
              done.completeExceptionally(e);
              throw e;
            }
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CompletableFuture.completedFuture("");
    }
    return done;
  }

  private void freeNow(ChatModel loaded, long bytes) {
    drop();
    synchronized (lock) {
      if (loaded.path().isPresent()) {
        releasedPath = loaded.path().get();
        releasedBytes = bytes;
      } else {
        live = true;
        freedName = loaded.name();
      }
    }
    rest();
  }

  @Override
  public long bytesToResume() {
    synchronized (lock) {
      return releasedBytes;
    }
  }

  @Override
  public CompletableFuture<String> resumePaused() {
    Path path;
    synchronized (lock) {
      path = releasedPath;
      releasedPath = null;
      releasedBytes = 0;
    }
    if (path == null) {
      return CompletableFuture.completedFuture("");
    }
    CompletableFuture<String> done = new CompletableFuture<>();
    jobs.start(
        "loading " + path.getFileName(),
        context -> {
          try {
            report(() -> loadNow(path, true));
            done.complete("chat model loaded again");
          } catch (Exception | Error e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }
}
