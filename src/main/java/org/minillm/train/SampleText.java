package org.minillm.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.Generator;
import org.minillm.model.InferenceSession;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/** The samples at each evaluation: always the same prompts and seed, so that they compare. */
final class SampleText {
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> chat;
  private final TrainOptions options;
  private final int separator;

  /**
   * @param chat where a prompt is a question that the sample answers; empty to continue it
   * @param separator id of the end of a document: where a sample ends, and begins without a prompt
   */
  SampleText(
      Tokenizer tokenizer, Optional<ChatTemplate> chat, TrainOptions options, int separator) {
    this.tokenizer = tokenizer;
    this.chat = chat;
    this.options = options;
    this.separator = separator;
  }

  /** What the model makes of the prompts now; empty where no sample is wanted. */
  List<String> of(Transformer model, RunControl control) {
    List<String> texts = new ArrayList<>();
    if (options.sampleTokens() > 0) {
      for (String prompt : options.samplePrompts()) {
        texts.add(of(prompt, model, control));
      }
    }
    return texts;
  }

  /** Empty where the prompt leaves no room. */
  private String of(String text, Transformer model, RunControl control) {
    Optional<ChatTemplate> template = chat.filter(t -> !text.isEmpty());
    int[] prompt =
        template
            .map(t -> t.encode(tokenizer, List.of(ChatMessage.user(text)), true))
            .orElseGet(() -> tokenizer.prompt(text));
    if (prompt.length == 0) {
      prompt = new int[] {separator};
    }
    int room = model.config().contextLength() - prompt.length;
    if (room < 1) {
      return "";
    }
    int count = Math.min(options.sampleTokens(), room);
    InferenceSession session =
        new InferenceSession(model, prompt.length + count, options.chunkSize());
    Set<Integer> stops = new HashSet<>(Set.of(separator));
    template.ifPresent(t -> stops.addAll(t.stopIds(tokenizer)));
    GenerateOptions sampling =
        GenerateOptions.defaults().withSeed(options.seed()).withMaxTokens(count);
    int[] made =
        new Generator(session)
            .generate(prompt, stops::contains, sampling, (id, distribution) -> true, control)
            .tokens();
    session.free();
    int[] known = Arrays.stream(made).filter(id -> id < tokenizer.vocabSize()).toArray();
    return text + (template.isPresent() ? "\n" : "") + tokenizer.decode(known);
  }
}
