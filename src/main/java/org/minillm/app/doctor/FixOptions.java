package org.minillm.app.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * What is fixed, and where the result goes.
 *
 * @param measures as for a check
 * @param kinds to fix; see {@link #safeKinds}
 * @param out file to write
 * @param overwrite whether an existing file is replaced; one of the corpus never is
 */
public record FixOptions(
    DoctorOptions measures, Set<FindingKind> kinds, Path out, boolean overwrite) {
  public FixOptions {
    EnumSet<FindingKind> all = EnumSet.noneOf(FindingKind.class);
    all.addAll(kinds);
    if (all.remove(FindingKind.LEAKAGE)) { // what leaks is a duplicate
      all.add(FindingKind.DUPLICATES);
      all.add(FindingKind.NEAR_DUPLICATES);
    }
    kinds = Set.copyOf(all);
    if (kinds.isEmpty()) {
      throw new BadConfig("only", "empty", "kinds of findings");
    }
    if (kinds.contains(FindingKind.LANGUAGE) && measures.language().isEmpty()) {
      throw new BadInput("language", "is to be fixed, but which one stays was not said: es or en");
    }
    if (kinds.contains(FindingKind.CONTAMINATION) && measures.against().isEmpty()) {
      throw new BadInput(
          "contamination", "is to be fixed, but no file that is kept for evaluation was given");
    }
  }

  /**
   * What is fixed unless told otherwise: all that is safe, and what the measures ask for by naming
   * a language or files kept for evaluation.
   */
  public static Set<FindingKind> safeKinds(DoctorOptions measures) {
    EnumSet<FindingKind> kinds = EnumSet.noneOf(FindingKind.class);
    for (FindingKind kind : FindingKind.values()) {
      boolean asked =
          kind == FindingKind.CONTAMINATION
              ? !measures.against().isEmpty()
              : kind.safe() || (kind == FindingKind.LANGUAGE && measures.language().isPresent());
      if (asked) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  /** Before the work, not after it. */
  void requireOut() throws IOException {
    for (Path file : measures.files()) {
      if (Files.exists(out) && Files.exists(file) && Files.isSameFile(file, out)) {
        throw new BadInput(
            out.toString(), "is a file of the corpus; the result needs another name");
      }
    }
    if (Files.exists(out) && !overwrite) {
      throw new BadInput(out.toString(), "exists already; --force replaces it");
    }
    Path parent = out.toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      throw new BadInput(parent.toString(), "there is no such directory");
    }
  }
}
