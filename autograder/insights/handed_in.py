"""The code that each student of a class has written for a unit, read and never run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.cells import grade_id, is_locked, squeezed, without_hidden
from autograder.classroom.nbgrader_course import folders
from autograder.course import Refused
from autograder.insights.alike import Code
from autograder.submission.handed_in import look
from autograder.submission.read import UnitSource, load_units, read


@dataclass(frozen=True)
class Written:
    """codes: by student. known: what was handed out, and the solution. unread: student → why."""

    unit: str
    codes: dict[str, Code]
    known: list[Code]
    unread: dict[str, str]


def written(course: Path, name: str) -> Written:
    """What lies in the course's submitted/ folder. Raises Refused where nothing does."""
    units = load_units(course)
    if name not in units:
        raise Refused(f"{name} has no solution notebook: run `autograder build {name}` first")
    unit = units[name]
    places = folders(course)
    known = _known(course, unit)
    given = {squeezed(cell.source) for cell in known}
    codes, unread = {}, {}
    for student in sorted(places.students()):
        work = look(places.of(places.submitted_directory, student, name), unit, course)
        if work.source is None:
            continue
        found = read(work.source, {name: unit})
        if found.notebook is None:
            unread[student] = found.problem
        else:
            codes[student] = Code.of(_own(found.notebook.cells, given))
    if not codes:
        raise Refused(f"no notebook of {name} was handed in below {places.submitted}")
    sources = (without_hidden(cell.source) for cell in known)
    return Written(name, codes, [Code.of(sources)], unread)


def _known(course: Path, unit: UnitSource) -> list[Any]:
    """The code cells of the solution, and of the released notebook where it lies in the course."""
    cells = list(unit.notebook.cells)
    released = course / "notebooks" / unit.unit.name / f"{unit.unit.notebook}.ipynb"
    if released.is_file():
        cells += nbformat.read(released, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def _own(cells: Iterable[Any], given: set[str]) -> Iterator[str]:
    """The cells that are the student's own, each under a line that says which it is."""
    for number, cell in enumerate(cells, 1):
        own = cell.cell_type == "code" and not is_locked(cell)
        if own and cell.source.strip() and squeezed(cell.source) not in given:
            yield f"# cell {number} {grade_id(cell) or ''}".rstrip() + f"\n{cell.source}"
