"""Whether a cell holds what was released as another one, as after a merge of both."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache

from nbformat.notebooknode import NotebookNode

from autograder.cells import squeezed
from autograder.submission.names import is_huge

__all__ = ["contains", "holder", "is_same"]

MOST = 200_000  # characters of a cell that are looked at
TRIED = 20  # cells that are read for one that is missing
_IMPORTS = ("Import(", "ImportFrom(")
_NO_PYTHON = re.compile(r"^[ \t]*[%!?].*$", re.M)  # magics and shell lines
Parts = tuple[str, ...]


@lru_cache(maxsize=64)
def _statements(source: str) -> Parts:
    """What a cell does at its top level, without layout and remarks; () where it is no Python."""
    if is_huge(source):
        return ()
    try:
        body = ast.parse(_NO_PYTHON.sub("", source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(map(ast.dump, body))


def _lines(source: str) -> str:
    return "".join(f"\n{line.strip()}" for line in source.splitlines() if line.strip()) + "\n"


def contains(cell: NotebookNode, released: str) -> bool:
    """Whether a cell holds, in a row, what the released one does; imports aside.

    What is no Python, as prose is that swallowed a cell, is compared line by line.
    """
    mine = _statements(cell.source) if cell.cell_type == "code" else ()
    theirs = tuple(part for part in _statements(released) if not part.startswith(_IMPORTS))
    if mine and theirs:
        starts = range(len(mine) - len(theirs) + 1)
        return any(mine[i : i + len(theirs)] == theirs for i in starts)
    return bool(theirs) and _lines("\n".join(_own_lines(released))) in _lines(cell.source)


def _own_lines(released: str) -> list[str]:
    lines = (line.strip() for line in released.splitlines())
    return [line for line in lines if line and not line.startswith(("import ", "from "))]


def holder(cells: Sequence[NotebookNode], released: str) -> int | None:
    """The place of the first cell that holds a released one; None where none is seen.

    Only cells with all its lines somewhere are read, and few of them: strangers make notebooks.
    """
    wanted = [squeezed(line) for line in _own_lines(released)]
    tried = 0
    for place, cell in enumerate(cells):
        if len(cell.source) > MOST or tried == TRIED:
            continue
        text = squeezed(cell.source)
        if all(line in text for line in wanted):
            tried += 1
            if contains(cell, released):
                return place
    return None


def is_same(cell: NotebookNode, released: str) -> bool:
    """Whether a code cell does just what the released one does."""
    return cell.cell_type == "code" and _statements(cell.source) == _statements(released)
