/**
 * JMH benchmarks of the kernels, each for the chosen kernels and for their plain Java twin; run by
 * src/test/scripts/jmh.sh, not by the tests. Sizes are those of training shape M (width 256, 4
 * heads, feed-forward width 1024, vocabulary 8192) with 4 sequences of 256 tokens.
 */
package org.minillm.benchmark;
