package org.minillm.app.corpus;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.format.AtomicFiles;
import org.minillm.ndarray.RandomGenerator;
import org.minillm.train.Corpus;

/**
 * Writes the project's own corpus: {@code stories_es.txt}, stories apart by a line {@code
 * <|endoftext|>}, and {@code dialogues_es.jsonl}, a conversation a line; the same for English.
 * Texts go to the disk one by one, so the size of a corpus costs no memory.
 */
public final class CorpusGenerator {
  /** Share of a language's bytes that are stories. */
  private static final double STORIES = 0.7;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private CorpusGenerator() {}

  /**
   * Writes the files. An earlier file of the same name is replaced once the new one is complete.
   *
   * @param control cancels between two texts
   * @param written hears of each file
   * @throws org.minillm.base.MiniLlmException.BadFormat for a fault in a skeleton, with file and
   *     line
   */
  public static List<CorpusFile> write(
      CorpusOptions options, RunControl control, Consumer<CorpusFile> written) throws IOException {
    List<Grammar> grammars = new ArrayList<>();
    for (Language language : options.languages()) {
      grammars.add(Grammar.read(language, options.skeletons()).checked());
    }
    requireFiles(options.only(), grammars);
    grammars.replaceAll(grammar -> grammar.only(options.only()));
    Files.createDirectories(options.directory());
    List<CorpusFile> files = new ArrayList<>();
    for (Grammar grammar : grammars) {
      long bytes = options.bytesPerLanguage();
      boolean dialogues = !options.storiesOnly() && !grammar.dialogues().isEmpty();
      long storyBytes =
          grammar.stories().isEmpty() ? 0 : dialogues ? (long) (bytes * STORIES) : bytes;
      if (storyBytes > 0) {
        files.add(write(options, grammar, false, storyBytes, control));
        written.accept(files.get(files.size() - 1));
      }
      if (dialogues) {
        files.add(write(options, grammar, true, bytes - storyBytes, control));
        written.accept(files.get(files.size() - 1));
      }
    }
    return files;
  }

  private static void requireFiles(List<String> only, List<Grammar> grammars) {
    Set<String> known = new TreeSet<>();
    for (Grammar grammar : grammars) {
      grammar.stories().forEach(s -> known.add(s.fileName()));
      grammar.dialogues().forEach(s -> known.add(s.fileName()));
    }
    for (String name : only) {
      if (!known.contains(name)) {
        throw new BadInput(
            name, "no such file of skeletons; there are " + String.join(", ", known));
      }
    }
  }

  /**
   * Texts to read: each with its skeleton's name above it.
   *
   * @param name of the one story or dialogue to show; empty for all, in turns
   * @throws BadInput if no skeleton has that name
   */
  public static List<String> sample(
      Language language, Optional<Path> skeletons, Optional<String> name, int count, long seed)
      throws IOException {
    Grammar grammar = Grammar.read(language, skeletons).checked();
    List<Skeleton> all = new ArrayList<>(grammar.stories());
    all.addAll(grammar.dialogues());
    List<Skeleton> chosen =
        all.stream().filter(s -> name.isEmpty() || s.name().equals(name.get())).toList();
    if (chosen.isEmpty()) {
      throw new BadInput(
          language.code() + "/" + name.orElse(""),
          "there is no such story or dialogue; there are "
              + String.join(", ", all.stream().map(Skeleton::name).limit(40).toList())
              + (all.size() > 40 ? ", …" : ""));
    }
    TextStream stream = new TextStream(chosen, stream(language, false, seed));
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TextStream.Text text = stream.next();
      StringBuilder shown =
          new StringBuilder("== " + language.code() + "/" + text.skeleton().name());
      for (int turn = 0; turn < text.turns().size(); turn++) {
        shown.append('\n');
        if (text.skeleton().dialogue()) {
          shown.append(Skeleton.role(turn)).append(": ");
        }
        shown.append(text.turns().get(turn));
      }
      texts.add(shown.toString());
    }
    return texts;
  }

  private static CorpusFile write(
      CorpusOptions options, Grammar grammar, boolean dialogues, long bytes, RunControl control)
      throws IOException {
    Language language = grammar.language();
    List<Skeleton> skeletons = dialogues ? grammar.dialogues() : grammar.stories();
    TextStream stream = new TextStream(skeletons, stream(language, dialogues, options.seed()));
    String name =
        dialogues
            ? "dialogues_" + language.code() + ".jsonl"
            : "stories_" + language.code() + ".txt";
    Path path = options.directory().resolve(name);
    long[] count = new long[2];
    AtomicFiles.write(
        path,
        out -> {
          while (count[1] < bytes) {
            control.check();
            List<String> turns = stream.next().turns();
            String text =
                dialogues
                    ? json(turns)
                    : (count[0] > 0 ? Corpus.SEPARATOR + "\n" : "") + turns.get(0);
            byte[] utf8 = (text + "\n").getBytes(StandardCharsets.UTF_8);
            out.write(utf8);
            count[0]++;
            count[1] += utf8.length;
          }
        });
    return new CorpusFile(path, language, count[0], count[1], skeletons.size(), stream.cycles());
  }

  /** Random numbers of a file: those of one do not depend on which others are written. */
  private static RandomGenerator stream(Language language, boolean dialogues, long seed) {
    return RandomGenerator.keyed(seed, language == Language.ES ? 1 : 2, dialogues ? 1 : 0);
  }

  private static String json(List<String> turns) throws IOException {
    List<Map<String, String>> messages = new ArrayList<>();
    for (int i = 0; i < turns.size(); i++) {
      Map<String, String> message = new LinkedHashMap<>();
      message.put("role", Skeleton.role(i));
      message.put("content", turns.get(i));
      messages.add(message);
    }
    return MAPPER.writeValueAsString(Map.of("messages", messages));
  }
}
