"""One random model in the formats of every program that benchmarks compare, and the proof that they
all compute the same.

    python3 rival_models.py write SHAPE DIR [--context N] [--seed N]
    python3 rival_models.py verify DIR --ours ./run.sh [--llama2c FOLDER] [--llamacpp FOLDER]
                            [--llama2java FOLDER [--java PROGRAM]]

SHAPE is S, M or L. DIR receives hf/ (a Hugging Face directory), model.bin and model-q8.bin
(llama2.c, versions 0 and 2), tokenizer.bin, model-f32.gguf and model-q8_0.gguf. The vocabulary is a
dummy whose texts name their ids. `verify` takes transformers in float32 as the measure, for int8
with the weights as Q8_0 rounds them: greedy continuations must be the same tokens, losses equal.
runq and llama.cpp's Q8_0 also round activations: of them the tokens are told, not required, and
the loss may differ by 0.005. FOLDER of llama2.c holds the programs run and runq, of llama.cpp
llama-simple and llama-perplexity, of llama2.java its classes. Needs numpy, gguf, torch and transformers.
"""
import argparse
import json
import math
import os
import random
import re
import string
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np

# vocabulary, width, layers, heads, feed-forward width, context
SHAPES = {"S": (4096, 128, 3, 4, 512, 128), "M": (8192, 256, 4, 4, 1024, 256),
          "L": (32000, 288, 6, 6, 768, 256)}
EPS, THETA = 1e-5, 10000.0
UNKNOWN, BOS, EOS, FIRST_BYTE, MERGED = 0, 1, 2, 3, 259
SPECIALS = ["<unk>", "<s>", "</s>"]
KINDS = ["input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
         "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj",
         "mlp.down_proj"]
GGUF_NAMES = dict(zip(KINDS, ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm",
                              "ffn_gate", "ffn_up", "ffn_down"]))
# The order of llama2.c: w1 is the gate, w2 the way down, w3 the way up.
MATRICES = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
            "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj"]


def random_weights(shape, seed):
    """Tied embeddings; q and k in Hugging Face's half-split order of RoPE."""
    vocab, d, layers, _, d_ff, _ = shape
    rng = np.random.default_rng(seed)

    def matrix(rows, columns, std):
        return (rng.standard_normal((rows, columns), dtype=np.float32) * std).astype(np.float32)

    def norm():
        return (1 + 0.1 * rng.standard_normal(d, dtype=np.float32)).astype(np.float32)

    w = {"model.embed_tokens.weight": matrix(vocab, d, 0.02)}
    for i in range(layers):
        for kind in KINDS:
            rows, columns = {"mlp.gate_proj": (d_ff, d), "mlp.up_proj": (d_ff, d),
                             "mlp.down_proj": (d, d_ff)}.get(kind, (d, d))
            w[f"model.layers.{i}.{kind}.weight"] = (
                # With an initial 0.02 a model mostly repeats its last token, whatever its attention
                # does; these weights make every layer and every position count.
                norm() if "norm" in kind else matrix(rows, columns, 1.5 / math.sqrt(columns)))
    w["model.norm.weight"] = norm()
    return w


def paired(name, w, heads):
    """Rows of q and k with the partners of RoPE side by side, as llama2.c and GGUF have them."""
    if "q_proj" not in name and "k_proj" not in name:
        return w
    out, width = w.shape
    return np.ascontiguousarray(
        w.reshape(heads, 2, out // heads // 2, width).swapaxes(1, 2).reshape(out, width))


# ---- the vocabulary: 3 special tokens, 256 bytes, one merge, then texts that name their id --------


def byte_characters():
    """GPT-2's visible character of each byte."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in kept]
    return {b: chr(b) for b in kept} | {b: chr(256 + i) for i, b in enumerate(others)}


def filler(i):
    return f"|{i}"


def byte_level_tokens(vocab):
    characters = byte_characters()
    return [*SPECIALS, *(characters[b] for b in range(256)), "zz",
            *(filler(i) for i in range(MERGED + 1, vocab))]


def text_of(i):
    """What byte-level programs print for an id that the comparison may meet."""
    return "zz" if i == MERGED else filler(i)


# ---- writing --------------------------------------------------------------------------------------


def write_hugging_face(directory, w, shape):
    from safetensors.numpy import save_file

    vocab, d, layers, heads, d_ff, context = shape
    directory.mkdir(parents=True, exist_ok=True)
    save_file(w, directory / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": vocab,
        "hidden_size": d, "intermediate_size": d_ff, "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": heads, "head_dim": d // heads,
        "max_position_embeddings": context, "rms_norm_eps": EPS, "hidden_act": "silu",
        "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False,
        "rope_theta": THETA, "rope_scaling": None,
        "rope_parameters": {"rope_type": "default", "rope_theta": THETA},
        "torch_dtype": "float32", "bos_token_id": BOS, "eos_token_id": EOS}
    (directory / "config.json").write_text(json.dumps(config, indent=2))
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
             "use_regex": True}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": i, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True} for i, text in enumerate(SPECIALS)],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": True}, level]},
        "post_processor": level, "decoder": level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None,
                  "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {text: i for i, text in enumerate(byte_level_tokens(vocab))},
                  "merges": [["z", "z"]]}}
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (directory / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>",
         "clean_up_tokenization_spaces": False}))


def llama2c_header(shape):
    vocab, d, layers, heads, d_ff, context = shape
    return struct.pack("<7i", d, d_ff, layers, heads, heads, vocab, context)


def layer_tensors(w, shape, kind):
    for i in range(shape[2]):
        name = f"model.layers.{i}.{kind}.weight"
        yield paired(name, w[name], shape[3])


def write_llama2c(path, w, shape):
    d, heads, context = shape[1], shape[3], shape[5]
    angles = np.outer(np.arange(context), THETA ** (-np.arange(0, d // heads, 2) / (d // heads)))
    with open(path, "wb") as out:
        out.write(llama2c_header(shape))
        w["model.embed_tokens.weight"].tofile(out)
        for kind in ["input_layernorm", *MATRICES[:4], "post_attention_layernorm", *MATRICES[4:]]:
            for tensor in layer_tensors(w, shape, kind):
                tensor.tofile(out)
        w["model.norm.weight"].tofile(out)
        np.cos(angles).astype(np.float32).tofile(out)
        np.sin(angles).astype(np.float32).tofile(out)


def write_llama2c_int8(path, w, shape):
    group = 64
    while shape[1] % group or shape[4] % group:
        group //= 2
    with open(path, "wb") as out:
        out.write(struct.pack("<Ii", 0x616B3432, 2) + llama2c_header(shape))
        out.write(struct.pack("<Bi", 1, group))
        out.write(bytes(256 - out.tell()))
        for kind in ["input_layernorm", "post_attention_layernorm"]:
            for tensor in layer_tensors(w, shape, kind):
                tensor.tofile(out)
        w["model.norm.weight"].tofile(out)
        matrices = [w["model.embed_tokens.weight"]]
        for kind in MATRICES:
            matrices += layer_tensors(w, shape, kind)
        for matrix in matrices:
            groups = matrix.reshape(-1, group)
            scales = np.abs(groups).max(axis=1) / np.float32(127)
            np.rint(groups / scales[:, None]).astype(np.int8).tofile(out)
            scales.astype(np.float32).tofile(out)


def write_llama2c_tokenizer(path, vocab):
    # Printable bytes stand for themselves: llama2.c looks up the text " " without a fallback.
    texts = ["<unk>", "\n<s>\n", "\n</s>\n"]
    texts += [chr(b) if 32 <= b < 127 else f"<0x{b:02X}>" for b in range(256)]
    texts += ["zz", *(filler(i) for i in range(MERGED + 1, vocab))]
    with open(path, "wb") as out:
        out.write(struct.pack("<I", max(map(len, texts))))
        for i, text in enumerate(texts):
            out.write(struct.pack("<fI", -float(i), len(text)) + text.encode())


def write_gguf(path, w, shape, int8):
    vocab, d, layers, heads, d_ff, context = shape
    out = gguf.GGUFWriter(path, "llama")
    out.add_name("random")
    out.add_context_length(context)
    out.add_embedding_length(d)
    out.add_block_count(layers)
    out.add_feed_forward_length(d_ff)
    out.add_head_count(heads)
    out.add_head_count_kv(heads)
    out.add_layer_norm_rms_eps(EPS)
    out.add_rope_dimension_count(d // heads)
    out.add_rope_freq_base(THETA)
    out.add_vocab_size(vocab)
    out.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if int8 else gguf.LlamaFileType.ALL_F32)
    if int8:
        out.add_quantization_version(gguf.GGML_QUANT_VERSION)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("smollm")
    out.add_token_list(byte_level_tokens(vocab))
    out.add_token_types([gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (vocab - 3))
    out.add_token_merges(["z z"])
    out.add_bos_token_id(BOS)
    out.add_eos_token_id(EOS)
    out.add_unk_token_id(UNKNOWN)
    out.add_add_bos_token(False)
    for name, tensor in w.items():
        if name.startswith("model.layers."):
            _, _, layer, kind = name.removesuffix(".weight").split(".", 3)
            stored = f"blk.{layer}.{GGUF_NAMES[kind]}.weight"
        else:
            stored = {"model.embed_tokens.weight": "token_embd.weight",
                      "model.norm.weight": "output_norm.weight"}[name]
        tensor = paired(name, tensor, heads)
        q8 = gguf.GGMLQuantizationType.Q8_0
        if int8 and tensor.ndim == 2:
            out.add_tensor(stored, gguf.quantize(tensor, q8), raw_dtype=q8)
        else:
            out.add_tensor(stored, tensor)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def write(a):
    *rest, context = SHAPES[a.shape]
    shape = (*rest, a.context or context)
    a.dir.mkdir(parents=True, exist_ok=True)
    w = random_weights(shape, a.seed)
    write_hugging_face(a.dir / "hf", w, shape)
    write_llama2c(a.dir / "model.bin", w, shape)
    write_llama2c_int8(a.dir / "model-q8.bin", w, shape)
    write_llama2c_tokenizer(a.dir / "tokenizer.bin", shape[0])
    write_gguf(a.dir / "model-f32.gguf", w, shape, False)
    write_gguf(a.dir / "model-q8_0.gguf", w, shape, True)
    print(f"{a.dir}: {sum(t.size for t in w.values()):,} parameters")


# ---- verifying ------------------------------------------------------------------------------------

CONTINUED = 24
WINDOW = 64


class Verification:
    def __init__(self, a):
        import torch
        import transformers

        self.a, self.torch, self.failed = a, torch, False
        self.float32, self.int8 = (
            transformers.LlamaForCausalLM.from_pretrained(a.dir / "hf", dtype=torch.float32).eval()
            for _ in range(2))
        q8 = gguf.GGMLQuantizationType.Q8_0
        for p in self.int8.parameters():
            if p.ndim == 2:
                p.data = torch.tensor(gguf.dequantize(gguf.quantize(p.detach().numpy(), q8), q8))
        self.environment = {**os.environ, "OMP_NUM_THREADS": "2"}

    def logits(self, model, ids):
        with self.torch.inference_mode():
            return model(self.torch.tensor([ids])).logits[0].double()

    def greedy(self, model, ids):
        """The continuation, and by how much its closest choice was made."""
        ids = list(ids)
        margin = math.inf
        for _ in range(CONTINUED):
            (best, second), (token, _) = self.logits(model, ids)[-1].topk(2)
            margin = min(margin, float(best - second))
            ids.append(int(token))
        return ids[-CONTINUED:], margin

    def prompt(self):
        """The first short prompt whose continuations every program can print and none ends.

        Byte-level programs see the prompt's bytes alone, llama2.c puts BOS first.
        """
        for letters in (a + b for a in string.ascii_lowercase for b in string.ascii_lowercase):
            ids = [FIRST_BYTE + b for b in f" {letters}".encode()]
            found = [self.greedy(self.float32, ids), self.greedy(self.int8, ids),
                     self.greedy(self.float32, [BOS, *ids])]
            if all(min(tokens) >= MERGED and margin > 1e-3 for tokens, margin in found):
                return letters, *(tokens for tokens, _ in found)
        sys.exit("no prompt of two letters has continuations to compare")

    def losses(self, model, ids):
        """Negative log-likelihood of ids[1:], nats."""
        p = self.torch.log_softmax(self.logits(model, ids[:-1]), -1)
        return -p[range(len(ids) - 1), ids[1:]]

    def run(self, *command):
        done = subprocess.run(list(map(str, command)), env=self.environment, capture_output=True)
        if done.returncode:
            sys.exit(f"{command} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def check(self, what, same, detail, required=True):
        self.failed |= required and not same
        print(f"{'same' if same else 'DIFFERENT' if required else 'near':9} {what}: {detail}")

    def check_text(self, what, text, expected, required=True):
        got, want = re.findall(r"\|\d+|zz", text), [text_of(i) for i in expected]
        common = next((i for i, (g, e) in enumerate(zip(got, want)) if g != e),
                          min(len(got), len(want)))
        self.check(what, common == len(want), f"{common} of {len(want)} greedy tokens", required)

    def check_loss(self, what, loss, expected, tolerance):
        self.check(what, abs(loss - expected) <= tolerance, f"loss {loss:.6f}, expected {expected:.6f}")

    def ours(self, letters, plain, plain_int8, after_bos, text_file, text):
        d = self.a.dir
        options = ["--json", "--temperature", 0, "--max-tokens", CONTINUED]
        for model, int8 in [("hf", 0), ("model-f32.gguf", 0), ("hf", 1), ("model-q8_0.gguf", 1)]:
            kind = "int8" if int8 else "none"
            out, _ = self.run(self.a.ours, "generate", *options, "--model", d / model,
                              "--quantization", kind, f" {letters}")
            self.check_text(f"ours, {model}, quantization {kind}", json.loads(out)["text"],
                            plain_int8 if int8 else plain)
        out, _ = self.run(self.a.ours, "generate", *options, "--model", d / "model.bin",
                          "--tokenizer", d / "tokenizer.bin", "--quantization", "none", letters)
        self.check_text("ours, model.bin", json.loads(out)["text"], after_bos)
        stream = [EOS, *(FIRST_BYTE + b for b in text), EOS]
        context, n = self.float32.config.max_position_embeddings, len(stream) - 1
        for kind, model in [("none", self.float32), ("int8", self.int8)]:
            nats = sum(float(self.losses(model, stream[i: i + context + 1]).sum())
                       for i in range(0, n, context))
            out, _ = self.run(self.a.ours, "eval", d / "hf", "--data", text_file, "--json",
                              "--quantization", kind)
            self.check_loss(f"ours, eval, quantization {kind}", json.loads(out)["loss"], nats / n,
                            2e-6)

    def llama2c(self, folder, letters, after_bos):
        d = self.a.dir
        steps = len(letters) + 2 + CONTINUED
        for program, model in [("run", "model.bin"), ("runq", "model-q8.bin")]:
            out, _ = self.run(folder / program, d / model, "-z", d / "tokenizer.bin", "-t", 0, "-n",
                              steps, "-i", letters)
            self.check_text(f"llama2.c {program}", out, after_bos, program == "run")

    def llama2java(self, folder, letters, after_bos):
        d = self.a.dir
        out, _ = self.run(self.a.java, "--add-modules=jdk.incubator.vector", "-cp", folder, "Llama2",
                          d / "model.bin", "-z", d / "tokenizer.bin", "-t", 0, "-n",
                          len(letters) + 2 + CONTINUED, "-i", letters)
        self.check_text("llama2.java", out, after_bos)

    def llamacpp(self, folder, letters, plain, text_file, text):
        d = self.a.dir
        ids = [FIRST_BYTE + b for b in text]
        for name, model, exact in [("model-f32.gguf", self.float32, True),
                                   ("model-q8_0.gguf", self.int8, False)]:
            out, _ = self.run(folder / "llama-simple", "-m", d / name, "-n", CONTINUED,
                              f" {letters}")
            self.check_text(f"llama.cpp, {name}", out, plain, exact)
            # llama-perplexity scores the second half of each window.
            losses = [self.losses(model, ids[i: i + WINDOW])[WINDOW // 2:]
                      for i in range(0, len(ids) // WINDOW * WINDOW, WINDOW)]
            out, err = self.run(folder / "llama-perplexity", "-m", d / name, "-f", text_file, "-c",
                                WINDOW, "-b", WINDOW, "-t", 2, "-ctk", "f32", "-ctv", "f32")
            found = re.search(r"Final estimate: PPL = ([\d.]+)", out + err)
            self.check_loss(f"llama.cpp perplexity, {name}", math.log(float(found[1])),
                            float(self.torch.cat(losses).mean()), 2e-5 if exact else 5e-3)


def verify(a):
    v = Verification(a)
    letters, plain, plain_int8, after_bos = v.prompt()
    print(f"prompt {letters!r}; transformers continues {plain}, after BOS {after_bos}, with the "
          f"weights of Q8_0 {plain_int8}")
    text = "".join(random.Random(1).choices(string.ascii_lowercase[:-1], k=250)).encode()
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(text)
        file.flush()
        v.ours(letters, plain, plain_int8, after_bos, file.name, text)
        if a.llama2c:
            v.llama2c(a.llama2c, letters, after_bos)
        if a.llama2java:
            v.llama2java(a.llama2java, letters, after_bos)
        if a.llamacpp:
            v.llamacpp(a.llamacpp, letters, plain, file.name, text)
    sys.exit(1 if v.failed else 0)


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("write")
    p.add_argument("shape", choices=SHAPES)
    p.add_argument("dir", type=Path)
    p.add_argument("--context", type=int)
    p.add_argument("--seed", type=int, default=1)
    p.set_defaults(do=write)
    p = commands.add_parser("verify")
    p.add_argument("dir", type=Path)
    p.add_argument("--ours", type=lambda path: Path(path).resolve(), required=True)
    p.add_argument("--llama2c", type=Path)
    p.add_argument("--llamacpp", type=Path)
    p.add_argument("--llama2java", type=Path)
    p.add_argument("--java", default="java")
    p.set_defaults(do=verify)
    a = parser.parse_args()
    a.do(a)


main()
