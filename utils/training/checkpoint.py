"""Everything a training run must remember, in one npz file, and back into place.

A *state* is a dict of names to arrays, numbers, random generators, and dicts of these. Nothing in
the file is code: it is written and read with `allow_pickle=False`.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["CheckpointError", "load", "save"]

State = dict[str, Any]
DICT, NUMBER, RNG = "d", "n", "r"  # in front of a name in the file; arrays have "a"
ARRAY = "a"


class CheckpointError(Exception):
    """The file is no checkpoint, or one of another model."""


def save(path: str | Path, state: State) -> None:
    """Write `state` to `path`, completely or not at all: a file that was there stays until then.

    Raises TypeError for a value that is no array, number, generator or dict.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **dict(_flat(state)))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: str | Path, state: State) -> None:
    """Put what `save` wrote back into `state`.

    Arrays that are there are filled in place, so that views of them stay views; what is not there
    is added. Raises FileNotFoundError, and CheckpointError where the file cannot be read or where
    an array has another shape: then `state` is as it was.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{path} is no checkpoint, or was cut short: {error}") from None
    for name, value in stored.items():
        _fits(path, name, value, state)
    for name, value in stored.items():
        _put(name, value, state)


def _flat(state: State, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """One array for every value, under a name such as `a:weights/U_f`."""
    for key, value in state.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield f"{DICT}:{name}", np.empty(0)
            yield from _flat(value, f"{name}/")
        elif isinstance(value, np.random.Generator):
            text = json.dumps(value.bit_generator.state)
            yield f"{RNG}:{name}", np.frombuffer(text.encode(), dtype=np.uint8)
        elif isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            yield f"{ARRAY}:{name}", value
        elif isinstance(value, bool | int | float | np.number):
            yield f"{NUMBER}:{name}", np.asarray(value)
        else:
            raise TypeError(f"a checkpoint cannot hold {name!r}, a {type(value).__name__}")


def _place(name: str, state: State) -> tuple[str, State, str]:
    """(kind, the dict that a stored name belongs into, its key there)."""
    kind, _, path = name.partition(":")
    *folders, key = path.split("/")
    for folder in folders:
        state = state.setdefault(folder, {}) if isinstance(state, dict) else {}
    return kind, state, key


def _fits(path: str | Path, name: str, value: np.ndarray, state: State) -> None:
    kind, _, rest = name.partition(":")
    there: Any = state
    for key in rest.split("/"):
        there = there.get(key) if isinstance(there, dict) else None
    if kind == ARRAY and isinstance(there, np.ndarray) and there.shape != value.shape:
        raise CheckpointError(
            f"{path} is of another model: its {rest} has the shape {value.shape}, "
            f"here it is {there.shape}. Start anew, or delete the file."
        )


def _put(name: str, value: np.ndarray, state: State) -> None:
    kind, into, key = _place(name, state)
    there = into.get(key)
    if kind == DICT:
        into.setdefault(key, {})
    elif kind == RNG:
        if not isinstance(there, np.random.Generator):
            there = into[key] = np.random.default_rng()
        there.bit_generator.state = json.loads(value.tobytes())
    elif kind == NUMBER:
        into[key] = value.item()
    elif isinstance(there, np.ndarray) and there.dtype == value.dtype:
        there[...] = value
    else:
        into[key] = value
