package org.minillm.app.doctor;

import org.minillm.train.Corpus;

/** Tells every hundredth document, and the share of the bytes. */
final class Progress {
  private static final int EVERY = 100;

  private final DoctorProgress listener;
  private final long bytes;
  private long documents;
  private long chars;

  Progress(DoctorProgress listener, long bytes) {
    this.listener = listener;
    this.bytes = bytes;
  }

  void add(Corpus.Document document) {
    chars += Math.max(document.text().length(), document.json().length());
    if (++documents % EVERY == 0) {
      listener.at(documents, Math.min(1, (double) chars / bytes));
    }
  }
}
