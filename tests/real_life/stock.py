"""The same notebooks by stock nbgrader: its own command, on a course of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.course import root

from .corpus import Case


def stock_scores(cases: list[Case], place: Path) -> dict[str, float]:
    """Name → score, for those that stock nbgrader can grade at all."""
    course = place / "stock"
    course.mkdir()
    shutil.copytree(root() / "solutions", course / "solutions")
    shutil.copy(root() / "nbgrader_config.py", course)
    scores: dict[str, float] = {}
    for unit in sorted({case.unit for case in cases}):
        run(course, "generate_assignment", unit)
        mine = [case for case in cases if case.unit == unit]
        for case in mine:
            folder = course / "autograder" / "submitted" / case.name / unit
            folder.mkdir(parents=True)
            (folder / f"{unit.partition('_')[2]}.ipynb").write_bytes(case.data)
        run(course, "autograde", unit)
        with Gradebook(f"sqlite:///{course / 'autograder' / 'gradebook.db'}", "lstm") as book:
            for row in book.assignment_submissions(unit):
                if (course / "autograder" / "autograded" / row.student.id / unit).is_dir():
                    scores[row.student.id] = row.score
    return scores


def run(course: Path, *arguments: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "nbgrader", *arguments]
    environment = os.environ | {"PATH": path}
    subprocess.run(command, cwd=course, env=environment, capture_output=True, timeout=3000)
