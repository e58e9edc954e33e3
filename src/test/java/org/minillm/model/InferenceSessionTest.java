package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;

@Tag("kernel")
class InferenceSessionTest {
  private static final int TIME = 300;

  private final ModelConfig config = Models.tinyConfig().withContextLength(TIME);
  private final Transformer model = Models.random(config, 21);
  private final int[] tokens = Models.tokens(TIME, config.vocabSize(), 22);

  private InferenceSession session() {
    return new InferenceSession(model, TIME, 16);
  }

  private float[] append(InferenceSession session, int from, int to) {
    return session.append(tokens, from, to, Models.control()).clone();
  }

  private static float[] row(float[] logits, int row, int v) {
    return Arrays.copyOfRange(logits, row * v, (row + 1) * v);
  }

  @Test
  void aContextThatNoHeapHoldsIsRefusedBeforeItIsAllocated() {
    ModelConfig c = ModelConfig.of(64, 1024, 8, 1, 4, 1 << 20);
    long bytes = InferenceSession.bytes(c, 1 << 20, 16);
    assertTrue(bytes > Runtime.getRuntime().maxMemory(), "a heap for this test");
    MiniLlmException.OutOfBudget refused =
        assertThrows(
            MiniLlmException.OutOfBudget.class,
            () -> new InferenceSession(Models.random(c, 1), 1 << 20, 16));
    assertTrue(String.valueOf(refused.getMessage()).contains("1048576 tokens"));
  }

  @ParameterizedTest
  @EnumSource(NormType.class)
  void tokenByTokenEqualsTheFullForwardPass(NormType norm) {
    for (boolean tied : new boolean[] {true, false}) {
      ModelConfig c = config.withNorm(norm).withTiedEmbeddings(tied);
      Transformer m = Models.random(c, 23);
      float[] full = new TrainingPass(m, 1, TIME, 32, true).logits(tokens, 1, TIME);
      InferenceSession session = new InferenceSession(m, TIME, 16);
      for (int t = 0; t < TIME; t++) {
        float[] logits = session.append(tokens, t, t + 1, Models.control());
        assertArrayEquals(row(full, t, c.vocabSize()), logits, 2e-4f, "position " + t);
      }
      assertEquals(TIME, session.length());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 64, 129, 255, 256, 257, 258, 300})
  void promptOfAnyLengthEqualsTheFullForwardPass(int length) {
    float[] full = new TrainingPass(model, 1, TIME, 32, true).logits(tokens, 1, TIME);
    assertArrayEquals(
        row(full, length - 1, config.vocabSize()), append(session(), 0, length), 2e-4f);
  }

  @Test
  void promptInPiecesEqualsOnePiece() {
    float[] whole = append(session(), 0, 290);
    for (int cut : new int[] {1, 17, 30, 59, 256, 257}) {
      InferenceSession session = session();
      append(session, 0, cut);
      assertArrayEquals(whole, append(session, cut, 290), 2e-4f, "cut at " + cut);
    }
  }

  @Test
  void truncatedSessionGoesOnFromItsPrefix() {
    InferenceSession session = session();
    append(session, 0, 100);
    session.truncate(40);
    assertEquals(40, session.length());
    int[] other = Models.tokens(20, config.vocabSize(), 30);
    float[] reused = session.append(other, 0, 20, Models.control()).clone();
    InferenceSession fresh = session();
    append(fresh, 0, 40);
    assertArrayEquals(fresh.append(other, 0, 20, Models.control()), reused);
    session.truncate(0);
    assertArrayEquals(append(session(), 0, 30), append(session, 0, 30));
    assertThrows(IllegalArgumentException.class, () -> session.truncate(31));
    assertThrows(IllegalArgumentException.class, () -> session.truncate(-1));
  }

  @Test
  void sameInputGivesTheSameBits() {
    assertArrayEquals(append(session(), 0, 90), append(session(), 0, 90));
  }

  @Test
  void logitsAreTheSessionsOwnArray() {
    InferenceSession session = session();
    float[] first = session.append(tokens, 0, 3, Models.control());
    assertEquals(config.vocabSize(), first.length);
    assertSame(first, session.append(tokens, 3, 4, Models.control()));
  }

  @Test
  void fullContextIsRefusedAndNothingIsLost() {
    InferenceSession session = new InferenceSession(model, 10, 16);
    append(session, 0, 8);
    var e =
        assertThrows(
            MiniLlmException.BadInput.class, () -> session.append(tokens, 8, 11, Models.control()));
    assertTrue(e.getMessage().contains("3 tokens after 8"), e.getMessage());
    assertTrue(e.getMessage().contains("10"), e.getMessage());
    assertEquals(8, session.length());
    assertArrayEquals(append(session(), 0, 10), append(session, 8, 10), 2e-4f);
  }

  @Test
  void foreignIdIsRefusedByName() {
    int[] bad = {1, 2, 23, 4};
    var e =
        assertThrows(
            MiniLlmException.BadInput.class, () -> session().append(bad, 0, 4, Models.control()));
    assertTrue(e.getMessage().contains("token id 23 at index 2"), e.getMessage());
    bad[2] = -1;
    assertThrows(
        MiniLlmException.BadInput.class, () -> session().append(bad, 0, 4, Models.control()));
    assertThrows(
        IllegalArgumentException.class, () -> session().append(bad, 2, 2, Models.control()));
  }

  @Test
  void cancelledPromptKeepsTheCacheUsable() {
    InferenceSession session = session();
    append(session, 0, 5);
    RunControl control = new RunControl();
    control.cancel();
    assertThrows(CancellationException.class, () -> session.append(tokens, 5, 50, control));
    assertEquals(5, session.length());
    assertArrayEquals(append(session(), 0, 50), append(session, 5, 50), 2e-4f);
  }

  @Test
  void sessionReadsTheWeightsAsTheyAre() {
    Transformer own = Models.random(config, 21);
    InferenceSession session = new InferenceSession(own, 20, 16);
    float[] before = session.append(tokens, 0, 4, Models.control()).clone();
    for (int i = 0; i < own.parameters().data().length; i++) {
      own.parameters().data()[i] *= 0.9f;
    }
    session.truncate(0);
    float[] after = session.append(tokens, 0, 4, Models.control());
    assertTrue(!Arrays.equals(before, after));
    assertArrayEquals(
        new InferenceSession(own, 20, 16).append(tokens, 0, 4, Models.control()), after);
  }

  @Test
  void freedSessionHoldsNothingAndSaysSo() throws IllegalAccessException {
    InferenceSession session = session();
    long before = Floats.bytesUnder(session, model);
    session.free();
    assertTrue(Floats.bytesUnder(session, model) < before / 2);
    assertThrows(IllegalStateException.class, () -> session.append(tokens, 0, 1, Models.control()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 64, 150, 500})
  void bytesAreWhatIsAllocated(int capacity) throws IllegalAccessException {
    for (NormType norm : NormType.values()) {
      ModelConfig c = config.withNorm(norm);
      Transformer m = Models.random(c, 1);
      assertEquals(
          InferenceSession.bytes(c, capacity, 32, m.pool().threads()),
          Floats.bytesUnder(new InferenceSession(m, capacity, 32), m));
      assertEquals(
          InferenceSession.bytes(c, capacity, 32, 2), InferenceSession.bytes(c, capacity, 32));
    }
  }

  @Test
  void impossibleSessionsAreRefused() {
    assertThrows(MiniLlmException.BadConfig.class, () -> new InferenceSession(model, 0, 16));
    assertThrows(MiniLlmException.BadConfig.class, () -> new InferenceSession(model, 8, 0));
    assertThrows(MiniLlmException.BadConfig.class, () -> new InferenceSession(model, 1 << 29, 16));
  }
}
