package org.minillm.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
