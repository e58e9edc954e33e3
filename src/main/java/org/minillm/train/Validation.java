package org.minillm.train;

import java.util.Optional;
import org.minillm.base.RunControl;
import org.minillm.model.TrainingPass;
import org.minillm.tokenizer.Tokenizer;

/** What is evaluated during a run: the beginning of the validation part, or its answers. */
final class Validation {
  private final Dataset dataset;
  private final Tokenizer tokenizer;
  private final TrainOptions options;
  private final int time;
  private final Optional<AnswerMask> mask;
  private final Optional<ConversationBatches> answers;

  /**
   * @param mask where only answers count
   * @param time the longest window
   */
  Validation(
      Dataset dataset,
      Tokenizer tokenizer,
      TrainOptions options,
      Optional<AnswerMask> mask,
      int time) {
    this.dataset = dataset;
    this.tokenizer = tokenizer;
    this.options = options;
    this.time = time;
    this.mask = mask;
    answers = mask.flatMap(m -> dataset.validationConversations(m, time, options.evalTokens()));
  }

  /** Empty where there is nothing to evaluate. */
  Optional<EvalResult> evaluate(TrainingPass pass, RunControl control) {
    if (mask.isPresent()) {
      return answers.map(a -> Evaluator.evaluateAnswers(pass, a, tokenizer, control));
    }
    if (dataset.validationTokens() == 0) {
      return Optional.empty();
    }
    Dataset.Prefix prefix = dataset.validationPrefix(options.evalTokens());
    return Optional.of(
        Evaluator.evaluate(
            pass, dataset.validation(), prefix.tokens(), prefix.bytes(), time, control));
  }
}
