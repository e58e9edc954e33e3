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
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What NumPy answers, made by src/test/python/numpy_goldens.py. */
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
    assertTrue(tests.size() > 600, tests.size() + " cases");
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
      default -> throw new AssertionError("no such case: " + c.get("op"));
    };
  }

  private static NDArray array(JsonNode packed) {
    JsonNode values = packed.get(1);
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      JsonNode v = values.get(i);
      floats[i] =
          switch (v.asText()) {
            case "nan" -> Float.NaN;
            case "inf" -> Float.POSITIVE_INFINITY;
            case "-inf" -> Float.NEGATIVE_INFINITY;
            default -> (float) v.asDouble();
          };
    }
    return NDArray.array(floats, ints(packed.get(0)));
  }

  private static int[] ints(JsonNode node) {
    int[] values = new int[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asInt();
    }
    return values;
  }
}
