"""The corpus: every touch on the solved notebook of one of eight units, with its just score."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.authoring.exercise import load_unit
from autograder.course import root

from .touches import LOSES, TOUCHES, Notebook

UNITS = (
    "02_forget_gate",
    "03_input_gate",
    "04_output_gate",
    "05_cell_state",
    "06_hidden_state",
    "07_softmax_output",
    "08_forward_propagation",
    "10_backward_step",
)


@dataclass(frozen=True)
class Case:
    """A touched notebook. score: the just one. said: what its first failed check must say."""

    name: str
    unit: str
    data: bytes
    score: float
    said: str = ""

    @property
    def file(self) -> str:
        return f"{self.name}.ipynb"


def solved(unit: str) -> Notebook:
    """The notebook of a unit as whoever solved it would hand it in."""
    path = root() / "solutions" / unit / f"{unit.partition('_')[2]}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"]).split("### BEGIN HIDDEN TESTS")[0].rstrip()
        lines = [line for line in source.splitlines() if "### " not in line]
        cell["source"] = "\n".join(lines)
        cell["metadata"].setdefault("nbgrader", {})
        if not cell["metadata"]["nbgrader"]:
            del cell["metadata"]["nbgrader"]
    return notebook


def cases() -> list[Case]:
    """One case for every touch, over the units in turn."""
    untouched = {unit: solved(unit) for unit in UNITS}
    points = {unit: load_unit(root() / "solutions" / unit).contents().exercises for unit in UNITS}
    made = []
    for number, (name, touch) in enumerate(TOUCHES.items()):
        # where a function is lost, a unit in which no other one builds on it
        unit = UNITS[number % (3 if name in LOSES else len(UNITS))]
        touched: Any = touch(copy.deepcopy(untouched[unit]))
        data = touched if isinstance(touched, bytes) else json.dumps(touched).encode()
        lost = next(iter(points[unit].values())) if name in LOSES else 0.0
        whole = sum(points[unit].values())
        made.append(Case(name, unit, data, whole - lost, LOSES.get(name, "")))
    return made


def write(place: Path, chosen: list[Case]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for case in chosen:
        (place / case.file).write_bytes(case.data)
