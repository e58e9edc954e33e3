package org.minillm.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/**
 * Whether the CPU multiplies and adds in one rounding, asked once. Without the instruction {@link
 * Math#fma} computes through BigDecimal, 10,000 times slower, so everything then rounds twice.
 */
final class Fma {
  /** True when multiply and add are fused. A constant to the compiler. */
  static final boolean AVAILABLE = chosen();

  private Fma() {}

  /** a·b + c. */
  static float of(float a, float b, float c) {
    return AVAILABLE ? Math.fma(a, b, c) : a * b + c;
  }

  private static boolean chosen() {
    String asked = KernelSettings.given(KernelSettings.FMA);
    return asked.equals("on") || !asked.equals("off") && hotSpotsFlag().orElse(false);
  }

  /** Whether this JVM says that it cannot fuse. */
  static boolean missing() {
    return !hotSpotsFlag().orElse(true);
  }

  /** Why {@link #AVAILABLE} is what it is, where nobody asked. */
  static String reason() {
    return hotSpotsFlag()
        .map(on -> "UseFMA of the JVM is " + (on ? "on" : "off"))
        .orElse("a JVM that does not say whether it fuses");
  }

  private static Optional<Boolean> hotSpotsFlag() {
    try {
      var bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return Optional.ofNullable(bean)
          .map(b -> Boolean.parseBoolean(b.getVMOption("UseFMA").getValue()));
    } catch (IllegalArgumentException | LinkageError e) {
      return Optional.empty(); // not HotSpot: mul and add are right everywhere
    }
  }
}
