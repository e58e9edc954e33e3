package org.minillm.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * Whether the CPU multiplies and adds in one rounding, asked once. Without the instruction {@link
 * Math#fma} computes through BigDecimal, 10,000 times slower, so everything then rounds twice.
 */
final class Fma {
  /** True when the JVM emits fused multiply-adds. A constant to the compiler. */
  static final boolean AVAILABLE = hotSpotUsesIt();

  private Fma() {}

  /** a·b + c. */
  static float of(float a, float b, float c) {
    return AVAILABLE ? Math.fma(a, b, c) : a * b + c;
  }

  private static boolean hotSpotUsesIt() {
    try {
      var bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return bean != null && Boolean.parseBoolean(bean.getVMOption("UseFMA").getValue());
    } catch (IllegalArgumentException | LinkageError e) {
      return false; // not HotSpot: mul and add are right everywhere
    }
  }
}
