package org.minillm.app.doctor;

import java.nio.file.Path;

/**
 * Where a document stands.
 *
 * @param document its number among all documents, from 1; 0 for an empty one, which is not counted
 * @param line its first line in the file, from 1
 */
public record Place(long document, Path file, long line) {}
