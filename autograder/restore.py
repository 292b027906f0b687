"""Puts a submission's locked cells back to what the course released, and says what was changed."""

from __future__ import annotations

import copy
import re
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

CHECK = "check_"
_HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS[ \t]*\n?", re.M | re.S)
_FLAGS = ("grade", "solution", "locked", "points")


def tags(cell: Any) -> dict[str, Any]:
    """The cell's nbgrader metadata, {} where it has none."""
    found = cell.get("metadata", {}).get("nbgrader")
    return found if isinstance(found, dict) else {}


def grade_id(cell: Any) -> str | None:
    found = tags(cell).get("grade_id")
    return found if isinstance(found, str) and found else None


def is_graded(cell: Any) -> bool:
    """A cell that is scored by running it or by a check (not one that a person reads)."""
    return bool(tags(cell).get("grade")) and not tags(cell).get("solution")


def is_manual(cell: Any) -> bool:
    return bool(tags(cell).get("grade") and tags(cell).get("solution")) or bool(
        tags(cell).get("task")
    )


def is_locked(cell: Any) -> bool:
    return not tags(cell).get("solution") and bool(
        tags(cell).get("locked") or tags(cell).get("grade")
    )


def without_hidden(source: str) -> str:
    """What a learner sees of a cell's source."""
    return _HIDDEN.sub("", source).rstrip()


def restore(submission: NotebookNode, source: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """(the submission with the course's own locked cells, what was put right in words).

    source: the unit's solution notebook. Cells of the submission keep their order. Hidden tests
    come back into plain grade cells alone: a check is not run from its cell.
    """
    known = {id: cell for cell in source.cells if (id := grade_id(cell))}
    messages: list[str] = []
    cells: list[NotebookNode] = []
    seen: set[str] = set()
    for cell in copy.deepcopy(submission.cells):
        id = grade_id(cell)
        if id is None:
            cell.metadata.pop("nbgrader", None)
        elif id not in known:
            messages.append(f"the cell {id} is not part of this unit: it runs as an ordinary cell")
            cell.metadata.pop("nbgrader")
        elif id in seen and is_locked(known[id]):
            messages.append(f"the cell {id} was there twice: the second is left out")
            continue
        elif id in seen:
            messages.append(f"the cell {id} was there twice: the second runs as an ordinary cell")
            cell.metadata.pop("nbgrader")
        else:
            seen.add(id)
            cell = _restored(cell, known[id], messages)
        cells.append(cell)
    _add_missing(cells, known, seen, messages)
    restored = copy.copy(submission)
    restored.cells = cells
    return restored, messages


def _restored(cell: NotebookNode, original: NotebookNode, messages: list[str]) -> NotebookNode:
    id, mine, theirs = grade_id(original), tags(cell), tags(original)
    changed = [flag for flag in _FLAGS if flag in mine and mine[flag] != theirs.get(flag)]
    if changed:
        messages.append(f"the cell {id} had other {' and '.join(changed)}: the course's own count")
    if cell.cell_type != original.cell_type:
        messages.append(f"the cell {id} was made a {cell.cell_type} cell: put back")
    if is_locked(original):
        released = without_hidden(original.source)
        if without_hidden(cell.source) != released:
            messages.append(f"the locked cell {id} was changed: the course's own version counts")
        return _released(original)
    return _cell(original.cell_type, cell.source, original)


def _add_missing(
    cells: list[NotebookNode],
    known: dict[str, NotebookNode],
    seen: set[str],
    messages: list[str],
) -> None:
    """A check goes after its exercise, other locked cells after what they follow in the course."""
    before = ""
    for id, original in known.items():
        if id not in seen and is_locked(original):
            after = id.removeprefix(CHECK) if id.startswith(CHECK) else before
            places = [place for place, cell in enumerate(cells) if grade_id(cell) == after]
            end = 0 if not after else len(cells)
            cells.insert(places[0] + 1 if places else end, _released(original))
            messages.append(f"the locked cell {id} was missing: it was put back")
        elif id not in seen:
            messages.append(f"the cell {id} is missing")
        before = id


def _released(original: NotebookNode) -> NotebookNode:
    check = (grade_id(original) or "").startswith(CHECK)
    source = without_hidden(original.source) if check else original.source
    return _cell(original.cell_type, source, original)


def _cell(kind: str, source: str, original: NotebookNode) -> NotebookNode:
    make = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}[kind]
    return make(source, metadata={"nbgrader": copy.deepcopy(tags(original))})
