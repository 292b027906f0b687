"""What this learner has solved: the best score of every exercise, kept beside the notebooks."""

from __future__ import annotations

import contextlib
import json
import os
from html import escape
from pathlib import Path
from typing import Any

from utils.learner.course import ROOT, contents

FILE = ".progress.json"
# The parts of the cell, by the exercises that build them, there and back.
FORWARDS: dict[str, tuple[str, ...]] = {
    "forget gate": ("forget_gate",),
    "input gate": ("input_gate",),
    "candidate state": ("candidate_state",),
    "output gate": ("output_gate",),
    "cell state": ("update_cell_state",),
    "hidden state": ("update_hidden_state",),
}
BACKWARDS: dict[str, tuple[str, ...]] = {
    "forget gate": ("gate_backward", "update_cell_state_backward"),
    "input gate": ("gate_backward", "update_cell_state_backward"),
    "candidate state": ("gate_backward", "update_cell_state_backward"),
    "output gate": ("gate_backward", "update_hidden_state_backward"),
    "cell state": ("update_cell_state_backward",),
    "hidden state": ("update_hidden_state_backward",),
}


def record(unit: str, exercise: str, score: float, max_score: float, root: Path = ROOT) -> None:
    """Keep `score` if it is the best so far. Only work done in the course's notebooks counts."""
    notebooks = root / "notebooks"
    if notebooks not in Path.cwd().parents or "NBGRADER_EXECUTION" in os.environ:
        return
    scores = _load(root)
    if score <= scores.get(exercise, -1):
        return
    scores[exercise] = score
    partial = notebooks / f"{FILE}.{os.getpid()}"
    with contextlib.suppress(OSError):  # a read-only course can still be learned from
        partial.write_text(json.dumps(scores, indent=1, sort_keys=True), encoding="utf-8")
        partial.replace(notebooks / FILE)


def solved(root: Path = ROOT) -> dict[str, dict[str, tuple[float, float]]]:
    """unit → exercise → (best score, points)."""
    scores = _load(root)
    return {
        unit.unit: {name: (scores.get(name, 0.0), of) for name, of in unit.exercises.items()}
        for unit in contents(root)
    }


def _load(root: Path) -> dict[str, float]:
    try:
        scores = json.loads((root / "notebooks" / FILE).read_text(encoding="utf-8"))
        return {str(name): float(score) for name, score in scores.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def parts(built_by: dict[str, tuple[str, ...]], root: Path = ROOT) -> dict[str, bool]:
    """For each part of the cell whether all that builds it passes its check. See FORWARDS."""
    passed = {
        name for unit in solved(root).values() for name, (score, of) in unit.items() if score >= of
    }
    return {part: passed.issuperset(names) for part, names in built_by.items()}


def cell_in_words(root: Path = ROOT) -> list[str]:
    """Which parts of the cell are this learner's own, a line for each way through it."""
    return [
        f"The cell, {way}: " + ", ".join(f"{'✔' if own else '○'} {part}" for part, own in found)
        for way, found in (
            ("forwards", parts(FORWARDS, root).items()),
            ("backwards", parts(BACKWARDS, root).items()),
        )
    ]


class Table:
    """The progress table, as HTML and as plain text."""

    def __init__(self, root: Path = ROOT) -> None:
        self.rows = [
            (unit, name, score, of)
            for unit, exercises in solved(root).items()
            for name, (score, of) in exercises.items()
        ]
        self.cell = cell_in_words(root)

    def __repr__(self) -> str:
        done = sum(score >= of for *_, score, of in self.rows)
        lines = [f"{done} of {len(self.rows)} exercises solved{self._next()}"]
        for unit, name, score, of in self.rows:
            lines.append(f"  {_word(score, of):9} {unit:24} {name:24} {score:g} of {of:g}")
        return "\n".join([*lines, *self.cell])

    def _next(self) -> str:
        """The first exercise that is not solved, after "; next: "."""
        left = ((unit, name) for unit, name, score, of in self.rows if score < of)
        return next((f"; next: {name} in {unit}" for unit, name in left), "")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        body = "".join(
            f"<tr><td style='text-align:left'>{escape(unit)}</td>"
            f"<td style='text-align:left'><code>{escape(name)}</code></td>"
            f"<td style='text-align:left'>{'✔' if score >= of else '○'} {_word(score, of)}</td>"
            f"<td><meter min='0' max='{of:g}' value='{score:g}' "
            f"aria-label='{score:g} of {of:g} points'></meter> {score:g} of {of:g}</td></tr>"
            for unit, name, score, of in self.rows
        )
        head = "".join(
            f"<th style='text-align:left'>{word}</th>"
            for word in ("unit", "exercise", "", "points")
        )
        title = escape(repr(self).splitlines()[0])
        table = f"<table><caption>{title}</caption><tr>{head}</tr>{body}</table>"
        return {"text/plain": repr(self), "text/html": table}


def _word(score: float, of: float) -> str:
    return "solved" if score >= of else "begun" if score > 0 else "open"


def table(root: Path = ROOT) -> Table:
    """What is solved, begun and open, exercise by exercise."""
    return Table(root)
