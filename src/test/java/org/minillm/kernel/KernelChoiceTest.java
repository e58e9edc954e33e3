package org.minillm.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.base.Choice;
import org.minillm.base.MiniLlmException.BadConfig;

/** Which kernels are chosen here, whatever CPU, flags and properties the JVM has. */
@Tag("kernel")
class KernelChoiceTest {
  private static final String ARITHMETIC = Fma.AVAILABLE ? "fma" : "mul+add";
  private static final String NO_MODULE =
      "scalar (vectors need the JVM option --add-modules=jdk.incubator.vector)";

  private static KernelSettings asking(String key, String value) {
    return KernelSettings.of(name -> name.equals(key) ? value : "");
  }

  private static KernelSettings kernels(String value) {
    return asking("minillm.kernels", value);
  }

  private static KernelSettings int8(String value) {
    return asking("minillm.int8", value);
  }

  private static BadConfig refused(Runnable choice) {
    return assertThrows(BadConfig.class, choice::run);
  }

  @Test
  void vectorsRunWhereTheModuleIsAndPlainJavaElsewhere() {
    String description = KernelChoice.choose(KernelSettings.NONE).description();
    if (KernelChoice.vectorModulePresent()) {
      assertTrue(description.matches("vector (128|256|512)-bit \\Q" + ARITHMETIC + "\\E"));
    } else {
      assertEquals("scalar " + ARITHMETIC, description);
    }
  }

  @Test
  void plainJavaForWantOfTheModuleNamesTheOptionThatBringsVectors() {
    List<String> said = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            said.add(entry.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(KernelChoice.class.getName());
    logger.addHandler(handler);
    try {
      KernelChoice.choose(KernelSettings.NONE);
      KernelChoice.choose(kernels("scalar"));
    } finally {
      logger.removeHandler(handler);
    }
    if (KernelChoice.vectorModulePresent()) {
      assertEquals(List.of(), said);
    } else {
      assertEquals(1, said.size());
      assertTrue(said.get(0).contains("--add-modules=jdk.incubator.vector"), said.get(0));
    }
  }

  @Test
  void scalarCanBeForced() {
    assertSame(Kernels.scalar(), KernelChoice.choose(kernels("scalar")));
    assertEquals("scalar " + ARITHMETIC, Kernels.scalar().description());
  }

  @Test
  void forcedVectorsRunOrAreRefusedForWantOfTheModule() {
    if (KernelChoice.vectorModulePresent()) {
      assertTrue(KernelChoice.choose(kernels("vector")) instanceof VectorKernels);
    } else {
      BadConfig e = refused(() -> KernelChoice.choose(kernels("vector")));
      assertEquals("minillm.kernels is vector; allowed: " + NO_MODULE + ".", e.getMessage());
    }
  }

  @Test
  void forcedFmaIsRefusedWhereTheJvmHasNone() {
    assertEquals(
        KernelChoice.choose(KernelSettings.NONE).description(),
        KernelChoice.choose(asking("minillm.fma", "off")).description());
    if (Fma.missing()) {
      BadConfig e = refused(() -> KernelChoice.choose(asking("minillm.fma", "on")));
      assertTrue(e.getMessage().startsWith("minillm.fma is on; allowed: off ("), e.getMessage());
    } else {
      KernelChoice.choose(asking("minillm.fma", "on"));
    }
  }

  @Test
  void int8FollowsTheOtherKernelsAndTheWidthOfTheVectors() {
    assertSame(
        Int8Kernels.scalar(), Int8KernelChoice.choose(Kernels.scalar(), KernelSettings.NONE));
    assertEquals("as the other kernels", Int8KernelChoice.reason(Kernels.scalar()));
    if (KernelChoice.vectorModulePresent()) {
      Kernels vectors = new VectorKernels();
      boolean wide = Lanes.LENGTH >= 8;
      Int8Kernels chosen = Int8KernelChoice.choose(vectors, KernelSettings.NONE);
      assertEquals(wide, chosen instanceof VectorInt8Kernels);
      assertEquals(
          "this JVM's vectors have "
              + 32 * Lanes.LENGTH
              + (wide ? " bits, at least 256" : " bits, under 256"),
          Int8KernelChoice.reason(vectors));
    }
  }

  @Test
  void int8CanBeForcedApartFromTheOtherKernels() {
    assertSame(Int8Kernels.scalar(), Int8KernelChoice.choose(Kernels.best(), int8("scalar")));
    Runnable forced = () -> Int8KernelChoice.choose(Kernels.scalar(), int8("vector"));
    if (!KernelChoice.vectorModulePresent()) {
      assertEquals(
          "minillm.int8 is vector; allowed: " + NO_MODULE + ".", refused(forced).getMessage());
    } else if (VectorInt8Kernels.runsHere()) {
      assertTrue(
          Int8KernelChoice.choose(Kernels.scalar(), int8("vector")) instanceof VectorInt8Kernels);
    } else {
      assertEquals(
          "minillm.int8 is vector; allowed: scalar (this JVM's vectors have 128 bits; int8 vectors"
              + " need 256).",
          refused(forced).getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "minillm.kernels, gpu, scalar or vector",
    "minillm.kernels, Vector, scalar or vector",
    "minillm.fma, true, on or off",
    "minillm.tile, 16, 4 or 8",
    "minillm.int8, avx, scalar or vector"
  })
  void aWordThatIsNotAllowedIsRefusedAndTheAllowedOnesNamed(
      String key, String value, String allowed) {
    BadConfig e = refused(() -> asking(key, value));
    assertEquals(key + " is " + value + "; allowed: " + allowed + ".", e.getMessage());
  }

  @Test
  void whatWasChosenIsWhatRunsAndHasAReason() {
    assertSame(Kernels.best(), Kernels.best());
    List<Choice> choices = Kernels.choices();
    Map<String, String> expected =
        Map.of(
            "kernels",
            Kernels.best().description(),
            "fma",
            Fma.AVAILABLE ? "on" : "off",
            "tile",
            Kernels.best() instanceof ScalarKernels ? "none" : tile(),
            "int8",
            Int8Kernels.best().description());
    assertEquals(
        List.of("kernels", "fma", "tile", "int8"), choices.stream().map(Choice::what).toList());
    for (Choice choice : choices) {
      assertEquals(expected.get(choice.what()), choice.value());
      boolean asked = !KernelSettings.given("minillm." + choice.what()).isEmpty();
      assertEquals(asked, choice.reason().equals("asked for by minillm." + choice.what()));
    }
  }

  private static String tile() {
    return Lanes.TILE_ROWS + " x " + 2 * Lanes.LENGTH;
  }
}
