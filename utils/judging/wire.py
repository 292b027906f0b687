"""Trees of arrays to bytes and back, without any code in between.

A *tree* is what an exercise takes or returns: arrays, numbers, strings, None, and tuples, lists and
dicts of them. `Packer` writes every array into one flat buffer per dtype (equal arrays once) and
leaves a JSON description; `unpack` reads it back. Used for the committed `cases.npz` and for
everything that crosses from the grader to a submission and back: `allow_pickle` is always False.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

Tree = Any
"""Arrays, scalars, strings, None, `Foreign`, `Make`, and tuples, lists and dicts of these."""

DTYPES = ("float64", "float32", "complex128", "int64", "bool")


@dataclass(frozen=True)
class Foreign:
    """Stands for a value that no exercise returns; `name` says what it was ("masked array")."""

    name: str


@dataclass(frozen=True)
class Make:
    """An argument that is built freshly for every call: a random generator or a function.

    `maker` names what builds it (utils.judging.named); `value` is what that gets: a seed, a name.
    """

    maker: str
    value: int | str


class Packer:
    """Collects trees: `add` gives each one's JSON description, `arrays` the buffers to store."""

    def __init__(self) -> None:
        self._parts: dict[str, list[np.ndarray]] = {}
        self._sizes: dict[str, int] = {}
        self._seen: dict[tuple, list] = {}

    def add(self, tree: Tree) -> Any:
        match tree:
            case np.ndarray():
                return {"array": self._put(tree)}
            case np.generic():
                return {"number": self._put(np.asarray(tree))}
            case tuple():
                return {"tuple": [self.add(item) for item in tree]}
            case list():
                return {"list": [self.add(item) for item in tree]}
            case dict():
                return {"dict": [[key, self.add(item)] for key, item in tree.items()]}
            case Foreign(name):
                return {"foreign": name}
            case Make(maker, value):
                return {"make": [maker, value]}
            case None | bool() | int() | float() | str():
                return {"value": tree}
        raise TypeError(f"cannot pack a {type(tree).__name__}")

    def _put(self, array: np.ndarray) -> list:
        dtype = array.dtype.name
        if dtype not in DTYPES:
            raise TypeError(f"cannot pack an array of dtype {dtype}")
        flat = np.ascontiguousarray(array).ravel()
        key = (dtype, array.shape, flat.tobytes())
        if key not in self._seen:
            start = self._sizes.get(dtype, 0)
            self._parts.setdefault(dtype, []).append(flat)
            self._sizes[dtype] = start + flat.size
            self._seen[key] = [dtype, start, list(array.shape)]
        return self._seen[key]

    def arrays(self) -> dict[str, np.ndarray]:
        return {dtype: np.concatenate(parts) for dtype, parts in sorted(self._parts.items())}


def unpack(node: Any, arrays: dict[str, np.ndarray]) -> Tree:
    """The tree that `Packer.add` described as `node`. Raises ValueError for a malformed one."""
    if not isinstance(node, dict) or len(node) != 1:
        raise ValueError("malformed tree")
    (tag, body), *_ = node.items()
    match tag:
        case "array" | "number":
            dtype, start, shape = body
            size = int(np.prod(shape, dtype=np.int64))
            flat = arrays[dtype][start : start + size]
            if start < 0 or flat.size != size:
                raise ValueError("array outside its buffer")
            array = flat.reshape(shape).copy()
            return array if tag == "array" else array[()]
        case "tuple":
            return tuple(unpack(item, arrays) for item in body)
        case "list":
            return [unpack(item, arrays) for item in body]
        case "dict":
            return {key: unpack(item, arrays) for key, item in body}
        case "foreign":
            return Foreign(str(body))
        case "make":
            return Make(*body)
        case "value":
            return body
    raise ValueError(f"unknown tag {tag!r}")


def to_bytes(
    files: dict[str, tuple[Any, dict[str, np.ndarray]]], *, compressed: bool = False
) -> bytes:
    """An npz with each name's JSON description and buffers. Equal input gives equal bytes.

    compressed: for what is kept. What crosses from a submission is not: its size must be known.
    """
    members: dict[str, np.ndarray] = {}
    for name, (description, arrays) in files.items():
        text = json.dumps(description, ensure_ascii=False, separators=(",", ":"))
        members[f"{name}/description"] = np.frombuffer(text.encode(), dtype=np.uint8)
        for dtype, array in arrays.items():
            members[f"{name}/{dtype}"] = array
    buffer = io.BytesIO()
    # np.savez leaves the archive's timestamps at a constant, so the bytes depend on the data alone
    save = np.savez_compressed if compressed else np.savez
    save(buffer, allow_pickle=False, **members)
    return buffer.getvalue()


def from_bytes(data: bytes | io.BufferedIOBase, name: str) -> tuple[Any, dict[str, np.ndarray]]:
    """The description and buffers stored under `name`. KeyError where there is none."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    with np.load(file, allow_pickle=False) as archive:
        description = json.loads(archive[f"{name}/description"].tobytes().decode())
        arrays = {d: archive[f"{name}/{d}"] for d in DTYPES if f"{name}/{d}" in archive.files}
    return description, arrays


def names(data: bytes) -> list[str]:
    """What `to_bytes` stored, in order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        suffix = "/description.npy"
        return [n.removesuffix(suffix) for n in archive.namelist() if n.endswith(suffix)]
