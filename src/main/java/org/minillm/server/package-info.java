/**
 * The local API in OpenAI's wire format and its web page, over the JDK's own HTTP server: what it
 * costs in memory is a thread a request, and every wait of it has an end.
 */
@NullMarked
package org.minillm.server;

import org.jspecify.annotations.NullMarked;
