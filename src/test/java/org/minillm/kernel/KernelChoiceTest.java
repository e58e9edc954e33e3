package org.minillm.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class KernelChoiceTest {
  @Test
  void vectorsRunWhereTheModuleIsAndPlainJavaElsewhereWithTheReason() {
    String description = KernelChoice.choose("").description();
    if (KernelChoice.vectorModulePresent()) {
      assertTrue(description.matches("vector (128|256|512)-bit (fma|mul\\+add)"), description);
    } else {
      assertEquals("scalar (no jdk.incubator.vector)", description);
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
      KernelChoice.choose("");
      KernelChoice.choose("scalar");
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
  void scalarCanBeForcedAndSaysSo() {
    Kernels kernels = KernelChoice.choose("scalar");
    assertTrue(kernels instanceof ScalarKernels);
    assertEquals("scalar (asked for by minillm.kernels)", kernels.description());
  }

  @Test
  void forcedVectorsNeedTheModule() {
    assertEquals(
        KernelChoice.vectorModulePresent(),
        !(KernelChoice.choose("vector") instanceof ScalarKernels));
  }

  @Test
  void anUnknownChoiceIsIgnored() {
    assertEquals(KernelChoice.choose("").description(), KernelChoice.choose("gpu").description());
  }

  @Test
  void bestIsChosenOnce() {
    assertSame(Kernels.best(), Kernels.best());
    assertFalse(Kernels.scalar().description().isEmpty());
  }
}
