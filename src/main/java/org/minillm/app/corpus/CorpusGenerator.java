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
import java.util.function.DoubleConsumer;
import java.util.function.LongConsumer;
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

  /** One file to write. */
  private record Part(Grammar grammar, boolean dialogues, long bytes, Path path) {}

  /** As below, telling nobody how far it is. */
  public static List<CorpusFile> write(
      CorpusOptions options, RunControl control, Consumer<CorpusFile> written) throws IOException {
    return write(options, control, written, share -> {});
  }

  /**
   * Writes the files. An earlier file of the same name is replaced, where the options say so, once
   * the new one is complete.
   *
   * @param control cancels between two texts
   * @param written hears of each file
   * @param progress hears the share of all bytes that is written, at each text
   * @throws org.minillm.base.MiniLlmException.BadFormat for a fault in a skeleton, with file and
   *     line
   * @throws BadInput where a file exists and is not to be replaced; nothing is written then
   */
  public static List<CorpusFile> write(
      CorpusOptions options,
      RunControl control,
      Consumer<CorpusFile> written,
      DoubleConsumer progress)
      throws IOException {
    List<Part> parts = parts(options);
    for (Part part : parts) {
      if (!options.overwrite() && Files.exists(part.path())) {
        throw new BadInput(part.path().toString(), "exists already; --overwrite replaces it");
      }
    }
    Files.createDirectories(options.directory());
    double all = parts.stream().mapToLong(Part::bytes).sum();
    long before = 0;
    List<CorpusFile> files = new ArrayList<>();
    for (Part part : parts) {
      long earlier = before;
      CorpusFile file =
          write(part, options.seed(), control, bytes -> progress.accept((earlier + bytes) / all));
      files.add(file);
      written.accept(file);
      before += part.bytes();
    }
    return files;
  }

  private static List<Part> parts(CorpusOptions options) throws IOException {
    List<Grammar> grammars = new ArrayList<>();
    for (Language language : options.languages()) {
      grammars.add(Grammar.read(language, options.skeletons()).checked());
    }
    requireFiles(options.only(), grammars);
    grammars.replaceAll(grammar -> grammar.only(options.only()));
    List<Part> parts = new ArrayList<>();
    for (Grammar grammar : grammars) {
      String code = grammar.language().code();
      long bytes = options.bytesPerLanguage();
      boolean dialogues = !options.storiesOnly() && !grammar.dialogues().isEmpty();
      long storyBytes =
          grammar.stories().isEmpty() ? 0 : dialogues ? (long) (bytes * STORIES) : bytes;
      if (storyBytes > 0) {
        Path path = options.directory().resolve("stories_" + code + ".txt");
        parts.add(new Part(grammar, false, storyBytes, path));
      }
      if (dialogues) {
        Path path = options.directory().resolve("dialogues_" + code + ".jsonl");
        parts.add(new Part(grammar, true, bytes - storyBytes, path));
      }
    }
    return parts;
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

  private static CorpusFile write(Part part, long seed, RunControl control, LongConsumer progress)
      throws IOException {
    Language language = part.grammar().language();
    boolean dialogues = part.dialogues();
    List<Skeleton> skeletons = dialogues ? part.grammar().dialogues() : part.grammar().stories();
    TextStream stream = new TextStream(skeletons, stream(language, dialogues, seed));
    long[] count = new long[2];
    AtomicFiles.write(
        part.path(),
        out -> {
          while (count[1] < part.bytes()) {
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
            progress.accept(count[1]);
          }
        });
    return new CorpusFile(
        part.path(), language, count[0], count[1], skeletons.size(), stream.cycles());
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
