package org.minillm.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.minillm.base.MemoryBudget;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.ndarray.NpzFile;
import org.minillm.tokenizer.BpeTokenizer;
import org.minillm.tokenizer.BpeTrainer;

/**
 * Files made to harm a reader: lengths that are not there, counts to 2⁶³, parts that overlap, names
 * twice, weights that are no numbers, paths that lead elsewhere, archives that unpack to more than
 * they say. Each is a valid file but for one place.
 */
final class HostileFiles {
  /** Reads a file to its end. */
  interface Opening {
    void open() throws IOException;
  }

  /**
   * One of them.
   *
   * @param name format and what is wrong
   * @param opening reads it, which must end in a BadFormat
   * @param offset whether the format tells where: text of JSON names the key instead
   */
  record Hostile(String name, Opening opening, boolean offset) {}

  private final Path directory;
  private final Path model;
  private final byte[] gguf;
  private final byte[] weights;
  private final List<Hostile> all = new ArrayList<>();

  private HostileFiles(Path directory) throws IOException {
    this.directory = directory;
    BpeTokenizer tokenizer =
        BpeTrainer.train(
            sink -> sink.accept("el perro come y el gato duerme 12"),
            280,
            List.of("<|endoftext|>"),
            WorkerPool.shared(),
            new RunControl(),
            BpeTrainer.Progress.NONE);
    LoadedModel tiny =
        new LoadedModel(
            Transformer.initialise(
                ModelConfig.of(tokenizer.vocabSize(), 32, 1, 2, 32, 32), 3, WorkerPool.shared()),
            tokenizer,
            Optional.empty(),
            ModelCard.named("tiny"),
            directory);
    model = directory.resolve("model");
    ModelFiles.save(model, tiny.model(), tokenizer, Optional.empty(), tiny.card(), TensorType.F32);
    Path file = directory.resolve("tiny.gguf");
    ModelFiles.saveGguf(file, tiny, "f32");
    gguf = Files.readAllBytes(file);
    weights = Files.readAllBytes(model.resolve("model.safetensors"));
  }

  /** Writes them below a directory. */
  static List<Hostile> write(Path directory) throws IOException {
    HostileFiles files = new HostileFiles(directory);
    files.gguf();
    files.safeTensors();
    files.shards();
    files.tokenizerJson();
    files.llama2c();
    files.npz();
    return files.all;
  }

  private static void load(Path path) throws IOException {
    LoadedModel unused =
        ModelFiles.load(path, Optional.empty(), WorkerPool.shared(), MemoryBudget.ofHeap());
  }

  // ---- GGUF
  // ---------------------------------------------------------------------------------------

  private void gguf() throws IOException {
    for (long n : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, -1, 1L << 40}) {
      gguf("tensors " + n, bytes -> bytes.putLong(8, n));
      gguf("key-values " + n, bytes -> bytes.putLong(16, n));
      gguf("length of a key " + n, bytes -> bytes.putLong(24, n));
      gguf(
          "elements of an array " + n,
          bytes -> bytes.putLong(after("tokenizer.ggml.tokens") + 8, n));
      gguf("axis " + n, bytes -> bytes.putLong(after("token_embd.weight") + 4, n));
      gguf("offset " + n, bytes -> bytes.putLong(after("token_embd.weight") + 24, n));
    }
    gguf("value of type 99", bytes -> bytes.putInt(after("general.architecture"), 99));
    gguf("tensor of type 99", bytes -> bytes.putInt(after("token_embd.weight") + 20, 99));
    gguf("axes 200", bytes -> bytes.putInt(after("token_embd.weight"), 200));
    gguf("overlapping tensors", bytes -> bytes.putLong(after("output_norm.weight") + 16, 0));
    gguf("a tensor twice", bytes -> rename(bytes, "blk.0.ffn_up.weight", "blk.0.attn_q.weight"));
    gguf("a key twice", bytes -> rename(bytes, "general.file_type", "llama.block_count"));
    gguf("heads 0", bytes -> bytes.putInt(after("llama.attention.head_count") + 4, 0));
    gguf("a weight that is NaN", bytes -> bytes.putFloat(bytes.capacity() - 4, Float.NaN));
  }

  private interface Change {
    void on(ByteBuffer bytes);
  }

  private void gguf(String what, Change change) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(gguf.clone()).order(ByteOrder.LITTLE_ENDIAN);
    change.on(bytes);
    Path file = Files.write(directory.resolve(all.size() + ".gguf"), bytes.array());
    boolean nan = what.endsWith("NaN") || what.startsWith("heads"); // named by tensor and key
    all.add(new Hostile("GGUF: " + what, () -> load(file), !nan));
  }

  /** Where what follows a name begins. */
  private int after(String name) {
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    for (int at = 8; at + text.length < gguf.length; at++) {
      boolean length =
          ByteBuffer.wrap(gguf).order(ByteOrder.LITTLE_ENDIAN).getLong(at - 8) == text.length;
      if (length && new String(gguf, at, text.length, StandardCharsets.US_ASCII).equals(name)) {
        return at + text.length;
      }
    }
    throw new IllegalStateException(name);
  }

  /** Both names are equally long. */
  private void rename(ByteBuffer bytes, String from, String to) {
    bytes.put(after(from) - from.length(), to.getBytes(StandardCharsets.US_ASCII));
  }

  // ---- safetensors
  // --------------------------------------------------------------------------------

  private void safeTensors() throws IOException {
    int header = (int) ByteBuffer.wrap(weights).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    String json = new String(weights, 8, header, StandardCharsets.UTF_8);
    byte[] data = java.util.Arrays.copyOfRange(weights, 8 + header, weights.length);
    for (long n : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, -1, 99_999_999L}) {
      safeTensors("header of " + n, n, json, data);
    }
    String name = "\"model.norm.weight\"";
    for (String entry :
        List.of(
            "{\"dtype\":\"F32\",\"shape\":[32],\"data_offsets\":[0,128]}", // another's bytes
            "{\"dtype\":\"F32\",\"shape\":[32],\"data_offsets\":[0,9223372036854775807]}",
            "{\"dtype\":\"F32\",\"shape\":[32],\"data_offsets\":[-128,0]}",
            "{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}",
            "{\"dtype\":\"F64\",\"shape\":[16],\"data_offsets\":[0,128]}",
            "1")) {
      String changed = json.replaceFirst(name + "\\s*:\\s*\\{[^}]*\\}", name + ":" + entry);
      safeTensors(entry, changed.length(), changed, data);
    }
    String twice =
        json.replaceFirst(
            "\\{", "{" + name + ":{\"dtype\":\"F32\",\"shape\":[32],\"data_offsets\":[0,128]},");
    safeTensors("a tensor twice", twice.length(), twice, data);
    String deep = "{\"a\":" + "[".repeat(100_000);
    safeTensors("100,000 arrays inside each other", deep.length(), deep, data);
    byte[] nan = data.clone();
    ByteBuffer.wrap(nan).order(ByteOrder.LITTLE_ENDIAN).putFloat(nan.length - 4, Float.NaN);
    safeTensors("a weight that is NaN", json.length(), json, nan);
  }

  private void safeTensors(String what, long length, String header, byte[] data)
      throws IOException {
    Path copy = copyOfModel();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length).array());
    out.writeBytes(header.getBytes(StandardCharsets.UTF_8));
    out.writeBytes(data);
    Files.write(copy.resolve("model.safetensors"), out.toByteArray());
    all.add(new Hostile("safetensors: " + what, () -> load(copy), !what.endsWith("NaN")));
  }

  private Path copyOfModel() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("model-" + all.size()));
    for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(model.resolve(name), copy.resolve(name));
    }
    return copy;
  }

  // ---- sharded index
  // ------------------------------------------------------------------------------

  private void shards() throws IOException {
    for (String file :
        List.of(
            "../model/model.safetensors",
            model.resolve("model.safetensors").toString(),
            "sub/../model.safetensors",
            "model.safetensors\\u0000",
            "..\\\\model.safetensors",
            "missing.safetensors",
            "")) {
      shards(
          "file \"" + (file.startsWith("/") ? "/absolute" : file) + "\"",
          "{\"weight_map\": {\"model.norm.weight\": \"" + file + "\"}}");
    }
    shards("no map", "{\"weight_map\": null}");
    shards("a map of numbers", "{\"weight_map\": {\"model.norm.weight\": 7}}");
    shards(
        "a tensor twice", "{\"weight_map\": {\"a\": \"x.safetensors\", \"a\": \"y.safetensors\"}}");
    shards("100,000 arrays inside each other", "{\"weight_map\": " + "[".repeat(100_000));
  }

  private void shards(String what, String index) throws IOException {
    Path copy = copyOfModel();
    Files.writeString(copy.resolve("model.safetensors.index.json"), index);
    all.add(new Hostile("sharded index: " + what, () -> load(copy), false));
  }

  // ---- tokenizer.json
  // -----------------------------------------------------------------------------

  private void tokenizerJson() throws IOException {
    String json = Files.readString(model.resolve("tokenizer.json"));
    String first = "\"<|endoftext|>\" : 0";
    tokenizerJson("an id of 2³¹", json.replace(first, "\"<|endoftext|>\" : 2147483648"));
    tokenizerJson("an id of 2⁶³", json.replace(first, "\"<|endoftext|>\" : 9223372036854775808"));
    tokenizerJson("an id twice", json.replace(first, "\"<|endoftext|>\" : 1"));
    tokenizerJson("a token twice", json.replace(first, first + ", \"<|endoftext|>\" : 0"));
    tokenizerJson(
        "a token of a megabyte", json.replace(first, "\"" + "a".repeat(1 << 20) + "\" : 0"));
    tokenizerJson("100,000 objects inside each other", "{\"a\":".repeat(100_000));
    tokenizerJson(
        "a million merges of nothing",
        json.replaceFirst("\"merges\" : \\[", "\"merges\" : [ " + "\"a a\",".repeat(1_000_000)));
  }

  private void tokenizerJson(String what, String json) throws IOException {
    Path copy = Files.createDirectory(directory.resolve("tokenizer-" + all.size()));
    Path file = Files.writeString(copy.resolve("tokenizer.json"), json);
    all.add(
        new Hostile(
            "tokenizer.json: " + what,
            () -> {
              var unused = ModelFiles.loadTokenizer(file);
            },
            false));
  }

  // ---- llama2.c
  // -----------------------------------------------------------------------------------

  private void llama2c() throws IOException {
    int[] shape = {8, 16, 1, 2, 2, 259, 16};
    for (int field = 0; field < shape.length; field++) {
      for (int value : new int[] {Integer.MIN_VALUE, Integer.MAX_VALUE, 0}) {
        int[] changed = shape.clone();
        changed[field] = value;
        ByteBuffer bytes = ByteBuffer.allocate(92).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < changed.length; i++) {
          bytes.putInt(4 * i, changed[i]);
        }
        Path file = Files.write(directory.resolve(all.size() + ".bin"), bytes.array());
        all.add(new Hostile("llama2.c: field " + field + " is " + value, () -> load(file), false));
      }
    }
    for (int length : new int[] {Integer.MAX_VALUE, -1, 1 << 28}) {
      ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putInt(0, 7).putFloat(4, 0f).putInt(8, length);
      Path file = Files.write(directory.resolve("tok" + all.size() + ".bin"), bytes.array());
      all.add(
          new Hostile(
              "llama2.c's tokenizer: a token of " + length,
              () -> {
                var unused = ModelFiles.loadTokenizer(file);
              },
              true));
    }
  }

  // ---- .npz
  // ---------------------------------------------------------------------------------------

  private void npz() throws IOException {
    byte[] zeros = npy("(4000000,)", new byte[16_000_000]);
    npz(
        "a bomb: 16 MB of zeros said to be 1 KB",
        Map.of("a.npy", zeros),
        bomb -> {
          int directoryAt = indexOf(bomb, 0x02014b50);
          bomb.putInt(directoryAt + 24, 1024);
        });
    npz(
        "a bomb: a few bytes said to be 3 GB",
        Map.of("a.npy", npy("(1,)", new byte[4])),
        bomb -> {
          int directoryAt = indexOf(bomb, 0x02014b50);
          bomb.putInt(directoryAt + 24, (int) 3_000_000_000L);
        });
    npz("2⁴⁰ values in 4 bytes", Map.of("a.npy", npy("(1048576, 1048576)", new byte[4])), b -> {});
    npz("a member that is no array", Map.of("../../etc/cron.d/x", new byte[8]), b -> {});
    npz("Python objects", Map.of("a.npy", header("|O", "(1,)", new byte[4])), b -> {});
    npz("no end", Map.of("a.npy", npy("(1,)", new byte[4])), b -> b.putInt(b.capacity() - 22, 0));
    npz(
        "a directory elsewhere",
        Map.of("a.npy", npy("(1,)", new byte[4])),
        b -> b.putInt(b.capacity() - 6, Integer.MAX_VALUE));
  }

  private void npz(String what, Map<String, byte[]> members, Change change) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        zip.putNextEntry(new ZipEntry(member.getKey()));
        zip.write(member.getValue());
        zip.closeEntry();
      }
    }
    ByteBuffer bytes = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    change.on(bytes);
    Path file = Files.write(directory.resolve(all.size() + ".npz"), bytes.array());
    all.add(
        new Hostile(
            ".npz: " + what,
            () -> {
              var unused = NpzFile.load(file);
            },
            false));
  }

  private static int indexOf(ByteBuffer bytes, int magic) {
    for (int at = 0; at + 4 <= bytes.capacity(); at++) {
      if (bytes.getInt(at) == magic) {
        return at;
      }
    }
    throw new IllegalStateException("no " + magic);
  }

  private static byte[] npy(String shape, byte[] data) {
    return header("<f4", shape, data);
  }

  private static byte[] header(String type, String shape, byte[] data) {
    String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(text.length());
    out.write(text.length() >> 8);
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(data);
    return out.toByteArray();
  }
}
