"""nbgrader's gradebook, SQLite or PostgreSQL, as `autograder autograde` writes it.

One process, one session, one short transaction for each submission. What a later run has to know,
which bytes were graded and what was said about them, stands in a table beside nbgrader's own and is
written in the same transaction as the grades: the two cannot disagree, whenever the power fails.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Column, MetaData, String, Table, Text, delete, event, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from traitlets.config import Config

from autograder.classroom.attempts import ATTEMPTS, Attempt, attempts, remember
from autograder.classroom.nbgrader_course import Unusable, own_tools_first
from autograder.classroom.standing import Cell, Standing, renew_penalties, standings
from autograder.grading.verdict import SubmissionReport
from autograder.reports.marked import Marks, is_points, points_key

BUSY = 30_000  # milliseconds to wait for SQLite while the formgrader writes

# One row for each graded submission, by the id of nbgrader's row; one for each unit, by its name.
_RECORDS = Table(
    "autograder_record",
    MetaData(),
    Column("id", String(256), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("scores", String(64), nullable=False, default=""),
    Column("status", String(16), nullable=False, default=""),
    Column("answers", Text),
    Column("report", Text),
)


@dataclass(frozen=True)
class Entry:
    """One graded submission for the gradebook.

    fingerprint: of what was graded; "" so that the next run tries again. earlier: the hashes of
    the answers that nbgrader itself graded since our last record. digest: of the notebook's bytes.
    """

    student: str
    timestamp: datetime | None
    marks: Marks
    report: SubmissionReport
    fingerprint: str
    earlier: Mapping[str, str]
    digest: str = ""


class Book:
    """The gradebook, seen from one unit of the course. Raises Unusable where it does not open."""

    def __init__(self, url: str, course: str, unit: str, notebook: str, config: Config) -> None:
        self.unit, self.notebook, self.course = unit, notebook, course
        self.late = AssignLatePenalties(config=config)
        self.late.init_plugin()
        own_tools_first()
        try:
            self.gradebook = Gradebook(url, course)
            if self.gradebook.engine.dialect.name == "sqlite":
                event.listen(self.gradebook.engine, "connect", _be_patient)
                self.gradebook.engine.dispose()
            _RECORDS.create(self.gradebook.engine, checkfirst=True)
            ATTEMPTS.create(self.gradebook.engine, checkfirst=True)
        except (SQLAlchemyError, ImportError, OSError) as error:
            said = str(error).splitlines()[0]
            raise Unusable(f"the gradebook cannot be opened: {said}") from None
        self.db = self.gradebook.db
        self.cells: dict[str, str] = {}  # nbgrader's id of a cell → its name
        self.marked: dict[str, Cell] = {}  # the same for cells that have points
        self.checksums: dict[str, str] = {}

    def close(self) -> None:
        self.gradebook.close()

    def knows(self, version: str) -> bool:
        """Whether the gradebook has this unit's cells as they are in this version."""
        query = select(_RECORDS.c.fingerprint).where(_RECORDS.c.id == f"unit {self.unit}")
        stored = self.db.execute(query).scalar()
        found = self.db.execute(self._cells_of_unit()).first()
        self.db.rollback()
        return stored == version and found is not None

    def learned(self, version: str) -> None:
        """Remember that the unit's cells were taken over in this version."""
        self._remember(f"unit {self.unit}", fingerprint=version)
        self.db.commit()

    def open_unit(self) -> None:
        """Read what all submissions of the unit share. Raises MissingEntry where it is unknown."""
        notebook = self.gradebook.find_notebook(self.notebook, self.unit)
        self.notebook_id, self.assignment_id = notebook.id, notebook.assignment_id
        self.duedate = notebook.assignment.duedate
        self.cells = {id: name for id, name in self.db.execute(self._cells_of_unit())}
        self.checksums = {cell.name: cell.checksum for cell in notebook.source_cells}
        written = {cell.name for cell in notebook.solution_cells}
        scored = [*notebook.grade_cells, *notebook.task_cells]
        tasks = {cell.name for cell in notebook.task_cells}
        self.marked = {
            cell.id: Cell(cell.name, cell.max_score, cell.name in written | tasks)
            for cell in scored
        }
        self.db.rollback()

    def due(self) -> datetime | None:
        """When the unit is due (UTC), also where nothing was released yet."""
        query = select(Assignment.duedate).where(Assignment.name == self.unit)
        found = self.db.execute(query).scalar()
        self.db.rollback()
        return found

    def _cells_of_unit(self) -> Any:
        return (
            select(BaseCell.id, BaseCell.name)
            .join(Notebook, Notebook.id == BaseCell.notebook_id)
            .join(Assignment, Assignment.id == Notebook.assignment_id)
            .where(Notebook.name == self.notebook, Assignment.name == self.unit)
        )

    def students(self) -> list[str]:
        return list(self.db.execute(select(Student.id)).scalars())

    def standings(self, student: str | None = None) -> dict[str, Standing]:
        """Student → points and comments by hand and penalties, as the gradebook has them now."""
        return standings(
            self.db, self.assignment_id, self.duedate, self.marked, self.cells, student
        )

    def renewed(self) -> dict[str, Standing]:
        """The same for all, after the penalties for being late were worked out anew."""
        found = self.standings()
        renew_penalties(self.db, self.late, found)
        self.db.commit()
        return found

    def graded(self) -> dict[str, tuple[str, str]]:
        """Student → (fingerprint, status) of what was graded and has not been touched since."""
        query = (
            select(SubmittedAssignment.student_id, _RECORDS)
            .join(_RECORDS, _RECORDS.c.id == SubmittedAssignment.id)
            .where(SubmittedAssignment.assignment_id == self.assignment_id)
        )
        scores = dict(self._scores())
        return {
            row.student_id: (row.fingerprint, row.status)
            for row in self.db.execute(query)
            if scores.get(row.student_id) == row.scores
        }

    def _scores(self) -> Iterator[tuple[str, str]]:
        """Student → a hash of the points that the gradebook has from a grader."""
        query = (
            select(SubmittedAssignment.student_id, Grade.cell_id, Grade.auto_score)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .where(SubmittedAssignment.assignment_id == self.assignment_id)
            .order_by(SubmittedAssignment.student_id)
        )
        for student, rows in groupby(self.db.execute(query), key=lambda row: row.student_id):
            yield student, _hash({row.cell_id: row.auto_score for row in rows})

    def report(self, student: str) -> SubmissionReport | None:
        """What was said about the student's submission when it was graded."""
        query = (
            select(_RECORDS.c.report)
            .join(SubmittedAssignment, _RECORDS.c.id == SubmittedAssignment.id)
            .where(SubmittedAssignment.assignment_id == self.assignment_id)
            .where(SubmittedAssignment.student_id == student)
        )
        text = self.db.execute(query).scalar()
        return SubmissionReport.from_json(json.loads(text)) if text else None

    def attempts(self) -> dict[str, list[Attempt]]:
        """Student → every notebook of theirs that was graded, from the first to the last."""
        return attempts(self.db, self.assignment_id)

    def handed_in(self, student: str) -> bool:
        """Whether the gradebook has a submission of the student's."""
        return self._find(student) is not None

    def write(self, entry: Entry, files: Callable[[SubmissionReport], None]) -> None:
        """Enter one graded submission, all of it or, where something goes wrong, none.

        files: called when all is known and nothing is entered yet, with the report as a student
        reads it. Messages about marks by hand that no longer hold are added to the report.
        """
        marks, report, student = entry.marks, entry.report, entry.student
        try:
            submission = self._find(student) or self._add(student)
            submission.timestamp = entry.timestamp
            notebook = submission.notebooks[0]
            answers = entry.earlier or self._answers(submission.id)
            # what an earlier release did not record counts as unchanged
            unchanged = {
                id
                for id, now in marks.answers.items()
                if answers.get(id, now if is_points(id) else None) == now
            }
            self._grade(notebook, marks, unchanged, report)
            self._comment(notebook, marks, unchanged, report)
            self.db.flush()
            standing = self.standings(student)
            renew_penalties(self.db, self.late, standing)
            files(standing[student].told(report))
            scores = {grade.cell_id: grade.auto_score for grade in notebook.grades}
            self._remember(
                submission.id,
                fingerprint=entry.fingerprint,
                scores=_hash(scores),
                status=report.status,
                answers=json.dumps(marks.answers),
                report=json.dumps(asdict(report)),
            )
            if entry.digest:
                remember(self.db, submission.id, entry.digest, entry.timestamp, report)
            self.db.commit()
        except BaseException:
            self.db.rollback()
            raise

    def _find(self, student: str) -> Any:
        query = select(SubmittedAssignment).where(
            SubmittedAssignment.assignment_id == self.assignment_id,
            SubmittedAssignment.student_id == student,
        )
        return self.db.execute(query).scalar_one_or_none()

    def _add(self, student: str) -> Any:
        """As `Gradebook.add_submission`, but in one transaction, which nobody ends but `write`.

        A student who is not known yet is entered before it: another run may do so as well.
        """
        if self.db.get(Student, student) is None:
            self.db.add(Student(id=student))
            try:
                self.db.commit()
            except IntegrityError:  # another unit's run has just entered the same student
                self.db.rollback()
        submission = SubmittedAssignment(assignment_id=self.assignment_id, student_id=student)
        notebook = SubmittedNotebook(notebook_id=self.notebook_id, assignment=submission)
        for cell in self.db.execute(
            select(BaseCell).where(BaseCell.notebook_id == self.notebook_id)
        ).scalars():
            if cell.type in ("GradeCell", "TaskCell"):
                Grade(cell_id=cell.id, notebook=notebook)
            if cell.type in ("SolutionCell", "TaskCell"):
                Comment(cell_id=cell.id, notebook=notebook)
        self.db.add(submission)
        self.db.flush()
        return submission

    def _answers(self, submission: str) -> dict[str, str]:
        query = select(_RECORDS.c.answers).where(_RECORDS.c.id == submission)
        return json.loads(self.db.execute(query).scalar() or "{}")

    def _grade(
        self, notebook: Any, marks: Marks, unchanged: set[str], report: SubmissionReport
    ) -> None:
        """Points from the grader; those by hand stand where what they were given for stands."""
        for grade in notebook.grades:
            name, before = self.cells[grade.cell_id], grade.auto_score
            # None: a person has to read it. A cell that is not there has earned nothing.
            waits = name in marks.answers and marks.scores.get(name) is None
            grade.auto_score = None if waits else marks.scores.get(name, 0.0)
            if grade.manual_score is not None or grade.extra_credit is not None:
                if name in unchanged:
                    grade.needs_manual_grade |= grade.auto_score != before
                    if points_key(name) in marks.answers.keys() - unchanged:
                        grade.needs_manual_grade = True
                        report.messages.append(
                            f"{name}: a person marked it when it had other points than the "
                            f"{grade.max_score:g} of now, and looks at it again"
                        )
                    continue
                given = (grade.manual_score or 0) + (grade.extra_credit or 0)
                report.messages.append(
                    f"{name}: what was answered changed since a person gave it {given:g} points; "
                    f"they no longer count"
                )
                grade.manual_score = grade.extra_credit = None
            grade.needs_manual_grade = waits

    def _comment(
        self, notebook: Any, marks: Marks, unchanged: set[str], report: SubmissionReport
    ) -> None:
        for comment in notebook.comments:
            name = self.cells[comment.cell_id]
            comment.auto_comment = marks.recognised.get(name)
            if name in marks.silent:
                comment.auto_comment = "No response."
            if comment.manual_comment is not None and name not in unchanged:
                report.messages.append(f"{name}: commented before: {comment.manual_comment}")
                comment.manual_comment = None

    def _remember(self, id: str, **values: str) -> None:
        self.db.execute(delete(_RECORDS).where(_RECORDS.c.id == id))
        self.db.execute(insert(_RECORDS).values(id=id, **values))


def _hash(scores: Mapping[str, float | None]) -> str:
    # nbgrader's scores are whole numbers at times, a database's never
    plain = {id: None if score is None else float(score) for id, score in scores.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _be_patient(connection: Any, record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY}")
