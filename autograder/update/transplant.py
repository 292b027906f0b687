"""Carry a learner's work from one version of a notebook to the next: a three-way merge of cells.

Text merges of notebooks break them; cells do not. A cell is known by its nbgrader grade id, else by
its cell id, so it is found again wherever the new version has put it.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Any

Cell = dict[str, Any]
Notebook = dict[str, Any]

# What a learner puts into a cell; the rest (metadata, ids) belongs to the course.
_WORK = ("source", "outputs", "execution_count", "attachments")


def transplant(base: Notebook, mine: Notebook, theirs: Notebook) -> Notebook:
    """The new version of a notebook, with the learner's work in it.

    base: the version of the course that the learner started from; mine: the same notebook with the
    learner's work; theirs: the new version. All are notebooks as JSON (nbformat 4.5), and none of
    them is changed. Cell by cell:

    - an answer (nbgrader solution cell, graded by tests or by hand) keeps what the learner wrote;
    - a locked cell is always theirs;
    - an ordinary cell that one side alone changed keeps that change; where both did, theirs comes
      first and the learner's follows under a new id. One that the learner deleted stays deleted
      unless the course has changed it;
    - a cell that the learner added stays after the cell it followed. So does an answer or an edited
      cell that the new version no longer has.
    """
    new = copy.deepcopy(theirs)
    before = dict(zip(_course_keys(base), base["cells"], strict=True))
    now = dict(zip(_course_keys(new), new["cells"], strict=True))
    added: dict[str | None, list[Cell]] = {}
    seen: set[str] = set()
    anchor: str | None = None
    for key, cell in zip(_learner_keys(mine, before, now), mine["cells"], strict=True):
        if key is None:
            added.setdefault(anchor, []).append(cell)
        elif key in now:
            seen.add(key)
            anchor = key
            if _keep_work(before.get(key), cell, now[key]) == "both":
                added.setdefault(anchor, []).append(cell)
        elif not _locked(before[key]) and _text(cell) != _text(before[key]):
            added.setdefault(anchor, []).append(cell)

    taken = {cell["id"] for cell in now.values() if "id" in cell}
    cells = [_as_added(cell, taken) for cell in added.get(None, [])]
    for key, cell in now.items():
        if key in seen or not _deleted_on_purpose(before.get(key), cell):
            cells.append(cell)
        cells += [_as_added(extra, taken) for extra in added.get(key, [])]
    new["cells"] = cells
    # What the learner's tools noted about the notebook (the state of widgets, say) is kept too.
    new["metadata"] = {**copy.deepcopy(mine.get("metadata", {})), **new.get("metadata", {})}
    return new


def _keep_work(base: Cell | None, mine: Cell, theirs: Cell) -> str:
    """Put the learner's work into their cell; "both" where the learner's cell must follow it."""
    changed = base is None or _text(mine) != _text(base)
    if _text(mine) == _text(theirs):
        _fill(theirs, mine)  # nothing to choose: the outputs are still those of this source
    elif _nbgrader(theirs).get("solution"):
        if changed:
            _fill(theirs, mine)
    elif changed and not _locked(theirs):
        if base is None or _text(theirs) != _text(base):
            return "both"
        theirs["cell_type"] = mine["cell_type"]
        _fill(theirs, mine)
    return "settled"


def _fill(cell: Cell, work: Cell) -> None:
    for name in _WORK:
        if name in work:
            cell[name] = copy.deepcopy(work[name])
    if cell["cell_type"] == "code":
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _as_added(cell: Cell, taken: set[str]) -> Cell:
    """A copy of a learner's cell that stands for itself: its own id, no part in the grading."""
    cell = copy.deepcopy(cell)
    cell.setdefault("metadata", {}).pop("nbgrader", None)
    cell["metadata"].pop("deletable", None)
    cell["metadata"].pop("editable", None)
    name = cell.get("id", "")
    tries = 0
    while not name or name in taken:
        tries += 1
        name = hashlib.sha256(f"{cell.get('id')} {tries} {_text(cell)}".encode()).hexdigest()[:8]
    taken.add(name)
    cell["id"] = name
    return cell


def _deleted_on_purpose(base: Cell | None, theirs: Cell) -> bool:
    ordinary = not _nbgrader(theirs)
    return base is not None and ordinary and _text(base) == _text(theirs)


def _course_keys(notebook: Notebook) -> list[str]:
    """One key a cell, the same in every version of the course."""
    keys: list[str] = []
    for index, cell in enumerate(notebook["cells"]):
        key = _grade_key(cell) or _id_key(cell)
        keys.append(key if key and key not in keys else f"cell {index}")
    return keys


def _learner_keys(
    mine: Notebook, before: dict[str, Cell], now: dict[str, Cell]
) -> list[str | None]:
    """The course's key for each of the learner's cells, None for a cell that the learner added.

    A pasted copy of an answer carries the same grade id: the one with the course's cell id is the
    answer, the others are added cells. Tools that drop cell ids leave the text to go by.
    """
    cells = mine["cells"]
    keys: list[str | None] = [None] * len(cells)
    free = {**now, **before}

    def claim(index: int, key: str | None) -> None:
        if keys[index] is None and key in free:
            keys[index] = key
            del free[key]

    for index, cell in enumerate(cells):
        key = _grade_key(cell)
        if key in free and free[key].get("id") == cell.get("id"):
            claim(index, key)
    for index, cell in enumerate(cells):
        claim(index, _grade_key(cell) or _id_key(cell))
    by_text = {_text(cell): key for key, cell in reversed(free.items()) if key in before}
    for index, cell in enumerate(cells):
        if keys[index] is None:
            claim(index, by_text.get(_text(cell)))
    return keys


def _nbgrader(cell: Cell) -> dict[str, Any]:
    return cell.get("metadata", {}).get("nbgrader", {})


def _locked(cell: Cell) -> bool:
    marks = _nbgrader(cell)
    return bool(marks) and not marks.get("solution")


def _grade_key(cell: Cell) -> str | None:
    grade_id = _nbgrader(cell).get("grade_id")
    return f"grade id {grade_id}" if grade_id else None


def _id_key(cell: Cell) -> str | None:
    return f"cell id {cell['id']}" if cell.get("id") else None


def _text(cell: Cell) -> tuple[str, str]:
    """A cell's type and source (JSON allows a list of lines or one string)."""
    source = cell.get("source", "")
    return cell["cell_type"], source if isinstance(source, str) else "".join(source)
