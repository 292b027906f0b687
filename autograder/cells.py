"""What nbgrader has written on a cell: its grade id, whether it is graded, locked or an answer."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from nbformat.notebooknode import NotebookNode

CHECK = "check_"
_BEGIN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS", re.M)
_END = re.compile(r"### END HIDDEN TESTS[ \t]*\n?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


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


def is_check(cell: Any) -> bool:
    """The cell under an exercise, whose function is judged from outside where it is graded."""
    return is_graded(cell) and (grade_id(cell) or "").startswith(CHECK)


def is_answer(cell: Any) -> bool:
    """A cell that holds a student's answer, code or text."""
    return bool(tags(cell).get("solution"))


def is_manual(cell: Any) -> bool:
    return bool(tags(cell).get("grade") and tags(cell).get("solution")) or bool(
        tags(cell).get("task")
    )


def is_locked(cell: Any) -> bool:
    return not tags(cell).get("solution") and bool(
        tags(cell).get("locked") or tags(cell).get("grade")
    )


def without_hidden(source: str) -> str:
    """What a learner sees of a cell's source. In time linear in it: a stranger may have made it."""
    kept, place = [], 0
    while (begin := _BEGIN.search(source, place)) and (end := _END.search(source, begin.end())):
        kept.append(source[place : begin.start()])
        place = end.end()
    return "".join([*kept, source[place:]]).rstrip()


def shown(text: str, longest: int = 60) -> str:
    """What a stranger wrote as one short line that any terminal, file and page can take."""
    plain = _CONTROL.sub("\ufffd", text[: longest + 1])
    return plain if len(plain) <= longest else f"{plain[:longest]}…"


def checksum(cell: NotebookNode) -> str:
    """That of `nbgrader.utils.compute_checksum`, whose import takes a second and 30 MB.

    Raises KeyError, TypeError or ValueError where the cell's marks are not nbgrader's.
    """
    marks = tags(cell)
    grade, solution = bool(marks.get("grade")), bool(marks.get("solution"))
    locked = not solution and (grade or bool(marks.get("locked")))
    parts = [cell.source, cell.cell_type, str(grade), str(solution), str(locked), marks["grade_id"]]
    try:
        parts += [str(float(marks["points"]))] if grade else []
    except OverflowError:
        raise ValueError("points beyond all bounds") from None
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def squeezed(source: str) -> str:
    """A cell's text without what editors change: white space, and marks that nobody sees."""
    return "".join(source.replace("\ufeff", "").replace("\u200b", "").split())
