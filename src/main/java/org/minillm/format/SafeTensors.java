package org.minillm.format;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.model.Parameters;

/**
 * The safetensors format: a length (8 bytes, little-endian), a JSON header with name, type, shape
 * and byte range of each tensor, then the data. The header is checked against the file's size
 * before anything is allocated; data goes through a buffer of 64 kB.
 */
public final class SafeTensors implements AutoCloseable {
  /** Bytes read or written at a time. */
  private static final int PIECE = 1 << 16;

  /** A header of 1,000 layers has a tenth of that. */
  private static final long MAX_HEADER = 16L << 20;

  /**
   * A tensor of the file.
   *
   * @param begin first byte of its data, from the beginning of the file
   * @param end first byte after it
   */
  public record Entry(String name, TensorType type, int[] shape, long begin, long end) {
    /** Values in the tensor. */
    public long size() {
      return (end - begin) / type.bytes();
    }
  }

  /** A tensor to write: {@code data[offset, offset + product of shape)}. */
  public record Tensor(String name, float[] data, int offset, int[] shape) {}

  private final String file;
  private final FileChannel channel;
  private final Map<String, Entry> entries;
  private final Map<String, String> metadata;
  private final FileWindow window;

  private SafeTensors(
      String file, FileChannel channel, Map<String, Entry> entries, Map<String, String> metadata) {
    this.file = file;
    this.channel = channel;
    this.entries = entries;
    this.metadata = metadata;
    this.window = new FileWindow(file, channel);
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws BadFormat if the header or a range in it cannot be
   */
  public static SafeTensors open(Path path) throws IOException {
    String file = String.valueOf(path.getFileName());
    if (Files.isDirectory(path)) { // opens like a file, but cannot be read
      throw new BadFormat(file, -1, "is a directory, not a file");
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      long size = channel.size();
      if (size < 8) {
        throw new BadFormat(file, 0, "is " + size + " bytes long, no safetensors file is");
      }
      ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, head, 0, file);
      long length = head.getLong(0);
      if (length < 2 || length > MAX_HEADER || length > size - 8) {
        throw new BadFormat(
            file,
            0,
            "header length "
                + Long.toUnsignedString(length)
                + " does not fit a file of "
                + size
                + " bytes; it is truncated or not safetensors");
      }
      ByteBuffer json = ByteBuffer.allocate((int) length);
      readFully(channel, json, 8, file);
      SafeTensorsHeader header = SafeTensorsHeader.parse(file, json.array(), size);
      return new SafeTensors(file, channel, header.entries(), header.metadata());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** The tensors by name, in the order of the header; unmodifiable. */
  public Map<String, Entry> entries() {
    return java.util.Collections.unmodifiableMap(entries);
  }

  /** The texts of {@code __metadata__}. */
  public Map<String, String> metadata() {
    return java.util.Collections.unmodifiableMap(metadata);
  }

  /**
   * The tensor of that name.
   *
   * @throws BadFormat if the file has none of that name and shape
   */
  public Entry requireShape(String name, int[] shape) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new BadFormat(file, -1, "has no tensor " + name);
    }
    if (!Arrays.equals(entry.shape(), shape)) {
      throw new BadFormat(
          file,
          entry.begin(),
          "tensor "
              + name
              + " has the shape "
              + Arrays.toString(entry.shape())
              + ", the configuration wants "
              + Arrays.toString(shape));
    }
    return entry;
  }

  /**
   * Reads a tensor into {@code to[offset, …)}, converted to float32.
   *
   * @throws BadFormat if the file has no tensor of that name and shape
   */
  public void readInto(String name, int[] shape, float[] to, int offset) throws IOException {
    Entry entry = requireShape(name, shape);
    window.readFloats(entry.begin(), entry.type(), to, offset, (int) entry.size());
  }

  /** Reads rows [row, row + rows) of a tensor of rows of {@code width} values, as float32. */
  void readRows(String name, int row, int rows, int width, float[] to, int offset)
      throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new BadFormat(file, -1, "has no tensor " + name);
    }
    long begin = entry.begin() + (long) row * width * entry.type().bytes();
    window.readFloats(begin, entry.type(), to, offset, rows * width);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static void readFully(FileChannel channel, ByteBuffer into, long position, String file)
      throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int n = channel.read(into, at);
      if (n < 0) {
        throw new BadFormat(file, at, "the file ends here; it was cut while it was read");
      }
      at += n;
    }
    into.rewind();
  }

  /** Bytes a file of these tensors takes, the header estimated. */
  public static long fileBytes(List<Tensor> tensors, TensorType type) {
    long bytes = 8;
    for (Tensor tensor : tensors) {
      bytes += 160 + values(tensor.shape()) * type.bytes();
    }
    return bytes;
  }

  /**
   * Writes a file: temporary name, flushed, renamed.
   *
   * @param type of all tensors; F32 keeps every bit
   */
  public static void write(
      Path path, List<Tensor> tensors, TensorType type, Map<String, String> metadata)
      throws IOException {
    write(path, tensors, type, metadata, tensor -> tensor);
  }

  /**
   * The same with values that are made when their turn comes, so that one tensor of them is in
   * memory at a time.
   *
   * @param values the tensor to write in the place of one of the list, of the same shape
   */
  static void write(
      Path path,
      List<Tensor> tensors,
      TensorType type,
      Map<String, String> metadata,
      UnaryOperator<Tensor> values)
      throws IOException {
    byte[] header = header(tensors, type, metadata);
    AtomicFiles.write(
        path,
        out -> {
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          out.write(length.putLong(0, header.length).array());
          out.write(header);
          byte[] piece = new byte[PIECE];
          for (Tensor tensor : tensors) {
            write(out, values.apply(tensor), type, piece);
          }
        });
  }

  /**
   * Writes the tensors of {@code shapes} a row at a time.
   *
   * @throws BadInput if a value is no finite number, or none in {@code type}
   */
  static void writeRows(Path path, List<Parameters.Shape> shapes, TensorType type, TensorRows rows)
      throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    int widest = 0;
    for (Parameters.Shape s : shapes) {
      int[] shape = s.matrix() ? new int[] {s.rows(), s.width()} : new int[] {s.width()};
      tensors.add(new Tensor(s.name(), new float[0], 0, shape));
      widest = Math.max(widest, s.width());
    }
    byte[] header = header(tensors, type, Map.of());
    float[] values = new float[widest];
    AtomicFiles.write(
        path,
        out -> {
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          out.write(length.putLong(0, header.length).array());
          out.write(header);
          byte[] piece = new byte[PIECE];
          for (Parameters.Shape s : shapes) {
            for (int row = 0; row < s.rows(); row++) {
              rows.read(s.name(), row, values, 0);
              requireFinite(s.name(), row, values, s.width(), type);
              write(out, new Tensor(s.name(), values, 0, new int[] {s.width()}), type, piece);
            }
          }
        });
  }

  private static void requireFinite(
      String name, int row, float[] values, int width, TensorType type) {
    for (int i = 0; i < width; i++) {
      if (!Float.isFinite(type.decode(type.encode(values[i])))) {
        throw new BadInput(
            name + ", row " + row,
            "holds " + values[i] + ", no number or too large for " + type + "; use f32");
      }
    }
  }

  private static byte[] header(
      List<Tensor> tensors, TensorType type, Map<String, String> metadata) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ObjectNode meta = root.putObject("__metadata__");
    meta.put("format", "pt");
    metadata.forEach(meta::put);
    long offset = 0;
    for (Tensor tensor : tensors) {
      ObjectNode node = root.putObject(tensor.name());
      node.put("dtype", type.name());
      ArrayNode shape = node.putArray("shape");
      Arrays.stream(tensor.shape()).forEach(shape::add);
      long end = offset + values(tensor.shape()) * type.bytes();
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    StringBuilder json = new StringBuilder(root.toString());
    // The data begins at a multiple of 8 bytes; the format pads the header with spaces.
    while ((json.toString().getBytes(StandardCharsets.UTF_8).length) % 8 != 0) {
      json.append(' ');
    }
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void write(OutputStream out, Tensor tensor, TensorType type, byte[] piece)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN);
    int end = tensor.offset() + (int) values(tensor.shape());
    int perPiece = piece.length / type.bytes();
    for (int from = tensor.offset(); from < end; from += perPiece) {
      int count = Math.min(perPiece, end - from);
      for (int i = 0; i < count; i++) {
        int bits = type.encode(tensor.data()[from + i]);
        if (type.bytes() == 4) {
          bytes.putInt(4 * i, bits);
        } else {
          bytes.putShort(2 * i, (short) bits);
        }
      }
      out.write(piece, 0, count * type.bytes());
    }
  }

  private static long values(int[] shape) {
    long n = 1;
    for (int axis : shape) {
      n *= axis;
    }
    return n;
  }

  /** Whether a file begins like safetensors: a plausible header length, then a JSON object. */
  static boolean looksLike(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() < 10 || !Files.isRegularFile(path)) {
        return false;
      }
      ByteBuffer head = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, head, 0, path.toString());
      long length = head.getLong(0);
      return length >= 2 && length <= channel.size() - 8 && head.get(8) == '{';
    }
  }
}
