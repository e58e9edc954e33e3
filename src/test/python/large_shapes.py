"""A directory with the shape of SmolLM2-135M becomes int8 and runs within the memory budget; one
with the shape of Qwen3-0.6B is refused with the numbers.

    python3 large_shapes.py WORK --ours ./run.sh

WORK receives both (1 GB). Weights are random (seed 1), BF16, in two files; the vocabulary is
random, too. Prints each command's peak resident set; ends with 1 if one is above 512 MB. Needs
numpy.
"""
import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

BUDGET = 512
SMOLLM2 = dict(model_type="llama", architectures=["LlamaForCausalLM"], vocab_size=49152,
               hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
               num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=8192,
               rms_norm_eps=1e-5, hidden_act="silu", tie_word_embeddings=True, rope_theta=100000)
QWEN3 = dict(model_type="qwen3", architectures=["Qwen3ForCausalLM"], vocab_size=151936,
             hidden_size=1024, intermediate_size=3072, num_hidden_layers=28,
             num_attention_heads=16, num_key_value_heads=8, head_dim=128,
             max_position_embeddings=40960, rms_norm_eps=1e-6, hidden_act="silu",
             tie_word_embeddings=True, rope_theta=1000000)
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def tensors(c):
    d, f = c["hidden_size"], c["intermediate_size"]
    kv = d // c["num_attention_heads"] * c["num_key_value_heads"]
    yield "model.embed_tokens.weight", (c["vocab_size"], d)
    for i in range(c["num_hidden_layers"]):
        at = f"model.layers.{i}."
        yield at + "input_layernorm.weight", (d,)
        yield at + "self_attn.q_proj.weight", (d, d)
        yield at + "self_attn.k_proj.weight", (kv, d)
        yield at + "self_attn.v_proj.weight", (kv, d)
        yield at + "self_attn.o_proj.weight", (d, d)
        yield at + "post_attention_layernorm.weight", (d,)
        yield at + "mlp.gate_proj.weight", (f, d)
        yield at + "mlp.up_proj.weight", (f, d)
        yield at + "mlp.down_proj.weight", (d, f)
    yield "model.norm.weight", (d,)


def shard(path, of, rng):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in of:
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for _, shape in of:
            values = rng.standard_normal(shape, dtype=np.float32) * np.float32(0.04)
            if len(shape) == 1:
                values += 1
            out.write((values.view(np.uint32) >> 16).astype("<u2").tobytes())


def byte_texts():
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in shown]
    return [chr(b) for b in shown] + [chr(256 + i) for i in range(len(hidden))]


def tokenizer(vocab_size):
    draw = random.Random(1)
    vocab = {text: i for i, text in enumerate(SPECIALS + byte_texts())}
    texts, merges = list(vocab)[len(SPECIALS):], []
    while len(vocab) < vocab_size:
        a, b = draw.choice(texts[:3000]), draw.choice(texts[:3000])
        if a + b not in vocab and len(a + b) < 16:
            vocab[a + b] = len(vocab)
            texts.append(a + b)
            merges.append([a, b])
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
             "use_regex": True}
    return {"version": "1.0", "normalizer": None, "post_processor": None, "decoder": level,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Digits", "individual_digits": True}, level]},
            "added_tokens": [{"id": i, "content": t, "single_word": False, "lstrip": False,
                              "rstrip": False, "normalized": False, "special": True}
                             for i, t in enumerate(SPECIALS)],
            "model": {"type": "BPE", "vocab": vocab, "merges": merges}}


def write(path, c):
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(c, indent=1))
    if c["model_type"] != "llama":  # refused by its head: no weights are needed
        return
    (path / "tokenizer.json").write_text(json.dumps(tokenizer(c["vocab_size"])))
    (path / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIALS[0],
         "eos_token": SPECIALS[2]}))
    rng, both = np.random.default_rng(1), list(tensors(c))
    halves = [both[: len(both) // 2], both[len(both) // 2:]]
    where = {}
    for i, half in enumerate(halves):
        name = f"model-{i + 1:05}-of-00002.safetensors"
        shard(path / name, half, rng)
        where |= {tensor: name for tensor, _ in half}
    (path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))


def run(ours, *command):
    """Exit code and peak resident set in MB of the process, which replaces its shell."""
    begin = time.time()
    process = subprocess.Popen([ours, *map(str, command)])
    peak = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max([peak] + [int(line.split()[1]) for line in status.splitlines()
                                 if line.startswith("VmHWM")])
        except OSError:
            pass
        time.sleep(0.05)
    print(f"== {' '.join(map(str, command))}: exit {process.returncode}, "
          f"{time.time() - begin:.1f} s, peak {peak / 1024:.0f} MB", flush=True)
    return process.returncode, peak / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--ours", required=True)
    args = parser.parse_args()
    smollm, qwen = args.work / "smollm2-135m", args.work / "qwen3-0.6b"
    write(smollm, SMOLLM2)
    write(qwen, QWEN3)
    int8 = args.work / "smollm2-135m.gguf"
    int8.unlink(missing_ok=True)
    bad = 0
    for wanted, command in [
            (0, ["import", smollm, "--type", "q8_0", "--out", int8]),
            (0, ["info", int8]),
            (0, ["generate", "--model", int8, "--max-tokens", 32, "Once upon a time"]),
            (1, ["import", qwen, "--out", args.work / "refused"])]:
        code, peak = run(args.ours, *command)
        bad += code != wanted or peak > BUDGET
    sys.exit(bad > 0)


main()
