"""The rival of `benchmark train` and `benchmark generate`: the same decoder in PyTorch on the CPU.

  python3 bench_torch.py train    --vocab 10000 --d-model 256 --layers 4 --heads 4 --d-ff 1024 \
                                  --context 256 --batch 4 --seconds 10
  python3 bench_torch.py generate --vocab … --prompt-tokens 64 --tokens 128
  python3 bench_torch.py isa      the instructions that ATen, MKL and oneDNN say they use

Prints one JSON object. RMSNorm, RoPE, SwiGLU, tied embeddings, SDPA, fused AdamW; warms up for 3 s.
Needs torch; nothing in the project depends on it.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time

import torch
import torch.nn.functional as F


class Block(torch.nn.Module):
    def __init__(self, a):
        super().__init__()
        d, kv = a.d_model, a.d_model // a.heads * (a.kv_heads or a.heads)
        self.heads, self.kv_heads = a.heads, a.kv_heads or a.heads
        self.norm1, self.norm2 = torch.nn.RMSNorm(d, 1e-5), torch.nn.RMSNorm(d, 1e-5)
        self.q, self.k, self.v = (torch.nn.Linear(d, n, bias=False) for n in (d, kv, kv))
        self.o = torch.nn.Linear(d, d, bias=False)
        self.gate, self.up = (torch.nn.Linear(d, a.d_ff, bias=False) for _ in range(2))
        self.down = torch.nn.Linear(a.d_ff, d, bias=False)

    def forward(self, x, cos, sin, cache=None):
        b, t, d = x.shape
        h = self.norm1(x)
        q = self.q(h).view(b, t, self.heads, -1).transpose(1, 2)
        k = self.k(h).view(b, t, self.kv_heads, -1).transpose(1, 2)
        v = self.v(h).view(b, t, self.kv_heads, -1).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            keys, values, start = cache
            keys[:, :, start : start + t], values[:, :, start : start + t] = k, v
            k, v = keys[:, :, : start + t], values[:, :, : start + t]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1, enable_gqa=True)
        x = x + self.o(y.transpose(1, 2).reshape(b, t, d))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


def rotate(x, cos, sin):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Model(torch.nn.Module):
    def __init__(self, a):
        super().__init__()
        self.a = a
        self.embed = torch.nn.Embedding(a.vocab, a.d_model)
        self.blocks = torch.nn.ModuleList(Block(a) for _ in range(a.layers))
        self.norm = torch.nn.RMSNorm(a.d_model, 1e-5)
        torch.nn.init.normal_(self.embed.weight, std=0.02)
        hd = a.d_model // a.heads
        angles = torch.outer(
            torch.arange(a.context).float(), 10000.0 ** (-torch.arange(0, hd, 2).float() / hd)
        )
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def forward(self, ids, caches=None, start=0):
        t = ids.shape[1]
        x = self.embed(ids)
        cos, sin = self.cos[start : start + t], self.sin[start : start + t]
        for i, block in enumerate(self.blocks):
            x = block(x, cos, sin, None if caches is None else (*caches[i], start))
        x = self.norm(x if caches is None else x[:, -1:])
        return F.linear(x, self.embed.weight)


def peak_rss_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bench_train(a):
    model = Model(a)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), fused=True)
    ids = torch.randint(a.vocab, (a.batch, a.context + 1))

    def step():
        logits = model(ids[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    begin = time.perf_counter()
    while time.perf_counter() - begin < 3:
        step()
    steps, begin = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < a.seconds:
        step()
        steps += 1
    return {
        "benchmark": "train",
        "params": sum(p.numel() for p in model.parameters()),
        "tokens_per_s": steps * a.batch * a.context / elapsed,
        "step_ms": elapsed / steps * 1000,
        "peak_rss_mb": peak_rss_mb(),
    }


@torch.inference_mode()
def bench_generate(a):
    model = Model(a).eval()
    hd, kv = a.d_model // a.heads, a.kv_heads or a.heads
    caches = [
        (torch.zeros(1, kv, a.context, hd), torch.zeros(1, kv, a.context, hd))
        for _ in range(a.layers)
    ]
    prompt = torch.randint(a.vocab, (1, a.prompt_tokens))

    def turn():
        t0 = time.perf_counter()
        token = model(prompt, caches, 0)[0, -1].argmax()
        t1 = time.perf_counter()
        for i in range(a.tokens - 1):
            token = model(token.view(1, 1), caches, a.prompt_tokens + i)[0, -1].argmax()
        return t1 - t0, time.perf_counter() - t1

    begin = time.perf_counter()
    while time.perf_counter() - begin < 3:
        turn()
    times, begin = [], time.perf_counter()
    while time.perf_counter() - begin < a.seconds:
        times.append(turn())
    prompt_s, decode_s = (sorted(x)[len(x) // 2] for x in zip(*times))
    return {
        "benchmark": "generate",
        "prompt_tokens_per_s": a.prompt_tokens / prompt_s,
        "decode_tokens_per_s": (a.tokens - 1) / decode_s,
        "ttft_ms": prompt_s * 1000,
        "peak_rss_mb": peak_rss_mb(),
    }


def instructions():
    """MKL and oneDNN tell only in their logs, so that a process of its own is asked."""
    ask = "import torch; x = torch.rand(64, 64); x @ x; torch.conv2d(x[None, None], x[None, None])"
    log = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True,
        env={**os.environ, "MKL_VERBOSE": "1", "ONEDNN_VERBOSE": "2"},
    ).stdout
    mkl = re.search(r"MKL_VERBOSE .*?Intel\(R\) (AVX[\w-]*)", log)
    mkl = mkl or re.search(r"MKL_VERBOSE .*? architecture (.*?),", log)
    onednn = re.search(r"cpu,isa:(.*)", log)
    return {
        "ATen": torch.backends.cpu.get_cpu_capability(),
        "MKL": mkl[1] if mkl else "unknown",
        "oneDNN": onednn[1] if onednn else "unknown",
    }


def main():
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=["train", "generate", "isa"])
    for name, value in dict(
        vocab=10000, d_model=256, layers=4, heads=4, kv_heads=0, d_ff=1024, context=256, batch=4,
        prompt_tokens=64, tokens=128, threads=2,
    ).items():
        p.add_argument("--" + name.replace("_", "-"), type=int, default=value)
    p.add_argument("--seconds", type=float, default=10)
    a = p.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(a.threads)
    if a.what == "isa":
        print(json.dumps(instructions()))
        return
    result = bench_train(a) if a.what == "train" else bench_generate(a)
    print(json.dumps({**result, "torch": torch.__version__, "threads": a.threads}))


if __name__ == "__main__":
    main()
