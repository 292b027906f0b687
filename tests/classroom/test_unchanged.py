"""A second `autograder autograde` where nothing has changed: said at once, and only then."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import UNIT, make_course, save, submission

from autograder.course import root

SUBMITTED = Path("autograder", "submitted")
LOADED = """import sys
from autograder.cli import main
code = main(sys.argv[1:])
print(*sorted({"numpy", "nbgrader", "sqlalchemy"} & set(sys.modules)), file=sys.stderr)
sys.exit(code)"""


def autograde(course: Path, *options: str) -> tuple[int, str, str]:
    """(exit code, what it printed, what it said beside that and the libraries it had loaded)."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "--course", str(course), "autograde", UNIT, *options],
        cwd=root(),
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one good and one unreadable submission, graded twice."""
    course = make_course(tmp_path_factory.mktemp("graded") / "course")
    shutil.copy(root() / "nbgrader_config.py", course)
    for student in ("ada", "bob"):
        (course / SUBMITTED / student / UNIT).mkdir(parents=True)
    save(submission(), course / SUBMITTED / "ada" / UNIT / "small.ipynb")
    (course / SUBMITTED / "bob" / UNIT / "small.ipynb").write_text("{")
    first, second = autograde(course), autograde(course)
    assert first[:2] == second[:2] and first[0] == 1 and "9 of 11" in first[1]
    return course


@pytest.fixture
def course(graded: Path) -> Path:
    """The same one each time: what a test changes is graded, and again nothing has changed."""
    autograde(graded)
    assert autograde(graded)[2] == f"{UNIT}: nothing has changed since it was graded\n\n"
    return graded


def test_neither_numpy_nor_nbgrader_is_loaded_and_json_is_the_same(course: Path) -> None:
    code, printed, said = autograde(course, "--json")
    assert (code, said) == (1, f"{UNIT}: nothing has changed since it was graded\n\n")
    again = autograde(course, "--json", "--force")
    assert "numpy" in again[2]

    def comparable(text: str) -> list[dict]:
        return [one | {"seconds": 0} for one in json.loads(text)["submissions"]]

    assert comparable(printed) == comparable(again[1])


def note(path: Path) -> None:
    path.write_text(path.read_text() + "\n# changed\n")


def hand_mark(course: Path) -> None:
    with Gradebook(f"sqlite:///{course}/autograder/gradebook.db", "lstm") as book:
        book.find_submission(UNIT, "ada").notebooks[0].grades[0].extra_credit = 1
        book.db.commit()


CHANGES: dict[str, Callable[[Path], object]] = {
    "a submission": lambda c: save(
        submission(double=""), c / SUBMITTED / "ada" / UNIT / "small.ipynb"
    ),
    "when it was handed in": lambda c: (c / SUBMITTED / "ada" / UNIT / "timestamp.txt").write_text(
        "2026-01-01 10:00:00 UTC"
    ),
    "a student more": lambda c: (c / SUBMITTED / "carl").mkdir(),
    "a submission gone": lambda c: shutil.rmtree(c / SUBMITTED / "bob" / UNIT),
    "a page gone": lambda c: (c / "autograder/feedback/ada" / UNIT / "small.html").unlink(),
    "an empty page": lambda c: (c / "autograder/feedback/ada" / UNIT / "small.html").write_text(""),
    "a mark by hand": hand_mark,
    "the unit": lambda c: note(c / "solutions" / UNIT / "exercises.py"),
    "what units share": lambda c: (c / "solutions" / "shared.py").write_text("x = 1\n"),
    "the configuration": lambda c: note(c / "nbgrader_config.py"),
    "what it remembers": lambda c: (c / "autograder/.autograde" / f"{UNIT}.json").write_text("["),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_seen(course: Path, change: str) -> None:
    CHANGES[change](course)
    assert "nbgrader" in autograde(course)[2]


def test_before_anybody_has_handed_in(tmp_path: Path) -> None:
    """No submitted/ at all, as in a fresh clone; then the first one comes."""
    course = make_course(tmp_path / "course")
    shutil.copy(root() / "nbgrader_config.py", course)
    shutil.rmtree(course / SUBMITTED, ignore_errors=True)
    for _ in range(2):
        code, printed, said = autograde(course)
        assert (code, printed) == (0, "")
        assert f"{SUBMITTED}/STUDENT/{UNIT}/" in said
    (course / SUBMITTED / "ada" / UNIT).mkdir(parents=True)
    save(submission(), course / SUBMITTED / "ada" / UNIT / "small.ipynb")
    code, printed, said = autograde(course)
    assert code == 0 and "9 of 11" in printed and "nbgrader" in said


def test_a_configuration_that_asks_elsewhere_is_asked_each_time(course: Path) -> None:
    config = course / "nbgrader_config.py"
    before = config.read_text()
    config.write_text(before + "import os\nos.environ.get('TERM')\n")
    autograde(course)
    assert "nbgrader" in autograde(course)[2]
    config.write_text(before)


def test_a_name_that_is_no_text_and_a_link_are_seen_too(course: Path) -> None:
    odd = os.fsdecode(b"\xff")
    (course / SUBMITTED / odd).mkdir()
    os.symlink(course, course / SUBMITTED / odd / UNIT)
    code, printed, said = autograde(course)
    assert code == 1 and "nbgrader" in said
    assert autograde(course)[:2] == (code, printed)
