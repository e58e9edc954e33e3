package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.app.MemoryPlan.Change;
import org.minillm.app.MemoryPlan.Item;
import org.minillm.app.MemoryPlan.Suggestion;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.model.ModelConfig;
import org.minillm.model.Quantization;
import org.minillm.model.QuantizedParameters;

class MemoryPlanTest {
  private static final long MB = 1 << 20;
  private static final long CORPUS = 12 * MB;

  private static AppConfig base(int megabytes) {
    AppConfig config = AppConfig.defaults();
    return config.withResources(config.resources().withMaxMemoryMb(megabytes));
  }

  private static MemoryPlan plan(AppConfig config, FrontEnd frontEnd) {
    return MemoryPlan.forTraining(config, CORPUS, 0, frontEnd);
  }

  @Test
  void defaultConfigurationFitsWithTheWindow() {
    MemoryPlan plan = plan(base(512), FrontEnd.WINDOW);
    assertTrue(plan.fits(), plan.text());
    assertTrue(plan.suggestions().isEmpty());
    plan.require();
  }

  @Test
  void linesAreWhatTheBuffersTake() {
    AppConfig config = base(512);
    long parameters = config.modelConfig().parameterCount();
    MemoryPlan plan = plan(config, FrontEnd.WINDOW);
    assertEquals(4 * parameters, plan.bytes(Item.WEIGHTS));
    assertEquals(4 * parameters, plan.bytes(Item.GRADIENTS));
    // Muon: a momentum for every weight, second moments for embedding and norms, room to work in.
    long others = 10_000L * 256 + (2 * 4 + 1) * 256;
    long scratch = 2L * 256 * 1024 + 2L * 256 * 256;
    assertEquals(4 * (parameters + others + scratch), plan.bytes(Item.OPTIMIZER));
    AppConfig adamW = config.withTraining(config.training().withOptimizer("adamw"));
    assertEquals(8 * parameters, plan(adamW, FrontEnd.WINDOW).bytes(Item.OPTIMIZER));
    assertTrue(plan.bytes(Item.ACTIVATIONS) > 0);
    assertTrue(plan.bytes(Item.SESSION) > 0);
    assertEquals(plan.total(), plan.lines().stream().mapToLong(MemoryPlan.Line::bytes).sum());
  }

  @Test
  void threeHundredMegabytesRefuseTheWindowAndSuggestWhatWorks() {
    MemoryPlan plan = plan(base(300), FrontEnd.WINDOW);
    OutOfBudget e = assertThrows(OutOfBudget.class, plan::require);
    assertEquals(plan.total(), e.asked());
    assertEquals(300 * MB, e.limit());
    assertTrue(e.suggestion().contains("preset") || e.suggestion().contains("command line"));
    assertEverySuggestionFits(plan, FrontEnd.WINDOW);
  }

  @Test
  void headlessAtTwoHundredAndFortyIsRefusedAndTheSuggestionWorks() {
    MemoryPlan plan = plan(base(240), FrontEnd.COMMAND_LINE);
    assertFalse(plan.fits(), plan.text());
    assertEverySuggestionFits(plan, FrontEnd.COMMAND_LINE);
  }

  @ParameterizedTest
  @CsvSource({"80", "150", "200", "260", "320", "380", "420"})
  void everySuggestionFitsAtEveryBudget(int megabytes) {
    for (FrontEnd frontEnd : FrontEnd.values()) {
      AppConfig large =
          base(megabytes)
              .withTraining(AppConfig.defaults().training().withBatchSize(12))
              .withOptimization(AppConfig.defaults().optimization().withMemorySaver(false));
      MemoryPlan plan = plan(large, frontEnd);
      if (!plan.fits()) {
        assertEverySuggestionFits(plan, frontEnd);
      }
    }
  }

  private static void assertEverySuggestionFits(MemoryPlan plan, FrontEnd frontEnd) {
    assertFalse(plan.suggestions().isEmpty());
    for (Suggestion s : plan.suggestions()) {
      FrontEnd where =
          s.change() == Change.COMMAND_LINE || s.change() == Change.PRESET_ON_COMMAND_LINE
              ? FrontEnd.COMMAND_LINE
              : frontEnd;
      MemoryPlan then = plan(s.config(), where);
      assertTrue(then.fits(), s.text() + "\n" + then.text());
      assertEquals(s.totalBytes(), then.total());
    }
  }

  private static AppConfig longContext() {
    AppConfig config = base(540);
    return config
        .withHyperparameters(config.hyperparameters().withMaxSeqLen(2048))
        .withOptimization(config.optimization().withMemorySaver(false));
  }

  @Test
  void memorySaverIsSuggestedFirst() {
    Suggestion first = plan(longContext(), FrontEnd.WINDOW).suggestions().get(0);
    assertEquals(Change.MEMORY_SAVER, first.change());
    assertTrue(first.config().optimization().memorySaver());
    assertEquals(2048, first.config().hyperparameters().maxSeqLen());
    assertTrue(first.text().startsWith("memory saver on: "), first.text());
  }

  @Test
  void suggestedContextIsTheLongestThatFits() {
    AppConfig config = base(512);
    config = config.withHyperparameters(config.hyperparameters().withMaxSeqLen(32768));
    Suggestion first = plan(config, FrontEnd.WINDOW).suggestions().get(0);
    assertEquals(Change.CONTEXT, first.change());
    int context = Integer.parseInt(first.value());
    assertEquals(context, first.config().modelConfig().contextLength());
    AppConfig.Hyperparameters twice = config.hyperparameters().withMaxSeqLen(2 * context);
    assertFalse(plan(config.withHyperparameters(twice), FrontEnd.WINDOW).fits());
  }

  @Test
  void modelOfTheChatCountsAndCanBeEjected() {
    AppConfig config = base(512);
    long free = plan(config, FrontEnd.WINDOW).accepted() - plan(config, FrontEnd.WINDOW).total();
    MemoryPlan plan = MemoryPlan.forTraining(config, CORPUS, free + MB, FrontEnd.WINDOW);
    assertFalse(plan.fits());
    assertTrue(plan.suggestions().stream().anyMatch(s -> s.change() == Change.EJECT_CHAT_MODEL));
  }

  @Test
  void budgetIsSuggestedWhenNothingElseFits() {
    MemoryPlan plan = plan(base(64), FrontEnd.WINDOW);
    assertEquals(1, plan.suggestions().size());
    assertEquals(Change.BUDGET, plan.suggestions().get(0).change());
    assertEverySuggestionFits(plan, FrontEnd.WINDOW);
  }

  @Test
  void generationFitsWhereTheIssueWantsIt() {
    AppConfig config = base(512);
    MemoryPlan alone =
        MemoryPlan.forGeneration(config, config.modelConfig(), 256, 0, FrontEnd.COMMAND_LINE);
    MemoryPlan window =
        MemoryPlan.forGeneration(config, config.modelConfig(), 256, 0, FrontEnd.WINDOW);
    assertTrue(alone.total() < 150 * MB, alone.text());
    assertTrue(window.total() < 290 * MB, window.text());
  }

  @Test
  void generationThatDoesNotFitIsRefusedWithTheSum() {
    AppConfig config = base(150);
    MemoryPlan plan =
        MemoryPlan.forGeneration(config, config.modelConfig(), 256, 0, FrontEnd.WINDOW);
    assertThrows(OutOfBudget.class, plan::require);
  }

  @Test
  void int8IsCountedAndOfferedWhereFloatsDoNotFit() {
    AppConfig config = base(430);
    ModelConfig large = ModelConfig.of(32_000, 512, 8, 8, 1376, 512);
    long floats = Float.BYTES * large.parameterCount();
    MemoryPlan refused = MemoryPlan.forGeneration(config, large, floats, 512, 0, FrontEnd.WINDOW);
    assertFalse(refused.fits(), refused.text());
    assertEquals(floats, refused.bytes(Item.WEIGHTS));
    assertEquals(Change.INT8, refused.suggestions().get(0).change());
    assertEquals(Quantization.INT8, refused.suggestions().get(0).config().quantization());
    long int8 = QuantizedParameters.bytes(large, List.of());
    MemoryPlan fits = MemoryPlan.forGeneration(config, large, int8, 512, 0, FrontEnd.WINDOW);
    assertTrue(fits.fits(), fits.text());
    assertEquals(refused.suggestions().get(0).totalBytes(), fits.total());
    assertEquals(floats * 9 / 32, int8, int8 / 100.0);
    AppConfig quantized = config.withOptimization(config.optimization().withQuantization("int8"));
    long shape = QuantizedParameters.bytes(config.modelConfig(), List.of());
    assertEquals(shape, MemoryPlan.forGeneration(quantized, FrontEnd.WINDOW).bytes(Item.WEIGHTS));
  }

  @Test
  void textShowsEveryLineAndTheVerdict() {
    String text = plan(base(300), FrontEnd.WINDOW).text();
    assertTrue(text.contains("activations") && text.contains("does not fit"), text);
    assertTrue(text.contains("accepted up to 255 MB"), text);
  }
}
