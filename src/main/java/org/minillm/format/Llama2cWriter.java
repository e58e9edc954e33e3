package org.minillm.format;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.tokenizer.ScoreBpeTokenizer;

/**
 * Writes a model for llama2.c: version 0 (float32, for {@code run}) or version 2 (int8, for {@code
 * runq}), with its tokenizer. Version 1 is read only, for no program of llama2.c runs it. A row
 * passes at a time.
 */
final class Llama2cWriter {
  private static final int LARGEST_GROUP = 64;
  private static final int SMALLEST_GROUP = 4;

  private final ModelSource source;
  private final ModelConfig config;
  private final OutputStream out;

  private Llama2cWriter(ModelSource source, OutputStream out) {
    this.source = source;
    this.config = source.config();
    this.out = out;
  }

  /**
   * Writes {@code model.bin} and {@code tokenizer.bin} into a directory.
   *
   * @param int8 version 2, else version 0
   * @throws BadInput if llama2.c cannot hold this model, with the reason
   */
  static void write(Path directory, ModelSource source, boolean int8) throws IOException {
    requireFits(source);
    if (!(source.tokenizer() instanceof ScoreBpeTokenizer tokenizer)
        || tokenizer.vocabSize() != source.config().vocabSize()) {
      throw new BadInput(
          name(source),
          "its tokenizer ("
              + source.tokenizer().kind()
              + ") cannot be written for llama2.c,"
              + " which merges by scores without cutting words first and has a token for each id;"
              + " only models with such a tokenizer can be exported");
    }
    Llama2cHeader header =
        new Llama2cHeader(int8 ? 2 : 0, source.config(), int8 ? groupSize(source) : 0);
    Files.createDirectories(directory);
    Llama2cTokenizerFile.write(directory.resolve(Llama2cFile.TOKENIZER), tokenizer);
    AtomicFiles.write(
        directory.resolve(Llama2cFile.MODEL), out -> new Llama2cWriter(source, out).all(header));
  }

  private static String name(ModelSource source) {
    return String.valueOf(source.path().getFileName());
  }

  private static void requireFits(ModelSource source) {
    ModelConfig c = source.config();
    if (c.norm() != NormType.RMSNORM) {
      throw new BadInput(
          name(source),
          "it has LayerNorm, which llama2.c lacks; only RMSNorm models can be exported");
    }
    if (c.ropeTheta() != ModelConfig.DEFAULT_ROPE_THETA
        || c.normEps() != ModelConfig.DEFAULT_NORM_EPS) {
      throw new BadInput(
          name(source),
          "its rope_theta is "
              + c.ropeTheta()
              + " and its norm_eps "
              + c.normEps()
              + "; llama2.c computes with 10000 and 1e-5 only");
    }
  }

  /** The largest group that rows are made of, as export.py finds it. */
  private static int groupSize(ModelSource source) {
    ModelConfig c = source.config();
    int group = LARGEST_GROUP;
    while (c.dModel() % group != 0 || c.dFf() % group != 0) {
      group /= 2;
    }
    if (group < SMALLEST_GROUP) {
      throw new BadInput(
          name(source),
          "its rows of "
              + c.dModel()
              + " and "
              + c.dFf()
              + " values have no common group of at"
              + " least "
              + SMALLEST_GROUP
              + "; export it as f32");
    }
    return group;
  }

  private void all(Llama2cHeader header) throws IOException {
    head(header);
    for (Llama2cHeader.Place place : header.places()) {
      if (place.name().equals(Llama2cHeader.ROTARY)) {
        rotary();
      } else if (place.groupSize() == 0) {
        floats(place);
      } else {
        groups(place);
      }
    }
  }

  private void head(Llama2cHeader header) throws IOException {
    boolean old = header.version() == 0;
    int size = old ? Integer.BYTES * Llama2cHeader.FIELDS : Llama2cHeader.BYTES;
    ByteBuffer head = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    if (!old) {
      head.putInt(Llama2cHeader.MAGIC).putInt(header.version());
    }
    head.putInt(config.dModel()).putInt(config.dFf()).putInt(config.nLayers());
    head.putInt(config.nHeads()).putInt(config.nKvHeads());
    boolean negative = old && !config.tieEmbeddings();
    head.putInt(negative ? -config.vocabSize() : config.vocabSize());
    head.putInt(config.contextLength());
    if (!old) {
      head.put((byte) (config.tieEmbeddings() ? 1 : 0)).putInt(header.groupSize());
    }
    out.write(head.array());
  }

  /** What old versions of run.c read: cosines, then sines, [seq_len, head_size / 2] each. */
  private void rotary() throws IOException {
    int half = config.headDim() / 2;
    ByteBuffer row = ByteBuffer.allocate(Float.BYTES * half).order(ByteOrder.LITTLE_ENDIAN);
    for (int part = 0; part < 2; part++) {
      for (int position = 0; position < config.contextLength(); position++) {
        for (int i = 0; i < half; i++) {
          double angle = position / Math.pow(config.ropeTheta(), 2.0 * i / config.headDim());
          row.putFloat(Float.BYTES * i, (float) (part == 0 ? Math.cos(angle) : Math.sin(angle)));
        }
        out.write(row.array());
      }
    }
  }

  private void read(Llama2cHeader.Place place, int row, float[] values) throws IOException {
    boolean turns = Rotary.turns(place.name());
    source.rows().read(place.name(), turns ? Rotary.halfSplitRow(config, row) : row, values, 0);
    for (int i = 0; i < place.width(); i++) {
      if (!Float.isFinite(values[i])) {
        throw new BadInput(place.name() + ", row " + row, "holds " + values[i]);
      }
    }
  }

  private void floats(Llama2cHeader.Place place) throws IOException {
    float[] values = new float[place.width()];
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * place.width()).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < place.rows(); row++) {
      read(place, row, values);
      bytes.asFloatBuffer().put(values);
      out.write(bytes.array());
    }
  }

  /** All quants of the tensor, then all scales: max / 127 of each group. */
  private void groups(Llama2cHeader.Place place) throws IOException {
    int group = place.groupSize();
    float[] values = new float[place.width()];
    byte[] quants = new byte[place.width()];
    float[] scales = new float[Math.toIntExact(place.values() / group)];
    for (int row = 0; row < place.rows(); row++) {
      read(place, row, values);
      for (int from = 0; from < values.length; from += group) {
        float most = 0;
        for (int i = from; i < from + group; i++) {
          most = Math.max(most, Math.abs(values[i]));
        }
        float scale = most / 127;
        scales[(int) (((long) row * values.length + from) / group)] = scale;
        for (int i = from; i < from + group; i++) {
          quants[i] = (byte) (scale == 0 ? 0 : Math.rint(values[i] / scale));
        }
      }
      out.write(quants);
    }
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float scale : scales) {
      out.write(bytes.putFloat(0, scale).array());
    }
  }
}
