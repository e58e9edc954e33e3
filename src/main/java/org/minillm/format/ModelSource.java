package org.minillm.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.minillm.base.MemoryBudget;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Quantization;
import org.minillm.model.QuantizedParameters;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatSupport;
import org.minillm.tokenizer.Tokenizer;

/** A model whose head was read and whose weights can be: into memory, or into another file. */
record ModelSource(
    Path path,
    ModelConfig config,
    Tokenizer tokenizer,
    ChatSupport chat,
    ModelCard card,
    TensorRows rows)
    implements AutoCloseable {

  /** Matrices that stay float32 when the model is loaded as stored; empty if none is in blocks. */
  static Optional<List<String>> floatMatrices(ModelConfig config, TensorRows rows) {
    List<String> floats = new ArrayList<>();
    List<String> names = Parameters.names(config);
    for (String name : names) {
      if (!rows.isBlocks(name)) {
        floats.add(name);
      }
    }
    return floats.size() == names.size() ? Optional.empty() : Optional.of(floats);
  }

  /** Bytes of the weights in memory, loaded as stored. */
  static long bytesAsStored(ModelConfig config, TensorRows rows) {
    return floatMatrices(config, rows)
        .map(floats -> QuantizedParameters.bytes(config, floats))
        .orElse(Float.BYTES * config.parameterCount());
  }

  /**
   * Reads the weights, a row at a time.
   *
   * @param budget asked before they are allocated
   */
  LoadedModel load(WorkerPool pool, MemoryBudget budget, Quantization quantization)
      throws IOException {
    return loaded(weights(path, config, rows, pool, budget, quantization));
  }

  /** Reads the weights as float32, whatever the file has: to be trained. */
  LoadedModel loadFloats(WorkerPool pool, MemoryBudget budget) throws IOException {
    budget.require("The weights of " + path.getFileName(), Float.BYTES * config.parameterCount());
    return loaded(new Transformer(config, floats(path, config, rows), pool));
  }

  /** The model with the weights that {@link #weights} has read. */
  LoadedModel loaded(Transformer model) {
    return new LoadedModel(model, tokenizer, chat.with(tokenizer), card, path);
  }

  /** The weights alone; arguments as {@link #load}'s. */
  static Transformer weights(
      Path path,
      ModelConfig config,
      TensorRows rows,
      WorkerPool pool,
      MemoryBudget budget,
      Quantization quantization)
      throws IOException {
    Optional<List<String>> floats =
        quantization == Quantization.INT8 ? Optional.of(List.of()) : floatMatrices(config, rows);
    String what = "The weights of " + path.getFileName();
    if (floats.isPresent()) {
      budget.require(what, QuantizedParameters.bytes(config, floats.get()));
      return new Transformer(config, quantized(path, config, rows, floats.get()), pool);
    }
    budget.require(what, Float.BYTES * config.parameterCount());
    return new Transformer(config, floats(path, config, rows), pool);
  }

  private static Parameters floats(Path path, ModelConfig config, TensorRows rows)
      throws IOException {
    Parameters parameters = Parameters.allocate(config);
    for (Parameters.Parameter p : parameters.all()) {
      int[] shape = p.array().shape();
      int width = shape[shape.length - 1];
      int count = p.array().size() / width;
      rows.readAll(p.name(), count, width, p.array().data(), p.array().offset());
      FiniteWeights.require(String.valueOf(path.getFileName()), p);
    }
    return parameters;
  }

  private static QuantizedParameters quantized(
      Path path, ModelConfig config, TensorRows rows, List<String> floats) throws IOException {
    QuantizedParameters parameters = QuantizedParameters.allocate(config, floats);
    float[] values = new float[Math.max(config.dModel(), config.dFf())];
    byte[] quants = new byte[values.length];
    float[] scales = new float[values.length];
    for (Parameters.Shape tensor : Parameters.shapes(config)) {
      boolean asTheyAre = parameters.isInt8(tensor.name()) && rows.isBlocks(tensor.name());
      for (int row = 0; row < tensor.rows(); row++) {
        if (asTheyAre) {
          rows.read(tensor.name(), row, quants, scales);
          parameters.setRow(tensor.name(), row, quants, scales);
        } else {
          rows.read(tensor.name(), row, values, 0);
          FiniteWeights.require(
              String.valueOf(path.getFileName()), tensor.name(), values, 0, tensor.width());
          parameters.setRow(tensor.name(), row, values, 0);
        }
      }
    }
    return parameters;
  }

  /** The same, whose rows can be read only until {@code control} cancels. */
  ModelSource stoppedBy(RunControl control) {
    return new ModelSource(path, config, tokenizer, chat, card, new StoppableRows(rows, control));
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
