package org.minillm.gui.viewmodel;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The engine speaks English: reasons, ranges, the guard's acts. This says them in the window's
 * language; what is not known here stays as it came.
 */
public final class EngineWords {
  private static final Map<Pattern, String> KNOWN = new LinkedHashMap<>();

  static {
    know("range", "(-?[\\d.]+(?:E-?\\d+)?) to (-?[\\d.]+(?:E-?\\d+)?)");
    know("wholeNumber", "a whole number.*");
    know("number", "a number");
    know("divides", "a number that divides (\\w+) \\((\\d+)\\).*");
    know("vocabulary", "(\\d+) or more: 256 bytes and (\\d+) special tokens");
    know("slashes", "1 to 100 characters, no slashes");
    know("directory", "a directory");
    know("stepsOrEpochs", "1 or more, unless max_epochs is given");
    know("noModel", "load a model first, or start a training");
    know("notInMemory", "the model in training is not in memory now; .*");
    know("notInTraining", "no model is in training; .*");
    know("noFile", "no file was given.*|no files were given");
    know("unreadable", "is no file that can be read|cannot be read.*");
    know("noCheckpoint", "holds no checkpoint to (?:go on|resume) from");
    know("gone", "was trained on and is gone; .*");
    know("isDirectory", "is a directory; give text files");
    know("notText", "is not text \\(.*");
    know("few", "has only (\\d+) tokens to train on; give more text");
    know("emptyFiles", "the files are empty: (.*)");
    know("noText", "holds no text to evaluate");
    know("dataChanged", "the data is not what this run was trained on.*: (.*)");
    know("notJson", "is not JSON: (.*)");
    know("notAChat", "is no chat: .*");
    know("contextHolds", "the context holds (\\d+).*");
    know("message", "message of (\\d+) tokens|prompt of (\\d+) tokens");
    know("emptyPrompt", "it is empty; give at least one token");
    know("isOpen", "is open; eject it first");
    know("delivered", "came with the package and stays as it is; .*");
    know("inTraining", "is being trained; stop the training first");
    know("exists", "exists already; .*");
    know("layerNorm", "it has LayerNorm, .*");
    know("corpus", "corpus (.*)");
    know("training", "training (.+)");
    know("loading", "loading (.+)");
    know("answering", "answering");
    know(
        "merges", "The text has no more pairs .* vocabulary is (\\d+) tokens instead of (\\d+)\\.");
    know("resumed", "resumed from step (\\d+)");
    know("notExact", "not bit-exact: (.*)");
    know("guardTrim", "guard trim: (.*) \\((\\d+) -> (\\d+) MB\\)");
    know("guardPause", "guard pause: .* \\((\\d+) -> (\\d+) MB\\)");
    know("guardRelease", "guard release: .* \\((\\d+) -> (\\d+) MB\\)");
    know("guardCannotResume", "guard resume: (?:.*; )?failed: .* \\((\\d+) -> (\\d+) MB\\)");
    know("guardResume", "guard resume: .* \\((\\d+) -> (\\d+) MB\\)");
    know("guardCalm", "guard calm: .* \\((\\d+) -> (\\d+) MB\\)");
    know("microBatch", "micro-batch (\\d+) → (\\d+)");
    know("accumulation", "accumulation (\\d+) → (\\d+)");
    know("memorySaver", "memory saver off → on");
    know("heapCollected", "heap collected");
    know("savedAndFreed", "saved; activations, gradients and optimiser freed");
    know("savedAndReleased", "saved and released");
    know("weightsFreed", "weights freed");
    know("readBack", "buffers (?:allocated and )?read back");
    know("chatFreed", "chat model (.*) freed");
    know("chatLoaded", "chat model loaded again");
    know("stoppedAt", "stopped at step (\\d+)");
    know("divergedAt", "diverged at step (\\d+)");
    know("rolledBack", "diverged at step (\\d+) \\(.*\\): back to step (\\d+), .* × ([\\d.]+), .*");
    know("gaveUp", "diverged at step (\\d+) \\(.*\\) after (\\d+) returns; gave up");
    know("stoppedEarly", "stopped early at step (\\d+): .* in (\\d+) evaluations; .*");
    know("replayed", "step (\\d+) replayed: identical");
    know("replayedOther", "step (\\d+) replayed: (.*)");
    know("notReplayed", "step (\\d+) was computed again and is not what it was \\((.*)\\), .*");
    know("checkpoint", "checkpoint at step (\\d+)");
    know("finished", "finished");
    know("portTaken", "the port cannot be had \\((.*)\\); .*");
    know("minutes", "([\\d.]+) minutes");
    know("tooFewSteps", "not even (\\d+) steps of the smallest shape fit; .*");
    know("budget", "a budget of (\\d+) MB");
    know("noShapeFits", "no shape fits it; the smallest takes (\\d+) MB, .*");
    know("indexing", "indexing the same data");
  }

  private EngineWords() {}

  private static void know(String name, String pattern) {
    KNOWN.put(Pattern.compile(pattern), name);
  }

  /** The line in the window's language. */
  public static String of(String english, Texts texts) {
    String whole = known(english, texts);
    if (whole != null) {
      return whole;
    }
    for (String separator : new String[] {"; ", ", "}) {
      String[] parts = english.split(separator);
      if (parts.length > 1) {
        StringBuilder joined = new StringBuilder();
        for (String part : parts) {
          joined.append(joined.length() == 0 ? "" : separator).append(of(part, texts));
        }
        return joined.toString();
      }
    }
    return english;
  }

  private static @Nullable String known(String english, Texts texts) {
    for (Map.Entry<Pattern, String> entry : KNOWN.entrySet()) {
      Matcher matcher = entry.getKey().matcher(english);
      if (matcher.matches()) {
        return texts.get("words." + entry.getValue(), groups(matcher, texts));
      }
    }
    return null;
  }

  /** What the pattern caught: numbers in the language's form, lines inside lines translated. */
  private static Object[] groups(Matcher matcher, Texts texts) {
    Object[] found = new Object[] {"", "", ""};
    int n = 0;
    for (int i = 1; i <= matcher.groupCount() && n < found.length; i++) {
      String group = matcher.group(i);
      if (group == null) {
        continue;
      }
      boolean whole = group.matches("-?\\d{1,15}");
      found[n++] =
          whole
              ? texts.number(Long.parseLong(group), 0)
              : group.matches("-?[\\d.]+(E-?\\d+)?")
                  ? group.replace(".", texts.number(0.5, 1).substring(1, 2))
                  : of(group, texts);
    }
    return found;
  }
}
