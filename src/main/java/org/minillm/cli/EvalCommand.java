package org.minillm.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.train.EvalResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code eval}: how well a model predicts a text. */
@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    description = "Loss (nats a token) and bits per byte of a model on text files.")
final class EvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private QuantizationOption quantization;

  @Parameters(
      paramLabel = "MODEL",
      description = "Model directory or file, or a name in model_dir.")
  private Path model;

  @Option(names = "--tokenizer", paramLabel = "PATH", description = "Tokenizer (llama2.c).")
  private @Nullable Path tokenizer;

  @Option(
      names = "--data",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files or folders of text, as for the command train.")
  private List<Path> data;

  @Option(
      names = "--chat",
      description =
          "The data are chat pairs in JSON Lines, of which only the assistant's answers count.")
  private boolean chat;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  EvalCommand() {}

  @Override
  public Integer call() throws IOException {
    ShareTeller encoding = new ShareTeller("Encoding", spec.commandLine().getErr());
    ShareTeller evaluating = new ShareTeller("Evaluating", spec.commandLine().getErr());
    try (CancelOnExit exit = new CancelOnExit();
        MiniLlmApp app = configOption.open(quantization.apply(configOption.load()))) {
      EvalResult result =
          app.models()
              .evaluate(
                  model,
                  Optional.ofNullable(tokenizer),
                  data,
                  chat,
                  exit.control(),
                  (encodes, share) -> (encodes ? encoding : evaluating).accept(share));
      if (json) {
        new JsonLines()
            .put("loss", result.loss())
            .put("bits_per_byte", result.bitsPerByte())
            .put("tokens", result.tokens())
            .put("bytes", result.bytes())
            .print(spec.commandLine().getOut());
      } else {
        spec.commandLine()
            .getOut()
            .printf(
                Locale.ROOT,
                "loss %.4f nats a token, %.4f bits per byte (%d tokens, %d bytes%s)%n",
                result.loss(),
                result.bitsPerByte(),
                result.tokens(),
                result.bytes(),
                chat ? " of answers" : "");
        spec.commandLine().getOut().flush();
      }
    }
    return 0;
  }
}
