import java.lang.reflect.Method;

/**
 * Calls the main method of another class again and again in one JVM for a number of seconds, so that
 * its compiled code is measured and not its warm-up: {@code java -cp CLASSES Repeat.java SECONDS
 * MAIN_CLASS ARGUMENT…}.
 */
final class Repeat {
  private Repeat() {}

  public static void main(String[] args) throws ReflectiveOperationException {
    long nanos = (long) (Double.parseDouble(args[0]) * 1e9);
    Method main = Class.forName(args[1]).getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    String[] rest = java.util.Arrays.copyOfRange(args, 2, args.length);
    for (long start = System.nanoTime(); System.nanoTime() - start < nanos; ) {
      main.invoke(null, (Object) rest.clone());
    }
  }
}
