"""What answers need of the course's own cells: its imports, and the names its solutions use."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from nbformat.notebooknode import NotebookNode

from autograder.cells import grade_id, is_answer, is_check
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


def needed(
    given: Sequence[tuple[list[str], str]], notebook: NotebookNode, left_out: Collection[int]
) -> list[tuple[list[str], str]]:
    """Of what `given` holds, what the cells of a submission that are run can use.

    All of it where a cell looks names up by itself.
    """
    runs = [
        parsed(cell.source)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and index not in left_out and not is_check(cell)
    ]
    if not all(names.clear for names in runs):
        return list(given)
    wanted = {name for names in runs for name in names.uses}
    kept = []
    for names, text in reversed(given):
        if wanted & set(names):
            kept.append((names, text))
            wanted |= parsed(text).uses
    return kept[::-1]


def _statements(source: str) -> list[str]:
    try:
        return [ast.unparse(statement) for statement in ast.parse(source).body]
    except SyntaxError:  # a magic, say
        return []
