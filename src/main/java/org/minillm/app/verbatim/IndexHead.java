package org.minillm.app.verbatim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.format.AtomicFiles;
import org.minillm.train.Corpus;
import org.minillm.train.text.SourceFile;
import org.minillm.train.text.TextFormat;

/**
 * What an index was made of: {@code index.json}, written last, so an index without it is none.
 *
 * @param version of the layout
 * @param fingerprint of the corpus
 * @param files of it, in order
 */
record IndexHead(int version, String fingerprint, List<Indexed> files) {
  static final String NAME = "index.json";
  private static final int VERSION = 1;
  private static final long MOST_BYTES = 1 << 24;
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  /**
   * A file as it was when it was indexed.
   *
   * @param modified milliseconds since 1970
   * @param lines whether a line of its documents is a line of the file
   */
  record Indexed(String path, long bytes, long modified, boolean lines) {
    Indexed {
      Objects.requireNonNull(path);
    }

    boolean unchanged(Path now) throws IOException {
      return path.equals(now.toString())
          && Files.isRegularFile(now)
          && bytes == Files.size(now)
          && modified == modifiedAt(now);
    }
  }

  IndexHead {
    Objects.requireNonNull(fingerprint);
    files = List.copyOf(files);
  }

  static IndexHead of(Corpus corpus) throws IOException {
    List<Indexed> all = new ArrayList<>();
    for (SourceFile file : corpus.files()) {
      Path path = file.path();
      boolean lines = file.format() == TextFormat.TEXT;
      all.add(new Indexed(path.toString(), Files.size(path), modifiedAt(path), lines));
    }
    return new IndexHead(VERSION, corpus.fingerprint(), all);
  }

  private static long modifiedAt(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toMillis();
  }

  /** The head of a whole index of this layout. */
  static Optional<IndexHead> read(Path directory) throws IOException {
    Path file = directory.resolve(NAME);
    if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
      return Optional.empty();
    }
    try {
      @Nullable IndexHead head = MAPPER.readValue(Files.readAllBytes(file), IndexHead.class);
      return Optional.ofNullable(head).filter(h -> h.version == VERSION);
    } catch (JsonProcessingException e) { // of another layout, or damaged
      return Optional.empty();
    }
  }

  void write(Path directory) throws IOException {
    AtomicFiles.writeText(directory.resolve(NAME), MAPPER.writeValueAsString(this) + "\n");
  }

  /** Whether the files are those that were indexed, by their sizes and dates: none is read. */
  boolean isOf(List<Path> paths) throws IOException {
    boolean same = paths.size() == files.size();
    for (int i = 0; same && i < files.size(); i++) {
      same = files.get(i).unchanged(paths.get(i));
    }
    return same;
  }

  /** Whether the corpus has the same texts in the same files. */
  boolean isOf(Corpus corpus) {
    return fingerprint.equals(corpus.fingerprint())
        && files.stream()
            .map(Indexed::path)
            .toList()
            .equals(corpus.paths().stream().map(Path::toString).toList());
  }
}
