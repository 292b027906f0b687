"""The grades of a course, from the gradebook: one row for each student, one column for each sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import BaseCell, Grade, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

from autograder.cells import CHECK, grade_id
from autograder.classroom.gradebook import Book
from autograder.classroom.nbgrader_course import folders
from autograder.classroom.reading import opened
from autograder.course import Refused
from autograder.submission.read import load_units


@dataclass(frozen=True)
class Column:
    """A unit's total, or one exercise of it. exercise: "" for the total."""

    unit: str
    exercise: str
    points: float

    @property
    def title(self) -> str:
        return f"{self.unit}: {self.exercise}" if self.exercise else self.unit


@dataclass
class Row:
    """One student. scores: by column, of what was handed in and is marked.

    waits: units in which a person has still to mark something.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""
    scores: dict[Column, float] = field(default_factory=dict)
    waits: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Grades:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def totals_alone(self) -> Grades:
        return Grades(tuple(column for column in self.columns if not column.exercise), self.rows)


def grades(course: Path, units: Sequence[str]) -> Grades:
    """The grades of these units. Raises Refused where the gradebook knows nothing of one."""
    columns: list[Column] = []
    rows: dict[str, Row] = {}
    outside = folders(course).left_out
    sources = load_units(course)
    for unit in units:
        if unit not in sources:
            raise Refused(f"{unit} has no solution notebook: run `autograder build {unit}` first")
        order = [id for id in map(grade_id, sources[unit].notebook.cells) if id]
        with opened(course, unit) as book:
            for student in book.db.execute(select(Student)).scalars():
                if student.id not in outside:
                    rows.setdefault(student.id, _row(student))
            columns += _unit(book, rows, order)
    return Grades(tuple(columns), tuple(rows[student] for student in sorted(rows)))


def graded(course: Path, units: Sequence[str]) -> list[str]:
    """Those of the units of which the gradebook has a submission."""
    found = []
    for unit in units:
        try:
            with opened(course, unit) as book:
                if book.standings():  # one for each submission
                    found.append(unit)
        except Refused:
            continue
    if not found:
        raise Refused("nothing has been graded yet: run autograder autograde UNIT first")
    return found


def _row(student: Any) -> Row:
    return Row(
        student.id,
        student.first_name or "",
        student.last_name or "",
        student.email or "",
        student.lms_user_id or "",
    )


def _unit(book: Book, rows: dict[str, Row], order: Sequence[str]) -> list[Column]:
    """The unit's columns; its scores go into the rows."""
    cells = select(BaseCell).where(BaseCell.notebook_id == book.notebook_id)
    points = {
        cell.name: float(cell.max_score)
        for cell in book.db.execute(cells).scalars()
        if cell.type in ("GradeCell", "TaskCell")
    }
    names = sorted(points, key=lambda name: order.index(name) if name in order else len(order))
    total = Column(book.unit, "", sum(points.values()))
    columns = {name: Column(book.unit, name.removeprefix(CHECK), points[name]) for name in names}
    handed_in = select(SubmittedAssignment).where(
        SubmittedAssignment.assignment_id == book.assignment_id
    )
    for submission in book.db.execute(handed_in).scalars():
        if submission.student_id in rows:
            row = rows[submission.student_id]
            penalty = submission.late_submission_penalty or 0.0  # no part of nbgrader's score
            row.scores[total] = max(0.0, float(submission.score) - float(penalty))
            if submission.needs_manual_grade:
                row.waits.append(book.unit)
    each = (
        select(SubmittedAssignment.student_id, Grade, BaseCell.name)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(SubmittedAssignment.assignment_id == book.assignment_id)
    )
    for student, grade, name in book.db.execute(each):
        marked = grade.auto_score is not None or grade.manual_score is not None
        if student in rows and name in columns and marked:
            rows[student].scores[columns[name]] = float(grade.score)
    return [total, *(columns[name] for name in names)]
