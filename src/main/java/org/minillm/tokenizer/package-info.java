/** Byte-level BPE, the simple character tokenizer, streaming UTF-8 and chat templates. */
@NullMarked
package org.minillm.tokenizer;

import org.jspecify.annotations.NullMarked;
