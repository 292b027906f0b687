"""Puts a submission's locked cells back to what the course released, and says what was changed.

Two kinds of change are told apart. What JupyterLab, another editor or a hurried learner does is
innocent: other whitespace, moved or copied cells, a solution cell pasted twice. So is to have
worked on an earlier release, which had other cells or points: a submission is held against the
release that it came from, and judged by what counts now. Whoever alters what
is graded (a grade cell, its points or flags or grade id, locked code, a grade cell of his own) did
something that a teacher wants to know. Both are put right and graded all the same.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from autograder.authoring.releases import Release, marks, text_hash
from autograder.cells import (
    CHECK,
    checksum,
    grade_id,
    is_graded,
    is_locked,
    is_manual,
    shown,
    squeezed,
    tags,
    without_hidden,
)
from autograder.submission.merged import contains, holder, is_same
from autograder.submission.names import parsed

MAX_MESSAGES = 50  # that many are read by a person; a thousand invented cells are told in one


class Restored(NamedTuple):
    """The submission with the course's own locked cells, and what was put right in words.

    tampered: whether something that is graded had been altered. numbers: for every cell the place
    that it had in the file, counted from 1; None for one that was put back.
    """

    notebook: NotebookNode
    messages: list[str]
    tampered: bool
    numbers: list[int | None]


def restore(
    submission: NotebookNode, source: NotebookNode, earlier: Sequence[Release] = ()
) -> Restored:
    """The submission as it is to be run.

    source: the unit's solution notebook. earlier: what was released before it. Cells of the
    submission keep their order, except that no grade cell comes before the answer it grades, and of
    one pasted twice the last place counts: that is where its author saw its verdict. Hidden tests
    come back into plain grade cells alone: a check is not run from its cell.
    """
    work = _Restoration(source, _origin(submission, [marks(source), *earlier]), earlier)
    restored = copy.copy(submission)
    cells = [copy.copy(cell) for cell in submission.cells]
    restored.cells = work.all(cells)
    numbers = [work.numbers.get(id(cell)) for cell in restored.cells]
    messages = work.messages[:MAX_MESSAGES]
    if len(work.messages) > MAX_MESSAGES:
        messages.append(f"and {len(work.messages) - MAX_MESSAGES} more changes of this kind")
    return Restored(restored, messages, work.tampered, numbers)


class _Restoration:
    """One notebook's cells on their way back, and what is said about them."""

    def __init__(self, source: NotebookNode, origin: Release, earlier: Sequence[Release]) -> None:
        self.known = {id: cell for cell in source.cells if (id := grade_id(cell))}
        self.origin, self.earlier, self.old = origin, earlier, origin in earlier
        self.numbers: dict[int, int] = {}  # id of a restored cell → its place in the file
        self.messages: list[str] = []
        self.tampered = False

    def all(self, cells: list[NotebookNode]) -> list[NotebookNode]:
        ids = [grade_id(cell) for cell in cells]
        first = {id: place for place, id in reversed(list(enumerate(ids))) if id}
        last = {id: place for place, id in enumerate(ids) if id}
        done: list[NotebookNode] = []
        if self.old:
            self._say(_old(self.origin, self.known))
        for place, (cell, id) in enumerate(zip(cells, ids, strict=True)):
            before = len(done)
            if id is None:
                done.append(_ordinary(cell))
            elif id not in self.known:
                self._unknown(cell, id)
                done.append(_ordinary(cell))
            elif is_graded(self.known[id]):
                if self._holds_more(cell, self.known[id]):
                    done.append(_ordinary(copy.deepcopy(cell)))
                if place == last[id]:
                    done.append(self._restored(cell, self.known[id]))
                else:
                    self._say(f"the cell {id} was there twice: its last place counts")
            elif place == first[id]:
                done.append(self._restored(cell, self.known[id]))
            else:
                self._say(f"the cell {id} was there twice: the second runs as an ordinary cell")
                done.append(_ordinary(cell))
            self._place(done[before:], place + 1)
        self._add_missing(done, first)
        self._move_below(done)
        return done

    def _place(self, cells: list[NotebookNode], number: int) -> None:
        for cell in cells:
            self.numbers[id(cell)] = number

    def _say(self, message: str, tampered: bool = False) -> None:
        self.messages.append(message)
        self.tampered |= tampered

    def _unknown(self, cell: NotebookNode, id: str) -> None:
        if id in self.origin:
            self._say(f"the cell {shown(id)} is no longer part of this unit: it is not graded")
            return
        graded = is_graded(cell) or is_manual(cell)
        kind = "grade cell" if graded else "cell"
        text = f"the {kind} {shown(id)} is not part of this unit: it runs as an ordinary cell"
        self._say(text, tampered=graded)

    def _restored(self, cell: NotebookNode, original: NotebookNode) -> NotebookNode:
        id, graded = grade_id(original), is_graded(original) or is_manual(original)
        changed = _changed_marks(tags(cell), self.origin.get(id or "", tags(original)))
        if not changed and is_locked(original) and self._as_earlier(cell, id or ""):
            if not self.old and _differs(cell, original):
                self._say(f"the cell {id} is from another release: the course's own version counts")
            return _released(original)
        if (changed or _differs(cell, original)) and as_some_release(cell):
            self._say(f"the cell {id} is from another release: the course's own version counts")
            if is_locked(original):
                return _released(original)
        elif changed:
            text = f"the cell {id} had other {' and '.join(changed)}: the course's own count"
            self._say(text, tampered=True)
        if cell.cell_type != original.cell_type:
            text = f"the cell {id} was made a {cell.cell_type} cell: put back"
            self._say(text, tampered=is_graded(original))
        if not is_locked(original):
            return _cell(original.cell_type, cell.source, original, cell.get("attachments"))
        if graded and (contains(cell, _as_released(original)) or _answers_in_check(cell, id or "")):
            if _differs(cell, original) and not _only_remarks(cell, original):
                self._say(f"the cell {id} holds more than was released: that runs by itself")
        elif _differs(cell, original):
            text = f"the locked cell {id} was changed: the course's own version counts"
            harmless = _only_remarks(cell, original)
            self._say(text, tampered=(graded or original.cell_type == "code") and not harmless)
        return _released(original)

    def _holds_more(self, cell: NotebookNode, original: NotebookNode) -> bool:
        """Whether a graded cell has code of the student's, which is run before it."""
        if cell.cell_type != "code" or not _differs(cell, original):
            return False
        ours = as_some_release(cell) or self._as_earlier(cell, grade_id(original) or "")
        return not ours and not _only_remarks(cell, original)

    def _as_earlier(self, cell: NotebookNode, id: str) -> bool:
        """Whether a locked cell says what an earlier release said there."""
        text = text_hash(cell.source) if self.earlier else ""
        return any(release.get(id, {}).get("text") == text for release in self.earlier)

    def _add_missing(self, cells: list[NotebookNode], seen: dict[str, int]) -> None:
        """A check goes after its exercise, other locked cells after what they follow."""
        before = ""
        for id, original in self.known.items():
            if id not in seen and is_locked(original):
                after = id.removeprefix(CHECK) if id.startswith(CHECK) else before
                text = _as_released(original)
                below = (place for place, cell in enumerate(cells) if grade_id(cell) == after)
                end = len(cells) if after else 0
                place = holder(cells, text)
                if place is None:
                    place = next(below, end - 1)
                    if id in self.origin:
                        said = f"the locked cell {id} was missing: it was put back"
                        self._say(said, tampered=True)
                elif is_same(cells[place], text):
                    self._say(f"the cell {id} had lost its marks: they are put back")
                else:
                    self._say(f"the cell {id} was merged with another: it runs by itself again")
                cells.insert(place + 1, _released(original))
            elif id not in seen:
                self._say(f"the cell {id} is missing{_elsewhere(cells, id)}")
            before = id

    def _move_below(self, cells: list[NotebookNode]) -> None:
        """No check stands above its exercise, where it would find nothing to judge."""
        for id in self.known:
            if not id.startswith(CHECK):
                continue
            ids = [grade_id(cell) for cell in cells]
            name = id.removeprefix(CHECK)
            if name in ids and ids.index(id) < ids.index(name):
                check = cells.pop(ids.index(id))
                cells.insert(ids.index(name), check)
                self._say(f"the cell {id} stood above {name}: it runs right below it")


def _origin(submission: NotebookNode, releases: Sequence[Release]) -> Release:
    """The newest release whose marks the submission's cells have; that of now where none is."""
    known = set().union(*releases)
    mine = [(id, tags(c)) for c in submission.cells if (id := grade_id(c)) in known and id]
    for release in releases:
        if all(id in release and not _changed_marks(cell, release[id]) for id, cell in mine):
            return release
    return releases[0]


def _old(origin: Release, known: Mapping[str, NotebookNode]) -> str:
    """What is said of a submission made from an earlier release."""
    points = [
        f"{id} had {origin[id]['points']:g} points and has {tags(cell)['points']:g}"
        for id, cell in known.items()
        if id in origin
        and origin[id].get("points", tags(cell).get("points")) != tags(cell).get("points")
    ]
    said = "it was made from an earlier release of this unit; the checks and points of now count"
    return f"{said}: {', '.join(points)}" if points else said


def _changed_marks(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """The marks that differ. Older nbgraders know neither `locked` nor `task`."""
    needed = ["grade", "solution"] + (["points"] if theirs.get("grade") else [])
    return [
        mark
        for mark in ("grade", "solution", "locked", "task", "points")
        if (mark in mine or mark in needed) and mine.get(mark) != theirs.get(mark)
        # what is written into a cell that has no points counts for nothing
        if not (mark == "points" and not theirs.get("grade") and not mine.get("grade"))
    ]


def as_some_release(cell: NotebookNode) -> bool:
    """Whether a locked cell is as nbgrader once released it: its checksum still fits.

    Whoever computes it for an altered cell of his own gains nothing: the cell is put back all the
    same.
    """
    try:
        return checksum(cell) == tags(cell).get("checksum")
    except (KeyError, TypeError, ValueError):
        return False


def _differs(cell: NotebookNode, original: NotebookNode) -> bool:
    """Whether a locked cell says something else; whitespace, which editors change, aside."""
    if not is_locked(original):
        return False
    mine = squeezed(cell.source)
    return mine not in (squeezed(original.source), squeezed(_as_released(original)))


def _answers_in_check(cell: NotebookNode, id: str) -> bool:
    """Whether the function that a check is for was written into the check's own cell."""
    return id.startswith(CHECK) and id.removeprefix(CHECK) in parsed(cell.source).binds


def _elsewhere(cells: Sequence[NotebookNode], name: str) -> str:
    """Where the answer of a missing cell stands, in words."""
    defined = re.compile(rf"^def +{re.escape(name)}\b|^{re.escape(name)} *=[^=]", re.M)
    for cell in cells:
        if defined.search(cell.source):
            if cell.cell_type == "code":
                return f"; another cell defines {name}, and that counts"
            return f"; {name} stands in a {cell.cell_type} cell, which does not run"
    return ""


def _only_remarks(cell: NotebookNode, original: NotebookNode) -> bool:
    """Whether all that was added to a cell are comments, magics and blank lines."""
    theirs = {line.strip() for line in original.source.splitlines()}
    mine = [line.strip() for line in cell.source.splitlines()]
    return all(not line or line[0] in "#%" or line in theirs for line in mine)


def _ordinary(cell: NotebookNode) -> NotebookNode:
    cell.metadata = {key: value for key, value in cell.metadata.items() if key != "nbgrader"}
    return cell


def _as_released(original: NotebookNode) -> str:
    return without_hidden(original.source)


def _released(original: NotebookNode) -> NotebookNode:
    check = (grade_id(original) or "").startswith(CHECK)
    source = _as_released(original) if check else original.source
    return _cell(original.cell_type, source, original, original.get("attachments"))


def _cell(kind: str, source: str, original: NotebookNode, attachments: Any) -> NotebookNode:
    make = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}[kind]
    cell = make(source, metadata={"nbgrader": copy.deepcopy(tags(original))})
    if kind != "code" and isinstance(attachments, dict):
        cell.attachments = attachments
    return cell
