package org.minillm.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run that fits a memory budget and a time on this machine.
 *
 * @param config shape, training and budget
 * @param memory its memory plan
 * @param parameters of the model
 * @param tokensPerSecond predicted from what was measured
 * @param minutes predicted for the whole run
 * @param tokens of all steps
 * @param epochs passes over the text
 * @param bitsPerByteLow of the held-out text at the end, a guess: likely not below
 * @param bitsPerByteHigh the same, likely not above
 * @param remarks what the user should know, in English
 */
public record RunProposal(
    AppConfig config,
    MemoryPlan memory,
    long parameters,
    double tokensPerSecond,
    double minutes,
    long tokens,
    double epochs,
    double bitsPerByteLow,
    double bitsPerByteHigh,
    List<String> remarks) {
  public RunProposal {
    remarks = List.copyOf(remarks);
  }

  /**
   * Options of {@code train} that do it, without {@code --data} and {@code --out}.
   *
   * @param file the {@code config.json} that {@code train} reads, where what has no option stands
   */
  public List<String> trainOptions(AppConfig file) {
    AppConfig.Hyperparameters h = config.hyperparameters();
    AppConfig.Training t = config.training();
    List<String> options = new ArrayList<>();
    add(options, "--vocab", h.vocabSize());
    add(options, "--d-model", h.dModel());
    add(options, "--layers", h.nLayers());
    add(options, "--heads", h.nHeads());
    add(options, "--d-ff", h.dFf());
    add(options, "--context", h.maxSeqLen());
    AppConfig.Hyperparameters given = file.hyperparameters();
    addOther(options, "--norm", h.norm(), given.norm());
    addOther(options, "--tie-embeddings", h.tieEmbeddings(), given.tieEmbeddings());
    addOther(options, "--dropout", h.dropout(), given.dropout());
    add(options, "--batch", t.batchSize());
    add(options, "--accumulation", t.gradientAccumulation());
    add(options, "--steps", t.maxSteps());
    add(options, "--optimizer", t.optimizer());
    add(options, "--learning-rate", t.learningRate());
    add(options, "--matrix-learning-rate", t.matrixLearningRate());
    add(options, "--schedule", t.schedule());
    add(options, "--decay-fraction", t.decayFraction());
    add(options, "--warmup", t.warmupSteps());
    add(options, "--eval-every", t.evalInterval());
    add(options, "--checkpoint-every", t.checkpointInterval());
    if (t.earlyStopping() > 0) {
      add(options, "--patience", t.earlyStopping());
    }
    add(options, "--memory-saver", config.optimization().memorySaver());
    addOther(options, "--threads", config.resources().cpuThreads(), file.resources().cpuThreads());
    add(options, "--max-memory-mb", config.resources().maxMemoryMb());
    return options;
  }

  private static void add(List<String> options, String name, Object value) {
    options.add(name);
    options.add(String.valueOf(value));
  }

  private static void addOther(List<String> options, String name, Object value, Object given) {
    if (!value.equals(given)) {
      add(options, name, value);
    }
  }

  /** Writes shape and training into a {@code config.json}; the rest of the file stays. */
  public void write(Path file) throws java.io.IOException {
    AppConfig.Hyperparameters h = config.hyperparameters();
    AppConfig.Training t = config.training();
    Map<String, String> values = new LinkedHashMap<>();
    values.put("hyperparameters.vocab_size", String.valueOf(h.vocabSize()));
    values.put("hyperparameters.d_model", String.valueOf(h.dModel()));
    values.put("hyperparameters.n_layers", String.valueOf(h.nLayers()));
    values.put("hyperparameters.n_heads", String.valueOf(h.nHeads()));
    values.put("hyperparameters.n_kv_heads", String.valueOf(h.nKvHeads()));
    values.put("hyperparameters.d_ff", String.valueOf(h.dFf()));
    values.put("hyperparameters.max_seq_len", String.valueOf(h.maxSeqLen()));
    values.put("hyperparameters.dropout", String.valueOf(h.dropout()));
    values.put("hyperparameters.norm", '"' + h.norm() + '"');
    values.put("hyperparameters.tie_embeddings", String.valueOf(h.tieEmbeddings()));
    values.put("training.batch_size", String.valueOf(t.batchSize()));
    values.put("training.gradient_accumulation", String.valueOf(t.gradientAccumulation()));
    values.put("training.max_steps", String.valueOf(t.maxSteps()));
    values.put("training.max_epochs", String.valueOf(t.maxEpochs()));
    values.put("training.optimizer", '"' + t.optimizer() + '"');
    values.put("training.matrix_learning_rate", String.valueOf(t.matrixLearningRate()));
    values.put("training.schedule", '"' + t.schedule() + '"');
    values.put("training.decay_fraction", String.valueOf(t.decayFraction()));
    values.put("training.learning_rate", String.valueOf(t.learningRate()));
    values.put("training.warmup_steps", String.valueOf(t.warmupSteps()));
    values.put("training.eval_interval", String.valueOf(t.evalInterval()));
    values.put("training.checkpoint_interval", String.valueOf(t.checkpointInterval()));
    values.put("training.early_stopping", String.valueOf(t.earlyStopping()));
    values.put("optimization.memory_saver", String.valueOf(config.optimization().memorySaver()));
    values.put("resources.cpu_threads", String.valueOf(config.resources().cpuThreads()));
    values.put("resources.max_memory_mb", String.valueOf(config.resources().maxMemoryMb()));
    ConfigFile.set(file, values);
  }
}
