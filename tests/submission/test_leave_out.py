"""What is left out changes no score: the same notebook graded with all its cells run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import UNITS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real_life.corpus import UNITS as CHEAP
from real_life.corpus import solved
from real_life.touches import answers, code, marks, new

from autograder.grading.grade import Grader, Job, limits
from autograder.grading.verdict import SubmissionReport
from autograder.reports.page import page
from autograder.submission.leave_out import HANDED_IN
from autograder.submission.names import Names
from autograder.submission.read import find


@pytest.fixture(scope="module")
def graders() -> tuple[Grader, Grader]:
    """The usual one, and one that runs every cell; both draw the same cases."""
    return tuple(Grader(Job(limits=limits(60), seed=7, run_all=every)) for every in (False, True))


def grade(grader: Grader, notebook: Any, path: Path) -> Any:
    path.write_text(json.dumps(notebook))
    (source,) = find(path)
    return grader.grade(source)


def told(report: SubmissionReport) -> Any:
    return report.status, [
        (exercise.id, exercise.score, [(c.name, c.passed, c.message) for c in exercise.checks])
        for exercise in report.exercises
    ]


OWN = ["print(np.pi)", "plt.plot([1, 2])", "rng", "check", "x = 3", "globals()", "1 / 0"]


def unsolved(cell: Any) -> None:
    head = cell["source"].split(":\n")[0]
    cell["source"] = f"{head}:\n    raise NotImplementedError"


@pytest.mark.parametrize("unit", UNITS)
def test_a_solved_unit_gets_the_score_of_the_full_run(graders, tmp_path, unit):
    usual, full = (grade(g, solved(unit), tmp_path / "work.ipynb").report for g in graders)
    assert told(usual) == told(full)
    assert usual.score == usual.max_score
    assert usual.cell_errors == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_notebook_gets_the_score_of_the_full_run(graders, tmp_path_factory, data):
    """Any subset solved; answers that lean on demonstrations, on their names, state or helpers."""
    notebook = solved(data.draw(st.sampled_from(CHEAP)))
    for cell in answers(notebook):
        if not data.draw(st.booleans()):
            unsolved(cell)
    shown = [c for c in code(notebook) if not marks(c) and "import" not in c["source"]]
    lean = data.draw(st.sampled_from(["nothing", "helper", "name", "state", "own", "copy"]))
    answer = data.draw(st.sampled_from(answers(notebook)))
    demonstration = data.draw(st.sampled_from(shown)) if shown else new("pass")
    if lean == "helper":  # a helper written into a demonstration
        demonstration["source"] = f"def my_helper():\n    return 1\n\n{demonstration['source']}"
        answer["source"] = answer["source"].replace("    return", "    my_helper()\n    return", 1)
    elif lean == "name":  # a name that a demonstration binds
        names = sorted(w for w in ("rng", "x", "h", "T", "N", "words", "sentence", "params", "c")
                       if f"{w} =" in demonstration["source"])  # fmt: skip
        name = data.draw(st.sampled_from(names or ["np"]))
        answer["source"] = answer["source"].replace("    return", f"    {name}\n    return", 1)
    elif lean == "state":
        answer["source"] = "np.random.seed(3)\n" + answer["source"]
        notebook["cells"].append(new("np.random.normal()"))
    elif lean == "own":
        place = data.draw(st.integers(1, len(notebook["cells"])))
        source = data.draw(st.sampled_from(OWN))
        notebook["cells"].insert(place, new(source))
    elif lean == "copy":
        notebook["cells"].append({**demonstration, "id": "copied"})
    folder = tmp_path_factory.mktemp("touched")
    usual, full = (grade(g, notebook, folder / "work.ipynb").report for g in graders)
    assert told(usual) == told(full), lean


@pytest.mark.parametrize("around", ["[{}]", "[{} for _ in [0]][0]", "{{k: {} for k in 'a'}}['a']"])
def test_locals_of_a_cell_are_all_its_names(around):
    """In a comprehension too, where Python gives the names around it; a function's are its own."""
    assert not Names(f"mine = {around.format('locals()')}").clear
    assert Names(f"def f(x):\n    return {around.format('x')}, locals()").clear


ENDS = [
    "class Gone:\n    def __del__(self):\n        calls.append(1)",
    "class Gone:\n    __del__ = print",
    "Gone.__del__ = print",
    "Gone = type('Gone', (), {'__del__': print})",
    "import weakref\nweakref.finalize(x, print)",
    "from weakref import finalize as at_the_end",
    "def g():\n    try:\n        yield\n    finally:\n        calls.append(1)",
]


@pytest.mark.parametrize("source", ENDS)
def test_a_notebook_with_what_acts_at_its_end_is_run_whole(graders, tmp_path, source):
    """When an object goes depends on all that is run, even on what only needs memory."""
    notebook = solved("10_backward_step")
    assert left_out_of(graders[0], notebook, tmp_path) >= 5
    notebook["cells"].append(new(f"x = {{1}}\nclass Gone:\n    pass\n{source}"))
    assert left_out_of(graders[0], notebook, tmp_path) == 0
    assert Names("def g():\n    for x in [1]:\n        yield x\n\nwith open('f'):\n    g()").clear


def left_out_of(grader: Grader, notebook: Any, folder: Path) -> int:
    cells = grade(grader, notebook, folder / "work.ipynb").notebook.cells
    return sum(bool(cell.metadata.get(HANDED_IN)) for cell in cells)


# own cells, first or last, after which the answer of unit 10 is right only where all cells are run
LEANS = {
    "softmax of one's own, above the import": ("first", "def softmax(z):\n    return z"),
    "another np, above the import": ("first", "import math as np"),
    "a class body": ("last", "class Names:\n    pieces = pieces\nok = True"),
    "del": ("last", "del pieces\nok = True"),
    "dir": ("last", "ok = 'pieces' in dir()"),
    "globals of a function": ("last", "ok = 'pieces' in (lambda: 0).__globals__"),
    "__import__": ("last", "ok = hasattr(__import__('__main__'), 'pieces')"),
    "a module by another name": ("last", "import __main__ as m\nok = hasattr(m, 'pieces')"),
    "from a module": ("last", "from __main__ import pieces\nok = True"),
    "builtins": ("last", "import builtins\nok = 'pieces' in builtins.globals()"),
    "sys by another name": (
        "last", "import sys as s\nok = hasattr(s.modules['__main__'], 'pieces')"),
    "what was run": ("last", "ok = any('pieces = ' in text for text in _ih)"),
    "a list that an answer fills": ("calls", "ok = len(calls) > 0"),
    "a function that demonstrations call": (
        "second", "def compare_line(*_):\n    global ok\n    ok = True\nok = False"),
}  # fmt: skip
BROKEN = "if not globals().get('ok', True):\n    gate_backward = None"


@pytest.mark.parametrize("lean", LEANS)
def test_what_leans_on_a_demonstration_gets_the_score_of_the_full_run(graders, tmp_path, lean):
    place, source = LEANS[lean]
    notebook = solved("10_backward_step")
    cells = notebook["cells"]
    if place == "calls":
        answer = next(c for c in answers(notebook) if marks(c)["grade_id"] == "gate_backward")
        text = answer["source"].replace("    slope =", "    calls.append(kind)\n    slope =")
        assert text != answer["source"]
        answer["source"] = f"calls = []\n{text}"
    imports = next(k for k, c in enumerate(cells) if "from earlier import" in c["source"])
    at = {"first": 0, "second": imports + 1}.get(place, len(cells))
    cells.insert(at, new(source))
    if "ok" in source:
        cells.append(new(BROKEN.replace("globals().get('ok', True)", "ok")))
    usual, full = (grade(g, notebook, tmp_path / "work.ipynb").report for g in graders)
    assert told(usual) == told(full)
    assert usual.score == usual.max_score or place == "first"


def test_a_page_shows_a_demonstration_as_it_was_handed_in(graders, tmp_path):
    notebook = solved("02_forget_gate")
    demonstrations = [c for c in code(notebook) if not marks(c) and "import" not in c["source"]]
    text = {"output_type": "stream", "name": "stdout", "text": ["half of it ", "is left"]}
    rich = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/html": "<b>bold</b><script>steal()</script>"},
    }
    broken = [{"output_type": "stream"}, {"output_type": "nonsense"}, 3, None, {"x": "y"}]
    demonstrations[0]["outputs"] = [text, rich, *broken]
    graded = grade(graders[0], notebook, tmp_path / "work.ipynb")
    shown = page(graded)
    assert "half of it is left" in shown and "<b>bold</b>" in shown
    assert "<script" not in shown
    assert "no score depends on this cell" in shown
    marked = [cell for cell in graded.notebook.cells if cell.metadata.get(HANDED_IN)]
    assert len(marked) >= 5
    full = page(grade(graders[1], notebook, tmp_path / "work.ipynb"))
    assert "no score depends on this cell" not in full and "half of it is left" not in full
