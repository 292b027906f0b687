"""A class with a real exchange: a teacher's course and folders of students of their own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from quickly import run
from small_course import UNIT, cell_of, make_course, save

from autograder.course import root


class Term:
    """A course whose exchange lies beside it. Every command runs as its user would run it."""

    def __init__(self, place: Path) -> None:
        self.place, self.exchange = place, place / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        self.course = make_course(place / "course")
        shutil.copy(root() / "nbgrader_config.py", self.course)
        with (self.course / "nbgrader_config.py").open("a") as config:
            config.write(f"c.Exchange.root = {str(self.exchange)!r}\n")

    def teacher(self, *command: str, ends: int = 0) -> str:
        """`nbgrader …` or `autograder …` at the root of the course: what it printed and said."""
        return self._run(self.course, command, ends)

    def student(self, id: str, *command: str, ends: int = 0) -> str:
        """The same in the folder of a student, whose configuration names course and exchange."""
        home = self.home(id)
        config = home / "nbgrader_config.py"
        if not config.exists():
            home.mkdir(parents=True, exist_ok=True)
            lines = [
                "c = get_config()",
                'c.CourseDirectory.course_id = "lstm"',
                f"c.CourseDirectory.student_id = {id!r}",
                f"c.Exchange.root = {str(self.exchange)!r}",
                f"c.Exchange.cache = {str(home / '.cache')!r}",
            ]
            config.write_text("\n".join(lines), encoding="utf-8")
        return self._run(home, command, ends)

    def home(self, id: str) -> Path:
        return self.place / "students" / id

    def _run(self, place: Path, command: tuple[str, ...], ends: int) -> str:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        course = ["--course", str(self.course)] if command[0] == "autograder" else []
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(root())}
        done = run([command[0], *course, *command[1:]], place, environment)
        assert done.returncode == ends, done.stdout
        return done.stdout

    def solve(self, id: str, change: Callable[[Any], None], name: str = "small.ipynb") -> Path:
        """Write answers into the notebook that a student has fetched, under whatever name."""
        folder = self.home(id) / UNIT
        notebook = nbformat.read(folder / "small.ipynb", as_version=4)
        change(notebook)
        if name != "small.ipynb":
            (folder / "small.ipynb").unlink()
        return save(notebook, folder / name)

    def submitted(self, id: str) -> Path:
        return self.course / "autograder" / "submitted" / id / UNIT

    def page(self, id: str) -> Path:
        return self.course / "autograder" / "feedback" / id / UNIT / "small.html"

    def fetched(self, id: str) -> list[Path]:
        """The pages that a student has, from the oldest submission to the newest."""
        return sorted((self.home(id) / UNIT / "feedback").glob("*/*.html"))

    def gradebook(self) -> Gradebook:
        return Gradebook(f"sqlite:///{self.course / 'autograder' / 'gradebook.db'}", "lstm")

    def mark(self, id: str, points: float, comment: str, cell: str = "explain_small") -> None:
        """As the formgrader does it."""
        with self.gradebook() as book:
            grade = book.find_grade(cell, "small", UNIT, id)
            grade.manual_score, grade.needs_manual_grade = points, False
            name = cell.removeprefix("check_")
            book.find_comment(name, "small", UNIT, id).manual_comment = comment
            book.db.commit()


def answers(text: str, **sources: str) -> Callable[[Any], None]:
    """What `Term.solve` writes: an answer to the open question, and functions by name."""
    right = {
        "double": "def double(x):\n    return 2 * x",
        "total": "def total(x, b):\n    return x.sum(axis=1) + b",
        "limit": "limit = 7",
    }

    def change(notebook: Any) -> None:
        for id, source in (right | sources | {"explain_small": text}).items():
            if source:
                cell_of(notebook, id).source = source

    return change
