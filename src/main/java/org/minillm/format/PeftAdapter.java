package org.minillm.format;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.minillm.model.Adapters;
import org.minillm.model.Parameters;

/**
 * Adapters of low rank as Hugging Face's PEFT keeps them: {@code adapter_model.safetensors} and
 * {@code adapter_config.json}. They stand in a directory of their own, since transformers puts an
 * adapter that lies beside a model onto it.
 */
final class PeftAdapter {
  static final String WEIGHTS = "adapter_model.safetensors";
  static final String CONFIG = "adapter_config.json";
  private static final String PREFIX = "base_model.model.";

  private PeftAdapter() {}

  static void save(Path directory, Adapters adapters, String base) throws IOException {
    Files.createDirectories(directory);
    SafeTensors.write(
        directory.resolve(WEIGHTS), tensors(adapters.values()), TensorType.F32, Map.of());
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("peft_type", "LORA");
    root.put("task_type", "CAUSAL_LM");
    root.put("base_model_name_or_path", base);
    root.put("r", adapters.rank());
    root.put("lora_alpha", adapters.alpha());
    root.put("lora_dropout", 0);
    root.put("bias", "none");
    root.put("fan_in_fan_out", false);
    root.put("inference_mode", true);
    ArrayNode targets = root.putArray("target_modules");
    TreeSet<String> modules = new TreeSet<>();
    for (Parameters.Parameter p : adapters.values().all()) {
      String[] path = p.name().split("\\.", -1); // … q_proj.lora_A.weight
      modules.add(path[path.length - 3]);
    }
    modules.forEach(targets::add);
    AtomicFiles.writeText(directory.resolve(CONFIG), root.toPrettyString() + "\n");
  }

  static void readInto(Path directory, Adapters adapters) throws IOException {
    try (SafeTensors file = SafeTensors.open(directory.resolve(WEIGHTS))) {
      for (SafeTensors.Tensor t : tensors(adapters.values())) {
        file.readInto(t.name(), t.shape(), t.data(), t.offset());
      }
    }
    for (Parameters.Parameter p : adapters.values().all()) {
      FiniteWeights.require(WEIGHTS, p);
    }
  }

  private static List<SafeTensors.Tensor> tensors(Parameters values) {
    List<SafeTensors.Tensor> tensors = new ArrayList<>();
    for (Parameters.Parameter p : values.all()) {
      tensors.add(
          new SafeTensors.Tensor(
              PREFIX + p.name(), p.array().data(), p.array().offset(), p.array().shape()));
    }
    return tensors;
  }
}
