package org.minillm.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.tokenizer.ScoreBpeTokenizer;

/**
 * llama2.c's {@code tokenizer.bin}: u32 longest token; then for each token f32 score, u32 length,
 * bytes. The number of tokens stands in the model, not here.
 */
final class Llama2cTokenizerFile {
  private static final int MAX_TOKEN_BYTES = 4096;
  private static final int MAX_TOKENS = 1 << 20;

  private Llama2cTokenizerFile() {}

  /**
   * @param vocabSize tokens the model has; -1 reads to the end of the file
   */
  static ScoreBpeTokenizer read(Path path, int vocabSize) throws IOException {
    String name = String.valueOf(path.getFileName());
    try (LittleEndianFile in = new LittleEndianFile(path)) {
      int longest = in.readInt("length of the longest token");
      if (longest < 1 || longest > MAX_TOKEN_BYTES) {
        throw new BadFormat(
            name,
            0,
            "is no tokenizer of llama2.c (longest token of "
                + longest
                + " bytes; allowed: 1 to "
                + MAX_TOKEN_BYTES
                + ")");
      }
      java.util.ArrayList<byte[]> tokens = new java.util.ArrayList<>();
      java.util.ArrayList<Float> scores = new java.util.ArrayList<>();
      while (vocabSize >= 0 ? tokens.size() < vocabSize : in.left() > 0) {
        if (tokens.size() == MAX_TOKENS) {
          throw new BadFormat(name, in.position(), "more than " + MAX_TOKENS + " tokens");
        }
        String what = "token " + tokens.size();
        float score = in.readFloat(what);
        int length = in.readInt(what);
        if (length < 0 || length > longest) {
          throw new BadFormat(
              name,
              in.position() - 4,
              what + " is " + length + " bytes long; the longest one is to be " + longest);
        }
        scores.add(score);
        tokens.add(in.readBytes(length, what));
      }
      if (in.left() > 0) {
        throw new BadFormat(
            name,
            in.position(),
            "goes on after token "
                + tokens.size()
                + ", the last one of the model; it belongs to another model");
      }
      float[] values = new float[scores.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = scores.get(i);
      }
      try {
        return new ScoreBpeTokenizer(tokens.toArray(new byte[0][]), values);
      } catch (BadInput e) {
        throw new BadFormat(name, -1, e.what() + ": " + e.reason());
      }
    }
  }

  /** Writes a tokenizer: temporary name, flushed, renamed. */
  static void write(Path path, ScoreBpeTokenizer tokenizer) throws IOException {
    int longest = 1;
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      longest = Math.max(longest, bytes(tokenizer, id).length);
    }
    int most = longest;
    AtomicFiles.write(
        path,
        out -> {
          ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          out.write(head.putInt(0, most).array(), 0, Integer.BYTES);
          for (int id = 0; id < tokenizer.vocabSize(); id++) {
            byte[] token = bytes(tokenizer, id);
            out.write(head.putFloat(0, tokenizer.score(id)).putInt(4, token.length).array());
            out.write(token);
          }
        });
  }

  /** BOS and EOS stand between line feeds, as tokenizer.py writes them: no text becomes them. */
  private static byte[] bytes(ScoreBpeTokenizer tokenizer, int id) {
    return id == 1 || id == 2
        ? ("\n" + tokenizer.tokenText(id) + "\n").getBytes(StandardCharsets.US_ASCII)
        : tokenizer.rawToken(id);
  }
}
