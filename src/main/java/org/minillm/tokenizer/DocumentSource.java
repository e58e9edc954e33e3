package org.minillm.tokenizer;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Documents of a corpus, one after the other, so that the corpus never has to be in memory. */
@FunctionalInterface
public interface DocumentSource {
  /** Hands every document to {@code consumer}, in order, on the calling thread. */
  void forEach(Consumer<String> consumer) throws IOException;

  /** The documents of a list. */
  static DocumentSource of(List<String> documents) {
    List<String> copy = List.copyOf(documents);
    return copy::forEach;
  }
}
