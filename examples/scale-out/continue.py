"""Goes on training a Mini-LLM model with PyTorch, on as many processes as torchrun starts.

    torchrun --nproc_per_node 2 continue.py --model mine --tokens train.ids --validation heldout.ids \
        --out mine-more --steps 1000

The model is the directory that `train` wrote, the files of ids what `tokenizer encode --model mine
--data … --out train.ids` wrote. Each process takes other windows of the tokens (DistributedDataParallel
averages the gradients: gloo on CPUs, nccl on GPUs). The loss on the validation file is told before the
first step and after the last; `eval` of either directory tells the same. --out is a directory that
Mini-LLM opens: train goes on from it with --from, export makes a GGUF file of it.

Needs torch and transformers. AdamW begins without moments, so the rate is warmed up again.
"""
import argparse
import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from transformers import AutoModelForCausalLM


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "tokens", "validation", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, default=8, help="sequences a step, of each process")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def read_ids(path, vocabulary):
    return np.fromfile(path, "<u2" if vocabulary <= 1 << 16 else "<i4")


def loss(model, ids, context, device):
    """Mean over the targets of a batch of windows: [batch, context + 1] ids."""
    ids = torch.as_tensor(np.asarray(ids, dtype=np.int64), device=device)
    logits = model(input_ids=ids[:, :-1]).logits
    return cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten())


@torch.no_grad()
def validate(model, ids, context, device):
    """As `eval`: windows of the context one after the other, every token but the first a target."""
    nats = 0.0
    for at in range(0, len(ids) - 1, context):
        window = ids[at : at + context + 1]
        nats += float(loss(model, window[None], context, device)) * (len(window) - 1)
    return nats / (len(ids) - 1)


def main():
    a = arguments()
    cuda = torch.cuda.is_available()
    dist.init_process_group("nccl" if cuda else "gloo")
    rank, world = dist.get_rank(), dist.get_world_size()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if cuda else torch.device("cpu")
    model = AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32).to(device)
    config = model.config
    context = config.max_position_embeddings
    train, heldout = (read_ids(f, config.vocab_size) for f in (a.tokens, a.validation))
    before = validate(model, heldout, context, device) if rank == 0 else 0.0

    matrices = [p for p in model.parameters() if p.ndim > 1]
    norms = [p for p in model.parameters() if p.ndim == 1]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": norms, "weight_decay": 0.0}],
        lr=a.learning_rate,
        betas=(0.9, 0.99),
    )
    parallel = DistributedDataParallel(model)
    random = np.random.default_rng([a.seed, rank])  # each process its own windows
    for step in range(a.steps):
        rate = min(1.0, (step + 1) / a.warmup) * (0.55 + 0.45 * math.cos(math.pi * step / a.steps))
        for group in optimiser.param_groups:
            group["lr"] = a.learning_rate * rate
        begins = random.integers(0, len(train) - context - 1, a.batch)
        value = loss(parallel, np.stack([train[b : b + context + 1] for b in begins]), context, device)
        value.backward()
        torch.nn.utils.clip_grad_norm_(parallel.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if rank == 0 and (step + 1) % max(1, a.steps // 10) == 0:
            print(f"step {step + 1}/{a.steps}  loss {value.item():.4f}", flush=True)

    if rank == 0:
        after = validate(model, heldout, context, device)
        model.save_pretrained(a.out)
        for name in ("tokenizer.json", "tokenizer_config.json", "card.json"):
            if (a.model / name).exists():
                shutil.copy(a.model / name, a.out / name)
        print(json.dumps({"processes": world, "validation_before": before, "validation_after": after}))
    dist.barrier()
    dist.destroy_process_group()


main()
