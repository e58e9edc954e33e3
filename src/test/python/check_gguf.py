"""Compares a GGUF file that Mini-LLM wrote with the model it was made from.

    python3 check_gguf.py MODEL.gguf SOURCE

SOURCE is a Hugging Face directory (safetensors) or a llama2.c .bin (version 0). Reads the file with
the `gguf` package, turns every tensor into float32, puts the rows of q and k back into the
half-split order and prints the largest difference a tensor. For Q8_0 the bytes must be those of
gguf's own quantiser.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
from gguf import GGUFReader, GGMLQuantizationType, dequantize, quantize

NAMES = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
         "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
         "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
         "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}


def hf_name(name):
    if name.startswith("blk."):
        _, layer, kind, _ = name.split(".")
        return f"model.layers.{layer}.{NAMES[kind]}.weight"
    return {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
            "output.weight": "lm_head.weight"}[name]


def paired(w, heads):
    """Half-split rows as pairs side by side."""
    out, width = w.shape
    return w.reshape(heads, 2, out // heads // 2, width).swapaxes(1, 2).reshape(out, width)


def half_split(w, heads):
    out, width = w.shape
    return w.reshape(heads, out // heads // 2, 2, width).swapaxes(1, 2).reshape(out, width)


def from_directory(path):
    import torch
    from safetensors.torch import load_file
    c = json.loads((path / "config.json").read_text())
    w = {k: v.to(torch.float32).numpy() for k, v in load_file(path / "model.safetensors").items()}
    return w, c["num_attention_heads"], c["num_key_value_heads"]


def from_llama2c(path):
    raw = path.read_bytes()
    dim, hidden, layers, heads, kv_heads, vocab, context = struct.unpack("<7i", raw[:28])
    data = np.frombuffer(raw, dtype="<f4", offset=28)
    kv = dim // heads * kv_heads
    at = 0

    def take(*shape):
        nonlocal at
        n = int(np.prod(shape))
        at += n
        return data[at - n:at].reshape(shape)

    w = {"model.embed_tokens.weight": take(abs(vocab), dim)}
    for kind, shape in [("input_layernorm", (dim,)), ("self_attn.q_proj", (dim, dim)),
                        ("self_attn.k_proj", (kv, dim)), ("self_attn.v_proj", (kv, dim)),
                        ("self_attn.o_proj", (dim, dim)), ("post_attention_layernorm", (dim,)),
                        ("mlp.gate_proj", (hidden, dim)), ("mlp.down_proj", (dim, hidden)),
                        ("mlp.up_proj", (hidden, dim))]:
        for layer in range(layers):
            t = take(*shape)
            if "q_proj" in kind or "k_proj" in kind:
                t = half_split(t, heads if "q_proj" in kind else kv_heads)
            w[f"model.layers.{layer}.{kind}.weight"] = t
    w["model.norm.weight"] = take(dim)
    return w, heads, kv_heads


def main():
    reader = GGUFReader(sys.argv[1])
    source = Path(sys.argv[2])
    weights, heads, kv_heads = (from_directory if source.is_dir() else from_llama2c)(source)
    for field in reader.fields.values():
        shown = field.contents() if len(field.data) < 5 else f"{len(field.data)} elements"
        print(f"{field.name:45} {str(shown)[:90]!r}")
    worst = {}
    wrong = 0
    for t in reader.tensors:
        want = weights.pop(hf_name(t.name))
        if ".attn_q." in t.name or ".attn_k." in t.name:
            want = paired(want, heads if ".attn_q." in t.name else kv_heads)
        got = dequantize(t.data, t.tensor_type).reshape(want.shape)
        difference = float(np.abs(got - want).max())
        kind = t.tensor_type.name
        worst[kind] = max(worst.get(kind, (0, "")), (difference, t.name))
        expected = want if kind == "F32" else want.astype(np.float16) if kind == "F16" else None
        if t.tensor_type == GGMLQuantizationType.Q8_0:
            expected = quantize(np.ascontiguousarray(want), t.tensor_type)
        if not np.array_equal(t.data.reshape(expected.shape).view(np.uint8), expected.view(np.uint8)):
            wrong += 1
            print("bytes differ:", t.name, kind)
    print("largest difference by type:", worst)
    print("tensors of the source that are not there:", list(weights) or "none")
    sys.exit(1 if wrong or weights else 0)


main()
