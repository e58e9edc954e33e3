package org.minillm.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.minillm.base.MiniLlmException.BadFormat;

/** The tensors of a llama2.c file; rows of q and k are put into the half-split order. */
final class Llama2cRows implements TensorRows {
  private static final int BLOCK = 32;

  private final String file;
  private final Llama2cHeader header;
  private final FileChannel channel;

  /** Quants and scales lie far apart: each is read ahead on its own. */
  private final FileWindow window;

  private final FileWindow scaleWindow;
  private final Map<String, Llama2cHeader.Place> places = new HashMap<>();

  Llama2cRows(Path path, Llama2cHeader header) throws IOException {
    this.header = header;
    file = String.valueOf(path.getFileName());
    header.places().forEach(place -> places.put(place.name(), place));
    channel = FileChannel.open(path, StandardOpenOption.READ);
    window = new FileWindow(file, channel);
    scaleWindow = new FileWindow(file, channel);
  }

  private Llama2cHeader.Place place(String name) {
    Llama2cHeader.Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException("no tensor " + name);
    }
    return place;
  }

  /** Groups that are whole blocks of 32 in a row stay as they are; others become float32. */
  @Override
  public boolean isBlocks(String name) {
    Llama2cHeader.Place place = place(name);
    int group = place.groupSize();
    return group > 0 && group % BLOCK == 0 && place.width() % group == 0;
  }

  /** Index of a row's first value in the tensor. */
  private long first(Llama2cHeader.Place place, int row) {
    int stored = Rotary.turns(place.name()) ? Rotary.pairedRow(header.config(), row) : row;
    return (long) stored * place.width();
  }

  @Override
  public void read(String name, int row, float[] to, int offset) throws IOException {
    Llama2cHeader.Place place = place(name);
    long first = first(place, row);
    if (place.groupSize() == 0) {
      long at = place.at() + Float.BYTES * first;
      window.readFloats(at, TensorType.F32, to, offset, place.width());
      return;
    }
    for (int i = 0; i < place.width(); ) {
      // Up to the end of the group, of the row or of what is read at once.
      int left = place.groupSize() - (int) ((first + i) % place.groupSize());
      int count = Math.min(Math.min(left, place.width() - i), FileWindow.SIZE);
      float scale = scale(place, first + i);
      ByteBuffer quants = window.at(place.at() + first + i, count);
      for (int j = 0; j < count; j++) {
        to[offset + i + j] = quants.get() * scale;
      }
      i += count;
    }
  }

  @Override
  public void read(String name, int row, byte[] quants, float[] scales) throws IOException {
    Llama2cHeader.Place place = place(name);
    long first = first(place, row);
    for (int i = 0; i < place.width(); i += BLOCK) {
      window.at(place.at() + first + i, BLOCK).get(quants, i, BLOCK);
      scales[i / BLOCK] = scale(place, first + i);
    }
  }

  private float scale(Llama2cHeader.Place place, long index) throws IOException {
    long at = place.scalesAt() + Float.BYTES * (index / place.groupSize());
    float scale = scaleWindow.at(at, Float.BYTES).getFloat();
    if (!Float.isFinite(scale)) {
      throw new BadFormat(file, at, "a scale of tensor " + place.name() + " is " + scale);
    }
    return scale;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
