"""What a gradebook holds of a submission beside the grader's verdict, and its part in the report.

A person gives points and writes comments, a due date moves, a penalty is switched on: none of it
needs a submission to be run again. So it is no part of the stored verdict: it is read from the
gradebook each time a verdict is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select, update

from autograder.course import Refused
from autograder.grading.verdict import HandReport, SubmissionReport


@dataclass(frozen=True)
class Cell:
    """A cell of the unit that has points. by_hand: whether a person alone gives them."""

    name: str
    max_score: float
    by_hand: bool


@dataclass
class Standing:
    """One student's submission as the gradebook has it. late: seconds after the due date."""

    submission: str = ""
    notebook: str = ""
    timestamp: datetime | None = None
    late: float = 0.0
    penalty: float | None = None
    score: float = 0.0  # nbgrader's: all points without the penalty
    hands: list[HandReport] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)

    def told(self, report: SubmissionReport) -> SubmissionReport:
        """The verdict with what a person gave and wrote, and with what being late costs."""
        messages = list(report.messages)
        if self.late > 0:
            taken = f"{self.penalty:g} points are" if self.penalty else "nothing is"
            messages.append(f"handed in {self.late / 3600:.1f} hours late: {taken} taken off")
        return replace(
            report,
            messages=messages,
            by_hand=self.hands,
            comments=self.comments,
            penalty=self.penalty or 0.0,
        )


def standings(
    db: Any,
    assignment: str,
    duedate: datetime | None,
    cells: Mapping[str, Cell],
    names: Mapping[str, str],
    student: str | None = None,
) -> dict[str, Standing]:
    """Student → how the submission of the unit stands; of one student alone where one is named.

    cells: nbgrader's id of a cell → what is known of it. names: the same for all cells.
    """

    def of(query: Any) -> Any:
        chosen = query.where(SubmittedAssignment.assignment_id == assignment)
        if student is not None:
            chosen = chosen.where(SubmittedAssignment.student_id == student)
        return db.execute(chosen)

    joined = SubmittedNotebook.assignment_id == SubmittedAssignment.id
    found: dict[str, Standing] = {}
    for one, notebook, penalty in of(
        select(
            SubmittedAssignment, SubmittedNotebook.id, SubmittedNotebook.late_submission_penalty
        ).join(SubmittedNotebook, joined)
    ):
        due = duedate + (one.extension or timedelta()) if duedate else None
        late = (one.timestamp - due).total_seconds() if due and one.timestamp else 0.0
        found[one.student_id] = Standing(one.id, notebook, one.timestamp, max(0.0, late), penalty)
    for id, grade in of(
        select(SubmittedAssignment.student_id, Grade)
        .join(SubmittedNotebook, joined)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
    ):
        standing, cell = found[id], cells.get(grade.cell_id)
        given = grade.auto_score if grade.manual_score is None else grade.manual_score
        extra = grade.extra_credit or 0.0
        standing.score += (given or 0.0) + extra
        if cell is None:
            continue
        marked = grade.manual_score is not None or grade.extra_credit is not None
        if cell.by_hand:
            score = None if given is None and not extra else (given or 0.0) + extra
            again = bool(grade.needs_manual_grade) and score is not None
            standing.hands.append(HandReport(cell.name, cell.max_score, score, again))
        elif marked:
            again, auto = bool(grade.needs_manual_grade), grade.auto_score or 0.0
            score = (given or 0.0) + extra
            standing.hands.append(HandReport(cell.name, cell.max_score, score, again, auto))
    for id, cell_id, text in of(
        select(SubmittedAssignment.student_id, Comment.cell_id, Comment.manual_comment)
        .join(SubmittedNotebook, joined)
        .join(Comment, Comment.notebook_id == SubmittedNotebook.id)
        .where(Comment.manual_comment.is_not(None))
    ):
        if text.strip():
            found[id].comments[names.get(cell_id, "")] = text
    return found


def renew_penalties(db: Any, late: Any, found: Mapping[str, Standing]) -> None:
    """Take off what being late costs by now. late: nbgrader's AssignLatePenalties.

    The due date, an extension, the policy or the points may be others than when it was graded.
    Raises Refused where the policy fails.
    """
    for student, one in found.items():
        penalty = None
        if one.late > 0:
            try:
                penalty = late.plugin_inst.late_submission_penalty(student, one.score, one.late)
            except Exception as error:  # the course's own rule
                said = f"{type(error).__name__}: {error}"
                raise Refused(f"the rule for late work fails for {student} ({said})") from None
        if penalty is not None:  # as nbgrader limits it
            penalty = min(max(float(penalty), 0.0), one.score)
        if penalty != one.penalty:
            one.penalty = penalty
            db.execute(
                update(SubmittedNotebook)
                .where(SubmittedNotebook.id == one.notebook)
                .values(late_submission_penalty=penalty)
            )
