"""Makes src/test/resources/ndarray/npy.jsonl.gz: files that NumPy wrote and what it reads in them.

A line a file: {"name", "base64", "arrays": {name: [shape, values]}}, or "error" in place of
"arrays" where float32 cannot hold the content. A .npy has one array, named "".
Run: python3 src/test/python/npy_fixtures.py
"""

import base64
import gzip
import io
import itertools
import json
import pathlib

import numpy as np
from numpy.lib import format as npy

rng = np.random.default_rng(11)
files = []


def number(v):
    v = float(v)
    return v if np.isfinite(v) else ("nan" if v != v else ("inf" if v > 0 else "-inf"))


def pack(a):
    with np.errstate(all="ignore"):
        a = np.asarray(a).astype(np.float32)
    return [list(a.shape), [number(v) for v in a.ravel()]]


def add(name, data, arrays=None):
    line = {"name": name, "base64": base64.b64encode(data).decode()}
    files.append({**line, **({"error": True} if arrays is None else {"arrays": arrays})})


def written(a, version=None):
    out = io.BytesIO()
    npy.write_array(out, a, version=version)
    return out.getvalue()


def values(dtype, *shape):
    if np.dtype(dtype).kind == "b":
        return rng.random(shape) > .5
    if np.dtype(dtype).kind == "f":
        return (rng.normal(size=shape) * 10).astype(dtype)
    low = -100 if np.dtype(dtype).kind == "i" else 0
    return rng.integers(low, 120, shape).astype(dtype)


kinds = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
for kind, order, fortran in itertools.product(kinds, "<>", (False, True)):
    a = values(order + kind, 2, 3, 2)
    a = np.asfortranarray(a) if fortran else a
    add(f"{order}{kind}{'-fortran' if fortran else ''}.npy", written(a), {"": pack(a)})
for version, fortran in itertools.product([(1, 0), (2, 0), (3, 0)], (False, True)):
    a = values("<f4", 3, 4)
    a = np.asfortranarray(a) if fortran else a
    add(f"version{version[0]}{'-fortran' if fortran else ''}.npy", written(a, version), {"": pack(a)})
for shape in [(), (0,), (1,), (5,), (2, 0, 3), (1, 1, 1, 1), (2,) * 8]:
    a = values("<f4", *shape)
    add(f"float32-{len(shape)}-axes-{a.size}.npy", written(a), {"": pack(a)})
long = (np.arange(20000) % 7).astype("<f4")  # more than one piece of 64 kB
add("float32-1-axes-20000.npy", written(long), {"": pack(long)})
half = np.arange(0, 65536, 97).astype(np.uint16).view("<f2")
add("halves.npy", written(half), {"": pack(half)})
edges = np.array([0.1, -0.0, np.nan, np.inf, -np.inf, 1e-300, 1e-40, 3.4028235e38, 3.4028235677973362e38,
                  1 + 2**-24, 1 + 3 * 2**-24])
add("rounded.npy", written(edges), {"": pack(edges)})
for dtype, v in [("<i4", 2**24), ("<i4", -(2**31)), (">i8", -(2**63)), ("<u8", 2**63), ("<u8", 0xFFFFFF << 40),
                 ("<u4", 0xFFFFFF00), (">u2", 65535), ("<i8", 2**40 + 2**20)]:
    a = np.array([0, v], dtype)
    add(f"exact-{dtype[1:]}-{v}.npy", written(a), {"": pack(a)})
for dtype, v in [("<i4", 2**24 + 1), ("<i4", -(2**24) - 1), ("<i8", 2**63 - 1), ("<u8", 2**64 - 1), (">u4", 2**32 - 1),
                 ("<f8", 3.5e38), (">f8", -1e300)]:
    add(f"inexact-{dtype[1:]}-{v}.npy", written(np.array([0, v], dtype)))
for name, a in dict(complex=np.zeros(2, np.complex64), text=np.array(["a"]), bytes=np.array([b"a"]),
                    date=np.zeros(1, "M8[s]"), structured=np.zeros(2, "f4,i4")).items():
    add(f"{name}.npy", written(a))
out = io.BytesIO()
np.save(out, np.array([{}]), allow_pickle=True)
add("objects.npy", out.getvalue())


def zipped(save, arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


some = {"weights": values("<f4", 3, 4), "größe": np.asfortranarray(values(">f8", 2, 2)),
        "nested/ids": values("<i8", 5), "empty": np.zeros((0, 2), np.float32), "one": np.float32(3)}
for save, arrays in itertools.product((np.savez, np.savez_compressed), (some, {}, {"zeros": np.zeros(500)})):
    add(f"{save.__name__}-{len(arrays)}.npz", zipped(save, arrays), {k: pack(v) for k, v in arrays.items()})
pair = [values("<f4", 2), values("u1", 3)]
out = io.BytesIO()
np.savez(out, *pair)
add("unnamed.npz", out.getvalue(), {"arr_0": pack(pair[0]), "arr_1": pack(pair[1])})

path = pathlib.Path(__file__).parent.parent / "resources/ndarray/npy.jsonl.gz"
text = "\n".join(json.dumps(f) for f in files)
path.write_bytes(gzip.compress(text.encode(), mtime=0))
print(len(files), "files,", path.stat().st_size, "bytes")
