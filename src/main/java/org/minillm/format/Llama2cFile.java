package org.minillm.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.ChatSupport;
import org.minillm.tokenizer.Tokenizer;

/** llama2.c's {@code .bin}, versions 0, 1 and 2; the layout is {@link Llama2cHeader}'s. */
final class Llama2cFile {
  static final String FORMAT = "llama2.c";

  /** Names of the two files that an export makes. */
  static final String MODEL = "model.bin";

  static final String TOKENIZER = "tokenizer.bin";

  private Llama2cFile() {}

  /** Whether the file begins with a head that makes sense. */
  static boolean looksLike(Path path) throws IOException {
    try (LittleEndianFile in = new LittleEndianFile(path)) {
      if (in.size() < Integer.BYTES * Llama2cHeader.FIELDS) {
        return false;
      }
      int[] h = new int[Llama2cHeader.FIELDS];
      for (int i = 0; i < h.length; i++) {
        h[i] = in.readInt("header");
      }
      return h[0] == Llama2cHeader.MAGIC
          || (h[0] > 0
              && h[0] <= 1 << 16
              && h[2] > 0
              && h[2] <= 1024
              && h[3] > 0
              && h[3] <= h[0]
              && h[4] > 0
              && h[4] <= h[3]
              && h[5] != 0
              && h[5] != Integer.MIN_VALUE
              && h[6] > 0);
    }
  }

  static ModelInfo inspect(Path path) throws IOException {
    Llama2cHeader header = header(path);
    ModelConfig config = header.config();
    try (TensorRows rows = new Llama2cRows(path, header)) {
      return new ModelInfo(
          path,
          FORMAT,
          config,
          Files.size(path),
          header.version() == 2 ? "Q8_0" : "F32",
          ModelCard.named(String.valueOf(path.getFileName())),
          ChatSupport.none(),
          ModelSource.bytesAsStored(config, rows));
    }
  }

  private static Llama2cHeader header(Path path) throws IOException {
    try (LittleEndianFile in = new LittleEndianFile(path)) {
      return Llama2cHeader.read(in);
    }
  }

  static ModelSource open(Path path, Optional<Path> tokenizerPath) throws IOException {
    Llama2cHeader header = header(path);
    ModelConfig config = header.config();
    Tokenizer tokenizer =
        Llama2cTokenizerFile.read(tokenizerOf(path, tokenizerPath), config.vocabSize());
    return new ModelSource(
        path,
        config,
        tokenizer,
        ChatSupport.none(),
        ModelCard.named(String.valueOf(path.getFileName())),
        new Llama2cRows(path, header));
  }

  /** The tokenizer given, or the only one beside the model: tokenizer.bin or tok*.bin. */
  private static Path tokenizerOf(Path model, Optional<Path> given) throws IOException {
    if (given.isPresent()) {
      return given.get();
    }
    Path directory = model.toAbsolutePath().getParent();
    if (directory != null) {
      Path usual = directory.resolve(TOKENIZER);
      if (Files.isRegularFile(usual)) {
        return usual;
      }
      try (Stream<Path> files = Files.list(directory)) {
        List<Path> found =
            files.filter(f -> f.getFileName().toString().matches("tok.*\\.bin")).toList();
        if (found.size() == 1) {
          return found.get(0);
        }
      }
    }
    throw new BadFormat(
        String.valueOf(model.getFileName()),
        -1,
        "brings no tokenizer and none lies beside it; give one with --tokenizer");
  }
}
