"""The stock way: nbgrader's own commands on the course, with a real gradebook."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from small_course import UNIT, cell_of, make_course, save, submission

from autograder.batch.grade_many import grade
from autograder.course import root

NOISY = (
    "def double(x):\n"
    "    import sys, warnings\n"
    "    warnings.warn('careful'); print('careful', file=sys.stderr)\n"
    "    return 2 * x"
)
STUDENTS = {
    "ada": submission(double=NOISY),
    "bob": submission(
        double="def double(x):\n    return 2 * abs(x)",
        total="def total(x, b):\n    return x.sum(axis=1)",
    ),
    "cleo": submission(double="", total="", limit=""),
}


def nbgrader(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run nbgrader in the course as a teacher would; its `alembic` lies beside this Python."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(
        command,
        cwd=course,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that was released, handed in by three students, and autograded."""
    course = make_course(tmp_path_factory.mktemp("classroom"))
    shutil.copy(root() / "nbgrader_config.py", course)
    done = nbgrader(course, "generate_assignment", UNIT)
    assert done.returncode == 0, done.stderr
    for student, notebook in STUDENTS.items():
        save(notebook, course / "autograder" / "submitted" / student / UNIT / "small.ipynb")
    done = nbgrader(course, "autograde", UNIT)
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture
def gradebook(classroom: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{classroom / 'autograder' / 'gradebook.db'}", "lstm")


def test_release_holds_neither_masters_nor_answers(classroom: Path) -> None:
    released = classroom / "notebooks" / UNIT
    names = sorted(path.name for path in released.iterdir())
    assert names == ["cases.npz", "earlier.py", "small.ipynb"]
    text = (released / "small.ipynb").read_text(encoding="utf-8")
    assert "return twice(x)" not in text and "HIDDEN" not in text and "secret number" not in text
    assert not (classroom / "gradebook.db").exists()


def test_stock_scores_equal_ours(classroom: Path, gradebook: Gradebook) -> None:
    report = grade([classroom / "autograder" / "submitted"], course=classroom, workers=2)
    assert report.complete
    ours = {
        (one.student, exercise.id): exercise.score
        for one in report.submissions
        for exercise in one.exercises
    }
    with gradebook:
        stock = {
            (student, grade.name.removeprefix("check_")): grade.auto_score
            for student in STUDENTS
            for grade in gradebook.find_submission_notebook("small", UNIT, student).grades
            if not grade.name.startswith("explain_")
        }
    assert ours == stock
    assert [sum(v for (s, _), v in ours.items() if s == name) for name in STUDENTS] == [9, 3, 0]


def test_manual_answers_wait_for_a_person(gradebook: Gradebook) -> None:
    with gradebook:
        for student in STUDENTS:
            answer = gradebook.find_grade("explain_small", "small", UNIT, student)
            assert answer.auto_score is None and answer.needs_manual_grade
            assert answer.max_score == 2


def test_feedback_export_and_list(classroom: Path, tmp_path: Path) -> None:
    done = nbgrader(classroom, "generate_feedback", UNIT)
    assert done.returncode == 0, done.stderr
    pages = (classroom / "autograder" / "feedback").rglob("small.html")
    assert sorted(page.parts[-3] for page in pages) == sorted(STUDENTS)
    table = tmp_path / "grades.csv"
    done = nbgrader(classroom, "export", "--to", str(table))
    assert done.returncode == 0, done.stderr
    with table.open(newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"ada": 9, "bob": 3, "cleo": 0}
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    option = f"--Exchange.root={exchange}"
    assert nbgrader(classroom, "release_assignment", UNIT, option).returncode == 0
    done = nbgrader(classroom, "list", option)
    assert done.returncode == 0 and f"lstm {UNIT}" in done.stdout + done.stderr


def test_a_release_is_repeated_but_never_over_someones_work(classroom: Path) -> None:
    released = classroom / "notebooks" / UNIT / "small.ipynb"
    first = released.read_bytes()
    assert nbgrader(classroom, "generate_assignment", UNIT).returncode == 0
    assert released.read_bytes() == first
    notebook = nbformat.read(released, as_version=4)
    cell_of(notebook, "double").source = "def double(x):\n    return x + x"
    nbformat.write(notebook, released)
    mine = released.read_bytes()
    done = nbgrader(classroom, "generate_assignment", UNIT)
    assert done.returncode != 0 and released.read_bytes() == mine
    assert "was changed by hand" in done.stderr and "build --force" in done.stderr
    released.write_bytes(first)
    notes = released.with_name("my_notes.txt")
    notes.write_text("thoughts")
    done = nbgrader(classroom, "generate_assignment", UNIT)
    assert done.returncode != 0 and notes.read_text() == "thoughts"
    assert "not part of the unit" in done.stderr
    notes.unlink()
