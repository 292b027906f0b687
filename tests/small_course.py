"""A course of one small unit, and submissions for it, to grade in tests."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.exercise import load_unit
from utils.judging.spec import pack_spec
from utils.judging.wire import to_bytes

UNIT = "02_small"
EXERCISES = """
import numpy as np
from autograder.authoring.exercise import Exercise, Group, Question, Wrong

TITLE = "A small unit"


def double(x):
    return 2 * x


def total(x, b):
    return x.sum(axis=1) + b


def vectors(rng):
    # of both signs for every seed, so that losing the sign always shows
    cases = [{"x": rng.uniform(0.5, 1.5, size=n) * (-1.0) ** np.arange(n)} for n in (3, 5)]
    return [
        Group("same shape as x", cases, kind="shape"),
        Group("every entry is doubled", cases, points=2),
        Group("right for negative entries", [{"x": -rng.uniform(1, 2, size=4)}]),
        Group("leaves its argument alone", kind="pure"),
    ]


def sums(rng):
    def case(n, m, b):
        return {"x": rng.normal(size=(n, m)), "b": b * rng.normal(size=n)}

    return [
        Group("the rows are added up", [case(3, 4, 0), case(2, 5, 0)], points=2),
        Group("b is added", [case(3, 4, 1), case(4, 4, 1)]),
    ]


EXERCISES = [
    Exercise(
        reference=double,
        groups=vectors,
        wrong=(
            Wrong("squared", lambda x: x**2, "You square x: doubling is 2 * x."),
            Wrong("absolute", lambda x: 2 * abs(x), "You lose the sign of x."),
        ),
        hints=("Two times x.",),
        notes="Small",
    ),
    Exercise(
        reference=total,
        groups=sums,
        wrong=(
            Wrong(
                "without b",
                lambda x, b: x.sum(axis=1),
                "You leave b out.",
                costs="b is added",
            ),
        ),
        hints=("One sum for each row.",),
        notes="Small",
    ),
]
RUBRIC = ("both words are there",)
QUESTIONS = [Question("easy", "1 + 1?", ("2", "3"), ("Yes.", "No."), 0)]
"""
RIGHT = {
    "double": "def double(x):\n    return twice(x)",
    "total": "def total(x, b):\n    return x.sum(axis=1) + b",
}
STUB = "{head}\n    raise NotImplementedError"
MAX = {"double": 5.0, "total": 3.0}
MAX_SCORE = 9.0  # with the plain cell's point


def _tags(id: str, grade: bool, solution: bool, locked: bool, points: float | None = None) -> dict:
    tags: dict[str, Any] = {
        "grade_id": id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
        "schema_version": 3,
    }
    return {"nbgrader": tags | ({"points": points} if points is not None else {})}


def _check(name: str) -> Any:
    hidden = (
        f"### BEGIN HIDDEN TESTS\nfrom autograder.stock import points\n\n"
        f'points("{name}", {name})\n### END HIDDEN TESTS'
    )
    tags = _tags(f"check_{name}", True, False, True, MAX[name])
    return new_code_cell(f"check({name})\n{hidden}", metadata=tags)


def _solution(name: str) -> Any:
    head, body = RIGHT[name].split("\n", 1)
    source = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
    return new_code_cell(source, metadata=_tags(name, False, True, False))


def source_notebook() -> Any:
    """What a teacher has in solutions/."""
    plain = (
        "assert limit > 0\n### BEGIN HIDDEN TESTS\nassert limit == 7, 'a secret number'\n"
        "### END HIDDEN TESTS"
    )
    cells = [
        new_markdown_cell("# A small unit"),
        new_code_cell(
            "import numpy as np\nfrom earlier import twice\nfrom utils.check import check"
        ),
        _solution("double"),
        _check("double"),
        _solution("total"),
        _check("total"),
        new_code_cell(
            "### BEGIN SOLUTION\nlimit = 7\n### END SOLUTION",
            metadata=_tags("limit", False, True, False),
        ),
        new_code_cell(plain, metadata=_tags("limit_is_seven", True, False, True, 1)),
        new_markdown_cell("Because.", metadata=_tags("explain_small", True, True, False, 2)),
    ]
    for number, cell in enumerate(cells):
        cell.id = f"c{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def make_course(root: Path) -> Path:
    """Write the course below `root`: solutions/, and an empty notebooks/."""
    folder = root / "solutions" / UNIT
    folder.mkdir(parents=True)
    (root / "notebooks").mkdir()
    (root / "autograder").mkdir()
    (folder / "exercises.py").write_text(EXERCISES)
    (folder / "earlier.py").write_text("def twice(x):\n    return 2 * x\n")
    unit = load_unit(folder)
    contents = {"unit": UNIT, "title": unit.title, "exercises": MAX, "questions": []}
    cases = {id: pack_spec(unit.spec(id)) for id in unit.exercises}
    (folder / "cases.npz").write_bytes(to_bytes({"contents": (contents, {}), **cases}))
    nbformat.write(source_notebook(), folder / "small.ipynb")
    return root


def submission(**answers: str) -> Any:
    """A submission as a student hands it in; cells not named in `answers` are solved.

    Answers by grade id; "" leaves the stub, `before` and `after` put a cell of their own around.
    """
    notebook = copy.deepcopy(source_notebook())
    for cell in notebook.cells:
        id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = cell.source.split("### BEGIN HIDDEN TESTS")[0].rstrip()
        if id in answers:
            head = cell.source.splitlines()[0]
            cell.source = answers[id] or STUB.format(head=head)
        cell.source = "\n".join(line for line in cell.source.splitlines() if "### " not in line)
    if "before" in answers:
        notebook.cells.insert(1, new_code_cell(answers["before"]))
    if "after" in answers:
        notebook.cells.append(new_code_cell(answers["after"]))
    return notebook


def cell_of(notebook: Any, id: str) -> Any:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == id)


def save(notebook: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path
