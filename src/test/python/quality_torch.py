"""Held-out bits per byte after some minutes of PyTorch and AdamW: the rival of src/test/scripts/quality.sh.

  python3 quality_torch.py TRAIN.ids HELDOUT.ids HELDOUT_BYTES --minutes 5 --learning-rate 0.005 --batch 16 \
      --vocab 5000 --d-model 128 --layers 3 --heads 4 --d-ff 512 --context 128

The ids are files of `tokenizer encode --data … --out` (2 bytes each, documents joined by the end-of-text id).
The decoder of bench_torch.py, fused AdamW (betas 0.9 and 0.99 or --beta2, decay 0.1 of matrices), clipping at
1, warm-up, cosine to a tenth. Windows begin anywhere or, half of them, where a document does, as in our Batches.
Ten seconds of steps on random ids warm up and tell the speed, from which the number of steps is known; the
clock runs from the first step, evaluation not counted. Evaluates as `eval` does. Prints one JSON object.
`--device cuda --steps N` tells, in float32 and within a minute, what N steps would have given on the processor:
so a learning rate is tuned, N being what the minutes allow there.
"""
import argparse
import json
import math
import time

import numpy as np
import torch
import torch.nn.functional as F
from bench_torch import Model


def initialise(model, layers):
    for name, p in model.named_parameters():
        if p.ndim > 1:
            residual = name.endswith(("o.weight", "down.weight"))
            torch.nn.init.normal_(p, std=0.02 / math.sqrt(2 * layers) if residual else 0.02)


def windows(ids, count, time_, seed):
    """Where each sequence begins: an order of the windows an epoch, half of them moved to a document's start."""
    random = np.random.default_rng(seed)
    n = (len(ids) - 1) // time_ - 1
    parts = []
    while sum(map(len, parts)) < count:
        parts.append(random.integers(0, len(ids) - n * time_) + random.permutation(n) * time_)
    at = np.concatenate(parts)[:count]
    ends = np.flatnonzero(ids == ids[0])
    begin = ends[np.searchsorted(ends, at - 1, side="right") - 1] + 1
    at = np.where((random.random(count) < 0.5) & (at - begin < time_) & (at >= begin), begin, at)
    return np.minimum(at, len(ids) - time_ - 1)


@torch.inference_mode()
def bits_per_byte(model, ids, size, time_, device):
    nats, last = 0.0, len(ids) - 1
    for first in range(0, last, 16 * time_):
        part = ids[first : min(last, first + 16 * time_) + 1].astype(np.int64)
        rows = (len(part) - 1) // time_
        pieces = [(part[: rows * time_].reshape(rows, time_), part[1 : rows * time_ + 1].reshape(rows, time_))]
        if (len(part) - 1) % time_:
            pieces.append((part[rows * time_ : -1][None], part[rows * time_ + 1 :][None]))
        for x, y in pieces:
            if x.size:
                x, y = (torch.from_numpy(part).to(device) for part in (x, y))
                nats += F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum").item()
    return nats / math.log(2) / size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("heldout")
    parser.add_argument("heldout_bytes", type=int)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--beta2", type=float, default=0.99)
    parser.add_argument("--steps", type=int, help="instead of as many as the minutes allow")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    for name in ("batch", "vocab", "d-model", "layers", "heads", "d-ff", "context"):
        parser.add_argument(f"--{name}", type=int, required=True)
    a = parser.parse_args()
    if not (a.minutes or a.steps):
        parser.error("--minutes or --steps is missing")
    a.kv_heads = a.heads
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    train, heldout = (np.fromfile(f, "<u2") for f in (a.train, a.heldout))

    def build():
        model = Model(a)
        initialise(model, a.layers)
        model.to(a.device)
        matrices = [p for p in model.parameters() if p.ndim > 1]
        norms = [p for p in model.parameters() if p.ndim == 1]
        groups = [{"params": matrices, "weight_decay": 0.1}, {"params": norms, "weight_decay": 0.0}]
        return model, torch.optim.AdamW(groups, lr=a.learning_rate, betas=(0.9, a.beta2), fused=True)

    def step(model, optimiser, x):
        logits = model(x[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), x[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    model, optimiser = build()
    steps = a.steps
    if not steps:
        done, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < 10:
            if time.perf_counter() - begin < 3:
                done, measured = 0, time.perf_counter()
            step(model, optimiser, torch.randint(a.vocab, (a.batch, a.context + 1), device=a.device))
            done += 1
        steps = max(10, round(60 * a.minutes * done / (time.perf_counter() - measured)))
        torch.manual_seed(1)
        model, optimiser = build()
    at = windows(train, steps * a.batch, a.context, 1)
    warmup = max(1, min(100, steps // 10))
    begin = time.perf_counter()
    for i in range(steps):
        rate = (i + 1) / warmup if i < warmup else 0.1 + 0.45 * (1 + math.cos(math.pi * (i - warmup) / (steps - warmup)))
        for group in optimiser.param_groups:
            group["lr"] = a.learning_rate * rate
        rows = [train[p : p + a.context + 1] for p in at[i * a.batch : (i + 1) * a.batch]]
        step(model, optimiser, torch.from_numpy(np.stack(rows).astype(np.int64)).to(a.device))
    seconds = time.perf_counter() - begin
    print(json.dumps({
        "program": f"PyTorch {torch.__version__}, AdamW {a.learning_rate:g}, {a.device}",
        "steps": steps,
        "tokens": steps * a.batch * a.context,
        "minutes": seconds / 60,
        "tokens_per_s": steps * a.batch * a.context / seconds,
        "bits_per_byte": bits_per_byte(model, heldout, a.heldout_bytes, a.context, a.device),
    }))


main()
