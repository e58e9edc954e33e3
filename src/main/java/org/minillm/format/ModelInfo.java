package org.minillm.format;

import java.nio.file.Path;
import org.minillm.model.ModelConfig;

/**
 * What the head of a model file tells, weights unread.
 *
 * @param path as given
 * @param format "Hugging Face" or "llama2.c"
 * @param config its shape
 * @param fileBytes bytes of the weights' file
 * @param dtype how most weights are stored: "F32", "BF16", …
 * @param card facts; only the name where there is no card
 */
public record ModelInfo(
    Path path, String format, ModelConfig config, long fileBytes, String dtype, ModelCard card) {}
