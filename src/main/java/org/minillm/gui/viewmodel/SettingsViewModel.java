package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.AppConfig;
import org.minillm.base.MiniLlmException.BadConfig;

/** The main keys of {@code config.json}: read, checked, and written value by value. */
public final class SettingsViewModel {
  /** The file behind the page. */
  public interface Store {
    AppConfig read() throws IOException;

    /**
     * @param values full key → value as JSON
     * @throws BadConfig when one is not allowed; nothing is written then
     */
    void write(Map<String, String> values) throws IOException;
  }

  /** How a value is typed. */
  public enum Kind {
    WHOLE,
    REAL,
    FLAG,
    CHOICE,
    TEXT
  }

  /**
   * One key.
   *
   * @param key full key: {@code resources.max_memory_mb}
   * @param choices of {@link Kind#CHOICE}
   * @param atNextStart whether a change holds only from the next start on
   */
  public record Setting(String key, Kind kind, List<String> choices, boolean atNextStart) {
    /** Section of the file. */
    public String section() {
      return key.substring(0, key.indexOf('.'));
    }

    /** Key within its section. */
    public String name() {
      return key.substring(key.indexOf('.') + 1);
    }
  }

  /**
   * How the last save went.
   *
   * @param problem what was refused, empty when nothing was
   * @param field key it belongs to, empty for the whole file
   * @param saved keys that were written
   */
  public record Outcome(Optional<Throwable> problem, String field, List<String> saved) {}

  /** The keys of the page, in its order. */
  public static final List<Setting> SETTINGS =
      List.of(
          now("resources.max_memory_mb", Kind.WHOLE),
          later("resources.cpu_threads", Kind.WHOLE),
          later("resources.model_dir", Kind.TEXT),
          later("resources.cache_dir", Kind.TEXT),
          now("hyperparameters.vocab_size", Kind.WHOLE),
          now("hyperparameters.d_model", Kind.WHOLE),
          now("hyperparameters.n_layers", Kind.WHOLE),
          now("hyperparameters.n_heads", Kind.WHOLE),
          now("hyperparameters.n_kv_heads", Kind.WHOLE),
          now("hyperparameters.d_ff", Kind.WHOLE),
          now("hyperparameters.max_seq_len", Kind.WHOLE),
          now("hyperparameters.dropout", Kind.REAL),
          choice("hyperparameters.norm", "rmsnorm", "layernorm"),
          now("hyperparameters.tie_embeddings", Kind.FLAG),
          now("training.batch_size", Kind.WHOLE),
          now("training.gradient_accumulation", Kind.WHOLE),
          choice("training.optimizer", "adamw", "muon"),
          now("training.learning_rate", Kind.REAL),
          now("training.matrix_learning_rate", Kind.REAL),
          now("training.max_steps", Kind.WHOLE),
          now("training.warmup_steps", Kind.WHOLE),
          choice("training.schedule", "cosine", "wsd"),
          now("training.decay_fraction", Kind.REAL),
          now("training.checkpoint_interval", Kind.WHOLE),
          now("training.eval_interval", Kind.WHOLE),
          now("training.early_stopping", Kind.WHOLE),
          now("training.weight_decay", Kind.REAL),
          now("training.validation_fraction", Kind.REAL),
          now("training.seed", Kind.WHOLE),
          now("optimization.memory_saver", Kind.FLAG),
          now("optimization.chunk_size", Kind.WHOLE),
          choice("optimization.quantization", "none", "int8"),
          choice("tokenizer.type", "bpe", "simple"));

  /** The values that saved keys had before, the last save first. On the UI thread only. */
  private final Deque<Map<String, String>> past = new ArrayDeque<>();

  private final Store store;
  private final Executor ui;
  private final Executor background;
  private final ReadOnlyObjectWrapper<Map<String, String>> values =
      new ReadOnlyObjectWrapper<>(Map.of());
  private final ReadOnlyObjectWrapper<Outcome> outcome =
      new ReadOnlyObjectWrapper<>(new Outcome(Optional.empty(), "", List.of()));

  /**
   * @param ui runs what changes properties
   * @param background runs what reads and writes the disk
   */
  public SettingsViewModel(Store store, Executor ui, Executor background) {
    this.store = store;
    this.ui = ui;
    this.background = background;
  }

  private static Setting now(String key, Kind kind) {
    return new Setting(key, kind, List.of(), false);
  }

  private static Setting later(String key, Kind kind) {
    return new Setting(key, kind, List.of(), true);
  }

  private static Setting choice(String key, String... choices) {
    return new Setting(key, Kind.CHOICE, List.of(choices), false);
  }

  /** What the file says: full key → value with a point before decimals; set at each reading. */
  public ReadOnlyObjectProperty<Map<String, String>> valuesProperty() {
    return values.getReadOnlyProperty();
  }

  public ReadOnlyObjectProperty<Outcome> outcomeProperty() {
    return outcome.getReadOnlyProperty();
  }

  /**
   * Whether a field says something else than the file, or nothing that it could; of a file that was
   * not read, none does.
   */
  public boolean differs(Map<String, String> typed) {
    return !values.get().isEmpty()
        && SETTINGS.stream().anyMatch(s -> differs(s, typed.getOrDefault(s.key(), "")));
  }

  private boolean differs(Setting setting, String typed) {
    try {
      return !json(setting, typed).equals(written(setting));
    } catch (BadConfig e) {
      return true;
    }
  }

  /** What the file says, as JSON. */
  private String written(Setting setting) {
    return json(setting, values.get().getOrDefault(setting.key(), ""));
  }

  /**
   * Takes the last save back: its keys get the values they had.
   *
   * @return false if there is none
   */
  public boolean undo() {
    Map<String, String> before = past.poll();
    if (before != null) {
      write(before, () -> {}, () -> past.push(before));
    }
    return before != null;
  }

  /** Reads the file. */
  public void load() {
    background.execute(
        () -> {
          try {
            Map<String, String> read = values(store.read());
            ui.execute(
                () -> {
                  outcome.set(new Outcome(Optional.empty(), "", List.of()));
                  values.set(Map.of());
                  values.set(read);
                });
          } catch (IOException | RuntimeException e) {
            refuse(e, "");
          }
        });
  }

  /**
   * Writes what differs from the file; the outcome says how it went.
   *
   * @param typed full key → text of its field
   */
  public void save(Map<String, String> typed) {
    Map<String, String> changed = new LinkedHashMap<>();
    for (Setting setting : SETTINGS) {
      String text = typed.getOrDefault(setting.key(), "");
      try {
        String json = json(setting, text);
        if (!json.equals(written(setting))) {
          changed.put(setting.key(), json);
        }
      } catch (BadConfig e) {
        outcome.set(new Outcome(Optional.of(e), setting.key(), List.of()));
        return;
      }
    }
    if (changed.isEmpty()) {
      outcome.set(new Outcome(Optional.empty(), "", List.of()));
      return;
    }
    Map<String, String> before = new LinkedHashMap<>();
    for (Setting setting : SETTINGS) {
      if (changed.containsKey(setting.key())) {
        before.put(setting.key(), written(setting));
      }
    }
    write(changed, () -> past.push(before), () -> {});
  }

  private void write(Map<String, String> changed, Runnable written, Runnable refused) {
    background.execute(
        () -> {
          try {
            store.write(changed);
            Map<String, String> read = values(store.read());
            List<String> saved = new ArrayList<>(changed.keySet());
            ui.execute(
                () -> {
                  written.run();
                  values.set(read);
                  outcome.set(new Outcome(Optional.empty(), "", saved));
                });
          } catch (BadConfig e) {
            ui.execute(refused);
            refuse(e, e.key());
          } catch (IOException | RuntimeException e) {
            ui.execute(refused);
            refuse(e, "");
          }
        });
  }

  private void refuse(Throwable e, String field) {
    ui.execute(() -> outcome.set(new Outcome(Optional.of(e), field, List.of())));
  }

  /** What was typed, as JSON; the ranges are checked by the configuration itself. */
  static String json(Setting setting, String typed) {
    String text = typed.strip();
    return switch (setting.kind()) {
      case WHOLE ->
          Numbers.whole(text)
              .map(n -> Long.toString(n))
              .orElseThrow(() -> new BadConfig(setting.key(), quoted(text), "a whole number"));
      case REAL -> {
        if (Numbers.real(text).isEmpty()) {
          throw new BadConfig(setting.key(), quoted(text), "a number");
        }
        yield plain(new BigDecimal(text.replace(',', '.')));
      }
      case FLAG -> text;
      case CHOICE, TEXT -> quoted(text);
    };
  }

  private static String plain(BigDecimal value) {
    BigDecimal stripped = value.stripTrailingZeros();
    return (stripped.scale() < 1 ? stripped.setScale(1) : stripped).toPlainString();
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  private static Map<String, String> values(AppConfig c) {
    Map<String, Object> all = new LinkedHashMap<>();
    AppConfig.Hyperparameters h = c.hyperparameters();
    AppConfig.Training t = c.training();
    all.put("resources.max_memory_mb", c.resources().maxMemoryMb());
    all.put("resources.cpu_threads", c.resources().cpuThreads());
    all.put("resources.model_dir", c.resources().modelDir());
    all.put("resources.cache_dir", c.resources().cacheDir());
    all.put("hyperparameters.vocab_size", h.vocabSize());
    all.put("hyperparameters.d_model", h.dModel());
    all.put("hyperparameters.n_layers", h.nLayers());
    all.put("hyperparameters.n_heads", h.nHeads());
    all.put("hyperparameters.n_kv_heads", h.nKvHeads());
    all.put("hyperparameters.d_ff", h.dFf());
    all.put("hyperparameters.max_seq_len", h.maxSeqLen());
    all.put("hyperparameters.dropout", h.dropout());
    all.put("hyperparameters.norm", h.norm());
    all.put("hyperparameters.tie_embeddings", h.tieEmbeddings());
    all.put("training.batch_size", t.batchSize());
    all.put("training.gradient_accumulation", t.gradientAccumulation());
    all.put("training.optimizer", t.optimizer());
    all.put("training.learning_rate", t.learningRate());
    all.put("training.matrix_learning_rate", t.matrixLearningRate());
    all.put("training.max_steps", t.maxSteps());
    all.put("training.warmup_steps", t.warmupSteps());
    all.put("training.schedule", t.schedule());
    all.put("training.decay_fraction", t.decayFraction());
    all.put("training.checkpoint_interval", t.checkpointInterval());
    all.put("training.eval_interval", t.evalInterval());
    all.put("training.early_stopping", t.earlyStopping());
    all.put("training.weight_decay", t.weightDecay());
    all.put("training.validation_fraction", t.validationFraction());
    all.put("training.seed", t.seed());
    all.put("optimization.memory_saver", c.optimization().memorySaver());
    all.put("optimization.chunk_size", c.optimization().chunkSize());
    all.put("optimization.quantization", c.optimization().quantization());
    all.put("tokenizer.type", c.tokenizer().type());
    Map<String, String> texts = new LinkedHashMap<>();
    all.forEach(
        (key, value) ->
            texts.put(
                key,
                value instanceof Float f
                    ? plain(new BigDecimal(Float.toString(f)))
                    : String.valueOf(value)));
    return texts;
  }
}
