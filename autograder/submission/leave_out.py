"""Which cells no score can depend on: the course's own demonstrations, as they were released.

A released cell that stands unchanged in a submission is left out unless something that is run can
depend on it: an answer, a cell that the student wrote or changed, a teacher's own grade cell. What
can depend is decided by names, and generously: a cell counts for every name that it binds, and for
every name of another cell's that it only uses, since it may change what that name stands for (a
random generator, a list, a figure). Where code looks names up by itself, nothing is left out.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

from autograder.cells import grade_id, is_answer, is_check, squeezed
from autograder.submission.names import Names, parsed

HANDED_IN = "as_handed_in"  # metadata of a cell whose outputs are the student's own
MAX_OUTPUTS = 100
_BUILTINS = set(vars(builtins))


def left_out(notebook: NotebookNode, source: NotebookNode) -> set[int]:
    """The indices of the cells of a restored notebook that need not be run.

    source: the unit's solution notebook, whose ordinary cells are the released ones.
    """
    released = {
        squeezed(cell.source)
        for cell in source.cells
        if cell.cell_type == "code" and not grade_id(cell)
    }
    answers: list[Names] = []
    others: list[Names] = []
    maybe: dict[int, Names] = {}
    for index, cell in enumerate(notebook.cells):
        id = grade_id(cell) or ""
        if cell.cell_type != "code" or is_check(cell):
            continue
        found = parsed(cell.source)
        if id and is_answer(cell):
            answers.append(found)
        elif not id and squeezed(cell.source) in released and not found.touches_state:
            maybe[index] = found
        else:
            others.append(found)
    if not all(found.clear for found in [*answers, *others]):
        return set()
    asked = _all(found.binds for found in answers)
    own = [*answers, *others]
    if _all(f.changes for f in own) & _all(f.binds - f.imported for f in own):
        return set()  # calling an answer changes something that another may read
    # what the student binds in cells of their own: a demonstration may run it, or bind it anew
    bound = _all(found.binds for found in others)
    made = bound - _all(found.imported for found in others)
    imported = _all(found.imported for found in maybe.values()) - bound
    # what an answer imports of the course's is given to it; a cell of the student's own runs at
    # once
    wanted = (_all(found.uses for found in answers) - imported) | _all(f.uses for f in others)
    wanted |= made
    shared = _all(found.binds for found in maybe.values()) - asked - imported - _BUILTINS
    while True:
        needed = [
            index
            for index, found in maybe.items()
            if not found.clear
            or found.binds & (wanted | asked)
            or found.uses & (shared & wanted | made)
        ]
        if not needed:
            return set(maybe)
        for index in needed:
            wanted |= maybe.pop(index).uses


def _all(names: Iterable[set[str]]) -> set[str]:
    return set().union(*names)


def as_handed_in(
    notebook: NotebookNode,
    left_out: Iterable[int],
    numbers: Sequence[int | None],
    shown: Sequence[list[Any]],
) -> None:
    """Give cells that were not run what they had shown when they were handed in, and mark them.

    numbers: for every cell its place in the file, counted from 1. shown: outputs by that place; a
    stranger's, of which only what nbformat knows is taken.
    """
    for index in left_out:
        cell, number = notebook.cells[index], numbers[index]
        cell.metadata[HANDED_IN] = True
        then = shown[number - 1] if number and number <= len(shown) else []
        cell.outputs = [output for one in then[:MAX_OUTPUTS] if (output := _output(one))]


def _output(handed_in: Any) -> NotebookNode | None:
    """A copy with the fields that its kind has; None for what is no output."""
    try:
        match handed_in["output_type"]:
            case "stream":
                return new_output("stream", name="stdout", text=_joined(handed_in["text"]))
            case "display_data" | "execute_result" as kind:
                data = {str(k): _joined(v) for k, v in dict(handed_in["data"]).items()}
                return new_output(kind, data)
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return None  # an error is told by what was run


def _joined(text: Any) -> str:
    if isinstance(text, list):
        text = "".join(text)
    if not isinstance(text, str):
        raise TypeError("no text")
    return text
