package org.minillm.base;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {
  @Test
  void everyChunkRunsOnceWhateverTheThreads() {
    for (int threads : new int[] {1, 2, 3, 5}) {
      try (WorkerPool pool = new WorkerPool(threads)) {
        for (int count : new int[] {0, 1, 2, 3, 4, 7, 64, 1001}) {
          AtomicIntegerArray runs = new AtomicIntegerArray(count);
          pool.run(count, runs::incrementAndGet);
          for (int i = 0; i < count; i++) {
            assertEquals(1, runs.get(i), "chunk " + i + " of " + count + ", threads " + threads);
          }
        }
      }
    }
  }

  /** A worker that is late for one piece of work must not take part in the next by mistake. */
  @Test
  void shortPiecesInARowNeverMix() {
    try (WorkerPool pool = new WorkerPool(3)) {
      int[] expected = new int[5];
      int[] written = new int[5];
      for (int round = 1; round <= 100_000; round++) {
        int value = round;
        int count = 1 + round % 5;
        Arrays.fill(expected, 0, count, value);
        pool.run(count, chunk -> written[chunk] = value);
        assertArrayEquals(expected, written);
      }
    }
  }

  @Test
  void workInsideAChunkRunsOnTheChunksThread() {
    try (WorkerPool pool = new WorkerPool(2)) {
      AtomicIntegerArray runs = new AtomicIntegerArray(12);
      pool.run(
          4,
          outer -> {
            Thread mine = Thread.currentThread();
            pool.run(
                3,
                inner -> {
                  assertSame(mine, Thread.currentThread());
                  runs.incrementAndGet(3 * outer + inner);
                });
          });
      for (int i = 0; i < 12; i++) {
        assertEquals(1, runs.get(i));
      }
    }
  }

  @Test
  void aChunksExceptionReachesTheCallerAndThePoolGoesOn() {
    try (WorkerPool pool = new WorkerPool(2)) {
      for (int bad = 0; bad < 6; bad++) {
        int failing = bad;
        AtomicIntegerArray runs = new AtomicIntegerArray(6);
        IllegalStateException e =
            assertThrows(
                IllegalStateException.class,
                () ->
                    pool.run(
                        6,
                        chunk -> {
                          runs.incrementAndGet(chunk);
                          if (chunk == failing) {
                            throw new IllegalStateException("chunk " + chunk);
                          }
                        }));
        assertEquals("chunk " + bad, e.getMessage());
        for (int i = 0; i < 6; i++) {
          assertEquals(1, runs.get(i));
        }
      }
    }
  }
}
