package org.minillm.app.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * The lists and skeletons of a language, every slot checked against every entry it could meet: a
 * grammar without problems makes texts without end and never fails.
 */
final class Grammar {
  private final Language language;
  private final int files;
  private final Map<String, WordList> lists;
  private final List<Skeleton> stories;
  private final List<Skeleton> dialogues;
  private final List<Problem> problems;

  Grammar(
      Language language,
      int files,
      Map<String, WordList> lists,
      List<Skeleton> skeletons,
      List<Problem> problems) {
    this.language = language;
    this.files = files;
    this.lists = lists;
    this.stories = skeletons.stream().filter(s -> !s.dialogue()).toList();
    this.dialogues = skeletons.stream().filter(Skeleton::dialogue).toList();
    this.problems = List.copyOf(problems);
  }

  /**
   * Reads the skeletons of a language, problems and all.
   *
   * @param skeletons directory with a folder for the language; empty for those shipped
   */
  static Grammar read(Language language, Optional<Path> skeletons) throws IOException {
    return new GrammarReader(language)
        .read(
            skeletons.isPresent()
                ? SkeletonFile.in(skeletons.get().resolve(language.code()), language)
                : SkeletonFile.shipped(language));
  }

  /**
   * Itself, where it can make texts.
   *
   * @throws BadFormat with the first problem, where it has one
   * @throws BadInput where it has no skeletons
   */
  Grammar checked() {
    if (!problems.isEmpty()) {
      Problem first = problems.get(0);
      String more =
          problems.size() == 1
              ? ""
              : " (and " + (problems.size() - 1) + " more problems: corpus --check lists them)";
      throw new BadFormat(first.where(), -1, first.reason() + more);
    }
    if (stories.isEmpty() && dialogues.isEmpty()) {
      throw new BadInput("corpus", "there are no stories and no dialogues for " + language.code());
    }
    return this;
  }

  /** The same lists, and the stories and dialogues of these files only; no names: of all. */
  Grammar only(List<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    List<Skeleton> kept =
        Stream.concat(stories.stream(), dialogues.stream())
            .filter(s -> names.contains(s.fileName()))
            .toList();
    return new Grammar(language, files, lists, kept, problems);
  }

  Language language() {
    return language;
  }

  int files() {
    return files;
  }

  Map<String, WordList> lists() {
    return lists;
  }

  List<Skeleton> stories() {
    return stories;
  }

  List<Skeleton> dialogues() {
    return dialogues;
  }

  List<Problem> problems() {
    return problems;
  }
}
