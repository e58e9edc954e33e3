package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command line as a user who gets it wrong: one clear message, no stack trace, no loss. */
class BadInputTest {
  private static final String STORY = "Había una vez un niño.\n<|endoftext|>\nY una niña más.\n";
  private static final String CONFIG =
      """
      {"model": {"preset": "nano"},
       "hyperparameters": {"d_model": 16, "n_layers": 1, "n_heads": 2, "d_ff": 16,
                           "max_seq_len": 16},
       "training": {"batch_size": 2, "max_steps": 3, "warmup_steps": 1, "checkpoint_interval": 2,
                    "eval_interval": 2},
       "resources": {"model_dir": "models", "cache_dir": ".cache", "max_memory_mb": 100000},
       "tokenizer": {"type": "simple"}}
      """;

  @TempDir static Path dir;

  private record Result(int code, String out, String err) {}

  @BeforeAll
  static void trainOne() throws IOException {
    Files.writeString(dir.resolve("config.json"), CONFIG);
    Files.writeString(dir.resolve("text.txt"), STORY.repeat(20));
    Files.writeString(dir.resolve("word.txt"), "hola");
    Files.writeString(dir.resolve("blank.txt"), " \n\t\n");
    Files.createFile(dir.resolve("empty.txt"));
    Files.write(dir.resolve("binary.dat"), new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8});
    Files.createDirectories(dir.resolve("folder/inner"));
    Files.writeString(dir.resolve("broken.json"), "{\"training\": {");
    Files.write(dir.resolve("latin.json"), "{\"é\": 1}".getBytes(StandardCharsets.ISO_8859_1));
    Files.writeString(dir.resolve("unknown.json"), "{\"training\": {\"lerning_rate\": 1}}");
    Files.writeString(dir.resolve("type.json"), "{\"training\": {\"batch_size\": \"four\"}}");
    assertEquals(0, run("train", "--data", "@text.txt", "--out", "@models/tiny").code());
  }

  /** Runs a command with this directory's configuration; {@code @} stands for the directory. */
  private static Result run(String... args) {
    List<String> all = new ArrayList<>();
    for (String arg : args) {
      all.add(arg.startsWith("@") ? dir.resolve(arg.substring(1)).toString() : arg);
    }
    boolean hasCommands = List.of("tokenizer", "data").contains(all.get(0));
    if (!all.contains("--config") && !(hasCommands && all.size() == 1)) {
      all.add(hasCommands ? 2 : 1, "--config");
      all.add(all.indexOf("--config") + 1, dir.resolve("config.json").toString());
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = CommandLineMain.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int code = line.execute(all.toArray(String[]::new));
    return new Result(code, out.toString(), err.toString());
  }

  private static void assertRefused(Result result, int code, String says) {
    String all = result.out() + result.err();
    assertEquals(code, result.code(), all);
    assertTrue(result.err().contains(says), "\"" + says + "\" is not in: " + result.err());
    assertFalse(all.contains("Exception") || all.contains("\tat "), all);
    assertFalse(all.contains("should not"), all);
    // After the plan and the phases of a training comes the message, at most two lines of it.
    String last = result.err().strip();
    last = last.substring(Math.max(0, last.lastIndexOf(" …\n") + 3));
    assertTrue(last.lines().filter(l -> !l.startsWith("  ")).count() <= 4, last);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // usage
        "2|Which command?|",
        "2|frob|frob",
        "2|--bogus|train --bogus",
        "2|train needs|train",
        "2|train needs|train --data @text.txt",
        "2|--steps|train --data @text.txt --out @x --steps many",
        "2|max_steps is 0|train --data @text.txt --out @x --steps 0",
        "2|max_steps is -1|train --data @text.txt --out @x --steps -1",
        "2|batch_size is 0|train --data @text.txt --out @x --batch 0",
        "2|n_heads is 3|train --data @text.txt --out @x --heads 3",
        "2|preset|train --data @text.txt --out @x --preset huge",
        "2|tokenizer.type|train --data @text.txt --out @x --tokenizer-type wordpiece",
        "2|learning_rate is 7|train --data @text.txt --out @x --learning-rate 7",
        "2|learning_rate is NaN|train --data @text.txt --out @x --learning-rate NaN",
        "2|dropout is 1|train --data @text.txt --out @x --dropout 1",
        "2|training.schedule is \"linear\"|train --data @text.txt --out @x --schedule linear",
        "2|early_stopping is -1|train --data @text.txt --out @x --patience -1",
        "2|--find-learning-rate needs|train --find-learning-rate",
        "2|a proposal needs|plan --minutes 5",
        "2|a proposal needs|plan --data @text.txt",
        "2|a proposal needs|plan --data @text.txt --minutes NaN",
        "1|there is no such file|plan --data @missing.txt --minutes 5",
        "2|--steps cannot be given|train --resume @models/tiny --steps 9",
        "2|--data cannot be given|train --resume @models/tiny --data @text.txt",
        "2|max_tokens is -1|generate --model tiny --max-tokens -1 hola",
        "2|temperature is NaN|generate --model tiny --temperature NaN hola",
        "2|top_p|generate --model tiny --top-p 2 hola",
        "2|--overflow|generate --model tiny --overflow explode hola",
        "2|--data|eval tiny",
        "2|MODEL|eval --data @text.txt",
        "2|Which: train|tokenizer",
        "2|vocab_size is 5|tokenizer train --data @text.txt --vocab 5 --out @new.json",
        "2|outside 0 to|tokenizer decode --model tiny 999999",
        "2|outside 0 to|tokenizer decode --model tiny -1",
        "2|whole numbers|tokenizer decode --model tiny one",
        "2|WHAT is foo|benchmark foo",
        "2|--data|benchmark tokenizer",
        "2|optimizer is \"sgd\"|train --data @text.txt --out @x --optimizer sgd",
        "2|go with --from|train --data @text.txt --out @x --lora-rank 4",
        "2|--lora-rank is 1 or more|train --data @text.txt --out @x --from tiny --lora-rank 0",
        "2|--d-model cannot be given|train --data @text.txt --out @x --from tiny --d-model 64",
        "1|there is no such model|train --data @text.txt --out @x --from nope",
        "2|port is 99999|train --data @text.txt --out @x --serve 99999",
        "2|port is 99999|serve --port 99999",
        "2|--port|serve --port many",
        "2|--format|export tiny --format onnx --out @new",
        "1|there is no such model|export nope --format gguf --out @new",
        "1|exists already|export tiny --format gguf --out @text.txt",
        "2|--to|quantize tiny --to int3",
        "1|there is no such model|quantize nope --to q8_0",
        "1|there is no such file|import @nope.bin --out @new",
        "1|is not a model|import @text.txt --out @new",
        "2|examples is -1|data check @text.txt --examples -1",
        "2|--out|data fix @text.txt",
        // corpora
        "1|there is no such file|data check @nope.txt",
        "1|holds no file that can be read|data check @folder",
        "1|is not UTF-8|data memorised --data @text.txt --file @latin.json",
        "1|is a file of the corpus|data fix @text.txt --out @text.txt",
        "1|there is no such file|train --data @nope.txt --out @x",
        "1|holds no file that can be read|train --data @folder --out @x",
        "1|empty|train --data @empty.txt --out @x1",
        "1|tokens to train on|train --data @blank.txt --out @x2",
        "1|is not text|train --data @binary.dat --out @x3",
        "1|is not text|eval tiny --data @binary.dat",
        "1|holds no file that can be read|eval tiny --data @folder",
        "1|empty|eval tiny --data @empty.txt",
        "1|no text|eval tiny --data @blank.txt",
        "1|there is no such file|eval tiny --data @nope.txt",
        "1|there is no such file|tokenizer train --data @nope.txt --out @new.json",
        "1|holds no file that can be read|tokenizer train --data @folder --out @new.json",
        "1|is not text|benchmark tokenizer --data @binary.dat",
        "1|there is no such file|data summary @nope.txt",
        "1|holds no file that can be read|data summary @folder",
        "2|Which: |data",
        // places to write
        "1|is a file|train --data @text.txt --out @text.txt",
        "1|Not a directory|train --data @text.txt --out @text.txt/below",
        "1|holds a run already|train --data @text.txt --out @models/tiny",
        "1|exists already|tokenizer train --data @text.txt --vocab 300 --out @text.txt",
        "1|exists already|tokenizer train --data @text.txt --vocab 300 --out @folder",
        "1|no such directory|tokenizer train --data @text.txt --vocab 300 --out @none/new.json",
        // models
        "1|there is no such model|generate --model nope hola",
        "1|there is no such model|generate --model @nope hola",
        "1|without config.json|generate --model @folder hola",
        "1|not a model|generate --model @text.txt hola",
        "1|not a model|info @empty.txt",
        "1|holds weights only|generate --model @models/tiny/model.safetensors hola",
        "1|folder|generate --model tiny --tokenizer @folder hola",
        "1|no tokenizer|generate --model tiny --tokenizer @text.txt hola",
        "1|there is no such file|generate --model tiny --tokenizer @nope.json hola",
        "1|no tokenizer|tokenizer encode --model @text.txt hola",
        "1|there is no such model|eval nope --data @text.txt",
        "1|prompt of|generate --model tiny 'Había una vez un texto más largo'",
        // runs
        "1|there is no such directory|train --resume @nope",
        "1|holds no checkpoint|train --resume @folder",
        "1|holds no checkpoint|train --resume @text.txt",
        // configuration
        "1|there is no such configuration|plan --config @nope.json",
        "1|there is no such configuration|plan --config @folder",
        "1|not valid JSON|plan --config @broken.json",
        "1|not UTF-8|plan --config @latin.json",
        "2|learning_rate|plan --config @unknown.json",
        "2|training.batch_size is \"four\"|plan --config @type.json",
        "2|max_memory_mb|plan --max-memory-mb 1",
        "1|free of the budget|benchmark train --preset story --layers 64 --max-memory-mb 512",
      })
  void mistakeIsAnsweredInOneMessage(int code, String says, String command) {
    List<String> args = new ArrayList<>();
    String text = command == null ? "" : command;
    for (int i = 0; i < text.length(); ) {
      int end = text.charAt(i) == '\'' ? text.indexOf('\'', i + 1) : text.indexOf(' ', i);
      end = end < 0 ? text.length() : end;
      args.add(text.substring(text.charAt(i) == '\'' ? i + 1 : i, end));
      i = end + (text.startsWith("' ", end) ? 2 : 1);
    }
    if (args.isEmpty()) {
      StringWriter err = new StringWriter();
      CommandLine line = CommandLineMain.commandLine();
      line.setErr(new PrintWriter(err));
      assertRefused(new Result(line.execute(), "", err.toString()), code, says);
      return;
    }
    assertRefused(run(args.toArray(String[]::new)), code, says);
  }

  private static Map<String, String> contents(Path root) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(
            root.relativize(file).toString(), Arrays.hashCode(Files.readAllBytes(file)) + "");
      }
    }
    return contents;
  }

  @Test
  void refusedCommandsLeaveModelAndTextsAsTheyWere() throws IOException {
    Map<String, String> before = contents(dir.resolve("models/tiny"));
    assertTrue(before.containsKey("checkpoints/last/state.json"), before.toString());
    run("train", "--data", "@text.txt", "--out", "@models/tiny");
    run("tokenizer", "train", "--data", "@text.txt", "--out", "@models/tiny/tokenizer.json");
    run("train", "--data", "@text.txt", "--out", "@models/tiny/config.json");
    assertEquals(before, contents(dir.resolve("models/tiny")));
    assertEquals(STORY.repeat(20), Files.readString(dir.resolve("text.txt")));
  }

  @Test
  void emptyPromptBeginsADocumentAndRefusedPromptIsNotEchoed() {
    assertEquals(0, run("generate", "--model", "tiny", "--max-tokens", "2", "").code());
    Result refused = run("generate", "--model", "tiny", "una línea demasiado larga");
    assertEquals("", refused.out());
    Result slid =
        run(
            "generate",
            "--model",
            "tiny",
            "--overflow",
            "slide",
            "--max-tokens",
            "2",
            "una línea demasiado larga");
    assertEquals(0, slid.code(), slid.err());
    assertTrue(slid.out().startsWith("una línea demasiado larga"));
  }

  @Test
  void corpusOfOneWordTrains() {
    Result result = run("train", "--data", "@word.txt", "--out", "@models/word");
    assertEquals(0, result.code(), result.err());
  }

  @Test
  void runWithChangedOrMissingDataIsNotResumedAndStaysWhole() throws IOException {
    Path text = Files.writeString(dir.resolve("changing.txt"), STORY.repeat(9));
    assertEquals(0, run("train", "--data", "@changing.txt", "--out", "@models/changing").code());
    Map<String, String> before = contents(dir.resolve("models/changing/checkpoints"));
    Files.writeString(text, STORY.repeat(8));
    assertRefused(run("train", "--resume", "@models/changing"), 1, "a file changed");
    Files.delete(text);
    assertRefused(run("train", "--resume", "@models/changing"), 1, "was trained on and is gone");
    Map<String, String> after = contents(dir.resolve("models/changing/checkpoints"));
    after.keySet().removeIf(name -> name.startsWith("tokens")); // for the next attempt
    assertEquals(before, after);
    Files.writeString(text, STORY.repeat(9));
    Result resumed = run("train", "--resume", "@models/changing");
    assertEquals(0, resumed.code(), resumed.err());
  }

  @Test
  void directoryInUseIsBusy() throws IOException {
    try (FileChannel lock =
        FileChannel.open(dir.resolve("models/tiny/.lock"), StandardOpenOption.WRITE)) {
      assertTrue(lock.tryLock() != null);
      assertRefused(run("train", "--resume", "@models/tiny"), 1, "another training");
    }
  }

  @Test
  void vocabularyOfAnotherModelIsRefused() throws IOException {
    Path model = dir.resolve("models/foreign");
    copy(dir.resolve("models/tiny"), model);
    assertEquals(
        0,
        run("tokenizer", "train", "--data", "@text.txt", "--vocab", "400", "--out", "@big.json")
            .code());
    Files.copy(
        dir.resolve("big.json"),
        model.resolve("tokenizer.json"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Result result = run("generate", "--model", "foreign", "hola");
    assertRefused(result, 1, "belongs to another model");
    assertEquals("", result.out());
  }

  @Test
  void modelThatIsBrokenIsLeftOutOfTheListAndTheOthersStay() throws IOException {
    Path model = dir.resolve("models/cut");
    copy(dir.resolve("models/tiny"), model);
    byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
    Files.write(model.resolve("model.safetensors"), Arrays.copyOf(weights, weights.length - 1));
    assertRefused(run("info", "cut"), 1, "truncated or broken");
    Result list = run("models");
    assertEquals(0, list.code());
    assertTrue(list.out().contains("tiny"), list.out());
    assertFalse(list.out().contains("/cut"), list.out());
  }

  @Test
  void cleanRefusesADirectoryThatHoldsMoreThanTheCache() throws IOException {
    for (String cache : List.of(".", "models", "models/tiny")) {
      Path config =
          Files.writeString(
              dir.resolve("cache.json"), CONFIG.replace("\".cache\"", '"' + cache + '"'));
      assertRefused(run("clean", "--config", config.toString()), 2, "nothing was deleted");
    }
    Path cache = Files.createDirectories(dir.resolve(".cache"));
    Files.writeString(cache.resolve("guard.jsonl"), "{}\n");
    assertEquals(0, run("clean").code());
    assertFalse(Files.exists(cache.resolve("guard.jsonl")));
    assertTrue(Files.exists(dir.resolve("text.txt")));
  }

  /** The same text in other encodings gives the same model, bit for bit. */
  @ParameterizedTest
  @CsvSource({"ISO-8859-1", "windows-1252", "UTF-16", "UTF-16LE", "UTF-16BE"})
  void encodingIsRecognised(String charset) throws IOException {
    Path text = dir.resolve(charset + ".txt");
    Files.write(text, STORY.repeat(20).getBytes(Charset.forName(charset)));
    Result result = run("train", "--data", text.toString(), "--out", "@models/" + charset);
    assertEquals(0, result.code(), result.err());
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("models/tiny/model.safetensors")),
        Files.readAllBytes(dir.resolve("models/" + charset + "/model.safetensors")));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      files.forEach(
          f -> {
            try {
              Files.copy(f, to.resolve(from.relativize(f).toString()));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  @Test
  void rangeTestPrintsItsCurveAndARateAndSavesNothing() throws IOException {
    Result result = run("train", "--find-learning-rate", "--data", "@text.txt", "--json");
    assertEquals(0, result.code(), result.err());
    List<String> lines = result.out().lines().toList();
    assertTrue(lines.get(0).startsWith("{\"rate\":"), result.out());
    assertTrue(lines.get(lines.size() - 1).startsWith("{\"suggestion\":"), result.out());
    try (Stream<Path> files = Files.walk(dir)) {
      assertFalse(files.anyMatch(f -> f.endsWith("model") || f.endsWith("x")), "left something");
    }
  }
}
