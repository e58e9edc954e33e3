package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.train.OptimizerType;

class RunPlannerTest {
  @TempDir private Path dir;
  private Path text;

  @BeforeEach
  void write() throws IOException {
    text = dir.resolve("text.txt");
    Files.writeString(text, words(1, 150_000));
  }

  private static String words(long seed, int count) {
    Random random = new Random(seed);
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append((char) ('a' + random.nextInt(26))).append("n día ");
    }
    return words.toString();
  }

  private RunProposal propose(int megabytes, double minutes) throws IOException {
    AppConfig config = AppConfig.defaults();
    config = config.withResources(config.resources().withMaxMemoryMb(megabytes));
    return new RunPlanner(
            config,
            FrontEnd.COMMAND_LINE,
            (narrow, wide, training) ->
                new MachineSpeed(narrow.dModel(), 2e10, wide.dModel(), 5e10))
        .propose(List.of(text), minutes);
  }

  @Test
  void proposalFitsMemoryAndTimeAndReadsBackAsAConfiguration() throws IOException {
    RunProposal proposal = propose(300, 30);
    assertTrue(proposal.memory().fits());
    assertTrue(proposal.minutes() <= 30, proposal.toString());
    assertTrue(proposal.epochs() <= 16.01, proposal.toString());
    assertTrue(
        proposal.bitsPerByteLow() > 0 && proposal.bitsPerByteLow() < proposal.bitsPerByteHigh());
    Path file = dir.resolve("config.json");
    Files.writeString(
        file,
        "{\"hyperparameters\": {\"tie_embeddings\": false, \"dropout\": 0.2, \"norm\": \"layernorm\"},"
            + " \"training\": {\"max_epochs\": 3}, \"resources\": {\"cpu_threads\": 7}}");
    proposal.write(file);
    AppConfig read = AppConfig.load(file);
    assertEquals(proposal.config().hyperparameters(), read.hyperparameters());
    assertEquals(proposal.config().training(), read.training());
    assertEquals(proposal.config().optimization(), read.optimization());
    assertEquals(proposal.config().resources(), read.resources());
  }

  @Test
  void moreTimeIsNeverPredictedToEndWorse() throws IOException {
    double before = Double.POSITIVE_INFINITY;
    for (double minutes : new double[] {0.5, 2, 8}) {
      double high = propose(512, minutes).bitsPerByteHigh();
      assertTrue(high < before, minutes + " minutes: " + high + " after " + before);
      before = high;
    }
  }

  @Test
  void shortTextIsNotReadWithoutEndAndTheRemarkSaysSo() throws IOException {
    RunProposal proposal = propose(512, 10_000);
    assertTrue(proposal.minutes() < 10_000, proposal.toString());
    assertTrue(proposal.remarks().get(0).contains("more than 16 passes"), proposal.toString());
    assertTrue(proposal.config().training().earlyStopping() > 0);
  }

  @Test
  void whatTextIsWrappedInDoesNotCount() throws IOException {
    RunProposal plain = propose(512, 2);
    Path page = dir.resolve("page.html");
    String script = new String(letters(3_000_000), java.nio.charset.StandardCharsets.US_ASCII);
    Files.writeString(page, "<script>" + script + "</script><p>" + Files.readString(text) + "</p>");
    text = page;
    RunProposal wrapped = propose(512, 2);
    assertEquals(plain.parameters(), wrapped.parameters());
    assertEquals(plain.epochs(), wrapped.epochs(), 0.01 * plain.epochs());
    assertEquals(plain.bitsPerByteLow(), wrapped.bitsPerByteLow(), 0.01 * plain.bitsPerByteLow());
  }

  private static byte[] letters(int count) {
    byte[] letters = noise(count);
    for (int i = 0; i < count; i++) {
      letters[i] = (byte) ('a' + (letters[i] & 15));
    }
    return letters;
  }

  @Test
  void budgetAndTimeThatAreTooSmallAreRefusedWithWhatIsMissing() {
    BadInput memory = assertThrows(BadInput.class, () -> propose(80, 10));
    assertTrue(memory.reason().contains("no shape fits it; the smallest takes"), memory.reason());
    BadInput time = assertThrows(BadInput.class, () -> propose(512, 0.0005));
    assertTrue(time.reason().contains("give more time"), time.reason());
    text = dir.resolve("missing.txt");
    assertThrows(BadInput.class, () -> propose(512, 10));
  }

  @Test
  void operationsAreSixForEveryWeightOfAMatrixAndTheMemorySaverAddsAForwardPass() {
    ModelConfig shape = ModelConfig.of(1000, 64, 2, 4, 192, 128);
    double matrices = 2 * (4.0 * 64 * 64 + 3 * 64 * 192);
    double head = 1000.0 * 64;
    double attention = 2 * 2.0 * 128 * 64;
    assertEquals(
        6 * (matrices + head) + 3 * attention, MachineSpeed.operationsPerToken(shape, false));
    assertEquals(
        8 * matrices + 6 * head + 4 * attention, MachineSpeed.operationsPerToken(shape, true));
  }

  @Test
  void speedBetweenTheMeasuredWidthsLiesBetweenTheirSpeeds() {
    MachineSpeed speed = new MachineSpeed(64, 1e9, 256, 4e9);
    ModelConfig between = ModelConfig.of(1000, 128, 2, 4, 256, 128);
    assertEquals(
        2e9 / MachineSpeed.operationsPerToken(between, false),
        speed.tokensPerSecond(between, false),
        1e-6);
    ModelConfig beyond = ModelConfig.of(1000, 512, 2, 4, 256, 128);
    assertEquals(
        4e9 / MachineSpeed.operationsPerToken(beyond, false),
        speed.tokensPerSecond(beyond, false),
        1e-6);
  }

  @Test
  void measuredSpeedIsThatOfBothShapes() {
    ModelConfig narrow = ModelConfig.of(300, 16, 1, 2, 32, 16);
    ModelConfig wide = ModelConfig.of(300, 32, 1, 2, 64, 16);
    MachineSpeed speed =
        MachineSpeed.measure(narrow, wide, 4, OptimizerType.MUON, WorkerPool.shared(), 50_000_000);
    assertEquals(16, speed.narrow());
    assertEquals(32, speed.wide());
    assertTrue(speed.atNarrow() > 1e5 && speed.atWide() > 1e5, speed.toString());
  }

  @Test
  void guessIsNearTheRunsItWasFittedToAndRepeatedTextCountsLess() {
    // Measured: preset nano after 500 steps of 1,024 tokens, preset chromebook after 500.
    assertEquals(1.5526, LossGuess.bitsPerByte(172e3, 1.62e6, 11e6), 0.06 * 1.5526);
    assertEquals(1.2120, LossGuess.bitsPerByte(1.43e6, 2.05e6, 11e6), 0.06 * 1.2120);
    double fresh = LossGuess.bitsPerByte(1e6, 10e6, 10e6);
    double repeated = LossGuess.bitsPerByte(1e6, 10e6, 1e6);
    double once = LossGuess.bitsPerByte(1e6, 1e6, 1e6);
    assertTrue(fresh < repeated && repeated < once);
  }

  @Test
  void textThatCompressesWorseIsHarder() {
    assertTrue(
        LossGuess.difficulty(words(1, 20_000).getBytes(java.nio.charset.StandardCharsets.UTF_8))
            < LossGuess.difficulty(noise(20_000)));
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(4).nextBytes(bytes);
    return bytes;
  }
}
