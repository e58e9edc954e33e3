package org.minillm.app;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.minillm.base.ComputeGate;
import org.minillm.base.RunControl;

/**
 * Questions to the loaded model that are no part of the conversation; one gives way to whatever the
 * chat is asked next.
 */
final class ChatQuestions {
  private final JobRunner jobs;
  private final ComputeGate gate;
  private final Supplier<ChatTurn> turn;

  /** Tells the answer to a question when its job has ended; on the job's thread only. */
  private @Nullable Runnable answered;

  /**
   * @param turn the model's turn, asked for on the job's thread; fails without a model
   */
  ChatQuestions(JobRunner jobs, ComputeGate gate, Supplier<ChatTurn> turn) {
    this.jobs = jobs;
    this.gate = gate;
    this.turn = turn;
    Subscription unused = jobs.listen(this::tellAnswer);
  }

  /** What is asked. */
  interface Question<T> {
    T put(ChatTurn current, RunControl control);
  }

  /**
   * @return the answer, or why there is none
   * @throws org.minillm.base.MiniLlmException.Busy while the chat is at work
   */
  @SuppressWarnings("CatchingUnchecked") // the border of a job
  <T> CompletableFuture<T> ask(String name, Question<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    jobs.startGivingWay(
        name,
        context -> {
          try {
            context.control().check();
            gate.enter();
            try {
              T found = question.put(turn.get(), context.control());
              answered = () -> answer.complete(found);
            } finally {
              gate.leave();
            }
          } catch (Exception | Error e) {
            answered = () -> answer.completeExceptionally(e);
            throw e;
          }
        });
    return answer;
  }

  /** Who is told may ask again at once: the job has ended. */
  private void tellAnswer(JobSnapshot job) {
    Runnable tell = answered;
    if (tell != null && job.state().ended()) {
      answered = null;
      tell.run();
    }
  }
}
