package org.minillm.ndarray;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.OutOfBudget;

/**
 * {@code .npz}: named arrays in a ZIP file, as NumPy's {@code savez}, {@code savez_compressed} and
 * {@code load}. An open file reads an array when it is asked for; types are those of {@link
 * NpyFile}. One thread at a time.
 */
public final class NpzFile implements AutoCloseable {
  private static final String SUFFIX = ".npy";

  /** DEFLATE cannot make more than 1,032 bytes of one. */
  private static final long MAX_RATIO = 1032;

  /** The same arrays give the same bytes: any fixed time that ZIP can say in any time zone. */
  private static final LocalDateTime WRITTEN = LocalDateTime.of(1980, 2, 1, 0, 0);

  private final String file;
  private final ZipFile zip;
  private final Map<String, ZipEntry> entries;
  private final MemoryBudget budget;

  private NpzFile(String file, ZipFile zip, Map<String, ZipEntry> entries, MemoryBudget budget) {
    this.file = file;
    this.zip = zip;
    this.entries = entries;
    this.budget = budget;
  }

  /**
   * Opens a file and reads its table of contents, with the heap as budget.
   *
   * @throws BadFormat if it is no ZIP file of arrays
   */
  public static NpzFile open(Path path) throws IOException {
    return open(path, MemoryBudget.ofHeap());
  }

  /**
   * Opens a file and reads its table of contents.
   *
   * @param budget that each array must fit when it is read
   * @throws BadFormat if it is no ZIP file of arrays
   */
  public static NpzFile open(Path path, MemoryBudget budget) throws IOException {
    String file = String.valueOf(path.getFileName());
    long size = Files.size(path);
    ZipFile zip;
    try {
      zip = new ZipFile(path.toFile());
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      throw new BadFormat(file, -1, "not a .npz file: " + e.getMessage());
    }
    try {
      Map<String, ZipEntry> entries = new LinkedHashMap<>();
      zip.stream().forEach(entry -> add(entries, entry, file, size));
      return new NpzFile(file, zip, entries, budget);
    } catch (RuntimeException e) {
      zip.close();
      throw e instanceof BadFormat
          ? e
          : new BadFormat(file, -1, "not a .npz file: " + e.getMessage());
    }
  }

  private static void add(
      Map<String, ZipEntry> entries, ZipEntry entry, String file, long fileSize) {
    String member = entry.getName();
    long packed = entry.getCompressedSize();
    boolean stored = entry.getMethod() == ZipEntry.STORED;
    if (!stored && entry.getMethod() != ZipEntry.DEFLATED) {
      throw new BadFormat(
          file, -1, member + " is packed by method " + entry.getMethod() + "; known: 0 and 8");
    }
    if (packed < 0
        || packed > fileSize
        || entry.getSize() < 0
        || (stored ? entry.getSize() != packed : entry.getSize() / MAX_RATIO > packed)) {
      throw new BadFormat(
          file,
          -1,
          member
              + " claims "
              + entry.getSize()
              + " bytes from "
              + packed
              + " in a file of "
              + fileSize
              + "; the file is damaged");
    }
    if (!member.endsWith(SUFFIX)) {
      throw new BadFormat(file, -1, member + " is no array: its name does not end in " + SUFFIX);
    }
    String name = member.substring(0, member.length() - SUFFIX.length());
    if (entries.put(name, entry) != null) {
      throw new BadFormat(file, -1, member + " is there twice");
    }
  }

  /** Names of the arrays in the file's order. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /**
   * Reads an array.
   *
   * @throws IllegalArgumentException if the file has none of that name
   * @throws BadFormat if it is damaged or of an unknown type; the offset is the one in the member
   * @throws OutOfBudget if its values do not fit
   */
  public NDArray get(String name) throws IOException {
    ZipEntry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(file + " has no array " + name + ", but " + names());
    }
    String member = file + "(" + entry.getName() + ")";
    CRC32 sum = new CRC32();
    NDArray array;
    try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), sum)) {
      array = new NpyStream(in, entry.getSize(), member, budget).read();
    } catch (ZipException | EOFException e) {
      throw new BadFormat(member, -1, "damaged: " + e.getMessage());
    }
    if (sum.getValue() != entry.getCrc()) {
      throw new BadFormat(member, -1, "damaged: its CRC-32 is another than the file says");
    }
    return array;
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  /** Reads all arrays of a file, with the heap as budget; in the file's order. */
  public static Map<String, NDArray> load(Path path) throws IOException {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    try (NpzFile npz = open(path)) {
      for (String name : npz.names()) {
        arrays.put(name, npz.get(name));
      }
    }
    return arrays;
  }

  /** Writes arrays as they are, in the map's order; replaced when all is on the disk. */
  public static void save(Path path, Map<String, NDArray> arrays) throws IOException {
    write(path, arrays, false);
  }

  /** Writes arrays compressed, in the map's order; replaced when all is on the disk. */
  public static void saveCompressed(Path path, Map<String, NDArray> arrays) throws IOException {
    write(path, arrays, true);
  }

  private static void write(Path path, Map<String, NDArray> arrays, boolean compressed)
      throws IOException {
    NpyFile.replace(
        path,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(out);
          zip.setLevel(Deflater.DEFAULT_COMPRESSION);
          for (Map.Entry<String, NDArray> each : arrays.entrySet()) {
            ZipEntry entry = new ZipEntry(each.getKey() + SUFFIX);
            entry.setTimeLocal(WRITTEN);
            entry.setMethod(compressed ? ZipEntry.DEFLATED : ZipEntry.STORED);
            if (!compressed) {
              // A stored member's sum stands before its data, so the data is made twice.
              CRC32 sum = new CRC32();
              NpyStream.write(
                  each.getValue(), new CheckedOutputStream(OutputStream.nullOutputStream(), sum));
              entry.setCrc(sum.getValue());
              entry.setSize(NpyStream.bytes(each.getValue()));
            }
            zip.putNextEntry(entry);
            NpyStream.write(each.getValue(), zip);
            zip.closeEntry();
          }
          zip.finish();
        });
  }
}
