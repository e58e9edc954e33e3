package org.minillm.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.minillm.format.AtomicFiles;

/**
 * A dataset's ids on disk: {@code training.ids} and {@code validation.ids}, and beside them {@code
 * tokens.json}, which is written last and says what they hold. In a run's directory they stand in
 * {@code checkpoints/tokens}, from the start of the run until its steps are done, so that a resumed
 * run need not encode again.
 */
final class DatasetFiles {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();
  private static final long MOST_INDEX_BYTES = 1 << 23;

  private final Path directory;

  DatasetFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * What the files hold.
   *
   * @param source what they were made of: corpus, tokenizer and split
   * @param width bytes an id
   * @param validationDocuments {@link DocumentSpans#kept} of the validation part
   * @param fileTokens ids of each file's documents
   * @param conversations whether a document was one
   */
  record Index(
      String source,
      int width,
      long trainingTokens,
      long validationTokens,
      long trainingChecksum,
      long validationChecksum,
      long trainingBytes,
      long validationBytes,
      long documents,
      List<long[]> validationDocuments,
      List<Long> fileTokens,
      boolean conversations) {}

  /** Fills both files and says what they hold; the counts and checksums are put in here. */
  interface Content {
    Index writeTo(IdWriter training, IdWriter validation) throws IOException;
  }

  /**
   * Writes both files and their index.
   *
   * @throws IOException if they cannot be written, with the reason; nothing is left then
   */
  Index write(int width, Content content) throws IOException {
    Files.createDirectories(directory);
    Files.deleteIfExists(index()); // of what is overwritten
    Index[] written = new Index[1];
    try {
      AtomicFiles.write(
          training(),
          training -> {
            try {
              AtomicFiles.write(
                  validation(),
                  validation -> {
                    IdWriter to = new IdWriter(training, width);
                    IdWriter toValidation = new IdWriter(validation, width);
                    try {
                      Index found = content.writeTo(to, toValidation);
                      to.flush();
                      toValidation.flush();
                      written[0] = complete(found, to, toValidation);
                    } catch (UncheckedIOException e) {
                      throw e.getCause();
                    }
                  });
            } catch (IOException e) {
              throw new UncheckedIOException(e); // told already: the other file adds nothing
            }
          });
      AtomicFiles.writeText(index(), MAPPER.writeValueAsString(written[0]) + "\n");
      return written[0];
    } catch (UncheckedIOException e) {
      delete();
      throw e.getCause();
    } catch (IOException | RuntimeException e) {
      delete();
      throw e;
    }
  }

  private static Index complete(Index i, IdWriter training, IdWriter validation) {
    return new Index(
        i.source,
        i.width,
        training.size(),
        validation.size(),
        training.checksum(),
        validation.checksum(),
        i.trainingBytes,
        i.validationBytes,
        i.documents,
        i.validationDocuments,
        i.fileTokens,
        i.conversations);
  }

  /** What is there of that source, whole; empty where it has to be made. */
  Optional<Index> find(String source) throws IOException {
    if (!Files.isRegularFile(index()) || Files.size(index()) > MOST_INDEX_BYTES) {
      return Optional.empty();
    }
    @Nullable Index found;
    try {
      JsonNode tree = MAPPER.readTree(Files.readAllBytes(index()));
      if (tree instanceof ObjectNode object) {
        complete(object);
      }
      found = MAPPER.treeToValue(tree, Index.class);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
    boolean fits =
        found != null // the text "null"
            && found.source != null
            && found.source.equals(source)
            && isWhole(training(), found.width * found.trainingTokens, found.trainingChecksum)
            && isWhole(
                validation(), found.width * found.validationTokens, found.validationChecksum);
    return fits ? Optional.ofNullable(found) : Optional.empty();
  }

  /** Earlier versions wrote where the first validation documents end. */
  private static void complete(ObjectNode index) {
    JsonNode ends = index.remove("validationEnds");
    if (ends == null || index.has("validationDocuments")) {
      return;
    }
    ArrayNode documents = index.putArray("validationDocuments");
    long begin = 1;
    long bytes = 0;
    for (JsonNode end : ends) {
      long after = end.path(0).asLong();
      long bytesAfter = end.path(1).asLong();
      documents.addArray().add(begin).add(after).add(bytesAfter - bytes);
      begin = after;
      bytes = bytesAfter;
    }
  }

  private static boolean isWhole(Path file, long bytes, long expected) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) != bytes) {
      return false;
    }
    CRC32C checksum = new CRC32C();
    byte[] piece = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        checksum.update(piece, 0, n);
      }
    }
    return checksum.getValue() == expected;
  }

  Path training() {
    return directory.resolve("training.ids");
  }

  Path validation() {
    return directory.resolve("validation.ids");
  }

  private Path index() {
    return directory.resolve("tokens.json");
  }

  /** Deletes the files, and the directory where nothing else is in it. */
  void delete() throws IOException {
    Files.deleteIfExists(index());
    Files.deleteIfExists(training());
    Files.deleteIfExists(validation());
    try {
      Files.deleteIfExists(directory);
    } catch (java.nio.file.DirectoryNotEmptyException e) {
      // somebody keeps something there
    }
  }
}
