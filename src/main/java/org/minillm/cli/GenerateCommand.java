package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.minillm.Generated;
import org.minillm.MiniLlm;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.WarmUp;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code generate}: continues a prompt. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = "Continues a prompt; the text streams to standard output.")
final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private ModelOptions modelOptions;
  @Mixin private QuantizationOption quantization;
  @Mixin private SamplingOptions sampling;

  @Option(
      names = "--raw",
      description = "Prints the prompt and what follows it, and nothing else, on standard output.")
  private boolean raw;

  @Option(names = "--json", description = "Prints one JSON object at the end instead.")
  private boolean json;

  @Parameters(
      arity = "0..*",
      paramLabel = "PROMPT",
      description = "Beginning of the text; - reads standard input.")
  private @Nullable List<String> prompt;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  GenerateCommand() {}

  @Override
  public Integer call() throws IOException {
    String text = prompt == null ? "" : String.join(" ", prompt);
    if (text.equals("-")) {
      text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }
    PrintWriter out = spec.commandLine().getOut();
    GenerateOptions options = sampling.options();
    // The prompt is shown with the first text: not at all when it is refused.
    AtomicBoolean begun = new AtomicBoolean(json);
    AtomicBoolean warming = new AtomicBoolean();
    String shown = text;
    Runnable begin =
        () -> {
          if (begun.compareAndSet(false, true)) {
            out.print(shown);
          }
        };
    try (MiniLlmApp app = configOption.open(quantization.apply(configOption.load()));
        MiniLlm model = modelOptions.open(app)) {
      Generated generated =
          model.generate(
              text,
              options,
              piece -> {
                if (!warming.getAndSet(true)) {
                  WarmUp unused = WarmUp.start(() -> {}, WarmUp.FULL);
                }
                begin.run();
                if (!json) {
                  out.print(piece);
                  out.flush();
                }
              },
              new RunControl());
      begin.run();
      if (json) {
        new JsonLines()
            .put("prompt", text)
            .put("text", generated.text())
            .put("stop_reason", lower(generated.stopReason()))
            .put("prompt_tokens", generated.promptTokens())
            .put("tokens", generated.tokens())
            .put("prompt_tokens_per_s", generated.promptTokensPerSecond())
            .put("decode_tokens_per_s", generated.decodeTokensPerSecond())
            .put("ttft_ms", generated.firstTokenMillis())
            .print(out);
      } else {
        if (!text.concat(generated.text()).endsWith("\n")) {
          out.println();
        }
        out.flush();
        if (!raw) {
          tell(generated);
        }
      }
    }
    return 0;
  }

  private void tell(Generated generated) {
    PrintWriter err = spec.commandLine().getErr();
    err.printf(
        Locale.ROOT,
        "[%d tokens, %.0f tokens/s, first after %.0f ms, %s]%n",
        generated.tokens(),
        generated.decodeTokensPerSecond(),
        generated.firstTokenMillis(),
        lower(generated.stopReason()));
    err.flush();
  }

  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
