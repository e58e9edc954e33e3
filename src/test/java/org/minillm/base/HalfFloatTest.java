package org.minillm.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HalfFloatTest {
  @Test
  void everyHalfComesBackAsItself() {
    for (int half = 0; half <= 0xFFFF; half++) {
      float value = HalfFloat.toFloat(half);
      if (Float.isNaN(value)) {
        assertTrue(Float.isNaN(HalfFloat.toFloat(HalfFloat.fromFloat(value))));
      } else {
        assertEquals(half, HalfFloat.fromFloat(value), "half " + Integer.toHexString(half));
      }
    }
  }

  @Test
  void betweenTwoHalvesTheNearestIsTakenAndTiesGoToEven() {
    for (int half = 0; half < 0x7BFF; half++) {
      float low = HalfFloat.toFloat(half);
      float high = HalfFloat.toFloat(half + 1);
      float middle = (float) (((double) low + high) / 2);
      assertEquals(half + (half & 1), HalfFloat.fromFloat(middle));
      assertEquals(half, HalfFloat.fromFloat(Math.nextDown(middle)));
      assertEquals(half + 1, HalfFloat.fromFloat(Math.nextUp(middle)));
      assertEquals(0x8000 | half, HalfFloat.fromFloat(-low));
    }
  }

  @Test
  void theLargestIsKeptAndBeyondIsInfinite() {
    assertEquals(HalfFloat.MAX, HalfFloat.toFloat(0x7BFF));
    assertEquals(0x7BFF, HalfFloat.fromFloat(65_519f));
    assertEquals(0x7C00, HalfFloat.fromFloat(65_520f));
    assertEquals(0xFC00, HalfFloat.fromFloat(Float.NEGATIVE_INFINITY));
  }
}
