"""The wire between a grader and the process of a submission: inputs there, answers back.

`answer` runs in the submission's process, `read_reply` in the grader. A reply is bytes of unknown
origin: nothing in it is believed before it is checked, and nothing in it can carry code.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from utils.judging.limit import TimeLimit
from utils.judging.run import MAX_PRINTED, answers, fail_all, missing
from utils.judging.spec import (
    Failure,
    Outcome,
    Spec,
    pack_outcome,
    pack_spec,
    read_spec,
    unpack_outcome,
)
from utils.judging.wire import DTYPES, Foreign, Packer, to_bytes

MAX_REPLY = 100_000_000  # bytes
MAX_ENTRIES = 20_000_000  # numbers in all answers of one reply together
MAX_NODES = 200_000  # parts of all answers together
MAX_DEPTH = 20
MAX_TEXT = 10_000  # characters in one string

_KINDS = ("missing", "not written", "arguments", "recursion", "interrupted", "time", "raised")
_FIELDS = {"value", "failure", "changed", "shared", "warned", "unsteady", "printed", "idle"}


def write_request(spec: Spec) -> bytes:
    """What a submission may see of `spec`: its inputs, without expected values and messages."""
    return to_bytes({spec.exercise: pack_spec(spec.problems())})


def answer(name: str, request: bytes, seconds: float, namespace: Mapping[str, Any]) -> bytes:
    """Call `namespace[name]` on the cases in `request`: the reply with the outcomes.

    namespace: the notebook's own names. seconds: the limit for all calls together.
    """
    spec = read_spec(request, name)
    if name not in namespace:
        outcomes = fail_all(spec, missing(name))
    else:
        try:
            outcomes = answers(namespace[name], spec, seconds)
        except TimeLimit:  # it came between two calls
            late = Failure("time", "TimeLimit", f"no answer within {seconds:g} s")
            outcomes = fail_all(spec, late)
    packer = Packer()
    packed = [_packed(outcome, packer) for outcome in outcomes]
    return to_bytes({"reply": (packed, packer.arrays())})


def _packed(outcome: Outcome, packer: Packer) -> dict[str, Any]:
    try:
        packed = pack_outcome(outcome, packer)
        json.dumps(packed, ensure_ascii=False).encode()
        return packed
    except (TypeError, ValueError, RecursionError):
        return pack_outcome(Outcome(value=Foreign("value that cannot be stored")), packer)


def read_reply(data: bytes, spec: Spec) -> list[Outcome]:
    """The outcomes in a reply, one for each case. Raises ValueError for anything malformed."""
    try:
        description, arrays = _members(data)
        if not isinstance(description, list) or len(description) != len(spec.cases):
            raise ValueError("not one answer for each case")
        budget = {"nodes": MAX_NODES, "entries": MAX_ENTRIES}
        for body in description:
            _check_outcome(body, arrays, budget)
        return [unpack_outcome(body, arrays) for body in description]
    except ValueError:
        raise
    except Exception as error:  # whatever a stranger's bytes can provoke is a malformed reply
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _members(data: bytes) -> tuple[Any, dict[str, np.ndarray]]:
    """The reply's JSON and buffers; without np.load, so that sizes are known before they count."""
    if len(data) > MAX_REPLY:
        raise ValueError("too large")
    stored: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            name = info.filename.removeprefix("reply/").removesuffix(".npy")
            plain = info.compress_type == zipfile.ZIP_STORED and info.file_size <= len(data)
            if name in stored or name not in ("description", *DTYPES) or not plain:
                raise ValueError(f"unknown part {info.filename[:80]!r}")
            stored[name] = _array(archive.read(info), "uint8" if name == "description" else name)
    description = json.loads(stored.pop("description").tobytes().decode())
    return description, stored


def _array(data: bytes, dtype: str) -> np.ndarray:
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("unknown version of npy")
    shape, _, said = np.lib.format.read_array_header_1_0(file)
    rest = data[file.tell() :]
    wanted = np.dtype(dtype)
    if said != wanted or len(shape) != 1 or len(rest) != shape[0] * wanted.itemsize:
        raise ValueError("an array that is not what it says")
    if dtype == "bool":
        return np.frombuffer(rest, dtype=np.uint8) != 0
    return np.frombuffer(rest, dtype=wanted)


def _check_outcome(body: Any, arrays: dict[str, np.ndarray], budget: dict[str, int]) -> None:
    if not isinstance(body, dict) or not body.keys() <= _FIELDS:
        raise ValueError("an answer with unknown fields")
    if ("value" in body) == ("failure" in body):
        raise ValueError("an answer must have a value or a failure")
    for name in ("changed", "warned"):
        _check_texts(body.get(name, []))
    for pair in body.get("shared", []):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError("a malformed answer")
        _check_texts(pair)
    _check_texts([body.get("printed", "")], MAX_PRINTED)
    if "failure" in body:
        _check_failure(body["failure"])
    else:
        _check_tree(body["value"], arrays, budget, 0)


def _check_failure(failure: Any) -> None:
    if not isinstance(failure, dict) or failure.get("kind") not in _KINDS:
        raise ValueError("a failure of unknown kind")
    line = failure.get("line")
    if line is not None and type(line) is not int:
        raise ValueError("a malformed failure")
    _check_texts([text for name, text in failure.items() if name != "line"])


def _check_texts(texts: Any, limit: int = MAX_TEXT) -> None:
    if not isinstance(texts, list) or len(texts) > 1000:
        raise ValueError("a malformed list")
    if any(not isinstance(text, str) or len(text) > limit for text in texts):
        raise ValueError("a text that is none, or too long")


def _check_tree(
    node: Any, arrays: dict[str, np.ndarray], budget: dict[str, int], depth: int
) -> None:
    budget["nodes"] -= 1
    if budget["nodes"] < 0 or depth > MAX_DEPTH:
        raise ValueError("too many parts")
    if not isinstance(node, dict) or len(node) != 1:
        raise ValueError("a malformed value")
    ((tag, body),) = node.items()
    match tag:
        case "array" | "number":
            _check_place(body, arrays, budget)
            if tag == "number" and body[2]:
                raise ValueError("a number with a shape")
        case "tuple" | "list":
            for item in body:
                _check_tree(item, arrays, budget, depth + 1)
        case "dict":
            if len({key for key, _ in body if isinstance(key, str)}) != len(body):
                raise ValueError("keys that are no names, or twice the same")
            for _, item in body:
                _check_tree(item, arrays, budget, depth + 1)
        case "foreign":
            _check_texts([body])
        case "value":
            if isinstance(body, str):
                _check_texts([body])
            elif body is not None and type(body) not in (bool, int, float):
                raise ValueError("a malformed value")
        case _:
            raise ValueError("a value of unknown kind")


def _check_place(body: Any, arrays: dict[str, np.ndarray], budget: dict[str, int]) -> None:
    dtype, start, shape = body
    sizes = [start, *shape]
    if any(type(size) is not int or size < 0 for size in sizes) or len(shape) > 32:
        raise ValueError("an array of impossible shape")
    count = math.prod(shape)
    budget["entries"] -= count
    if budget["entries"] < 0:
        raise ValueError(f"more than {MAX_ENTRIES:,} numbers")
    if start + count > arrays[dtype].size:
        raise ValueError("an array outside its buffer")
