package org.minillm.app.corpus;

/** Grammatical gender of an entry; the order is that of the choices in {@code {x:he|she|it}}. */
enum Gender {
  MASCULINE,
  FEMININE,
  NEUTER
}
