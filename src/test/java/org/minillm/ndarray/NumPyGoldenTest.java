package org.minillm.ndarray;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** What NumPy answers, made by src/test/python/numpy_goldens.py. */
@Tag("golden")
class NumPyGoldenTest {
  @TestFactory
  List<DynamicTest> numPyAnswersTheSame() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    NumPyGoldenTest.class.getResourceAsStream("/ndarray/goldens.jsonl.gz")),
                StandardCharsets.UTF_8))) {
      ObjectMapper mapper = new ObjectMapper();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode c = mapper.readTree(line);
        String name = tests.size() + " " + c.get("op").asText() + c.get("args");
        tests.add(DynamicTest.dynamicTest(name, () -> check(c)));
      }
    }
    assertTrue(tests.size() > 1000, tests.size() + " cases");
    return tests;
  }

  private static void check(JsonNode c) {
    List<NDArray> in = new ArrayList<>();
    c.get("in").forEach(a -> in.add(array(a)));
    if (c.get("out").isTextual()) {
      assertThrows(IllegalArgumentException.class, () -> run(c, in));
      return;
    }
    NDArray expected = array(c.get("out"));
    NDArray found = run(c, in);
    assertArrayEquals(expected.shape(), found.shape());
    // A product of k terms is rounded in another order than NumPy's.
    double tolerance = c.get("op").asText().equals("matmul") ? 1e-5 : 2e-6;
    float[] e = expected.toArray();
    float[] f = found.toArray();
    for (int i = 0; i < e.length; i++) {
      if (Float.isNaN(e[i]) || Float.isInfinite(e[i])) {
        assertEquals(e[i], f[i], "element " + i);
      } else {
        assertEquals(e[i], f[i], tolerance * Math.max(1, Math.abs(e[i])), "element " + i);
      }
    }
  }

  private static NDArray run(JsonNode c, List<NDArray> in) {
    JsonNode args = c.get("args");
    if (in.isEmpty()) {
      return made(c.get("op").asText(), args.get("args"));
    }
    NDArray a = in.get(0);
    boolean keep = args.path("keep").asBoolean();
    int[] axes = ints(args.path("axes"));
    int axis = args.path("axis").asInt();
    return switch (c.get("op").asText()) {
      case "add" -> a.add(in.get(1));
      case "subtract" -> a.subtract(in.get(1));
      case "multiply" -> a.multiply(in.get(1));
      case "divide" -> a.divide(in.get(1));
      case "power" -> a.power(in.get(1));
      case "maximum" -> a.maximum(in.get(1));
      case "minimum" -> a.minimum(in.get(1));
      case "less" -> a.less(in.get(1));
      case "greater" -> a.greater(in.get(1));
      case "equal" -> a.equal(in.get(1));
      case "negative" -> a.negative();
      case "abs" -> a.abs();
      case "exp" -> a.exp();
      case "log" -> a.log();
      case "sqrt" -> a.sqrt();
      case "tanh" -> a.tanh();
      case "sin" -> a.sin();
      case "cos" -> a.cos();
      case "floor" -> a.floor();
      case "ceil" -> a.ceil();
      case "square" -> a.square();
      case "sign" -> a.sign();
      case "sum" -> a.sum(keep, axes);
      case "mean" -> a.mean(keep, axes);
      case "prod" -> a.prod(keep, axes);
      case "max" -> a.max(keep, axes);
      case "min" -> a.min(keep, axes);
      case "var" -> a.var(keep, axes);
      case "std" -> a.std(keep, axes);
      case "argmax" -> a.argmax(axis);
      case "argmin" -> a.argmin(axis);
      case "cumsum" -> a.cumsum(axis);
      case "argsort" -> a.argsort(axis);
      case "sort" -> a.sort(axis);
      case "slice" -> a.slice(args.get("index").asText());
      case "reshape" -> a.reshape(ints(args.get("shape")));
      case "transpose" -> a.transpose(axes);
      case "matmul" -> a.matmul(in.get(1));
      case "triu" -> NDArrays.triu(a, args.get("k").asInt());
      case "tril" -> NDArrays.tril(a, args.get("k").asInt());
      case "concatenate" -> NDArrays.concatenate(in, axis);
      case "stack" -> NDArrays.stack(in, axis);
      case "take" -> NDArrays.take(a, ints(args.get("indices")), axis);
      case "where" -> NDArrays.where(a, in.get(1), in.get(2));
      case "topk" -> a.topk(args.get("k").asInt());
      case "floor_divide" -> a.floorDivide(in.get(1));
      case "mod" -> a.mod(in.get(1));
      case "arctan2" -> a.arctan2(in.get(1));
      case "less_equal" -> a.lessEqual(in.get(1));
      case "greater_equal" -> a.greaterEqual(in.get(1));
      case "not_equal" -> a.notEqual(in.get(1));
      case "logical_and" -> a.logicalAnd(in.get(1));
      case "logical_or" -> a.logicalOr(in.get(1));
      case "add_scalar" -> a.add(args.get("value").asDouble());
      case "subtract_scalar" -> a.subtract(args.get("value").asDouble());
      case "multiply_scalar" -> a.multiply(args.get("value").asDouble());
      case "divide_scalar" -> a.divide(args.get("value").asDouble());
      case "power_scalar" -> a.power(args.get("value").asDouble());
      case "expm1" -> a.expm1();
      case "exp2" -> a.exp2();
      case "log1p" -> a.log1p();
      case "log2" -> a.log2();
      case "log10" -> a.log10();
      case "reciprocal" -> a.reciprocal();
      case "sinh" -> a.sinh();
      case "cosh" -> a.cosh();
      case "tan" -> a.tan();
      case "arcsin" -> a.arcsin();
      case "arccos" -> a.arccos();
      case "arctan" -> a.arctan();
      case "rint" -> a.rint();
      case "trunc" -> a.trunc();
      case "logical_not" -> a.logicalNot();
      case "isnan" -> a.isnan();
      case "isinf" -> a.isinf();
      case "isfinite" -> a.isfinite();
      case "clip" -> a.clip(value(args.get("low")), value(args.get("high")));
      case "any" -> a.any(keep, axes);
      case "all" -> a.all(keep, axes);
      case "var_ddof" -> a.var(args.get("ddof").asInt(), keep, axes);
      case "std_ddof" -> a.std(args.get("ddof").asInt(), keep, axes);
      case "cumprod" -> a.cumprod(axis);
      case "argtopk" -> a.argtopk(args.get("k").asInt());
      default -> rearranged(c.get("op").asText(), args, in);
    };
  }

  private static NDArray made(String op, JsonNode args) {
    double x = args.get(0).asDouble();
    double y = args.get(1).asDouble();
    return switch (op) {
      case "arange" -> NDArray.arange(x, y, args.get(2).asDouble());
      case "linspace" -> NDArray.linspace(x, y, args.get(2).asInt());
      case "eye" -> NDArray.eye((int) x, (int) y, args.get(2).asInt());
      default -> throw new AssertionError("no such case: " + op);
    };
  }

  private static NDArray rearranged(String op, JsonNode args, List<NDArray> in) {
    NDArray a = in.get(0);
    int axis = args.path("axis").asInt();
    int[] axes = ints(args.path("axes"));
    return switch (op) {
      case "moveaxis" -> a.moveaxis(axes[0], axes[1]);
      case "swapaxes" -> a.swapaxes(axes[0], axes[1]);
      case "expand_dims" -> a.expandDims(axis);
      case "squeeze" -> a.squeeze(axes);
      case "flip" -> a.flip(axes);
      case "broadcast_to" -> a.broadcastTo(ints(args.get("shape")));
      case "set" -> {
        a.set(args.get("index").asText(), in.get(1));
        yield a;
      }
      case "repeat" -> NDArrays.repeat(a, args.get("times").asInt(), axis);
      case "tile" -> NDArrays.tile(a, ints(args.get("times")));
      case "split" -> {
        List<NDArray> parts = NDArrays.split(a, args.get("parts").asInt(), axis);
        assertEquals(args.get("parts").asInt(), parts.size());
        yield parts.get(parts.size() - 1);
      }
      case "split_at" ->
          NDArrays.splitAt(a, ints(args.get("indices")), 1).get(args.get("part").asInt());
      case "roll" -> NDArrays.roll(a, args.get("shift").asInt(), axis);
      case "diag" -> NDArrays.diag(a, args.get("k").asInt());
      case "nonzero" ->
          NDArrays.stack(
              Arrays.stream(NDArrays.nonzero(a)).map(NumPyGoldenTest::floats).toList(), 0);
      case "outer" -> NDArrays.outer(a, in.get(1));
      case "dot" -> NDArrays.dot(a, in.get(1));
      case "take_along_axis" -> NDArrays.takeAlongAxis(a, in.get(1), axis);
      case "allclose" -> NDArray.scalar(NDArrays.allclose(a, in.get(1)) ? 1 : 0);
      case "array_equal" -> NDArray.scalar(NDArrays.arrayEqual(a, in.get(1)) ? 1 : 0);
      case "softmax" -> NDArrays.softmax(a, axis);
      default -> throw new AssertionError("no such case: " + op);
    };
  }

  private static NDArray floats(int[] values) {
    NDArray made = NDArray.zeros(values.length);
    for (int i = 0; i < values.length; i++) {
      made.set(values[i], i);
    }
    return made;
  }

  static NDArray array(JsonNode packed) {
    JsonNode values = packed.get(1);
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = value(values.get(i));
    }
    return NDArray.array(floats, ints(packed.get(0)));
  }

  private static float value(JsonNode number) {
    return switch (number.asText()) {
      case "nan" -> Float.NaN;
      case "inf" -> Float.POSITIVE_INFINITY;
      case "-inf" -> Float.NEGATIVE_INFINITY;
      default -> (float) number.asDouble();
    };
  }

  private static int[] ints(JsonNode node) {
    int[] values = new int[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asInt();
    }
    return values;
  }
}
