package org.minillm.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.minillm.base.FileTrees;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.NormType;
import org.minillm.tokenizer.ScoreBpeTokenizer;

/**
 * Turns a model of any known format into another, a row at a time, and checks what was written: it
 * gets its name only when {@link ExportCheck} has found it equal.
 */
public final class ModelExport {
  /** What other programs read. */
  public enum Format {
    /** One file: llama.cpp, Ollama, LM Studio. */
    GGUF("f32", "f16", "q8_0"),
    /** A directory: transformers. */
    HF("f32", "f16", "bf16"),
    /** A directory of model.bin and tokenizer.bin: version 0 (f32) or 2 (q8_0). */
    LLAMA2C("f32", "q8_0");

    private final List<String> types;

    Format(String... types) {
      this.types = List.of(types);
    }

    /** How weights can be stored. */
    public List<String> types() {
      return types;
    }
  }

  /** What puts a source into a path that does not exist yet. */
  interface Writing {
    void write(Path to, ModelSource source) throws IOException;
  }

  private ModelExport() {}

  /**
   * Writes a model for other programs.
   *
   * @param to a file for GGUF, else a directory; must not exist, except a file with {@code replace}
   * @param type one of the format's {@link Format#types}
   * @param budget what may be loaded to compare logits
   * @param control asked at each row; cancelled, nothing is left of what was written
   * @throws BadInput if the format cannot hold the model, with the reason
   * @throws BadFormat if the check fails; nothing is left of what was written
   */
  public static ExportSlip export(
      Path from,
      Optional<Path> tokenizer,
      Path to,
      Format format,
      String type,
      boolean replace,
      WorkerPool pool,
      MemoryBudget budget,
      RunControl control)
      throws IOException {
    if (!format.types().contains(type)) {
      throw new BadInput(
          "type " + type,
          "allowed for "
              + format.name().toLowerCase(Locale.ROOT)
              + ": "
              + String.join(", ", format.types()));
    }
    requireFree(to, replace && format == Format.GGUF);
    try (ModelSource source = ModelFiles.open(from, tokenizer, budget)) {
      if (source.config().norm() != NormType.RMSNORM && format == Format.HF) {
        throw new BadInput(
            String.valueOf(from.getFileName()),
            "it has LayerNorm, which the llama architecture lacks; only RMSNorm models can be"
                + " exported");
      }
      return checked(source, to, writing(format, type), rounding(type), pool, budget, control);
    }
  }

  /**
   * Brings a model of another program into a form this app works with: a Hugging Face directory, or
   * a GGUF file where it is quantised or its tokenizer has no {@code tokenizer.json}.
   *
   * @param to without an ending; a file gets {@code .gguf}
   * @param type "f32", "f16", "bf16" or "q8_0"; empty for what the model has
   */
  public static ExportSlip bringIn(
      Path from,
      Optional<Path> tokenizer,
      Path to,
      Optional<String> type,
      WorkerPool pool,
      MemoryBudget budget,
      RunControl control)
      throws IOException {
    String asked = type.orElseGet(() -> "");
    if (asked.isEmpty()) {
      asked = ModelFiles.inspect(from).dtype().toLowerCase(Locale.ROOT);
      asked = asked.equals("q4_0") ? "q8_0" : asked; // exact: the same scales
    }
    if (!List.of("f32", "f16", "bf16", "q8_0").contains(asked)) {
      throw new BadInput("type " + asked, "allowed: f32, f16, bf16, q8_0");
    }
    try (ModelSource source = ModelFiles.open(from, tokenizer, budget)) {
      boolean scores = source.tokenizer() instanceof ScoreBpeTokenizer;
      if (!scores && !asked.equals("q8_0")) {
        requireFree(to, false);
        return checked(
            source, to, writing(Format.HF, asked), rounding(asked), pool, budget, control);
      }
      boolean named = String.valueOf(to.getFileName()).endsWith(".gguf");
      Path file = named ? to : to.resolveSibling(to.getFileName() + ".gguf");
      requireFree(file, false);
      String stored = asked.equals("bf16") ? "f32" : asked; // not written as BF16
      return checked(
          source, file, writing(Format.GGUF, stored), rounding(stored), pool, budget, control);
    }
  }

  private static void requireFree(Path to, boolean replace) {
    if (Files.exists(to) && !(replace && Files.isRegularFile(to))) {
      throw new BadInput(to.toString(), "exists already; give another name or delete it first");
    }
    Path parent = to.toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      throw new BadInput(parent.toString(), "there is no such directory");
    }
  }

  private static Writing writing(Format format, String type) {
    return switch (format) {
      case GGUF -> (to, source) -> GgufWriter.write(to, source, ModelFiles.ggufType(type));
      case HF ->
          (to, source) ->
              HuggingFaceDirectory.write(
                  to, source, TensorType.valueOf(type.toUpperCase(Locale.ROOT)));
      case LLAMA2C -> (to, source) -> Llama2cWriter.write(to, source, type.equals("q8_0"));
    };
  }

  private static ExportCheck.Rounding rounding(String type) {
    return switch (type) {
      case "f16" -> ExportCheck.Rounding.F16;
      case "bf16" -> ExportCheck.Rounding.BF16;
      case "q8_0" -> ExportCheck.Rounding.INT8;
      default -> ExportCheck.Rounding.NONE;
    };
  }

  /** Writes beside the target, checks, and only then gives it its name. */
  static ExportSlip checked(
      ModelSource source,
      Path to,
      Writing writing,
      ExportCheck.Rounding rounding,
      WorkerPool pool,
      MemoryBudget budget,
      RunControl control)
      throws IOException {
    Path part = to.resolveSibling("." + to.getFileName() + ".unchecked");
    FileTrees.delete(part);
    try {
      ModelSource stoppable = source.stoppedBy(control);
      writing.write(part, stoppable);
      Path bin = part.resolve(Llama2cFile.MODEL);
      boolean llama2c = Files.isRegularFile(bin);
      ExportSlip slip;
      try (ModelSource written = ModelFiles.open(llama2c ? bin : part, Optional.empty(), budget)) {
        slip = new ExportCheck(stoppable, written.stoppedBy(control), rounding).check(pool, budget);
      } catch (BadFormat e) {
        throw new BadFormat(
            String.valueOf(to.getFileName()), -1, e.reason() + ". What was written is deleted.");
      }
      Files.move(part, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.syncDirectory(to.toAbsolutePath().getParent());
      boolean file = Files.isRegularFile(to);
      return slip.at(to, file ? to : to.resolve(String.valueOf(slip.weights().getFileName())));
    } finally {
      FileTrees.delete(part);
    }
  }
}
