package org.minillm.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.minillm.base.HalfFloat;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;

/** The tensors of a GGUF file of architecture {@code llama}, under Hugging Face's names. */
final class GgufTensors implements TensorRows {
  private final ModelConfig config;
  private final Map<String, GgufHeader.Tensor> byName;
  private final FileChannel channel;
  private final FileWindow window;

  private GgufTensors(
      ModelConfig config,
      Map<String, GgufHeader.Tensor> byName,
      FileChannel channel,
      FileWindow window) {
    this.config = config;
    this.byName = byName;
    this.channel = channel;
    this.window = window;
  }

  /**
   * @throws BadFormat if tensors are missing, of another shape, or not of this architecture
   */
  static GgufTensors open(Path path, GgufHeader header, ModelConfig config) throws IOException {
    String file = header.metadata().file();
    Map<String, GgufHeader.Tensor> byName = match(file, header, config);
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    return new GgufTensors(config, byName, channel, new FileWindow(file, channel));
  }

  /** GGUF's name of a tensor: {@code blk.0.attn_q.weight}. */
  static String ggufName(String name) {
    String[] block = name.split("\\.", 4); // model . layers . N . rest
    if (name.startsWith("model.layers.")) {
      String rest =
          switch (block[3]) {
            case "input_layernorm.weight" -> "attn_norm";
            case "self_attn.q_proj.weight" -> "attn_q";
            case "self_attn.k_proj.weight" -> "attn_k";
            case "self_attn.v_proj.weight" -> "attn_v";
            case "self_attn.o_proj.weight" -> "attn_output";
            case "post_attention_layernorm.weight" -> "ffn_norm";
            case "mlp.gate_proj.weight" -> "ffn_gate";
            case "mlp.up_proj.weight" -> "ffn_up";
            case "mlp.down_proj.weight" -> "ffn_down";
            default -> throw new IllegalArgumentException("GGUF has no name for " + name);
          };
      return "blk." + block[2] + "." + rest + ".weight";
    }
    return switch (name) {
      case "model.embed_tokens.weight" -> "token_embd.weight";
      case "model.norm.weight" -> "output_norm.weight";
      case "lm_head.weight" -> "output.weight";
      default -> throw new IllegalArgumentException("GGUF has no name for " + name);
    };
  }

  private static Map<String, GgufHeader.Tensor> match(
      String file, GgufHeader header, ModelConfig config) {
    Map<String, GgufHeader.Tensor> byName = new HashMap<>();
    TreeSet<String> extra = new TreeSet<>(header.tensors().keySet());
    List<String> missing = new ArrayList<>();
    for (Parameters.Shape wanted : Parameters.shapes(config)) {
      String name = ggufName(wanted.name());
      GgufHeader.Tensor found = header.tensors().get(name);
      extra.remove(name);
      if (found == null) {
        missing.add(name);
        continue;
      }
      int[] shape =
          wanted.matrix() ? new int[] {wanted.rows(), wanted.width()} : new int[] {wanted.width()};
      if (!Arrays.equals(found.shape(), shape)) {
        throw new BadFormat(
            file,
            found.infoAt(),
            "tensor "
                + name
                + " has the shape "
                + Arrays.toString(found.shape())
                + ", the model's key-values want "
                + Arrays.toString(shape));
      }
      byName.put(wanted.name(), found);
    }
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new BadFormat(
          file,
          extra.isEmpty() ? -1 : at(header, extra.first()),
          "its tensors are not those of this model"
              + (missing.isEmpty() ? "" : "; missing: " + some(missing))
              + (extra.isEmpty() ? "" : "; not known: " + some(List.copyOf(extra)))
              + ". Biases, scaled RoPE and experts are not supported.");
    }
    return byName;
  }

  private static long at(GgufHeader header, String name) {
    GgufHeader.Tensor tensor = header.tensors().get(name);
    return tensor == null ? -1 : tensor.infoAt();
  }

  private static String some(List<String> names) {
    return String.join(", ", names.subList(0, Math.min(3, names.size())))
        + (names.size() > 3 ? " and " + (names.size() - 3) + " more" : "");
  }

  private GgufHeader.Tensor tensor(String name) {
    GgufHeader.Tensor tensor = byName.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor " + name);
    }
    return tensor;
  }

  @Override
  public boolean isBlocks(String name) {
    return tensor(name).type().isBlocks();
  }

  private long position(GgufHeader.Tensor tensor, String name, int row) {
    int stored = Rotary.turns(name) ? Rotary.pairedRow(config, row) : row;
    int width = tensor.shape()[tensor.shape().length - 1];
    return tensor.begin() + stored * tensor.type().rowBytes(width);
  }

  @Override
  public void read(String name, int row, float[] to, int offset) throws IOException {
    GgufHeader.Tensor tensor = tensor(name);
    int width = tensor.shape()[tensor.shape().length - 1];
    long at = position(tensor, name, row);
    GgufType type = tensor.type();
    switch (type) {
      case F32 -> window.readFloats(at, TensorType.F32, to, offset, width);
      case F16 -> window.readFloats(at, TensorType.F16, to, offset, width);
      case BF16 -> window.readFloats(at, TensorType.BF16, to, offset, width);
      case Q8_0, Q4_0 -> {
        byte[] quants = new byte[type.block];
        for (int i = 0; i < width; i += type.block) {
          float scale = readBlock(at + type.rowBytes(i), type, quants, 0);
          for (int j = 0; j < type.block; j++) {
            to[offset + i + j] = quants[j] * scale;
          }
        }
      }
    }
  }

  /**
   * Blocks of Q4_0 come as int8, too: the same scale and quants from -8 to 7, so nothing is lost.
   */
  @Override
  public void read(String name, int row, byte[] quants, float[] scales) throws IOException {
    GgufHeader.Tensor tensor = tensor(name);
    GgufType type = tensor.type();
    int width = tensor.shape()[tensor.shape().length - 1];
    long at = position(tensor, name, row);
    for (int i = 0; i < width; i += type.block) {
      scales[i / type.block] = readBlock(at + type.rowBytes(i), type, quants, i);
    }
  }

  /** Reads a block's quants and returns its scale. */
  private float readBlock(long at, GgufType type, byte[] quants, int offset) throws IOException {
    ByteBuffer in = window.at(at, type.bytes);
    float scale = HalfFloat.toFloat(in.getShort());
    if (type == GgufType.Q8_0) {
      in.get(quants, offset, type.block);
    } else {
      for (int j = 0; j < type.block / 2; j++) {
        int both = in.get();
        quants[offset + j] = (byte) ((both & 0xF) - 8);
        quants[offset + type.block / 2 + j] = (byte) ((both >> 4 & 0xF) - 8);
      }
    }
    return scale;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
