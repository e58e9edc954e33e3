package org.minillm.train;

import java.util.Optional;
import org.minillm.base.RunControl;
import org.minillm.model.TrainingPass;
import org.minillm.tokenizer.Tokenizer;

/**
 * What is evaluated during a run: documents from all over the validation part, or the answers in
 * them.
 */
final class Validation {
  private final Tokenizer tokenizer;
  private final int time;
  private final boolean answersOnly;
  private final Optional<ConversationBatches> answers;
  private final Optional<Dataset.Sample> sample;

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
    this.tokenizer = tokenizer;
    this.time = time;
    answersOnly = mask.isPresent();
    answers = mask.flatMap(m -> dataset.validationConversations(m, time, options.evalTokens()));
    sample =
        answersOnly || dataset.validationTokens() == 0
            ? Optional.empty()
            : Optional.of(dataset.validationSample(options.evalTokens()));
  }

  /** Empty where there is nothing to evaluate. */
  Optional<EvalResult> evaluate(TrainingPass pass, RunControl control) {
    return answersOnly
        ? answers.map(a -> Evaluator.evaluateAnswers(pass, a, tokenizer, control))
        : sample.map(
            s -> Evaluator.evaluate(pass, s.tokens(), s.tokens().size(), s.bytes(), time, control));
  }
}
