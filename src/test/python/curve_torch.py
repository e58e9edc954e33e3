"""The same training in PyTorch: are our loss curve and our result what a reference makes of them?

  ./run.sh train --data STORIES --out DIR/ours --steps 2000 --seed 1 --json
  java --add-modules jdk.incubator.vector -cp 'target/test-classes:target/classes:target/lib/*' \
      org.minillm.train.CurveInputs STORIES DIR 2000
  python3 src/test/python/curve_torch.py DIR            # minutes; writes DIR/torch and DIR/torch.jsonl
  python3 src/test/python/curve_torch.py DIR --double   # the first 100 steps in float64: DIR/torch64.jsonl
  ./run.sh eval DIR/ours --data HELDOUT --json; ./run.sh eval DIR/torch --data HELDOUT --json

Transformers' own LlamaForCausalLM starts from the weights our program wrote, sees its batches and is
trained by torch.optim.AdamW with clip_grad_norm_ and the default configuration's schedule. Prints how far
the losses of the first 100 steps and the mean of the last 100 lie apart. Two float32 programs that add in
another order drift apart; --double tells how far each is from the exact run.
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch
from transformers import LlamaForCausalLM

PEAK, WARMUP, BATCH, TIME = 1.5e-3, 100, 4, 256


def rate(step, total):
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    low = PEAK / 10
    return low + (PEAK - low) * 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (total - WARMUP)))


def main():
    directory = pathlib.Path(sys.argv[1])
    double = "--double" in sys.argv
    torch.set_num_threads(2)
    ids = np.fromfile(directory / "batches.i32", ">i4").reshape(-1, BATCH, TIME + 1).astype(np.int64)
    total = len(ids)
    model = LlamaForCausalLM.from_pretrained(
        directory / "initial", dtype=torch.float64 if double else torch.float32)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    norms = [p for p in model.parameters() if p.ndim == 1]
    optimiser = torch.optim.AdamW(
        [dict(params=matrices, weight_decay=0.1), dict(params=norms, weight_decay=0.0)],
        betas=(0.9, 0.95), eps=1e-8, fused=True)
    losses = []
    with open(directory / ("torch64.jsonl" if double else "torch.jsonl"), "w") as log:
        for step, batch in enumerate(ids[:100] if double else ids):
            for group in optimiser.param_groups:
                group["lr"] = rate(step, total)
            x = torch.from_numpy(batch)
            logits = model(input_ids=x[:, :-1]).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), x[:, 1:].flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            losses.append(loss.item())
            print(json.dumps({"step": step + 1, "loss": losses[-1]}), file=log, flush=True)
    if double:
        return
    model.save_pretrained(directory / "torch")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (directory / "torch" / name).write_bytes((directory / "initial" / name).read_bytes())

    ours = {}
    for line in open(directory / "ours" / "metrics.jsonl"):
        point = json.loads(line)
        if point.get("grad_norm") is not None:
            ours[point["step"]] = point["loss"]
    apart = [abs(ours[s + 1] - losses[s]) for s in range(total)]
    last = slice(max(0, total - 100), total)
    print(json.dumps({
        "first_100_largest_difference": max(apart[:100]),
        "all_largest_difference": max(apart),
        "last_100_ours": float(np.mean([ours[s + 1] for s in range(total)][last])),
        "last_100_torch": float(np.mean(losses[last])),
    }))


main()
