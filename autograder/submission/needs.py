"""What answers need of the course's own cells: its imports, and the names its solutions use."""

from __future__ import annotations

import ast

from nbformat.notebooknode import NotebookNode

from autograder.cells import grade_id, is_answer
from autograder.submission.names import Names, parsed


def given(source: NotebookNode) -> list[tuple[list[str], str]]:
    """(names, the statement that defines them) of a unit's solution notebook, in order.

    Every import of its ordinary cells, and of their other statements those that define, directly
    or not, a name that a solution uses.
    """
    statements: list[tuple[str, Names]] = []
    wanted: set[str] = set()
    for cell in source.cells:
        if cell.cell_type != "code":
            continue
        if is_answer(cell):
            wanted |= parsed(cell.source).uses
        elif not grade_id(cell):
            statements += [(text, parsed(text)) for text in _statements(cell.source)]
    kept: list[tuple[list[str], str]] = []
    for text, names in reversed(statements):
        if names.imported or names.binds & wanted:
            kept.append((sorted(names.binds), text))
            wanted |= names.uses
    return kept[::-1]


def _statements(source: str) -> list[str]:
    try:
        return [ast.unparse(statement) for statement in ast.parse(source).body]
    except SyntaxError:  # a magic, say
        return []
