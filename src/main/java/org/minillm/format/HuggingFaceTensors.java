package org.minillm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.minillm.base.MiniLlmException.BadFormat;

/**
 * The weights of a Hugging Face directory: {@code model.safetensors}, or the files that {@code
 * model.safetensors.index.json} shares them out to. One thread at a time.
 */
final class HuggingFaceTensors implements AutoCloseable {
  static final String WEIGHTS = "model.safetensors";
  static final String INDEX = WEIGHTS + ".index.json";

  /** The published models of thousands of megabytes have at most a few hundred. */
  private static final int MOST_SHARDS = 1000;

  private final Map<String, SafeTensors> shards; // by file name
  private final Map<String, SafeTensors> byTensor;
  private final long fileBytes;

  private HuggingFaceTensors(
      Map<String, SafeTensors> shards, Map<String, SafeTensors> byTensor, long fileBytes) {
    this.shards = shards;
    this.byTensor = byTensor;
    this.fileBytes = fileBytes;
  }

  /**
   * @throws BadFormat if a file is missing or broken, or does not hold what the index says
   */
  static HuggingFaceTensors open(Path directory) throws IOException {
    Path single = directory.resolve(WEIGHTS);
    Path index = directory.resolve(INDEX);
    if (!Files.exists(single) && Files.isRegularFile(index)) {
      return sharded(directory, Json.readObject(index).path("weight_map"));
    }
    if (!Files.isRegularFile(single)) {
      throw new BadFormat(
          String.valueOf(directory.getFileName()), -1, "has no " + WEIGHTS + " and no " + INDEX);
    }
    SafeTensors tensors = SafeTensors.open(single);
    Map<String, SafeTensors> byTensor = new LinkedHashMap<>();
    tensors.entries().keySet().forEach(name -> byTensor.put(name, tensors));
    return new HuggingFaceTensors(Map.of(WEIGHTS, tensors), byTensor, Files.size(single));
  }

  private static HuggingFaceTensors sharded(Path directory, JsonNode weightMap) throws IOException {
    if (!weightMap.isObject() || weightMap.isEmpty()) {
      throw new BadFormat(INDEX, -1, "weight_map is missing, empty or not an object");
    }
    Map<String, SafeTensors> shards = new LinkedHashMap<>();
    Map<String, SafeTensors> byTensor = new LinkedHashMap<>();
    long bytes = 0;
    try {
      for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
        String file = shardName(entry.getValue());
        SafeTensors shard = shards.get(file);
        if (shard == null) {
          if (shards.size() == MOST_SHARDS) {
            throw new BadFormat(INDEX, -1, "names more than " + MOST_SHARDS + " files");
          }
          Path path = directory.resolve(file);
          if (!Files.isRegularFile(path)) {
            throw new BadFormat(INDEX, -1, "names the file " + file + ", which is not there");
          }
          shard = SafeTensors.open(path);
          shards.put(file, shard);
          bytes += Files.size(path);
        }
        if (!shard.entries().containsKey(entry.getKey())) {
          throw new BadFormat(
              INDEX, -1, "says that " + file + " holds " + entry.getKey() + "; it does not");
        }
        byTensor.put(entry.getKey(), shard);
      }
      return new HuggingFaceTensors(shards, byTensor, bytes);
    } catch (IOException | RuntimeException e) {
      closeAll(shards);
      throw e;
    }
  }

  /** A name in the same directory: an index cannot reach files elsewhere. */
  private static String shardName(JsonNode value) {
    String name = value.asText("");
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,200}\\.safetensors")) {
      String shown = name.length() > 80 ? name.substring(0, 80) + "…" : name;
      throw new BadFormat(
          INDEX, -1, "names the file \"" + shown + "\"; allowed: NAME.safetensors beside it");
    }
    return name;
  }

  Set<String> names() {
    return byTensor.keySet();
  }

  /** Bytes of all files. */
  long fileBytes() {
    return fileBytes;
  }

  /** The type of the largest tensor. */
  TensorType mostlyType() {
    TensorType type = TensorType.F32;
    long most = -1;
    for (Map.Entry<String, SafeTensors> of : byTensor.entrySet()) {
      SafeTensors.Entry entry = of.getValue().entries().get(of.getKey());
      if (entry != null && entry.size() > most) {
        most = entry.size();
        type = entry.type();
      }
    }
    return type;
  }

  private SafeTensors holder(String name) {
    SafeTensors tensors = byTensor.get(name);
    if (tensors == null) {
      throw new BadFormat(WEIGHTS, -1, "has no tensor " + name);
    }
    return tensors;
  }

  /** As {@link SafeTensors#requireShape}. */
  void requireShape(String name, int[] shape) {
    holder(name).requireShape(name, shape);
  }

  /** As {@link SafeTensors#readRows}. */
  void readRows(String name, int row, int rows, int width, float[] to, int offset)
      throws IOException {
    holder(name).readRows(name, row, rows, width, to, offset);
  }

  private static void closeAll(Map<String, SafeTensors> shards) throws IOException {
    for (SafeTensors shard : shards.values()) {
      shard.close();
    }
  }

  @Override
  public void close() throws IOException {
    closeAll(shards);
  }
}
