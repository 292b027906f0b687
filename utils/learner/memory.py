"""What is remembered between sittings besides the points: one file beside the notebooks.

It holds, for each question that was answered, when it is due again, and for each unit how often a
check did not pass. It stays on this computer, and `forget_answers()` deletes it.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from utils.learner.course import ROOT

__all__ = ["forget_answers", "load", "save", "stumbled"]

FILE = ".recall.json"


def load(root: Path) -> dict[str, dict[str, Any]]:
    """{"cards": question → its card, "stumbles": unit → how often}; empty where nothing is kept."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        stored = json.loads((root / "notebooks" / FILE).read_text(encoding="utf-8"))
        return {"cards": dict(stored["cards"]), "stumbles": dict(stored["stumbles"])}
    return {"cards": {}, "stumbles": {}}


def save(root: Path, stored: dict[str, dict[str, Any]]) -> None:
    """Only in the course's own notebooks, and never where work is graded."""
    notebooks = root / "notebooks"
    if notebooks not in Path.cwd().parents or "NBGRADER_EXECUTION" in os.environ:
        return
    partial = notebooks / f"{FILE}.{os.getpid()}"
    with contextlib.suppress(OSError):  # a read-only course can still be learned from
        partial.write_text(json.dumps(stored, indent=1, sort_keys=True), encoding="utf-8")
        partial.replace(notebooks / FILE)


def stumbled(unit: str, root: Path = ROOT) -> None:
    """A check of this unit did not pass: its questions come sooner."""
    stored = load(root)
    stored["stumbles"][unit] = int(stored["stumbles"].get(unit, 0)) + 1
    save(root, stored)


def forget_answers(root: Path = ROOT) -> None:
    """Delete all that is remembered of answers to these questions."""
    (root / "notebooks" / FILE).unlink(missing_ok=True)
