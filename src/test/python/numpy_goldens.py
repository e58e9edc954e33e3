"""Makes src/test/resources/ndarray/goldens.jsonl.gz: what NumPy itself answers.

A line a case: {"op", "args", "in": [[shape, values]…], "out": [shape, values] | "error"}.
Values are JSON numbers or "nan", "inf", "-inf". Run: python3 src/test/python/numpy_goldens.py
"""

import gzip
import itertools
import json
import pathlib

import numpy as np

rng = np.random.default_rng(7)
cases = []


def number(v):
    v = float(v)
    return v if np.isfinite(v) else ("nan" if v != v else ("inf" if v > 0 else "-inf"))


def pack(a):
    a = np.asarray(a, dtype=np.float32)
    return [list(a.shape), [number(v) for v in a.ravel()]]


def case(op, args, inputs, f):
    with np.errstate(all="ignore"):
        try:
            out = pack(f(*inputs))
        except (ValueError, IndexError):
            out = "error"
    cases.append({"op": op, "args": args, "in": [pack(i) for i in inputs], "out": out})


def arr(*shape):
    return rng.normal(size=shape).astype(np.float32)


shapes = [(), (5,), (1,), (0,), (3, 4), (4, 1), (1, 4), (2, 3, 4), (2, 1, 4), (3, 1), (2, 0, 3)]
binary = dict(add=np.add, subtract=np.subtract, multiply=np.multiply, divide=np.divide,
              maximum=np.maximum, minimum=np.minimum, less=np.less, greater=np.greater)
for (name, f), a, b in itertools.product(binary.items(), shapes, [(), (4,), (3, 1), (2, 3, 4)]):
    case(name, {}, [arr(*a), arr(*b)], f)
special = np.array([0, -0.0, 1, -1, np.nan, np.inf, -np.inf, 2.5], dtype=np.float32)
for name, f in {**binary, "power": np.power, "equal": np.equal}.items():
    case(name, {}, [special, special[::-1].copy()], f)
    case(name, {}, [special[:, None], special[None, :]], f)
for name, f in dict(negative=np.negative, abs=np.abs, exp=np.exp, tanh=np.tanh, sin=np.sin,
                    cos=np.cos, floor=np.floor, ceil=np.ceil, square=np.square,
                    sign=np.sign).items():
    for s in [(), (5,), (2, 3, 4), (0,)]:
        case(name, {}, [arr(*s)], f)
for name, f in dict(sqrt=np.sqrt, log=np.log).items():
    case(name, {}, [np.abs(arr(3, 5))], f)
    case(name, {}, [special], f)
for name, f in dict(sum=np.sum, mean=np.mean, prod=np.prod, max=np.max, min=np.min, var=np.var,
                    std=np.std).items():
    for s, axes in [((5,), [None, (0,), (-1,)]), ((3, 4), [None, (0,), (1,), (-1,), (0, 1)]),
                    ((2, 3, 4), [None, (0,), (1,), (2,), (0, 2), (-1, -3)]), ((), [None])]:
        a = arr(*s)
        for axis, keep in itertools.product(axes, [False, True]):
            case(name, {"axes": list(axis or []), "keep": keep}, [a],
                 lambda x, axis=axis, keep=keep: f(x, axis=axis, keepdims=keep))
    case(name, {"axes": [5], "keep": False}, [arr(2, 3)], lambda x: f(x, axis=5))
    case(name, {"axes": [], "keep": False}, [np.array([1, np.nan, 3], np.float32)], f)
for name in ("argmax", "argmin", "cumsum", "argsort", "sort"):
    for s in [(7,), (3, 4), (2, 3, 4)]:
        for axis in range(-len(s), len(s)):
            kw = {"kind": "stable"} if "sort" in name else {}
            case(name, {"axis": axis}, [np.round(arr(*s), 1)],
                 lambda x, axis=axis, kw=kw: getattr(np, name)(x, axis=axis, **kw))
a3 = arr(4, 5, 6)
for index in ["1:3", "::-1", "..., 0", "1, ..., 2", ":, None, 2", "-1", "-3:-1, ::2", "3:0:-1",
              "5:2", "::-2, ::-2, ::-2", "None, ..., None", "1:100", "-100:2", "..., ::-3", "0, 0, 0",
              "2:2", ":, 4:1:-2", "...", "0:4:3, -1, 1:-1", "4", "0,0,0,0", "..., ...", "::0"]:
    case("slice", {"index": index}, [a3], lambda x, i=index: eval(f"x[{i}]"))
for s in [(60,), (4, 15), (-1,), (2, -1, 5), (7, 9), (-1, -1), (3, 4, 5)]:
    case("reshape", {"shape": list(s)}, [arr(3, 4, 5)], lambda x, s=s: x.reshape(s))
for axes in [(), (0, 1, 2), (2, 0, 1), (1, 0, 2), (-1, 0, 1), (0, 0, 1), (0, 1)]:
    case("transpose", {"axes": list(axes)}, [arr(2, 3, 4)],
         lambda x, axes=axes: x.transpose(axes or None))
for a, b in [((3, 4), (4, 5)), ((4,), (4,)), ((4,), (4, 5)), ((3, 4), (4,)), ((2, 3, 4), (2, 4, 5)),
             ((2, 3, 4), (4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((3, 4), (3, 4)), ((0, 4), (4, 2)),
             ((3, 0), (0, 2)), ((33, 70), (70, 45)), ((2, 3, 4), (3, 4, 5)), ((1, 1), (1, 1))]:
    case("matmul", {}, [arr(*a), arr(*b)], np.matmul)
for k in range(-3, 4):
    case("triu", {"k": k}, [arr(3, 4)], lambda x, k=k: np.triu(x, k))
    case("tril", {"k": k}, [arr(2, 4, 3)], lambda x, k=k: np.tril(x, k))
for axis in (-2, -1, 0, 1, 2):
    case("concatenate", {"axis": axis}, [arr(2, 3), arr(2, 3)],
         lambda a, b, axis=axis: np.concatenate([a, b], axis))
    case("stack", {"axis": axis}, [arr(2, 3), arr(2, 3)],
         lambda a, b, axis=axis: np.stack([a, b], axis))
    case("take", {"axis": axis, "indices": [1, 0, -1]}, [arr(3, 4)],
         lambda a, axis=axis: np.take(a, [1, 0, -1], axis))
case("concatenate", {"axis": 0}, [arr(2, 3), arr(4, 3)], lambda a, b: np.concatenate([a, b], 0))
case("concatenate", {"axis": 1}, [arr(2, 3), arr(4, 3)], lambda a, b: np.concatenate([a, b], 1))
for s in [(3, 4), (4,), (1, 4), ()]:
    case("where", {}, [(arr(3, 4) > 0).astype(np.float32), arr(*s), arr(4)],
         lambda c, x, y: np.where(c != 0, x, y))
for k in (0, 1, 3, 5, 6):
    case("topk", {"k": k}, [arr(2, 5)], lambda x, k=k: np.flip(np.sort(x, -1), -1)[..., :k]
         if k <= 5 else (_ for _ in ()).throw(ValueError()))

path = pathlib.Path(__file__).parent.parent / "resources/ndarray/goldens.jsonl.gz"
path.parent.mkdir(parents=True, exist_ok=True)
text = "\n".join(json.dumps(c) for c in cases)
path.write_bytes(gzip.compress(text.encode(), mtime=0))
print(len(cases), "cases,", path.stat().st_size, "bytes")
