import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.minillm.format.ModelFiles;
import org.minillm.tokenizer.Tokenizer;

/**
 * The ids of texts by this project's tokenizer: {@code java -cp CLASSES TokenIds.java MODEL}. Reads
 * texts from standard input, each as a little-endian int length and its bytes; writes for each the
 * number of ids, the ids, and likewise the bytes that the ids give back. The same as
 * llama_tokens.cpp does with llama.cpp; compare_tokenizers.py drives both.
 */
final class TokenIds {
  private TokenIds() {}

  public static void main(String[] args) throws IOException {
    Tokenizer tokenizer = ModelFiles.loadTokenizer(Path.of(args[0]));
    boolean spaced = tokenizer.kind().equals("llama2.c"); // BOS lets decoding drop the dummy space
    InputStream in = new BufferedInputStream(System.in);
    try (OutputStream out = new BufferedOutputStream(System.out)) {
      for (byte[] head = in.readNBytes(4); head.length == 4; head = in.readNBytes(4)) {
        byte[] text = in.readNBytes(ints(head).getInt());
        int[] ids = tokenizer.encode(text);
        int from = spaced ? 1 : 0;
        int[] whole = new int[from + ids.length];
        if (spaced) {
          whole[0] = tokenizer.bosId().orElseThrow();
        }
        System.arraycopy(ids, 0, whole, from, ids.length);
        byte[] back = tokenizer.decodeToBytes(whole);
        ByteBuffer answer = ints(new byte[8 + 4 * ids.length]).putInt(ids.length);
        for (int id : ids) {
          answer.putInt(id);
        }
        out.write(answer.putInt(back.length).array());
        out.write(back);
      }
    }
  }

  private static ByteBuffer ints(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
