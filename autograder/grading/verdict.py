"""The verdict on a submission as plain data, and how it is printed.

`SubmissionReport` is what `grade_notebook` returns and what `autograder grade --json` prints;
`autograder/schema.json` describes the same shape for services.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

SCHEMA = 1
FINE = ("graded", "tampered", "missing")  # statuses that need nobody's help


@dataclass
class CheckReport:
    """One named check. message: why it did not pass, and for the first of them what to do.

    misconception: the stable id of the known mistake that the check fails by, None where none is.
    waiting: nothing is wrong with what it looks at; it counts once a value is right.
    """

    name: str
    passed: bool
    message: str = ""
    misconception: str | None = None
    waiting: bool = False

    def line(self) -> str:
        """For a terminal, or as the output of a cell."""
        mark, word = ("✔", "passed") if self.passed else ("✘", "failed")
        if self.waiting:
            mark, word = "○", "later "
        return f"{mark} {word}  {self.name}" + (f": {self.message}" if self.message else "")


@dataclass
class ExerciseReport:
    """One exercise: an exercise function, or a plain grade cell of the teacher's.

    misconceptions: the known mistakes that were recognised, by their stable ids
    ("forget_gate/bias-missing"), with the points that they cost together.
    """

    id: str
    score: float
    max_score: float
    checks: list[CheckReport] = field(default_factory=list)
    misconceptions: list[str] = field(default_factory=list)
    points_lost: float = 0.0


@dataclass
class CellReport:
    """A cell that stopped. cell, line: counted from 1, the cell in the file as handed in."""

    cell: int
    line: int | None
    error: str


@dataclass
class SubmissionReport:
    """The verdict on one submission.

    status: "graded"; "tampered" where what is graded had been altered (it was put back, the score
    stands); "timeout" or "crashed" where a cell did not end or ended its kernel (what could be
    reached is judged all the same); "invalid" where there was nothing to run; "missing" where a
    student of the course handed in no notebook.
    seconds: how long grading took. messages: what a person should know besides the scores.
    cell_errors: the cells that stopped, and where.
    """

    path: str
    student: str | None
    unit: str = ""
    status: str = "graded"
    score: float = 0.0
    max_score: float = 0.0
    seconds: float = 0.0
    messages: list[str] = field(default_factory=list)
    exercises: list[ExerciseReport] = field(default_factory=list)
    cell_errors: list[CellReport] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Whether nothing is left to do about it: it was graded, or nothing was handed in."""
        return self.status in FINE

    def score_exercises(self, exercises: Iterable[ExerciseReport]) -> None:
        """Take these exercises, and their sums as the scores."""
        self.exercises = list(exercises)
        self.score = float(sum(exercise.score for exercise in self.exercises))
        self.max_score = float(sum(exercise.max_score for exercise in self.exercises))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SubmissionReport:
        """The report whose `asdict` is `data`."""
        exercises = [
            ExerciseReport(**exercise | {"checks": [CheckReport(**c) for c in exercise["checks"]]})
            for exercise in data["exercises"]
        ]
        errors = [CellReport(**error) for error in data.get("cell_errors", [])]
        return cls(**dict(data) | {"exercises": exercises, "cell_errors": errors})


@dataclass
class Report:
    """All verdicts of one run, in the order of the submissions."""

    submissions: list[SubmissionReport] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every submission was graded."""
        return all(submission.fine for submission in self.submissions)

    def as_json(self) -> dict[str, Any]:
        """What `autograder/schema.json` describes."""
        return {"schema": SCHEMA} | asdict(self)


class JsonReport:
    """Writes a `Report` verdict by verdict, so that thousands of them need not be held at once."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.between = file, ""
        file.write(f'{{"schema": {SCHEMA}, "submissions": [')

    def add(self, report: SubmissionReport) -> None:
        text = json.dumps(asdict(report), ensure_ascii=False)
        # a name that is no text must not end the run at the last step
        plain = text.encode(errors="replace").decode()
        self.file.write(f"{self.between}{plain}")
        self.between = ",\n"

    def close(self) -> None:
        self.file.write("]}\n")
        self.file.flush()


def line(report: SubmissionReport) -> str:
    """One submission in one line, with what went wrong where something did."""
    score = f"{report.score:g} of {report.max_score:g}" if report.unit else "no score"
    lines = [f"{report.status:8} {score:>12}  {report.unit or '-':22} {report.path}"]
    if report.status in ("invalid", "missing"):
        lines += [f"         {message}" for message in report.messages]
    return printable(lines)


def details(report: SubmissionReport) -> str:
    """One submission with all that was said about it, for a terminal."""
    lines = [line(report).splitlines()[0]]
    lines += [f"         {message}" for message in report.messages]
    for exercise in report.exercises:
        lines.append(f"  {exercise.id}: {exercise.score:g} of {exercise.max_score:g}")
        for check in exercise.checks:
            lines.append(f"    {check.line()}")
    return printable(lines)


def summary(report: Report) -> str:
    """One line per submission, and for a single one its exercises."""
    if len(report.submissions) == 1:
        return details(report.submissions[0])
    return "\n".join(line(one) for one in report.submissions)


@contextmanager
def printed(as_json: bool, total: int) -> Iterator[Callable[[SubmissionReport], None]]:
    """Prints reports: JSON piece by piece, words when all is done and the bar is gone."""
    if as_json:
        report = JsonReport(sys.stdout)
        yield report.add
        report.close()
        return
    lines: list[str] = []
    yield lambda one: lines.append(details(one) if total == 1 else line(one))
    for text in lines:
        print(text)


def printable(lines: Iterable[str]) -> str:
    """The lines as text; what a stranger named or raised must not steer the terminal."""
    plain = (re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", " ", line) for line in lines)
    return "\n".join(plain)


def spreadsheet(text: str) -> str:
    """A stranger's text for a table: what would be a formula there begins with a quote."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
