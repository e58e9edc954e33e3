package org.minillm.format;

import java.nio.file.Path;
import java.util.Optional;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/**
 * A model read from a file.
 *
 * @param chatTemplate how it was taught to chat; empty for a model that only continues text
 */
public record LoadedModel(
    Transformer model,
    Tokenizer tokenizer,
    Optional<ChatTemplate> chatTemplate,
    ModelCard card,
    Path path) {}
