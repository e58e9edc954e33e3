package org.minillm.app.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.minillm.train.Corpus;

/** Of every document where it stands, which one it repeats, and its part of the split. */
final class DocumentLog {
  private final List<Path> files = new ArrayList<>();
  private int[] file = new int[1 << 10];
  private int[] line = new int[1 << 10];

  /** The first document of the group that says the same; the document itself if it is that. */
  private int[] first = new int[1 << 10];

  private final BitSet validation = new BitSet();
  private int size;

  /** Takes the next document; returns its number, from 0. */
  int add(Corpus.Document document, boolean validates) {
    if (size == file.length) {
      file = Arrays.copyOf(file, 2 * size);
      line = Arrays.copyOf(line, 2 * size);
      first = Arrays.copyOf(first, 2 * size);
    }
    if (files.isEmpty() || !files.get(files.size() - 1).equals(document.file())) {
      files.add(document.file());
    }
    file[size] = files.size() - 1;
    line[size] = (int) Math.min(Integer.MAX_VALUE, document.line());
    first[size] = size;
    validation.set(size, validates);
    return size++;
  }

  void repeats(int document, int earlier) {
    first[document] = first[earlier];
  }

  Place place(int document) {
    return new Place(document + 1, file(document), line[document]);
  }

  Path file(int document) {
    return files.get(file[document]);
  }

  int size() {
    return size;
  }

  boolean validates(int document) {
    return validation.get(document);
  }

  int validationDocuments() {
    return validation.cardinality();
  }

  /** Validation documents of whose group a document is in training. */
  int leaked() {
    BitSet trained = new BitSet();
    for (int i = 0; i < size; i++) {
      if (!validation.get(i)) {
        trained.set(first[i]);
      }
    }
    return (int) validation.stream().filter(i -> trained.get(first[i])).count();
  }
}
