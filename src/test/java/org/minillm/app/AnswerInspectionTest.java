package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.minillm.MiniLlm;
import org.minillm.app.AnswerInspection.Alternative;
import org.minillm.base.ComputeGate;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.format.LoadedModel;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.ScoredToken;
import org.minillm.model.AttentionWeights;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.TokenSpan;

class AnswerInspectionTest {
  private final LoadedModel tiny = TinyModels.fresh("tiny", 4);
  private final ResourceMonitor monitor = new ResourceMonitor(new FakeReadings(), 512L << 20);
  private final ChatService chat =
      new ChatService(
          AppConfig::defaults,
          new ComputeGate(),
          monitor,
          FrontEnd.COMMAND_LINE,
          new Opener(),
          () -> false,
          Optional::empty);

  /** Opens the tiny model, whatever is asked for. */
  private final class Opener implements ModelOpener {
    @Override
    public ModelConfig shape(Path model) {
      return tiny.model().config();
    }

    @Override
    public ChatModel open(Path model, MemoryBudget budget) {
      return new ChatModel("tiny", Optional.of(model), tiny, () -> -1);
    }
  }

  @AfterEach
  void close() {
    chat.close();
  }

  private void load() throws InterruptedException {
    chat.load(Path.of("tiny"), false);
    assertTrue(chat.await(20_000));
  }

  private AnswerInspection inspect(String question, String answer) throws Exception {
    AnswerInspection made =
        chat.inspect(List.of(ChatMessage.user(question)), answer, ChatMode.COMPLETION).get();
    assertTrue(chat.await(20_000));
    return made;
  }

  @Test
  void anAnswerIsToldTokenByTokenWithTheModelsOwnProbabilities() throws Exception {
    load();
    AnswerInspection inspection = inspect("hola", " que tal");
    assertEquals(4, inspection.from());
    assertEquals(
        "hola que tal",
        inspection.spans().stream().map(TokenSpan::text).collect(Collectors.joining()));
    int[] ids = tiny.tokenizer().encode("hola que tal");
    List<ScoredToken> expected =
        MiniLlm.of(tiny).scoreAnswer(ids, 4, AnswerInspection.CANDIDATES, new RunControl());
    assertEquals(expected, inspection.answer());
    assertEquals(0, inspection.unseen());
  }

  @Test
  void alternativesFallAndHoldTheAnswersOwnToken() throws Exception {
    load();
    AnswerInspection inspection = inspect("hola", " que tal");
    for (int token = 0; token < inspection.answer().size(); token++) {
      List<Alternative> all = inspection.alternatives(token);
      assertEquals(1, all.stream().filter(Alternative::chosen).count());
      int own = inspection.answer().get(token).id();
      assertEquals(own, all.stream().filter(Alternative::chosen).findFirst().get().span().id());
      int end = AnswerInspection.CANDIDATES;
      assertTrue(all.size() == end || all.size() == end + 1);
      for (int i = 1; i < end; i++) {
        assertTrue(all.get(i - 1).probability() >= all.get(i).probability());
      }
    }
  }

  @Test
  void aBranchIsTheAnswerUpToTheTokenAndTheAlternative() throws Exception {
    load();
    AnswerInspection inspection = inspect("hola", " que tal");
    Alternative other =
        inspection.alternatives(3).stream()
            .filter(a -> inspection.canBranch(3, a))
            .findFirst()
            .orElseThrow();
    assertEquals(" qu" + other.span().text(), inspection.branch(3, other));
    Alternative own =
        inspection.alternatives(3).stream().filter(Alternative::chosen).findFirst().orElseThrow();
    assertFalse(inspection.canBranch(3, own));
    assertEquals(" que", inspection.branch(3, own));
  }

  @Test
  void anAnswerKeepsTheTokensItWasMadeOf() throws Exception {
    load();
    chat.send(
        "hola", GenerateOptions.defaults().withMaxTokens(12).withSeed(3), ChatMode.COMPLETION);
    assertTrue(chat.await(20_000));
    String text = chat.snapshot().lastReply().orElseThrow().text();
    AnswerInspection inspection = inspect("hola", text);
    int[] answer =
        inspection.spans().subList(inspection.from(), inspection.spans().size()).stream()
            .mapToInt(TokenSpan::id)
            .toArray();
    assertEquals(text, tiny.tokenizer().decode(answer));
  }

  @Test
  void attentionIsThatOfTheTokenBefore() throws Exception {
    load();
    AnswerInspection inspection = inspect("hola", " que");
    AttentionWeights weights = chat.attention(inspection, 2).get();
    assertEquals(4 + 2, weights.keys());
    int[] ids = tiny.tokenizer().encode("hola que");
    float[] expected = MiniLlm.of(tiny).attention(ids, 5, new RunControl()).weights();
    assertEquals(expected.length, weights.weights().length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], weights.weights()[i], 1e-5);
    }
  }

  @Test
  void whatDoesNotFitTheContextIsCounted() throws Exception {
    load();
    AnswerInspection inspection = inspect("hola", "a".repeat(80));
    assertEquals(64 + 1 - 4, inspection.answer().size());
    assertEquals(80 - 61, inspection.unseen());
  }

  @Test
  void withoutAModelItFails() throws Exception {
    var failed = assertThrows(ExecutionException.class, () -> inspect("hola", " que tal"));
    assertInstanceOf(BadInput.class, failed.getCause());
    assertThrows(BadInput.class, () -> chat.inspect(List.of(), "x", ChatMode.CHAT));
  }

  @Test
  void theConversationIsAsItWas() throws Exception {
    load();
    AnswerInspection unused = inspect("hola", " que tal");
    assertEquals(List.of(), chat.snapshot().messages());
    assertEquals(ChatState.READY, chat.snapshot().state());
  }
}
