package org.minillm.app.doctor;

/** Hears how far a check or a fix is, on its thread, about every hundred documents. */
@FunctionalInterface
public interface DoctorProgress {
  /**
   * @param documents seen so far
   * @param share of the bytes read, 0 to 1, about
   */
  void at(long documents, double share);
}
