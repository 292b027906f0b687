"""Another course, of Newton's method, by the same code: the engine knows nothing of LSTMs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient
from nbgrader.api import Gradebook

from autograder.course import VARIABLE

UNIT = "01_newton"
TAUGHT = ("gradients", "networks", "pictures", "training")
NOTHING_TAUGHT = f"""
import sys
taught = [name for name in sys.modules if name.startswith({tuple(f"utils.{r}" for r in TAUGHT)!r})]
assert not taught, taught
"""


def run(course: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, VARIABLE: str(course)}
    return subprocess.run(
        command, cwd=course, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course, built and handed in: by one who solved it, one who did not, one in between."""
    course = tmp_path_factory.mktemp("newton") / "course"
    shutil.copytree(ROOT / "tests" / "second_course", course)
    built = run(course, "autograder", "build")
    assert built.returncode == 0, built.stderr
    right = nbformat.read(course / "solutions" / UNIT / "newton.ipynb", as_version=4)
    wrong = nbformat.read(course / "notebooks" / UNIT / "newton.ipynb", as_version=4)
    released = run(course, "nbgrader", "generate_assignment", UNIT)
    assert released.returncode == 0, released.stderr
    cell_of(right, "newton_step").source = NOTHING_TAUGHT + cell_of(right, "newton_step").source
    hand_in(course, "ada", right)
    hand_in(course, "bob", wrong)
    cell_of(wrong, "newton_step").source = "newton_step = lambda f, df, x: x + f(x) / df(x)"
    hand_in(course, "cleo", wrong)
    return course


def cell_of(notebook: nbformat.NotebookNode, id: str) -> nbformat.NotebookNode:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == id)


def hand_in(course: Path, student: str, notebook: nbformat.NotebookNode) -> None:
    place = course / "autograder" / "submitted" / student / UNIT / "newton.ipynb"
    place.parent.mkdir(parents=True)
    nbformat.write(notebook, place)


def test_every_known_wrong_answer_is_caught_and_told(course):
    done = run(course, "autograder", "mutants")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 caught, 100 % with their own message" in done.stdout


def test_it_is_checked_in_a_notebook_that_loads_nothing_of_lstms(course):
    place = course / "solutions" / UNIT
    notebook = nbformat.read(place / "newton.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.split("### BEGIN HIDDEN")[0]
    notebook.cells.append(nbformat.v4.new_code_cell(NOTHING_TAUGHT))
    NotebookClient(notebook, resources={"metadata": {"path": str(place)}}, timeout=60).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    texts = [output.get("data", {}).get("text/plain", "") for output in shown]
    assert sum("every check passed" in text or "✔" in text for text in texts) >= 2
    assert any("image/png" in output.get("data", {}) for output in shown)


def test_it_is_graded_by_every_way_alike(course):
    command = "autograder", "grade", "autograder/submitted", "--json"
    report = json.loads(run(course, *command).stdout)
    scores = {row["student"]: row["score"] for row in report["submissions"]}
    assert scores == {"ada": 6, "bob": 0, "cleo": 0}, report
    said = json.dumps(next(row for row in report["submissions"] if row["student"] == "cleo"))
    assert "You walk away from the zero" in said

    assert run(course, "autograder", "autograde", UNIT).returncode == 0
    assert in_gradebook(course) == scores
    stock = run(course, "nbgrader", "autograde", UNIT, "--force")
    assert stock.returncode == 0, stock.stderr
    assert in_gradebook(course) == scores


def in_gradebook(course: Path) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course / 'autograder' / 'gradebook.db'}", "newton") as book:
        return {row.student.id: row.score for row in book.assignment_submissions(UNIT)}


def test_the_grader_loads_nothing_of_lstms_either(course):
    code = (
        "from autograder import cli\n"
        "code = cli.main(['grade', 'autograder/submitted', '--workers', '1'])\n" + NOTHING_TAUGHT
    )
    done = run(course, sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr


DOCS = (ROOT / "docs" / "your-own-course.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```([^\n]*)\n(.*?)^```$", DOCS, re.M | re.S)


def test_the_docs_show_the_course_as_it_is():
    shown = {head.split()[1]: text for head, text in BLOCKS if head.startswith("python ")}
    place = ROOT / "tests" / "second_course"
    files = {p.relative_to(place).as_posix(): p for p in place.rglob("*.py")}
    assert shown.keys() == files.keys()
    for name, path in files.items():
        assert shown[name] == path.read_text(encoding="utf-8"), name


def test_the_docs_can_be_followed_step_by_step(tmp_path):
    """All but the installation, which the tests have behind them, and JupyterLab."""
    printed = ""
    for head, text in BLOCKS:
        if head.startswith("python "):
            (tmp_path / head.split()[1]).write_text(text, encoding="utf-8")
        elif head == "text":
            assert set(text.splitlines()) <= set(printed.splitlines())
        elif not text.startswith("jupyter lab"):
            ours = [
                line for line in text.splitlines() if not re.match(r"python3|\. |pip|export", line)
            ]
            done = run(tmp_path, "bash", "-ec", "\n".join(ours))
            assert done.returncode == 0, text + done.stderr
            printed = done.stdout
    assert (tmp_path / "autograder/feedback/ada/01_newton/newton.html").is_file()
    assert "ada" in (tmp_path / "grades.csv").read_text()
