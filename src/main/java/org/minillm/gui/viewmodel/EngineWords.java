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
    know("divides", "(?:a number that divides|a divisor of) (\\w+) \\((\\d+)\\).*");
    know("vocabulary", "(\\d+) or more: 256 bytes and (\\d+) special tokens");
    know("slashes", "1 to 100 characters, no slashes");
    know("directory", "a directory");
    know("stepsOrEpochs", "1 or more, unless (\\w+) is given");
    know("noModel", "load a model first, or start a training");
    know("notInMemory", "the model in training is not in memory now; .*");
    know("trainingEnded", "the training of the model that this chat talked to has ended; .*");
    know("notInTraining", "no model is in training(?:; .*)?");
    know("noFile", "no file was given.*|no files were given");
    know("unreadable", "is no file that can be read|cannot be read.*");
    know("noCheckpoint", "holds no checkpoint to (?:go on|resume) from");
    know("gone", "was trained on and is gone or cannot be read; .*");
    know("isDirectory", "is a directory; give files");
    know("notText", "is not text[ ;].*");
    know("few", "has only (\\d+) tokens to train on; give more text");
    know("emptyFiles", "the files are empty.*");
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
    know("notProven", "no step was recorded: not proven .*");
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
    know("apiFreed", "the API's model (.*) freed");
    know("actFailed", "failed: (.*)");
    know("actFailedFull", "failed");
    know("actDone", "done");
    know("chatLoaded", "chat model loaded again");
    know("stoppedAt", "stopped at step (\\d+)");
    know("divergedAt", "diverged at step (\\d+)");
    know("rolledBack", "diverged at step (\\d+) \\(.*\\): back to step (\\d+), .* × ([\\d.]+), .*");
    know("divergedAtOnce", "diverged at step (\\d+) \\(.*\\) before the first checkpoint; .*");
    know("gaveUp", "diverged at step (\\d+) \\(.*\\) after (\\d+) returns; gave up");
    know(
        "stoppedEarlyBest",
        "stopped early at step (\\d+): .* in (\\d+) evaluations; the run's model is the best one");
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
    settings();
    files();
    training();
    chat();
    models();
    jobs();
    disk();
  }

  private EngineWords() {}

  private static void settings() {
    know("moreThanOff", "more than ([\\d.]+), at most ([\\d.]+) \\(off\\)");
    know("moreThanOneOff", "more than ([\\d.]+), at most ([\\d.]+); 1 is off");
    know("moreThanAtMost", "more than ([\\d.]+), at most ([\\d.]+)");
    know("moreThan", "more than ([\\d.]+)");
    know("lessThan", "([\\d.]+) to less than ([\\d.]+)");
    know("lessThanOff", "([\\d.]+) \\(off\\) to less than ([\\d.]+)");
    know("rangeOff", "([\\d.]+) \\(off\\) to ([\\d.]+)");
    know("atLeastOff", "([\\d.]+) \\(off\\) or more");
    know("seed", "0 or more, or -1 for a new one each time");
    know("atLeast", "([\\d.]+) or more");
    know("sequences", "at most (\\d+) sequences a step");
    know("evenHeads", "d_model / n_heads even .*");
    know("someText", "a text in quotes");
    know("someTexts", "a list of texts.*|texts, none empty.*");
    know("oneToken", "at least one; the first ends a document");
    know("section", "a section: .*");
    know("noSuchKey", "no such key, nearest known key: (.*?); .*");
    know("configKey", "a key of config\\.json");
    know(
        "ownDirectory",
        "a directory of this app's own; this one holds (.*), so nothing was deleted");
    know("emptyConfig", "line 1, column 1: the file is empty, .*");
    know("noObject", "line 1: expected an object .*");
    know("brokenJson", "line (\\d+), column (\\d+): not valid JSON: (.*)");
  }

  private static void files() {
    know("noSuchFile", "there is no such file");
    know("noSuchModel", "there is no such model(?:, .*)?");
    know("noSuchDirectory", "there is no such directory");
    know("modelIsFile", "is a file; the model becomes a directory of this name");
    know("directoryIsFile", "is a file where a directory is needed");
    know("holdsRun", "holds a run already; .*");
    know("holdsModel", "holds a model already; .*");
    know("notTextFile", "is not a text file");
    know("notAFile", "is not a file");
    know("notRegular", "is no regular file, and it is read more than once");
    know("notPermitted", "may not be read by you \\(its permissions\\)");
    know("folderUnread", "a folder cannot be read: (.*)");
    know("noneReadable", "holds? no file that can be read.*");
    know("manyFiles", "holds more than (\\d+) files; .*");
    know("tooLong", "is (\\d+) bytes long; at most 1 MB is read");
    know("notUtf8", "is not UTF-8.*");
    know("wasCut", "was cut while the training read it; resume the run");
    know("noPdf", "is no PDF .*");
    know("pdfClosed", "does not permit its text to be taken out");
    know("pdfScanned", "has no text on its (\\d+) pages: .*");
    know("pdfPassword", "is encrypted with a password; .*");
    know("pdfDamaged", "is a damaged PDF \\((.*)\\); .*");
    know("partDamaged", "is damaged \\((.*)\\)");
    know("tooManyCharacters", "has (\\d+) characters; allowed: (\\d+)");
    know("page", "page (\\d+)");
    know("line", "line (\\d+)");
    know("row", "row (\\d+)");
    know("epubClosed", "is encrypted \\(protected by its shop\\); .*");
    know("noEpub", "is no EPUB.*");
    know("epubChapters", "has (\\d+) chapters in its spine; allowed: 1 to (\\d+)");
    know("epubLarge", "(?:.* in it )?unpacks to more than (\\d+) MB.*");
    know("webPage", "has (\\d+) MB; web pages of up to (\\d+) MB are read.*");
    know("longRow", "a row has more than (\\d+) characters; .*");
    know("noTable", "is no table: (.*)");
    know("columns", "has (\\d+) columns; the text is in column (\\d+).*");
    know("noTextField", "has neither \"text\" nor \"messages\" .*");
    know("severalObjects", "has more than one JSON object; .*");
    know("longLine", "is longer than (\\d+) characters; one document a line");
    know(
        "documentsOnly",
        "(?:is .*, no text of its own|has .* characters that this tokenizer .* must see at once); encode it by documents instead");
  }

  private static void training() {
    know("notConversations", "is text, not conversations: .*");
    know(
        "markerInMessage",
        "a message of (\\S+) contains (\\S+), which marks where turns or documents begin .*");
    know("noAnswers", "holds? no answer of the assistant.*");
    know("answersTuning", "fine-tuning on chat");
    know("noMarker", "the base's tokenizer has no special token (.*?), with which .*");
    know("joinsAssistant", "joins the word assistant .*");
    know("sentencePiece", "has a SentencePiece tokenizer, .*");
    know("noEnd", "has no end-of-text token to put between documents");
    know("baseGone", "is the base of this run and is gone; .*");
    know("baseChanged", "is the base of this run and was changed since; .*");
    know("checkpointGone", "its checkpoint is gone");
    know("noState", "is not the state of a run.*|is of step .*");
    know("checkpointChanged", "is not the file this checkpoint was written with .*");
    know("forgotten", "The tokenizer was trained without (\\d+) words of the text: .*");
    know("readAs", "(.*): read as (.*)");
    know("brokenBytes", "(.*): UTF-8 with (\\d+) broken bytes, .*");
  }

  private static void chat() {
    know("nothingToAnswer", "there is no message (?:to answer|that it answers)");
    know("noAnswerYet", "there is no answer to make again");
    know("unknownTemplate", "its chat template is not known here, .*");
    know("turns", "in Llama 2's chat template .*");
    know("turnOf", "message (\\d+) of role (.*)");
    know("nothingBefore", "there is nothing before it that it could be explained by");
    know("partsOf", "(\\d+) are looked at at most\\. .*");
    know("characters", "text of (\\d+) characters");
    know("tokens", "text of (\\d+) tokens");
    know("name", "name");
    know("theAnswer", "answer");
    know("theTokenizer", "tokenizer");
    know("theConversations", "conversations");
    know("theVocabulary", "vocabulary");
  }

  private static void models() {
    know("ggufTokenizer", "GGUF has no form for it; .*");
    know("tokenizerKind", "tokenizer of kind (.*)");
    know("ggufNoEnd", "it has no end-of-text token, .*");
    know("sameToken", "token (\\d+) has the text of another; .*");
    know(
        "notFinite",
        "holds (?:a value that is no number|.*, no number) or too large for (.*); use f32");
    know(
        "brokenValue",
        "tensor (.*) holds (.*) at element (\\d+); the file is broken, or its training diverged");
    know("holdsValue", "holds (NaN|-?Infinity|-?[\\d.]+(?:E-?\\d+)?)");
    know("llama2cTokenizer", "its tokenizer \\((.*)\\) cannot be written for llama2\\.c, .*");
    know("llama2cRope", "its rope_theta is (\\S+) and its norm_eps (\\S+); .*");
    know("llama2cGroups", "its rows of (\\d+) and (\\d+) values have no common group .*");
    know(
        "checkFailed",
        "the check of what was written failed: (.*?)(?:\\. What was written is deleted\\.)?");
    know("noGguf", "does not begin with GGUF");
    know("ggufVersion", "is a big-endian GGUF file; .*|is GGUF version (\\d+); .*");
    know("llama2cVersion", "is of version (\\d+); supported: .*");
    know("tensorType", "tensor (.*) is (\\S+); supported: (.*)\\. Convert it first\\.");
    know("supportedOnly", "(\\S+) is '(.*?)'.*; supported: (.*)");
    know("scaledRope", "(?:.* is not 1; )?scaled RoPE is not supported.*");
    know("experts", ".* is not 0; experts are not supported");
    know("notThisModel", "its tensors (?:are not those of this model|do not fit ).*");
    know("notSupported", "(\\S+) is true: (.*) is not supported");
    know("llamaVocabulary", "(\\S+) are not laid out .*");
    know("missingKey", "(\\S+) is missing");
    know("noTensor", "has no (?:tensor|matrix) (.*)");
    know(
        "tensorShape",
        "tensor (.*) has the shape (.*), the (?:model's key-values want|configuration wants) (.*)");
    know("weightsOnly", "holds weights only; .*");
    know("noConfig", "is a directory without config\\.json; .*");
    know("unknownModel", "is not a model this app knows; .*");
    know("directoryNoFile", "is a directory, not a file");
    know(
        "noTokenizer", "has no tokenizer\\.json.*|brings no tokenizer and none lies beside it; .*");
    know("otherTokenizer", "has (\\d+) tokens, the model only (\\d+); .*");
    know("lacksFile", "has no (\\S+?)(?:; give one with --tokenizer)?");
    know("shardGone", "names the file (.*), which is not there");
    know("noWeights", "has no (\\S+) and no (\\S+)");
    know("notObject", "is not a JSON object");
    know(
        "brokenFile",
        "(?:key|tensor) .* (?:is there twice|overlaps another|leaves a gap before it)"
            + "|.*; the file is broken|the header .*|its key-values cannot be: .*|.* is empty"
            + "|.*allowed here: at most .*|.*no safetensors file is|weight_map is missing.*"
            + "|names more than .*|says that .* holds .*; it does not|names the file \".*"
            + "|group_size is .*|a scale of tensor .*|is no tokenizer of llama2\\.c .*"
            + "|more than \\d+ tokens|.* the longest one is to be \\d+|goes on after token .*"
            + "|tensor .* of shape .* takes .*|tensor .* is of type .*; allowed: .*");
    know("cutFile", ".*(?:truncated|cut while it was read|are left in the file).*");
  }

  private static void jobs() {
    know("anotherTraining", "another training that writes into (.*)");
    know("ejecting", "ejecting the model");
    know("openingLive", "opening the model in training");
    know("inspecting", "inspecting the answer");
    know("attention", "inspecting the attention");
    know("freeing", "freeing the chat's model");
    know("closing", "closing the application");
    know("tokenizing", "tokenizing");
    know("measuring", "measuring the loss");
    know("lookingUp", "looking an answer up in the data");
  }

  private static void disk() {
    know(
        "diskForRun",
        "(.*): its disk has ([\\d.]+) MB free, the checkpoints of this model take ([\\d.]+) MB more");
    know("diskForCopy", "a copy needs (\\d+) bytes and (\\d+) are free in (.*)");
    know(
        "diskForIndex",
        "the index of the data needs up to (\\d+) MB on the disk; (\\d+) MB are free in (.*)");
    know("directoryDenied", "(.*): the directory cannot be made here \\(permission denied\\)");
    know("notWrittenDirectory", "could not write (.*): it is a directory");
    know("notWrittenDenied", "could not write (.*): permission denied");
    know(
        "notWrittenPlace",
        "could not write (.*): its directory does not exist or cannot be written");
    know("notWritten", "could not write (.*?): (.*)");
  }

  private static void know(String name, String pattern) {
    KNOWN.put(Pattern.compile(pattern), name);
  }

  /** Whether a whole line is known. */
  static boolean knows(String english) {
    return KNOWN.keySet().stream().anyMatch(pattern -> pattern.matcher(english).matches());
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
