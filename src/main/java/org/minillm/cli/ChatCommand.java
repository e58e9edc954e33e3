package org.minillm.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.minillm.ChatSession;
import org.minillm.Generated;
import org.minillm.MiniLlm;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.WarmUp;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code chat}: a conversation, a line a turn. */
@Command(
    name = "chat",
    mixinStandardHelpOptions = true,
    description = "Chats with a model: a line a message; /new forgets, /exit or Ctrl+D ends.")
final class ChatCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private ModelOptions modelOptions;
  @Mixin private QuantizationOption quantization;
  @Mixin private SamplingOptions sampling;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "System prompt.")
  private String system;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ChatCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    GenerateOptions options = sampling.options();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (MiniLlmApp app = configOption.open(quantization.apply(configOption.load()));
        MiniLlm model = modelOptions.open(app)) {
      // While the user types: ends the plain start.
      WarmUp unused = WarmUp.start(() -> {}, WarmUp.FULL);
      if (model.chatSupport().unknown().isPresent()) {
        err.println("This model's chat template is not known here: it only continues your text.");
      }
      ChatSession chat = model.chat(system);
      while (true) {
        err.print("> ");
        err.flush();
        String line = in.readLine();
        if (line == null || line.strip().equals("/exit")) {
          return 0;
        }
        if (line.strip().equals("/new")) {
          chat = model.chat(system);
          continue;
        }
        if (line.isBlank()) {
          continue;
        }
        answer(chat, line, options, out, err);
      }
    }
  }

  /** One turn; a message that the context does not hold is refused, and the chat goes on. */
  private static void answer(
      ChatSession chat, String line, GenerateOptions options, PrintWriter out, PrintWriter err) {
    try {
      Generated reply =
          chat.reply(
              line,
              options,
              piece -> {
                out.print(piece);
                out.flush();
              },
              new RunControl());
      out.println();
      out.flush();
      err.printf(
          Locale.ROOT,
          "[%d tokens, %.0f tokens/s, %s%s]%n",
          reply.tokens(),
          reply.decodeTokensPerSecond(),
          GenerateCommand.lower(reply.stopReason()),
          forgotten(chat, reply));
    } catch (BadInput e) {
      err.println(e.getMessage());
    }
    err.flush();
  }

  private static String forgotten(ChatSession chat, Generated reply) {
    StringBuilder text = new StringBuilder();
    if (chat.forgottenMessages() > 0) {
      text.append(", forgot the oldest ").append(chat.forgottenMessages()).append(" messages");
    }
    if (reply.forgottenTokens() > 0) {
      text.append(", let ").append(reply.forgottenTokens()).append(" tokens slide out");
    }
    return text.toString();
  }
}
