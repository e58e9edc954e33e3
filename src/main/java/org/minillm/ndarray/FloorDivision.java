package org.minillm.ndarray;

/** Division rounded down and its remainder, by NumPy's rules for zeros, signs and infinities. */
final class FloorDivision {
  private FloorDivision() {}

  static double quotient(double a, double b) {
    double rest = a % b;
    if (b == 0) {
      return a / b;
    }
    double quotient = (a - rest) / b;
    if (rest != 0 && b < 0 != rest < 0) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0, a / b);
    }
    double down = Math.floor(quotient);
    return quotient - down > 0.5 ? down + 1 : down;
  }

  static double remainder(double a, double b) {
    double rest = a % b;
    if (b == 0) {
      return rest;
    }
    if (rest == 0) {
      return Math.copySign(0, b);
    }
    return b < 0 != rest < 0 ? rest + b : rest;
  }
}
