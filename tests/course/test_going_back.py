"""Whoever goes back in a notebook and runs a cell again gets what it gave before.

So no cell may read a name that an earlier cell set and that it, or a later one, sets anew.
"""

import ast

import nbformat
import pytest
from conftest import UNITS

from autograder.course import root
from autograder.submission.names import Names


def read_and_set(source):
    """The names that a cell reads as they were before it, and those that it sets but by import."""
    before, known, sets = set(), set(), set()
    for statement in ast.parse(source).body:
        one = Names(ast.unparse(statement))
        now = one.binds - one.imported
        added_to = [n.target for n in ast.walk(statement) if isinstance(n, ast.AugAssign)]
        reads = one.uses | {n.id for n in added_to if isinstance(n, ast.Name) and n.id in now}
        if isinstance(statement, ast.For | ast.With):
            reads -= now
        before |= reads - known
        known |= one.binds
        sets |= now
    return before, sets


def set_anew(cells):
    """(name, the cell that reads it), for every name that is another's after a later cell."""
    found, seen = [], [read_and_set(source) for source in cells]
    for at, (before, _) in enumerate(seen):
        earlier = {name for _, sets in seen[:at] for name in sets}
        later = {name for _, sets in seen[at:] for name in sets}
        found += [(name, cells[at]) for name in sorted(before & earlier & later)]
    return found


@pytest.mark.parametrize("name", UNITS)
def test_no_name_is_set_anew_once_it_was_read(name):
    path = root() / "solutions" / name / f"{name.partition('_')[2]}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert set_anew(cells) == []


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["x = 1", "y = x", "x = 2"], ["x"]),
        (["x = 1", "x += 1"], ["x"]),
        (["T = 1", "def f():\n    return T", "T = 2"], ["T"]),
        (["x = 1", "y = [x for x in range(3)]\nf = lambda x: x", "x = 2"], []),
        (["x = 1\ny = x", "x = 2\ny = x"], []),
        (["from a import f", "g = f(1)", "from a import f"], []),
    ],
)
def test_a_name_set_anew_is_found(cells, told):
    assert [name for name, _ in set_anew(cells)] == told
