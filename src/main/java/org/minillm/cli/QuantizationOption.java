package org.minillm.cli;

import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import picocli.CommandLine.Option;

/** {@code --quantization}: over {@code optimization.quantization} of {@code config.json}. */
final class QuantizationOption {
  @Option(
      names = "--quantization",
      paramLabel = "none|int8",
      description = "int8: round the matrices to int8 (Q8_0) when the model is loaded.")
  private @Nullable String quantization;

  /** {@code base} with what the option says. */
  AppConfig apply(AppConfig base) {
    return quantization == null
        ? base
        : base.withOptimization(base.optimization().withQuantization(quantization));
  }
}
