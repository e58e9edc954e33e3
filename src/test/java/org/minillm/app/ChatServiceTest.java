package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.minillm.base.ComputeGate;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.format.LoadedModel;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.StopReason;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.ChatMessage;

class ChatServiceTest {
  private static final long MB = 1 << 20;
  private static final GenerateOptions GREEDY = GenerateOptions.greedy().withMaxTokens(8);

  private final FakeReadings readings = new FakeReadings();
  private final ResourceMonitor monitor = new ResourceMonitor(readings, 512 * MB);
  private final ComputeGate gate = new ComputeGate();
  private Optional<ChatModel> live = Optional.empty();
  private boolean training;
  private AppConfig config = AppConfig.defaults();
  private final ChatService chat =
      new ChatService(
          () -> config,
          gate,
          monitor,
          FrontEnd.COMMAND_LINE,
          new FakeDisk(),
          () -> training,
          () -> live);
  private final List<String> states = Collections.synchronizedList(new ArrayList<>());
  private final List<String> pieces = Collections.synchronizedList(new ArrayList<>());
  private final List<ChatReply> replies = Collections.synchronizedList(new ArrayList<>());
  private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

  /** Opens "a", "b" … as fresh models. */
  private static final class FakeDisk implements ModelOpener {
    @Override
    public ModelConfig shape(Path model) {
      return TinyModels.fresh("x", 1).model().config();
    }

    @Override
    public ChatModel open(Path model, MemoryBudget budget) throws IOException {
      if (model.toString().equals("broken")) {
        throw new IOException("broken, on purpose");
      }
      LoadedModel loaded = TinyModels.fresh(model.toString(), model.toString().hashCode());
      return new ChatModel(model.toString(), Optional.of(model), loaded, () -> -1);
    }
  }

  ChatServiceTest() {
    chat.listen(
        new ChatListener() {
          @Override
          public void onSnapshot(ChatSnapshot snapshot) {
            states.add(snapshot.state().name());
          }

          @Override
          public void onText(String piece) {
            pieces.add(piece);
          }

          @Override
          public void onReply(ChatReply reply) {
            replies.add(reply);
          }

          @Override
          public void onFailure(Throwable failure) {
            failures.add(failure);
          }
        });
  }

  @AfterEach
  void close() {
    chat.close();
  }

  private void await() throws InterruptedException {
    assertTrue(chat.await(20_000));
  }

  private void loaded(String name) throws InterruptedException {
    chat.load(Path.of(name), false);
    await();
    assertEquals(List.of(), failures);
  }

  private ChatReply asked(String text) throws InterruptedException {
    chat.send(text, GREEDY);
    await();
    assertEquals(List.of(), failures);
    return replies.get(replies.size() - 1);
  }

  @Test
  void withoutAModelAMessageIsRefused() {
    assertThrows(BadInput.class, () -> chat.send("hola", GREEDY));
    assertEquals(ChatState.EMPTY, chat.snapshot().state());
  }

  @Test
  void loadedModelAnswersInPiecesThatMakeTheText() throws Exception {
    loaded("a");
    ChatReply reply = asked("hola");
    assertEquals(String.join("", pieces), reply.text());
    assertEquals(StopReason.MAX_TOKENS, reply.reason());
    assertEquals(8, reply.tokens());
    assertTrue(reply.tokensPerSecond() > 0);
    assertTrue(reply.firstTokenSeconds() > 0);
    assertEquals(-1, reply.trainingStep());
    ChatSnapshot snapshot = chat.snapshot();
    assertEquals("a", snapshot.modelName());
    assertEquals(2, snapshot.messages().size());
    assertEquals(reply.text(), snapshot.messages().get(1).content());
    assertEquals(64, snapshot.contextLength());
    assertTrue(snapshot.contextUsed() > 4);
    assertEquals(
        List.of("LOADING", "READY", "WAITING", "ANSWERING", "READY"),
        states.stream().filter(s -> !s.equals("EMPTY")).toList());
  }

  @Test
  void contextOfAReopenedConversationCountsBeforeItGoesOn() throws Exception {
    loaded("a");
    asked("hola");
    int used = chat.snapshot().contextUsed();
    List<ChatMessage> conversation = chat.snapshot().messages();
    chat.clear();
    assertEquals(0, chat.snapshot().contextUsed());
    chat.restore(conversation);
    assertEquals(used, chat.snapshot().contextUsed(), 2); // the last token is not in the cache
    chat.restore(List.of(ChatMessage.user("a ".repeat(500))));
    assertEquals(64, chat.snapshot().contextUsed());
  }

  @Test
  void answerWaitsForItsTurnAtTheGate() throws Exception {
    loaded("a");
    CountDownLatch waiting = new CountDownLatch(1);
    chat.listen(
        new ChatListener() {
          @Override
          public void onSnapshot(ChatSnapshot snapshot) {
            if (snapshot.state() == ChatState.WAITING) {
              waiting.countDown();
            }
          }
        });
    gate.enter();
    chat.send("hola", GREEDY);
    assertTrue(waiting.await(10, TimeUnit.SECONDS));
    assertFalse(chat.await(50));
    assertEquals(List.of(), replies);
    gate.leave();
    await();
    assertEquals(1, replies.size());
  }

  @Test
  void stoppedAnswerKeepsWhatCame() throws Exception {
    loaded("a");
    CountDownLatch text = new CountDownLatch(1);
    chat.listen(
        new ChatListener() {
          @Override
          public void onText(String piece) {
            chat.stop();
            text.countDown();
          }
        });
    chat.send("hola", GREEDY.withMaxTokens(50));
    await();
    assertEquals(0, text.getCount());
    assertEquals(StopReason.CANCELLED, replies.get(0).reason());
    assertEquals(2, chat.snapshot().messages().size());
    assertFalse(replies.get(0).text().isEmpty());
  }

  @Test
  void secondMessageWhileAnsweringIsRefused() throws Exception {
    loaded("a");
    gate.enter();
    chat.send("one", GREEDY);
    assertThrows(Busy.class, () -> chat.send("two", GREEDY));
    gate.leave();
    await();
  }

  @Test
  void aQuestionGivesWayToAMessage() throws Exception {
    loaded("a");
    List<ChatMessage> asked = List.of(ChatMessage.user("hola"));
    gate.enter();
    CompletableFuture<AnswerInspection> first = chat.inspect(asked, "sí", ChatMode.CHAT);
    CompletableFuture<AnswerInspection> second = chat.inspect(asked, "no", ChatMode.CHAT);
    chat.send("hola", GREEDY);
    gate.leave();
    await();
    assertThrows(CancellationException.class, () -> first.getNow(null));
    assertThrows(CancellationException.class, () -> second.getNow(null));
    assertEquals(1, replies.size());
    assertEquals(List.of(), failures);
  }

  @Test
  void aGivenConversationTakesThePlaceOfTheLast() throws Exception {
    loaded("a");
    ChatReply first = asked("hola");
    asked("otra");
    chat.answer(List.of(ChatMessage.user("hola")), "", GREEDY, ChatMode.CHAT);
    await();
    assertEquals(2, chat.snapshot().messages().size());
    assertEquals(first.text(), replies.get(2).text());
    assertThrows(BadInput.class, () -> chat.answer(List.of(), "", GREEDY, ChatMode.CHAT));
  }

  @Test
  void anAnswerGoesOnFromItsGivenBeginningAsTheModelWouldHave() throws Exception {
    loaded("a");
    for (ChatMode mode : ChatMode.values()) {
      List<ChatMessage> question = List.of(ChatMessage.user("hola"));
      chat.answer(question, "", GREEDY.withMaxTokens(12), mode);
      await();
      String whole = replies.get(replies.size() - 1).text();
      // A character is a token here, so the cut leaves the ids as they were.
      String start = whole.substring(0, whole.offsetByCodePoints(0, 5));
      pieces.clear();
      chat.answer(question, start, GREEDY.withMaxTokens(7), mode);
      await();
      ChatReply reply = replies.get(replies.size() - 1);
      assertEquals(whole, reply.text());
      assertEquals(7, reply.tokens());
      assertEquals(whole.substring(start.length()), String.join("", pieces));
      assertEquals(whole, chat.snapshot().messages().get(1).content());
    }
  }

  @Test
  void clearedConversationIsEmpty() throws Exception {
    loaded("a");
    asked("hola");
    chat.clear();
    assertEquals(List.of(), chat.snapshot().messages());
    assertEquals(Optional.empty(), chat.snapshot().lastReply());
  }

  @Test
  void messageTooLongIsToldAndNotKept() throws Exception {
    loaded("a");
    chat.send("x".repeat(500), GREEDY);
    await();
    assertTrue(failures.get(0) instanceof BadInput);
    assertEquals(List.of(), chat.snapshot().messages());
    assertEquals(ChatState.READY, chat.snapshot().state());
  }

  @Test
  void modelThatCannotBeReadLeavesNone() throws Exception {
    chat.load(Path.of("broken"), false);
    await();
    assertEquals("broken, on purpose", failures.get(0).getMessage());
    assertEquals(ChatState.EMPTY, chat.snapshot().state());
  }

  @Test
  void modelThatDoesNotFitIsRefusedUnlessAnyway() throws Exception {
    loaded("a");
    readings.rss = 500 * MB;
    chat.load(Path.of("b"), false);
    await();
    assertTrue(failures.get(0) instanceof OutOfBudget);
    assertEquals("a", chat.snapshot().modelName()); // the one before stays
    chat.load(Path.of("b"), true);
    await();
    assertEquals("b", chat.snapshot().modelName());
  }

  @Test
  void ejectedModelIsGoneAndTheConversationStays() throws Exception {
    loaded("a");
    asked("hola");
    assertTrue(chat.bytes() > 0);
    chat.eject();
    await();
    assertEquals(ChatState.EMPTY, chat.snapshot().state());
    assertEquals(0, chat.bytes());
    assertEquals(2, chat.snapshot().messages().size());
  }

  @Test
  void modelInTrainingAnswersFromTheWeightsOfTheMoment() throws Exception {
    assertThrows(BadInput.class, chat::talkToTrainingModel);
    LoadedModel model = TinyModels.fresh("t", 7);
    live = Optional.of(new ChatModel("t", Optional.empty(), model, () -> 41));
    chat.talkToTrainingModel();
    await();
    assertTrue(chat.snapshot().live());
    ChatReply before = asked("hola");
    assertEquals(41, before.trainingStep());
    chat.clear();
    assertEquals(before.text(), asked("hola").text());
    float[] weights = model.model().parameters().data();
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) Math.sin(i * 12.9898) * 0.3f;
    }
    chat.clear();
    ChatReply after = asked("hola");
    assertNotEquals(before.text(), after.text());
    assertEquals(0, after.reusedTokens());
  }

  @Test
  void weightsOfATrainingThatEndedAreTheChatsOwn() throws Exception {
    live = Optional.of(new ChatModel("t", Optional.empty(), TinyModels.fresh("t", 7), () -> 41));
    chat.talkToTrainingModel();
    await();
    long session = chat.bytes();
    long weights = live.get().transformer().weightBytes();
    live = Optional.empty();
    assertTrue(chat.bytes() >= session + weights, chat.bytes() + " after " + session);
  }

  @Test
  void guardFreesTheModelInTrainingAndTheChatGoesOnWithItLater() throws Exception {
    live = Optional.of(new ChatModel("t", Optional.empty(), TinyModels.fresh("t", 7), () -> 41));
    chat.talkToTrainingModel();
    await();
    String freed = chat.release().get(10, TimeUnit.SECONDS);
    assertTrue(freed.contains("t"), freed);
    await();
    assertEquals(0, chat.bytes());
    assertEquals(0, chat.bytesToResume());
    assertTrue(chat.snapshot().live());
    assertEquals("t", chat.snapshot().modelName());
    assertEquals(ChatState.READY, chat.snapshot().state());
    live = Optional.empty(); // its weights are released
    training = true;
    chat.send("hola", GREEDY);
    await();
    assertTrue(failures.get(0).getMessage().contains("not in memory now"));
    BadInput sleeps = assertThrows(BadInput.class, chat::talkToTrainingModel);
    assertTrue(sleeps.reason().contains("not in memory now"), sleeps.reason());
    assertEquals(ChatState.READY, chat.snapshot().state());
    failures.clear();
    live = Optional.of(new ChatModel("t", Optional.empty(), TinyModels.fresh("t", 7), () -> 42));
    assertEquals(42, asked("hola").trainingStep());
  }

  @Test
  void aFreedModelWhoseTrainingEndedIsGivenUp() throws Exception {
    training = true;
    live = Optional.of(new ChatModel("t", Optional.empty(), TinyModels.fresh("t", 7), () -> 41));
    chat.talkToTrainingModel();
    await();
    chat.release().get(10, TimeUnit.SECONDS);
    await();
    live = Optional.empty();
    training = false;
    chat.send("hola", GREEDY);
    await();
    assertTrue(failures.get(0).getMessage().contains("has ended"), failures.toString());
    assertEquals(ChatState.EMPTY, chat.snapshot().state());
    assertFalse(chat.snapshot().live());
  }

  @Test
  void guardFreesTheModelAndLoadsItAgain() throws Exception {
    loaded("a");
    String freed = chat.release().get(10, TimeUnit.SECONDS);
    assertTrue(freed.contains("a"), freed);
    await();
    assertEquals(ChatState.EMPTY, chat.snapshot().state());
    assertTrue(chat.bytesToResume() > 0);
    chat.resumePaused().get(10, TimeUnit.SECONDS);
    await();
    assertEquals("a", chat.snapshot().modelName());
    assertEquals(0, chat.bytesToResume());
    assertEquals("", chat.trim().get());
  }
}
