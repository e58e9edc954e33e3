package org.minillm.app.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * A skeleton file, read.
 *
 * @param name with its language's folder: {@code es/lists.txt}
 */
record SkeletonFile(String name, List<String> lines) {
  private static final int MOST_BYTES = 16 << 20;
  private static final String SUFFIX = ".txt";

  /** The files shipped for a language, by name. */
  static List<SkeletonFile> shipped(Language language) throws IOException {
    URL folder = SkeletonFile.class.getResource(language.code());
    if (folder == null) {
      throw new BadInput("corpus", "this build has no skeletons for " + language.code());
    }
    return in(folder, language);
  }

  /** The {@code .txt} files of a folder on the class path: a directory, or one inside a jar. */
  static List<SkeletonFile> in(URL folder, Language language) throws IOException {
    if (folder.openConnection() instanceof JarURLConnection connection) {
      // An own connection: closing a cached one would close the class path's.
      connection.setUseCaches(false);
      String prefix = connection.getEntryName().replaceFirst("/*$", "/");
      List<SkeletonFile> files = new ArrayList<>();
      try (JarFile jar = connection.getJarFile()) {
        List<String> names =
            jar.stream()
                .map(ZipEntry::getName)
                .filter(n -> n.startsWith(prefix) && n.endsWith(SUFFIX))
                .filter(n -> n.indexOf('/', prefix.length()) < 0)
                .sorted()
                .toList();
        for (String name : names) {
          try (InputStream in = jar.getInputStream(jar.getEntry(name))) {
            files.add(read(language, name.substring(prefix.length()), in));
          }
        }
      }
      return files;
    }
    try {
      return in(Path.of(folder.toURI()), language);
    } catch (URISyntaxException e) {
      throw new IOException(folder + " is no directory", e);
    }
  }

  /** The {@code .txt} files of a directory, by name. */
  static List<SkeletonFile> in(Path directory, Language language) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new BadInput(directory.toString(), "there is no such directory of skeletons");
    }
    List<Path> paths;
    try (Stream<Path> list = Files.list(directory)) {
      paths = list.filter(p -> p.toString().endsWith(SUFFIX)).sorted().toList();
    }
    List<SkeletonFile> files = new ArrayList<>();
    for (Path path : paths) {
      try (InputStream in = Files.newInputStream(path)) {
        files.add(read(language, String.valueOf(path.getFileName()), in));
      }
    }
    return files;
  }

  private static SkeletonFile read(Language language, String fileName, InputStream in)
      throws IOException {
    String name = language.code() + "/" + fileName;
    byte[] bytes = in.readNBytes(MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) {
      throw new BadFormat(name, -1, "is longer than " + (MOST_BYTES >> 20) + " MB; cut it in two");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return new SkeletonFile(name, text.replaceFirst("^\uFEFF", "").lines().toList());
    } catch (CharacterCodingException e) {
      throw new BadFormat(name, -1, "is not UTF-8; save it as UTF-8");
    }
  }
}
