package org.minillm.format;

import java.nio.file.Path;
import java.util.List;
import org.minillm.model.ModelConfig;
import org.minillm.model.Quantization;
import org.minillm.model.QuantizedParameters;
import org.minillm.tokenizer.ChatSupport;

/**
 * What the head of a model file tells, weights unread.
 *
 * @param path as given
 * @param format "Hugging Face", "GGUF" or "llama2.c"
 * @param config its shape
 * @param fileBytes bytes of the weights' file
 * @param dtype how most weights are stored: "F32", "BF16", "Q8_0" …
 * @param card facts; only the name where there is no card
 * @param chat what it says about conversations; whether the tokenizer has the markers is not known
 *     from the head
 * @param bytesAsStored bytes of the weights in memory when they stay as the file has them
 */
public record ModelInfo(
    Path path,
    String format,
    ModelConfig config,
    long fileBytes,
    String dtype,
    ModelCard card,
    ChatSupport chat,
    long bytesAsStored) {

  /** Bytes the weights take in memory. */
  public long weightBytes(Quantization quantization) {
    return quantization == Quantization.INT8
        ? QuantizedParameters.bytes(config, List.of())
        : bytesAsStored;
  }
}
