"""What earlier releases of a unit had on their cells: a submission is held against its own.

A master changes while students work on what they have fetched. When a release is replaced whose
graded or locked cells are others than those of now, `released.json` beside the master keeps what
they were: points, flags, and a hash of each locked text. It belongs to the course, like the master.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat

from autograder.cells import grade_id, is_locked, squeezed, tags, without_hidden

FILE = "released.json"
FLAGS = ("grade", "solution", "locked", "task", "points")

Release = Mapping[str, Mapping[str, Any]]  # grade id → its flags, and "text" where it is locked


def marks(notebook: Any) -> dict[str, dict[str, Any]]:
    """What a release of this notebook, a master's or one that was released, has on its cells."""
    found = {}
    for cell in notebook.cells:
        if id := grade_id(cell):
            found[id] = {flag: tags(cell)[flag] for flag in FLAGS if flag in tags(cell)}
            if not tags(cell).get("grade"):
                found[id].pop("points", None)  # there it counts for nothing
            if is_locked(cell):
                found[id]["text"] = text_hash(cell.source)
    return found


def text_hash(source: str) -> str:
    """Of a locked cell, by which it is known again; white space, which editors change, aside."""
    return hashlib.sha256(
        squeezed(without_hidden(source)).encode("utf-8", "surrogatepass")
    ).hexdigest()[:16]


def earlier(unit: Path) -> tuple[Release, ...]:
    """The releases before that of now of the unit in this folder, from the newest to the oldest."""
    with suppress(OSError, ValueError, TypeError):
        return tuple(reversed(json.loads((unit / FILE).read_text(encoding="utf-8"))))
    return ()


def remember(unit: Path, released: Path) -> None:
    """Keep what a released notebook has on its cells, before it is replaced by that of now.

    unit: the folder of the master, whose solution notebook is that of now.
    """
    now = unit / released.name
    if not released.is_file() or not now.is_file():
        return
    try:
        old = marks(nbformat.read(released, as_version=4))
    except (ValueError, nbformat.ValidationError):  # whatever lies there, nobody has released it
        return
    known = list(reversed(earlier(unit)))
    if old and old != marks(nbformat.read(now, as_version=4)) and old not in known:
        text = json.dumps([*known, old], indent=1, sort_keys=True)
        (unit / FILE).write_text(text + "\n", encoding="utf-8")
