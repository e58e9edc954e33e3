package org.minillm.app.corpus;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a word list.
 *
 * @param text as it is printed; in Spanish {@code @} stands for the o or a of an adjective
 * @param gender null where none was written
 * @param tags without their {@code #}
 * @param attributes facts and forms by key: {@code pl}, {@code el}, {@code a}, {@code color}, …
 * @param place where it stands, for messages
 */
record Entry(
    String text,
    @Nullable Gender gender,
    Set<String> tags,
    Map<String, String> attributes,
    Place place) {}
