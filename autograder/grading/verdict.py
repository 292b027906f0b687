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

from autograder.submission import NOTHING

SCHEMA = 1
# what steers a terminal: control characters, and marks that turn the direction of writing
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
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
        if self.passed and self.message:
            word = "counted"
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
class HandReport:
    """Points that a person gives: for an answer that no check can judge, or instead of a check's.

    id: the cell's grade id. score: None where it is not marked yet. again: it was marked, and has
    to be read again. instead_of: the grader's points that these replace; None where a person alone
    gives points.
    """

    id: str
    max_score: float
    score: float | None = None
    again: bool = False
    instead_of: float | None = None

    @property
    def waits(self) -> bool:
        """Whether a person has to look at it."""
        return self.score is None or self.again

    def said(self) -> str:
        if self.score is None:
            return f"not marked yet ({self.max_score:g} points)"
        changed = "" if self.instead_of is None else f" by hand, instead of {self.instead_of:g}"
        return f"{self.score:g} of {self.max_score:g}{changed}"


@dataclass
class SubmissionReport:
    """The verdict on one submission.

    status: "graded"; "tampered" where what is graded had been altered (it was put back, the score
    stands); "timeout" or "crashed" where a cell did not end or ended its kernel (what could be
    reached is judged all the same); "invalid" where there was nothing to run; "missing" where a
    student of the course handed in no notebook.
    score, max_score: what the checks gave, and could. seconds: how long grading took. messages:
    what a person should know besides the scores. cell_errors: the cells that stopped, and where.
    by_hand: the points that a person gives. comments: grade id → what a person wrote about it.
    penalty: points taken off because it came late.
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
    by_hand: list[HandReport] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def total(self) -> float:
        """All points so far, as a gradebook counts them: those of the checks and of a person."""
        given = sum((hand.score or 0) - (hand.instead_of or 0) for hand in self.by_hand)
        return max(0.0, self.score + given - self.penalty)

    @property
    def most(self) -> float:
        """All points that there are."""
        return self.max_score + sum(h.max_score for h in self.by_hand if h.instead_of is None)

    @property
    def waiting(self) -> list[str]:
        """The grade ids that wait for a person."""
        return [hand.id for hand in self.by_hand if hand.waits]

    @property
    def unmarked(self) -> float:
        """The points that may still come from a person."""
        return sum(hand.max_score for hand in self.by_hand if hand.score is None)

    def points(self) -> str:
        """The one way in which all commands and pages say what a submission is worth."""
        return f"{self.total:g} of {self.most:g}"

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
        hands = [HandReport(**hand) for hand in data.get("by_hand", [])]
        parts = {"exercises": exercises, "cell_errors": errors, "by_hand": hands}
        return cls(**dict(data) | parts)


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
    score = report.points() if report.unit else "no score"
    lines = [f"{report.status:8} {score:>12}  {report.unit or '-':22} {report.path}"]
    if report.unmarked:
        lines[0] += f"  ({report.unmarked:g} points not marked yet)"
    if report.status in ("invalid", "missing"):
        lines += [f"         {said}" for said in report.messages if said != NOTHING]
    return printable(lines)


def details(report: SubmissionReport) -> str:
    """One submission with all that was said about it, for a terminal."""
    lines = [line(report).splitlines()[0]]
    lines += [f"         {message}" for message in report.messages]
    for exercise in report.exercises:
        lines.append(f"  {exercise.id}: {exercise.score:g} of {exercise.max_score:g}")
        for check in exercise.checks:
            lines.append(f"    {check.line()}")
    lines += [
        f"  {hand.id}: {hand.said()}" + ", read again" * hand.again for hand in report.by_hand
    ]
    lines += [f"  {id}: comment: {text}" for id, text in report.comments.items()]
    return printable(lines)


def summary(report: Report) -> str:
    """One line per submission, and for a single one its exercises."""
    if len(report.submissions) == 1:
        return details(report.submissions[0])
    return "\n".join(line(one) for one in report.submissions)


@contextmanager
def printed(as_json: bool) -> Iterator[Callable[[SubmissionReport], None]]:
    """Prints reports: JSON piece by piece, words when all is done and the bar is gone.

    One alone is told with all that was said about it.
    """
    if as_json:
        report = JsonReport(sys.stdout)
        yield report.add
        report.close()
        return
    first: list[SubmissionReport] = []
    lines: list[str] = []

    def add(report: SubmissionReport) -> None:
        if not lines:
            first.append(report)
        lines.append(line(report))

    yield add
    for text in lines if len(lines) != 1 else map(details, first):
        print(text)


def printable(lines: Iterable[str]) -> str:
    """The lines as text; what a stranger named or raised must not steer the terminal."""
    return "\n".join(_STEERING.sub(" ", line) for line in lines)


def counted(number: int, what: str) -> str:
    """ "1 page", "2 pages"."""
    return f"{number} {what}" + "s" * (number != 1)


def spreadsheet(text: str) -> str:
    """A stranger's text for a table: what would be a formula there begins with a quote."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
