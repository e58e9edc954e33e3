"""Golden values of small decoders for TorchGoldenTest, made with plain PyTorch.

    python src/test/python/torch_goldens.py src/test/resources/model

Writes NAME.json (configuration, names and shapes, token ids, losses) and NAME.bin (float32, little
endian: initial weights, gradients of the first batch, weights after ten AdamW steps). Names and shapes
are Hugging Face's. All is computed in float64 from float32 weights, so that differences are ours. The
decoder below is compared once with transformers' LlamaForCausalLM.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(1234)
torch.set_num_threads(1)

VARIANTS = {
    "rmsnorm-gqa-tied": dict(vocab=64, d=32, layers=2, heads=4, kv=2, ff=48, time=16, batch=2,
                             theta=10000.0, eps=1e-5, norm="rmsnorm", tied=True),
    "layernorm-untied": dict(vocab=48, d=16, layers=2, heads=2, kv=2, ff=24, time=12, batch=2,
                             theta=500.0, eps=1e-5, norm="layernorm", tied=False),
}


def names_and_shapes(c):
    d, kv, ff = c["d"], c["kv"] * c["d"] // c["heads"], c["ff"]

    def norm(name):
        yield name + ".weight", (d,)
        if c["norm"] == "layernorm":
            yield name + ".bias", (d,)

    yield "model.embed_tokens.weight", (c["vocab"], d)
    for i in range(c["layers"]):
        at = f"model.layers.{i}."
        yield from norm(at + "input_layernorm")
        yield at + "self_attn.q_proj.weight", (d, d)
        yield at + "self_attn.k_proj.weight", (kv, d)
        yield at + "self_attn.v_proj.weight", (kv, d)
        yield at + "self_attn.o_proj.weight", (d, d)
        yield from norm(at + "post_attention_layernorm")
        yield at + "mlp.gate_proj.weight", (ff, d)
        yield at + "mlp.up_proj.weight", (ff, d)
        yield at + "mlp.down_proj.weight", (d, ff)
    yield from norm("model.norm")
    if not c["tied"]:
        yield "lm_head.weight", (c["vocab"], d)


def norm(c, w, name, x):
    if c["norm"] == "layernorm":
        return F.layer_norm(x, (c["d"],), w[name + ".weight"], w[name + ".bias"], c["eps"])
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + c["eps"]) * w[name + ".weight"]


def rope(c, x):  # [batch, heads, time, head_dim], pairs (i, i + head_dim / 2)
    hd, time = x.shape[-1], x.shape[-2]
    frequency = c["theta"] ** (-torch.arange(0, hd, 2, dtype=torch.float64) / hd)
    angle = torch.arange(time, dtype=torch.float64)[:, None] * frequency
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., : hd // 2], x[..., hd // 2:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def logits(c, w, ids):
    batch, time = ids.shape
    heads, kv, hd = c["heads"], c["kv"], c["d"] // c["heads"]
    x = w["model.embed_tokens.weight"][ids]
    for i in range(c["layers"]):
        at = f"model.layers.{i}."
        n = norm(c, w, at + "input_layernorm", x)
        q, k, v = (
            (n @ w[at + f"self_attn.{p}_proj.weight"].T).view(batch, time, h, hd).transpose(1, 2)
            for p, h in (("q", heads), ("k", kv), ("v", kv)))
        q, k = rope(c, q), rope(c, k)
        k, v = k.repeat_interleave(heads // kv, 1), v.repeat_interleave(heads // kv, 1)
        scores = q @ k.transpose(-1, -2) / hd ** 0.5
        future = torch.ones(time, time, dtype=torch.bool).triu(1)
        out = scores.masked_fill(future, float("-inf")).softmax(-1) @ v
        x = x + out.transpose(1, 2).reshape(batch, time, -1) @ w[at + "self_attn.o_proj.weight"].T
        n = norm(c, w, at + "post_attention_layernorm", x)
        gate, up = n @ w[at + "mlp.gate_proj.weight"].T, n @ w[at + "mlp.up_proj.weight"].T
        x = x + (F.silu(gate) * up) @ w[at + "mlp.down_proj.weight"].T
    n = norm(c, w, "model.norm", x)
    return n @ w["model.embed_tokens.weight" if c["tied"] else "lm_head.weight"].T


def compare_with_transformers(c, w, ids):
    from transformers import LlamaConfig, LlamaForCausalLM

    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=c["vocab"], hidden_size=c["d"], intermediate_size=c["ff"],
        num_hidden_layers=c["layers"], num_attention_heads=c["heads"],
        num_key_value_heads=c["kv"], max_position_embeddings=64, rms_norm_eps=c["eps"],
        rope_parameters={"rope_type": "default", "rope_theta": c["theta"]},
        tie_word_embeddings=c["tied"])).double().eval()
    missing, unexpected = model.load_state_dict({k: v.detach() for k, v in w.items()}, strict=False)
    assert not unexpected and all(m == "lm_head.weight" for m in missing), (missing, unexpected)
    model.tie_weights()
    with torch.no_grad():
        difference = (model(ids).logits - logits(c, w, ids)).abs().max().item()
    print("largest difference from LlamaForCausalLM:", difference)
    assert difference < 1e-5  # its angles and norms are float32


def loss_of(c, w, ids):
    return F.cross_entropy(logits(c, w, ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())


def greedy(c, w, prompt, n):
    ids = list(prompt)
    with torch.no_grad():
        for _ in range(n):
            best = logits(c, w, torch.tensor([ids]))[0, -1].topk(2)
            assert best.values[0] - best.values[1] > 1e-3, "too close to call"
            ids.append(best.indices[0].item())
    return ids


def make(name, c, out):
    w = {}
    for key, shape in names_and_shapes(c):
        if key.endswith("norm.weight"):
            value = 1 + 0.2 * torch.randn(shape)
        elif key.endswith(".bias"):
            value = 0.2 * torch.randn(shape)
        else:
            value = torch.randn(shape) * (0.5 if "embed" in key or "head" in key else 0.2)
        w[key] = value.double().requires_grad_()
    steps = torch.randint(0, c["vocab"], (10, c["batch"], c["time"] + 1))
    initial = [p.detach().clone() for p in w.values()]
    if c["norm"] == "rmsnorm":
        compare_with_transformers(c, w, steps[0, :, :-1])

    greedy_ids = greedy(c, w, steps[0, 0, :4].tolist(), c["time"] - 4)
    first_logits = logits(c, w, steps[0, :, :-1]).detach()
    loss_of(c, w, steps[0]).backward()
    gradients = [p.grad.clone() for p in w.values()]
    matrices = [p for p in w.values() if p.dim() == 2]
    norms = [p for p in w.values() if p.dim() == 1]
    optimiser = torch.optim.AdamW(
        [dict(params=matrices, weight_decay=0.1), dict(params=norms, weight_decay=0.0)],
        lr=1e-3, betas=(0.9, 0.95), eps=1e-8)
    losses, gradient_norms = [], []
    for ids in steps:
        optimiser.zero_grad()
        loss = loss_of(c, w, ids)
        loss.backward()
        gradient_norms.append(torch.nn.utils.clip_grad_norm_(list(w.values()), 1.0).item())
        optimiser.step()
        losses.append(loss.item())

    header = dict(
        config=c, tensors=[dict(name=k, shape=list(p.shape)) for k, p in w.items()],
        tokens=steps.tolist(), losses=losses, gradient_norms=gradient_norms,
        greedy=greedy_ids, last_logits=first_logits[0, -1].tolist(),
        torch=torch.__version__)
    (out / f"{name}.json").write_text(json.dumps(header, separators=(",", ":")) + "\n")
    with open(out / f"{name}.bin", "wb") as f:
        for group in (initial, gradients, list(w.values())):
            for p in group:
                f.write(p.detach().numpy().astype("<f4").tobytes())
    print(name, "losses", np.round(losses, 4).tolist())


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for variant, sizes in VARIANTS.items():
        make(variant, sizes, target)
