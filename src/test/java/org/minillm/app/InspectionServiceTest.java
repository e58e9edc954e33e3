package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.minillm.MiniLlm;
import org.minillm.base.ComputeGate;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.format.LoadedModel;
import org.minillm.generate.ScoredToken;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.TokenSpan;

class InspectionServiceTest {
  private static final Path A = Path.of("a");
  private static final Path B = Path.of("b");
  private static final String TEXT = "Una vez, a long time ago, there was a house. ".repeat(6);

  private final FakeReadings readings = new FakeReadings();
  private final ResourceMonitor monitor = new ResourceMonitor(readings, 512L << 20);
  private final ComputeGate gate = new ComputeGate();
  private final AtomicInteger opened = new AtomicInteger();
  private Optional<ChatModel> inChat = Optional.empty();
  private AppConfig config = AppConfig.defaults();
  private final InspectionService service =
      new InspectionService(
          () -> config,
          gate,
          monitor,
          FrontEnd.COMMAND_LINE,
          new FakeDisk(),
          model -> new SimpleTokenizer(),
          path -> inChat.filter(m -> m.path().equals(Optional.of(path))));

  /** Opens "a", "b" … as fresh models. */
  private final class FakeDisk implements ModelOpener {
    @Override
    public ModelConfig shape(Path model) {
      return TinyModels.fresh("x", 1).model().config();
    }

    @Override
    public ChatModel open(Path model, MemoryBudget budget) {
      opened.incrementAndGet();
      return chatModel(model);
    }
  }

  private static LoadedModel model(Path path) {
    return TinyModels.fresh(path.toString(), path.toString().hashCode());
  }

  private static ChatModel chatModel(Path path) {
    return new ChatModel(path.toString(), Optional.of(path), model(path), () -> -1);
  }

  @AfterEach
  void close() {
    service.close();
  }

  private static <T> T get(CompletableFuture<T> answer) throws Exception {
    return answer.get(30, TimeUnit.SECONDS);
  }

  @Test
  void tokensJoinedAreTheTextAndTheirCostIsToldInTheContext() throws Exception {
    TokenizedText text = get(service.tokenize(List.of(A), TEXT)).get(0);
    assertEquals(TEXT, text.spans().stream().map(TokenSpan::text).collect(Collectors.joining()));
    assertEquals(TEXT.getBytes(StandardCharsets.UTF_8).length, text.bytes());
    assertEquals(1, text.bytesPerToken(), 1e-9);
    assertEquals(64, text.contextLength());
    assertEquals(TEXT.length() / 64.0, text.contextShare(), 1e-9);
    assertEquals(0, opened.get(), "a tokenizer needs no weights");
  }

  @Test
  void lossIsThatOfTheModelForEachOfTwo() throws Exception {
    List<Double> shares = Collections.synchronizedList(new ArrayList<>());
    List<ScoredText> both = get(service.score(List.of(A, B), TEXT, shares::add));
    assertEquals(List.of("a", "b"), both.stream().map(ScoredText::name).toList());
    for (int m = 0; m < 2; m++) {
      ScoredText scored = both.get(m);
      List<ScoredToken> expected = MiniLlm.of(model(List.of(A, B).get(m))).score(TEXT, 1);
      double bits = 0;
      for (int i = 0; i < expected.size(); i++) {
        assertEquals(expected.get(i).bits(), scored.bits()[i], 1e-3);
        bits += expected.get(i).bits();
      }
      assertEquals(bits, scored.totalBits(), 1e-2);
      assertEquals(bits / scored.bytes(), scored.bitsPerByte(), 1e-4);
      assertEquals(bits * Math.log(2) / expected.size(), scored.loss(), 1e-4);
      List<Integer> most = scored.mostSurprising(5);
      assertEquals(5, most.size());
      for (int i = 1; i < 5; i++) {
        assertTrue(scored.bits()[most.get(i - 1)] >= scored.bits()[most.get(i)]);
      }
    }
    assertTrue(both.get(0).totalBits() != both.get(1).totalBits());
    for (int i = 1; i < shares.size(); i++) {
      assertTrue(shares.get(i - 1) < shares.get(i) && shares.get(i) <= 1);
    }
    assertTrue(shares.size() >= 4);
  }

  @Test
  void theModelOfTheChatIsNotReadAgain() throws Exception {
    inChat = Optional.of(chatModel(A));
    assertEquals(1, get(service.score(List.of(A), TEXT, share -> {})).size());
    assertEquals(0, opened.get());
  }

  @Test
  void whatDoesNotFitTheBudgetIsRefused() {
    config = config.withResources(config.resources().withMaxMemoryMb(100));
    var failed =
        assertThrows(
            ExecutionException.class, () -> get(service.score(List.of(A), TEXT, share -> {})));
    assertInstanceOf(OutOfBudget.class, failed.getCause());
    assertEquals(0, opened.get());
  }

  @Test
  void cancellingEndsAMeasurementThatWaitsForItsTurn() throws Exception {
    gate.enter();
    CompletableFuture<List<ScoredText>> answer = service.score(List.of(A), TEXT, share -> {});
    service.cancel();
    gate.leave();
    CancellationException unused = assertThrows(CancellationException.class, () -> get(answer));
  }

  @Test
  void whatIsAskedForLastIsAnswered() throws Exception {
    gate.enter();
    CompletableFuture<List<ScoredText>> unused = service.score(List.of(A), TEXT, share -> {});
    CompletableFuture<List<TokenizedText>> last = service.tokenize(List.of(B), "hola");
    gate.leave();
    assertEquals(4, get(last).get(0).spans().size());
  }

  @Test
  void anEmptyTextHasNoLossAndALongOneIsRefused() throws Exception {
    ScoredText empty = get(service.score(List.of(A), "", share -> {})).get(0);
    assertEquals(0, empty.totalBits());
    assertTrue(Double.isNaN(empty.bitsPerByte()) && Double.isNaN(empty.loss()));
    String tooLong = "x".repeat(InspectionService.MOST_CHARACTERS + 1);
    assertThrows(BadInput.class, () -> service.tokenize(List.of(A), tooLong));
    assertThrows(BadInput.class, () -> service.score(List.of(A), tooLong, share -> {}));
  }
}
