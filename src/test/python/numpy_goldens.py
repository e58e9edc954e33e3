"""Makes src/test/resources/ndarray/goldens.jsonl.gz: what NumPy itself answers.

A line a case: {"op", "args", "in": [[shape, values]…], "out": [shape, values] | "error"}.
Values are JSON numbers or "nan", "inf", "-inf". Run: python3 src/test/python/numpy_goldens.py
"""

import gzip
import itertools
import json
import pathlib
import warnings

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
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
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
    # In double, since the last bits of a float32 product depend on the machine's BLAS.
    case("matmul", {}, [arr(*a), arr(*b)], lambda x, y: np.matmul(x.astype(float), y.astype(float)))
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

# ---- what came later: appended, so that the cases above stay as they are ----
for name, f in dict(floor_divide=np.floor_divide, mod=np.mod, arctan2=np.arctan2,
                    less_equal=np.less_equal, greater_equal=np.greater_equal,
                    not_equal=np.not_equal, logical_and=np.logical_and,
                    logical_or=np.logical_or).items():
    case(name, {}, [special[:, None], special[None, :]], f)
    for a, b in [((), ()), ((3, 4), (4,)), ((2, 1, 4), (3, 1)), ((0,), (1,)), ((3,), (4,))]:
        case(name, {}, [np.round(arr(*a), 1), np.round(arr(*b), 1)], f)
for name, f in dict(add=np.add, subtract=np.subtract, multiply=np.multiply, divide=np.divide,
                    power=np.power).items():
    for value in (0.1, -2.0, 0.0):
        case(name + "_scalar", {"value": value}, [np.abs(arr(2, 3))], lambda x, v=value: f(x, v))
for name, f in dict(expm1=np.expm1, exp2=np.exp2, log1p=np.log1p, log2=np.log2, log10=np.log10,
                    reciprocal=np.reciprocal, sinh=np.sinh, cosh=np.cosh, tan=np.tan,
                    arcsin=np.arcsin, arccos=np.arccos, arctan=np.arctan, rint=np.rint,
                    trunc=np.trunc, logical_not=np.logical_not, isnan=np.isnan, isinf=np.isinf,
                    isfinite=np.isfinite, floor=np.floor, ceil=np.ceil, exp=np.exp,
                    abs=np.abs, sign=np.sign).items():
    case(name, {}, [special], f)
    case(name, {}, [arr(2, 3)], f)
    case(name, {}, [np.array([1e-6, -1e-6, .5, 1.5, -.5, -1.5, .9, -.9], np.float32)], f)
    case(name, {}, [arr(0)], f)
for low, high in [(-.5, .5), (0, np.inf), (1, 0)]:
    case("clip", {"low": number(low), "high": number(high)}, [special],
         lambda x, low=low, high=high: np.clip(x, np.float32(low), np.float32(high)))
bits = (rng.random((2, 3, 4)) > .4).astype(np.float32)
for name, f in dict(any=np.any, all=np.all).items():
    for axes, keep in itertools.product([(), (0,), (1,), (-1,), (0, 2), (0, 0), (3,)], [False, True]):
        case(name, {"axes": list(axes), "keep": keep}, [bits],
             lambda x, axes=axes, keep=keep: f(x, axis=axes or None, keepdims=keep))
    case(name, {"axes": [], "keep": False}, [special], f)
    case(name, {"axes": [], "keep": False}, [arr(0)], f)
for name, f in dict(var=np.var, std=np.std).items():
    for ddof, axes in itertools.product([0, 1, 2], [(), (0,), (1,)]):
        case(name + "_ddof", {"ddof": ddof, "axes": list(axes), "keep": True}, [arr(3, 4)],
             lambda x, ddof=ddof, axes=axes: f(x, axis=axes or None, ddof=ddof, keepdims=True))
for name, f in dict(sum=np.sum, prod=np.prod, mean=np.mean, max=np.max, min=np.min).items():
    for axis in (0, 1, 2):
        case(name, {"axes": [axis], "keep": False}, [arr(2, 0, 3)], lambda x, axis=axis: f(x, axis=axis))
for s in [(7,), (3, 4), (2, 3, 4), (0,)]:
    for axis in range(-len(s), len(s)):
        case("cumprod", {"axis": axis}, [arr(*s)], lambda x, axis=axis: np.cumprod(x, axis))
for name in ("argmax", "argmin", "sort", "argsort"):
    case(name, {"axis": 0}, [special], lambda x, name=name: getattr(np, name)(x, axis=0))
for k in (0, 1, 3, 5, 6):
    case("argtopk", {"k": k}, [np.round(arr(2, 5))], lambda x, k=k: np.argsort(-x, -1, kind="stable")[..., :k]
         if k <= 5 else (_ for _ in ()).throw(ValueError()))

for args in [(5,), (0,), (-2,), (2.5,)]:
    case("arange", {"args": [0, args[0], 1]}, [], lambda args=args: np.arange(*args))
for args in [(1, 2, .25), (0, 1, .1), (5, 0, -2), (3, 3, 1), (0, 5, -1), (-1, 1.05, .5)]:
    case("arange", {"args": list(args)}, [], lambda args=args: np.arange(*args))
for args in [(0, 1, 5), (2, -2, 9), (3, 4, 1), (3, 4, 0), (1, 1, 4), (0, 1e6, 7), (0, 1, -1)]:
    case("linspace", {"args": list(args)}, [], lambda args=args: np.linspace(*args))
for args in [(3, 3, 0), (2, 4, 1), (4, 2, -1), (2, 2, 5), (0, 3, 0), (3, 3, -2)]:
    case("eye", {"args": list(args)}, [], lambda args=args: np.eye(*args))

for a, b in itertools.product((-4, -3, -1, 0, 1, 2), (-1, 0, 1)):
    case("moveaxis", {"axes": [a, b]}, [arr(2, 3, 4)], lambda x, a=a, b=b: np.moveaxis(x, a, b))
    case("swapaxes", {"axes": [a, b]}, [arr(2, 3, 4)], lambda x, a=a, b=b: np.swapaxes(x, a, b))
for axis in (-4, -3, -1, 0, 2, 3):
    case("expand_dims", {"axis": axis}, [arr(2, 3)], lambda x, axis=axis: np.expand_dims(x, axis))
for axes in [(), (0,), (2,), (-2,), (0, 2), (1,), (0, 0), (5,)]:
    case("squeeze", {"axes": list(axes)}, [arr(1, 3, 1, 2)],
         lambda x, axes=axes: np.squeeze(x, axes or None))
for axes in [(), (0,), (1,), (-1,), (0, 2), (1, 1), (3,)]:
    case("flip", {"axes": list(axes)}, [arr(2, 3, 4)], lambda x, axes=axes: np.flip(x, axes or None))
case("flip", {"axes": []}, [arr(2, 0)], np.flip)
for s in [(3, 4), (2, 3, 4), (1, 3, 4), (4,), (2, 4), (3, -1)]:
    case("broadcast_to", {"shape": list(s)}, [arr(3, 1)], lambda x, s=s: np.broadcast_to(x, s))
for s in [(0, -1), (-1, 0), (0,), (2, 0), (-2, 0), (1,)]:
    case("reshape", {"shape": list(s)}, [arr(0, 3)], lambda x, s=s: x.reshape(s))
for index in ["::2147483647", "::-2147483648", "99999999999:", ":-99999999999:-1", "-9:9:3", "1::3, 0:0"]:
    case("slice", {"index": index}, [a3], lambda x, i=index: eval(f"x[{i}]"))
def assigned(x, y, index):
    x = x.copy()
    exec(f"x[{index}] = y")
    return x
for index, s in [("1:3", (2, 5, 6)), ("...", ()), ("::-1, 0", (6,)), (":, ::2, 1", (4, 3)), ("0:0", (6,)),
                 ("1", (4, 6)), ("-1, -1, -1", ()), ("0:2", (3, 5, 6))]:
    case("set", {"index": index}, [a3, arr(*s)], lambda x, y, i=index: assigned(x, y, i))

for times, axis in itertools.product((0, 1, 3, -1), (0, 1, -1, 2)):
    case("repeat", {"times": times, "axis": axis}, [arr(2, 3)],
         lambda x, times=times, axis=axis: np.repeat(x, times, axis))
for times in [(2,), (2, 3), (1, 2, 2), (0, 1), (), (2, 1, 1, 1)]:
    case("tile", {"times": list(times)}, [arr(2, 3)], lambda x, times=times: np.tile(x, times))
for parts, axis in itertools.product((1, 2, 3, 5), (0, 1, -1)):
    case("split", {"parts": parts, "axis": axis}, [arr(4, 6)],
         lambda x, parts=parts, axis=axis: np.split(x, parts, axis)[-1])
for indices, part in itertools.product([[2], [1, 3], [3, 1], [-1], [0, 9]], (0, -1)):
    case("split_at", {"indices": indices, "part": part % (len(indices) + 1)}, [arr(2, 5)],
         lambda x, indices=indices, part=part: np.split(x, indices, 1)[part])
for shift, axis in itertools.product((0, 1, -1, 4, -7, 100), (0, -1)):
    case("roll", {"shift": shift, "axis": axis}, [arr(3, 4)],
         lambda x, shift=shift, axis=axis: np.roll(x, shift, axis))
for k in range(-4, 5):
    case("diag", {"k": k}, [arr(3, 4)], lambda x, k=k: np.diag(x, k))
    case("diag", {"k": k}, [arr(3)], lambda x, k=k: np.diag(x, k))
case("diag", {"k": 0}, [arr(2, 3, 4)], lambda x: np.diag(x) if x.ndim < 3 else (_ for _ in ()).throw(ValueError()))
for s in [(5,), (3, 4), (2, 3, 4), (0,)]:
    case("nonzero", {}, [(rng.random(s) > .5) * arr(*s)], lambda x: np.stack(np.nonzero(x)))
case("nonzero", {}, [special], lambda x: np.stack(np.nonzero(x)))
for a, b in [((3,), (4,)), ((2, 2), (3,)), ((), (3,)), ((0,), (3,))]:
    case("outer", {}, [arr(*a), arr(*b)], np.outer)
for a, b in [((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
             ((2, 2, 3), (5, 3, 4)), ((3,), (5, 3, 4)), ((2, 3), (2, 3)), ((2, 3), (5, 2, 4)),
             ((2, 0), (3, 0, 4))]:
    case("dot", {}, [arr(*a), arr(*b)], lambda x, y: np.dot(x.astype(float), y.astype(float)))
for axis in (-3, -2, -1, 0, 1):
    case("take_along_axis", {"axis": axis}, [arr(3, 3), np.array([[2, 0, 1], [0, -1, 0], [1, 1, 2]])],
         lambda x, i, axis=axis: np.take_along_axis(x, i.astype(int), axis))
case("take_along_axis", {"axis": 1}, [arr(2, 3), np.array([[0], [3]])],
     lambda x, i: np.take_along_axis(x, i.astype(int), 1))
case("take_along_axis", {"axis": 1}, [arr(2, 3), np.array([[0, 1, 2, 0, 1]])],
     lambda x, i: np.take_along_axis(x, i.astype(int), 1))
for axis, indices in itertools.product((0, 1, -1), ([], [0, 0], [2], [-1, 3], [-4])):
    case("take", {"axis": axis, "indices": indices}, [arr(3, 4, 2)],
         lambda x, axis=axis, indices=indices: np.take(x, np.array(indices, int), axis))
near = special.copy()
near[2] += 1e-6
for a, b in [(special[:4], near[:4]), (special, near), (special[:4], special[:4] + 1e-3),
             (special[5:], special[5:]), (special[5:7], special[6:4:-1]), (special[5:6], special[2:3]),
             (special[:3], special[:2]), (special[:1], special[2:4] * 1e-9)]:
    case("allclose", {}, [a, b], np.allclose)
    case("array_equal", {}, [a, b], np.array_equal)
for axis in (0, 1, -1, 2):
    case("softmax", {"axis": axis}, [10 * arr(3, 4)],
         lambda x, axis=axis: np.exp(x - x.max(axis, keepdims=True)) / np.exp(x - x.max(axis, keepdims=True)).sum(axis, keepdims=True))

path = pathlib.Path(__file__).parent.parent / "resources/ndarray/goldens.jsonl.gz"
path.parent.mkdir(parents=True, exist_ok=True)
text = "\n".join(json.dumps(c) for c in cases)
path.write_bytes(gzip.compress(text.encode(), mtime=0))
print(len(cases), "cases,", path.stat().st_size, "bytes")
