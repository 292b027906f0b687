"""`autograder status`: who handed in what and when, what it is worth, what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.cells import cell_len

from autograder.classroom.classroom import Classroom
from autograder.grading.verdict import printable
from autograder.sandbox.execute import Limits

TO_GRADE = ("not graded", "changed")
_WITHOUT = ("not graded", "missing")  # points


@dataclass
class StudentStatus:
    """One student in one unit.

    handed_in: whether there is a notebook; at: when (UTC), None where that is not known. state:
    "missing", "not graded", "changed" (something newer than what was graded), else the verdict's
    status. waiting: the grade ids that a person has to read. late: hours.
    """

    student: str
    handed_in: bool
    at: str | None = None
    late: float = 0.0
    state: str = "missing"
    points: float = 0.0
    most: float = 0.0
    penalty: float = 0.0
    waiting: list[str] = field(default_factory=list)


@dataclass
class UnitStatus:
    """One unit. due: when it is (UTC), None where no date is set."""

    unit: str
    due: str | None
    students: list[StudentStatus]

    def count(self, *states: str) -> int:
        return sum(one.state in states for one in self.students)

    @property
    def waiting(self) -> int:
        return sum(bool(one.waiting) for one in self.students)

    def line(self) -> str:
        handed_in = sum(one.handed_in for one in self.students)
        said = [f"{handed_in} of {len(self.students)} handed in"]
        if left := self.count(*TO_GRADE):
            said.append(f"{left} to be graded")
        if self.waiting:
            said.append(f"{self.waiting} wait for a person")
        return f"{self.unit:26} due {self.due or '-':16}  {', '.join(said)}"


def status(course: Path, unit: str) -> UnitStatus:
    """How the unit stands now. Raises Refused where the gradebook cannot be opened."""
    room = Classroom(course, unit, Limits())
    with room.looking() as known:
        students = [_student(room, known, student) for student in room.roster()]
        due = room.book.due()
    return UnitStatus(unit, _minute(due), students)


def _student(room: Classroom, known: bool, student: str) -> StudentStatus:
    work = room.handed_in(student)
    one = StudentStatus(student, work.source is not None, _minute(work.timestamp))
    one.most = room.most
    report = room.told(student) if known else None
    if report:
        one.state, one.points, one.most = report.status, report.total, report.most
        one.penalty = report.penalty
        one.waiting = report.waiting if report.status != "missing" else []
        one.late = round(room.standings[student].late / 3600, 2)
        if work.exists and not room.is_graded(student, work):
            one.state = "changed"
        one.handed_in |= report.status != "missing"
    elif work.exists:
        one.state = "not graded"
    return one


def _minute(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%d %H:%M") if when else None


def table(found: UnitStatus) -> list[str]:
    """One line for the unit and one for each student."""
    lines = [found.line()]
    names = [printable([one.student]) for one in found.students]
    width = max(map(cell_len, names), default=0)  # a letter may take two places
    for one, name in zip(found.students, names, strict=True):
        points = f"{one.points:g} of {one.most:g}" if one.state not in _WITHOUT else ""
        more = [f"{one.late:.1f} h late"] if one.late else []
        more += [f"-{one.penalty:g}"] if one.penalty else []
        more += [f"read {', '.join(one.waiting)}"] if one.waiting else []
        when = one.at or ("no time" if one.handed_in else "-")
        name += " " * (width - cell_len(name))
        lines.append(f"  {name}  {when:16}  {one.state:10} {points:>12}  {', '.join(more)}")
    return [line.rstrip() for line in lines]
