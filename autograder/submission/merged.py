"""Whether a cell holds what was released as another one, as after a merge of both."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from nbformat.notebooknode import NotebookNode

from autograder.submission.names import is_huge

__all__ = ["contains", "is_same"]

MOST = 1_000_000  # characters of a cell that are looked at
_NO_PYTHON = re.compile(r"^[ \t]*[%!?].*$", re.M)  # magics and shell lines
Parts = tuple[str, ...]


@lru_cache(maxsize=4096)
def _statements(source: str) -> Parts:
    """What a cell does at its top level, without layout and remarks; () where it is no Python."""
    if is_huge(source):
        return ()
    try:
        body = ast.parse(_NO_PYTHON.sub("", source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(map(ast.dump, body))


def _lines(source: str) -> Parts:
    return tuple(line.strip() for line in source.splitlines() if line.strip())


def contains(cell: NotebookNode, released: str) -> bool:
    """Whether a cell holds, in a row, what the released one does; imports aside.

    What is no Python, as prose is that swallowed a cell, is compared line by line.
    """
    if len(cell.source) > MOST:
        return False
    mine = _statements(cell.source) if cell.cell_type == "code" else ()
    theirs, imports = _statements(released), ("Import(", "ImportFrom(")
    if not mine or not theirs:
        mine, theirs, imports = _lines(cell.source), _lines(released), ("import ", "from ")
    theirs = tuple(part for part in theirs if not part.startswith(imports))
    starts = range(len(mine) - len(theirs) + 1)
    return bool(theirs) and any(mine[i : i + len(theirs)] == theirs for i in starts)


def is_same(cell: NotebookNode, released: str) -> bool:
    """Whether a code cell does just what the released one does."""
    return cell.cell_type == "code" and _statements(cell.source) == _statements(released)
