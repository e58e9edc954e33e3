package org.minillm.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.minillm.app.AppConfig;
import org.minillm.app.RunProposal;

/**
 * A proposal of {@code plan}, for people and for programs.
 *
 * @param named the configuration that was named, and so has to be for {@code train}
 * @param file what the configuration says that {@code train} reads
 */
record ProposalText(RunProposal proposal, List<Path> data, Optional<Path> named, AppConfig file) {
  void print(PrintWriter out, boolean json) {
    if (json) {
      printJson(out);
    } else {
      printText(out);
    }
    out.flush();
  }

  /** The command line that does it. */
  String command() {
    List<String> words = new ArrayList<>(List.of(CommandLineMain.commandName(), "train", "--data"));
    data.forEach(file -> words.add(ShellWords.quoted(file.toString())));
    words.add("--out");
    words.add("models/mine");
    named.ifPresent(
        config -> words.addAll(List.of("--config", ShellWords.quoted(config.toString()))));
    words.addAll(proposal.trainOptions(file));
    return String.join(" ", words);
  }

  private void printText(PrintWriter out) {
    AppConfig.Hyperparameters h = proposal.config().hyperparameters();
    AppConfig.Training t = proposal.config().training();
    out.printf(
        Locale.ROOT,
        "vocabulary %d, width %d, %d layers, context %d: %.2f M parameters%n",
        h.vocabSize(),
        h.dModel(),
        h.nLayers(),
        h.maxSeqLen(),
        proposal.parameters() / 1e6);
    out.printf(
        Locale.ROOT,
        "batch %d, accumulation %d, %d steps of %s, learning rate %s: %.1f M tokens, %.1f passes"
            + " over the text%n",
        t.batchSize(),
        t.gradientAccumulation(),
        t.maxSteps(),
        t.optimizer(),
        t.learningRate(),
        proposal.tokens() / 1e6,
        proposal.epochs());
    out.printf(
        Locale.ROOT,
        "memory %d MB of %d MB (memory saver %s)%n",
        proposal.memory().total() >> 20,
        proposal.memory().limit() >> 20,
        proposal.config().optimization().memorySaver() ? "on" : "off");
    out.printf(
        Locale.ROOT,
        "predicted: %.0f tokens/s, %.1f minutes, and by a rule of thumb %.2f to %.2f bits per"
            + " byte (a guess)%n",
        proposal.tokensPerSecond(),
        proposal.minutes(),
        proposal.bitsPerByteLow(),
        proposal.bitsPerByteHigh());
    proposal.remarks().forEach(out::println);
    out.println();
    out.println(command());
  }

  private void printJson(PrintWriter out) {
    AppConfig.Hyperparameters h = proposal.config().hyperparameters();
    AppConfig.Training t = proposal.config().training();
    new JsonLines()
        .put("vocab_size", h.vocabSize())
        .put("d_model", h.dModel())
        .put("n_layers", h.nLayers())
        .put("n_heads", h.nHeads())
        .put("d_ff", h.dFf())
        .put("max_seq_len", h.maxSeqLen())
        .put("parameters", proposal.parameters())
        .put("batch_size", t.batchSize())
        .put("gradient_accumulation", t.gradientAccumulation())
        .put("max_steps", t.maxSteps())
        .put("optimizer", t.optimizer())
        .put("learning_rate", t.learningRate())
        .put("matrix_learning_rate", t.matrixLearningRate())
        .put("memory_saver", proposal.config().optimization().memorySaver())
        .put("memory_bytes", proposal.memory().total())
        .put("limit_bytes", proposal.memory().limit())
        .put("tokens", proposal.tokens())
        .put("epochs", proposal.epochs())
        .put("tokens_per_s", proposal.tokensPerSecond())
        .put("minutes", proposal.minutes())
        .put("bits_per_byte_low", proposal.bitsPerByteLow())
        .put("bits_per_byte_high", proposal.bitsPerByteHigh())
        .put("remarks", proposal.remarks())
        .put("command", command())
        .print(out);
  }
}
