package org.minillm.app;

/** What a training job is doing. */
public enum TrainingPhase {
  /** Nothing yet. */
  IDLE,
  /** Reads and checks the files. */
  READING,
  /** Learns the tokenizer. */
  TOKENIZER,
  /** Turns the text into tokens. */
  ENCODING,
  /** Allocates model and optimiser. */
  PREPARING,
  /** Trains. */
  TRAINING,
  /** Measures on the held-out text. */
  EVALUATING,
  /** Writes a checkpoint or the model. */
  SAVING,
  /** Done, failed or stopped. */
  ENDED
}
