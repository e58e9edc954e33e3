package org.minillm.app;

import java.nio.file.Path;

/**
 * A model on disk, read from its header only.
 *
 * @param path what {@link ChatService#load} takes
 * @param name from its card, else its file name, mostly less the ending
 * @param format "huggingface", "llama2.c" …
 * @param parameters number of weights
 * @param contextLength tokens
 * @param vocabSize tokens
 * @param fileBytes size on disk
 * @param dtype of the weights on disk: "F32", "BF16" …
 * @param description the data from the card, may be empty
 * @param loss last training loss, nats a token; NaN if unknown
 * @param bitsPerByte on held-out text; NaN if unknown
 * @param steps it was trained for, 0 if unknown
 * @param trainingSeconds time they took, 0 if unknown
 * @param base name of the model it was fine-tuned from, empty for none
 * @param changedMillis when its folder or file was changed last (milliseconds since 1970)
 * @param estimatedBytes what chatting with it takes in memory without the process itself
 * @param chat its form of conversations: "ChatML", "Llama 2" …; "unknown" where it has another one,
 *     "none" where it only continues text
 * @param modifiedMillis when its weights were written, since 1970; 0 if unknown
 * @param resumable a training that ended early left a checkpoint here
 */
public record ModelEntry(
    Path path,
    String name,
    String format,
    long parameters,
    int contextLength,
    int vocabSize,
    long fileBytes,
    String dtype,
    String description,
    double loss,
    double bitsPerByte,
    long steps,
    long trainingSeconds,
    String base,
    long changedMillis,
    long estimatedBytes,
    String chat,
    long modifiedMillis,
    boolean resumable) {
  /** What {@link #chat} is for a form that is not known here. */
  public static final String UNKNOWN_CHAT = "unknown";
}
