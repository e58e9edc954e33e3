"""Golden values of fine-tuning for FineTuningGoldenTest, made with plain PyTorch.

    python src/test/python/fine_tuning_goldens.py src/test/resources/model

Reads the models that torch_goldens.py wrote (NAME.json, NAME.bin) and writes NAME-tuned.json (which targets
count, losses, rank, alpha, names and shapes) and NAME-tuned.bin (float32, little endian): the gradients of a
loss on some targets only (ignore_index=-100); adapters of low rank (Hu et al. 2021) as they begin, their
gradients, and the adapters after three steps of AdamW; the logits of the last position of the merged model.
All is computed in float64.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

from torch_goldens import VARIANTS, logits

RANK, ALPHA = 3, 5.0
TARGETS = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
           "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]


def masked_loss(c, w, ids, counts):
    targets = ids[:, 1:].masked_fill(~counts, -100)
    return F.cross_entropy(logits(c, w, ids[:, :-1]).flatten(0, 1), targets.flatten(),
                           ignore_index=-100)


def merged(w, a, b):
    return {k: v + ALPHA / RANK * b[k] @ a[k] if k in a else v for k, v in w.items()}


def make(name, c, out):
    header = json.loads((out / f"{name}.json").read_text())
    flat = np.fromfile(out / f"{name}.bin", "<f4")
    w, at = {}, 0
    for tensor in header["tensors"]:
        size = int(np.prod(tensor["shape"]))
        value = torch.tensor(flat[at:at + size].reshape(tensor["shape"]))
        w[tensor["name"]] = value.double().requires_grad_()
        at += size
    steps = torch.tensor(header["tokens"])
    generator = torch.Generator().manual_seed(77)
    counts = torch.rand(steps[:, :, 1:].shape, generator=generator) < 0.4
    counts[0, 1] = False  # a sequence without any target

    loss = masked_loss(c, w, steps[0], counts[0])
    loss.backward()
    groups = [[p.grad for p in w.values()]]

    w = {k: v.detach() for k, v in w.items()}
    a, b = {}, {}
    for layer in range(c["layers"]):
        for target in TARGETS:
            key = f"model.layers.{layer}.{target}.weight"
            rows, columns = w[key].shape
            draw = lambda *shape: (0.3 * torch.randn(shape, generator=generator)).double()
            a[key] = draw(RANK, columns).requires_grad_()
            b[key] = draw(rows, RANK).requires_grad_()
    adapters = [p for key in a for p in (a[key], b[key])]
    groups.append([p.detach().clone() for p in adapters])
    optimiser = torch.optim.AdamW(adapters, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    losses = []
    for step in range(3):
        optimiser.zero_grad()
        lora_loss = masked_loss(c, merged(w, a, b), steps[step], counts[step])
        lora_loss.backward()
        if step == 0:
            groups.append([p.grad.clone() for p in adapters])
        torch.nn.utils.clip_grad_norm_(adapters, 1.0)
        optimiser.step()
        losses.append(lora_loss.item())
    groups.append(adapters)
    groups.append([logits(c, merged(w, a, b), steps[0, :, :-1])[0, -1]])

    tuned = dict(rank=RANK, alpha=ALPHA, counts=counts[:3].int().tolist(), masked_loss=loss.item(),
                 losses=losses, torch=torch.__version__,
                 adapters=[dict(name=k, a=list(a[k].shape), b=list(b[k].shape)) for k in a])
    (out / f"{name}-tuned.json").write_text(json.dumps(tuned, separators=(",", ":")) + "\n")
    with open(out / f"{name}-tuned.bin", "wb") as f:
        for group in groups:
            for p in group:
                f.write(p.detach().numpy().astype("<f4").tobytes())
    print(name, "masked", round(loss.item(), 4), "low rank", np.round(losses, 4).tolist())


if __name__ == "__main__":
    for variant, sizes in VARIANTS.items():
        make(variant, sizes, pathlib.Path(sys.argv[1]))
