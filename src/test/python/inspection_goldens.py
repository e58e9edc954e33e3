"""Golden values for InspectionGoldenTest: what PyTorch says of the tokens of the golden decoders.

    python src/test/python/inspection_goldens.py src/test/resources/model

Reads the weights and token ids that torch_goldens.py wrote and writes NAME-inspection.json: for the
first sequence, the log-probability of each target, the three likeliest ids at each position with theirs,
and the attention weights [layers, heads, keys] of one position's query. Computed in float64.
"""
import json
import pathlib
import sys

import numpy as np
import torch

import torch_goldens as goldens

TOP = 3


def weights(c, file):
    values = np.fromfile(file, "<f4").astype("f8")
    w, at = {}, 0
    for name, shape in goldens.names_and_shapes(c):
        size = int(np.prod(shape))
        w[name] = torch.from_numpy(values[at:at + size].reshape(shape))
        at += size
    return w


def attention(c, w, ids, position):
    """softmax(q kᵀ / √h) of one query, caught on its way through the forward pass."""
    rows = []
    softmax = torch.Tensor.softmax

    def caught(scores, axis):
        rows.append(softmax(scores, axis)[0, :, position, : position + 1])
        return softmax(scores, axis)

    torch.Tensor.softmax = caught
    try:
        goldens.logits(c, w, ids[None])
    finally:
        torch.Tensor.softmax = softmax
    return [layer.tolist() for layer in rows]


def make(name, out):
    header = json.loads((out / f"{name}.json").read_text())
    c = header["config"]
    w = weights(c, out / f"{name}.bin")
    ids = torch.tensor(header["tokens"][0][0])
    log_probabilities = goldens.logits(c, w, ids[None, :-1])[0].log_softmax(-1)
    top = log_probabilities.topk(TOP)
    position = c["time"] - 3
    golden = dict(
        log_probabilities=log_probabilities.gather(1, ids[1:, None])[:, 0].tolist(),
        ranks=[int((row > row[i]).sum()) + 1 for row, i in zip(log_probabilities, ids[1:])],
        top_ids=top.indices.tolist(), top_log_probabilities=top.values.tolist(),
        position=position, attention=attention(c, w, ids[:-1], position))
    (out / f"{name}-inspection.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    for variant in goldens.VARIANTS:
        make(variant, pathlib.Path(sys.argv[1]))
