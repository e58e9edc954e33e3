package org.minillm.train;

import java.util.Arrays;
import org.minillm.base.RunControl;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.Generator;
import org.minillm.model.InferenceSession;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.Tokenizer;

/** The sample at each evaluation: always the same prompt and seed, so that they compare. */
final class SampleText {
  private final Tokenizer tokenizer;
  private final TrainOptions options;
  private final int separator;

  /**
   * @param separator id of the end of a document: where a sample ends, and begins without a prompt
   */
  SampleText(Tokenizer tokenizer, TrainOptions options, int separator) {
    this.tokenizer = tokenizer;
    this.options = options;
    this.separator = separator;
  }

  /** What the model makes of the prompt now; empty when no sample is wanted or fits. */
  String of(Transformer model, RunControl control) {
    if (options.sampleTokens() == 0) {
      return "";
    }
    int[] prompt = tokenizer.prompt(options.samplePrompt());
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
    GenerateOptions sampling =
        GenerateOptions.defaults().withSeed(options.seed()).withMaxTokens(count);
    int[] made =
        new Generator(session)
            .generate(
                prompt, id -> id == separator, sampling, (id, logProbability) -> true, control)
            .tokens();
    session.free();
    int[] known = Arrays.stream(made).filter(id -> id < tokenizer.vocabSize()).toArray();
    return options.samplePrompt() + tokenizer.decode(known);
  }
}
