"""What answers need of the course's own cells: its imports, and the names its solutions use."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator

from nbformat.notebooknode import NotebookNode

from autograder.cells import grade_id, is_answer, tags

Given = list[tuple[list[str], str]]


def given(source: NotebookNode) -> Given:
    """(names, the statement that defines them) of a unit's solution notebook, in order.

    Every import of its ordinary cells, and of their other statements those that define, directly
    or not, a name that a solution uses.
    """
    statements: list[tuple[set[str], ast.stmt]] = []
    wanted: set[str] = set()
    for cell in source.cells:
        if cell.cell_type != "code" or not (tree := _parsed(cell.source)):
            continue
        if is_answer(cell):
            wanted |= _used(tree)
        elif not tags(cell) or not grade_id(cell):
            statements += [(_defined(node), node) for node in tree.body]
    kept: list[int] = []
    for number in reversed(range(len(statements))):
        names, node = statements[number]
        if isinstance(node, ast.Import | ast.ImportFrom) or names & wanted:
            kept.append(number)
            wanted |= _used(node)
    return [(sorted(statements[k][0]), ast.unparse(statements[k][1])) for k in reversed(kept)]


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:  # a magic, say
        return None


def _used(node: ast.AST) -> set[str]:
    """The names that it takes from outside of itself."""
    module = node if isinstance(node, ast.Module) else ast.Module([node], [])  # type: ignore[list-item]
    tables = [symtable.symtable(ast.unparse(module), "cell", "exec")]
    found: set[str] = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        top = table.get_type() == "module"
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
    return found


def _defined(node: ast.stmt) -> set[str]:
    return set(_bound(node))


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top of a cell binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    else:
        for found in ast.walk(node):
            if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store):
                yield found.id
