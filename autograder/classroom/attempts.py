"""What each submission of a student's was worth, one after the other: the table of attempts.

The gradebook keeps the last verdict alone. Here stands one short row for every notebook that a
student has handed in and that was graded, known by a hash of its bytes: to grade the same bytes
again, by whatever grader, renews their row and makes no other, and a new notebook leaves the rows
before it as they are. It is written in the transaction of the grades.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbgrader.api import SubmittedAssignment
from sqlalchemy import (
    Column,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)

from autograder.grading.verdict import SubmissionReport

ATTEMPTS = Table(
    "autograder_attempt",
    MetaData(),
    Column("submission", String(256), primary_key=True),  # the id of nbgrader's row
    Column("digest", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("timestamp", DateTime),
    Column("status", String(16), nullable=False),
    Column("score", Float, nullable=False),
    Column("max_score", Float, nullable=False),
    Column("passed", Text, nullable=False),
)


@dataclass(frozen=True)
class Attempt:
    """One notebook that was handed in. passed: the (exercise, check) that it passed."""

    timestamp: datetime | None
    status: str
    score: float
    max_score: float
    passed: frozenset[tuple[str, str]]


def remember(
    db: Any, submission: str, digest: str, timestamp: datetime | None, report: SubmissionReport
) -> None:
    """Enter one graded notebook, in the transaction that is under way."""
    passed = [[e.id, check.name] for e in report.exercises for check in e.checks if check.passed]
    values = {
        "timestamp": timestamp,
        "status": report.status,
        "score": report.score,
        "max_score": report.max_score,
        "passed": json.dumps(passed, ensure_ascii=False),
    }
    columns = ATTEMPTS.c
    known = (columns.submission == submission) & (columns.digest == digest)
    if db.execute(update(ATTEMPTS).where(known).values(values)).rowcount:
        return
    count = select(func.count()).select_from(ATTEMPTS).where(columns.submission == submission)
    number = db.execute(count).scalar()
    row = {"submission": submission, "digest": digest, "number": number} | values
    db.execute(insert(ATTEMPTS).values(row))


def attempts(db: Any, assignment: str) -> dict[str, list[Attempt]]:
    """Student → the notebooks that were graded, in the order in which they first were."""
    found: dict[str, list[Attempt]] = {}
    for student, attempt in _rows(db, assignment):
        found.setdefault(student, []).append(attempt)
    return found


def _rows(db: Any, assignment: str) -> Iterator[tuple[str, Attempt]]:
    query = (
        select(SubmittedAssignment.student_id, ATTEMPTS)
        .join(ATTEMPTS, ATTEMPTS.c.submission == SubmittedAssignment.id)
        .where(SubmittedAssignment.assignment_id == assignment)
        .order_by(SubmittedAssignment.student_id, ATTEMPTS.c.number)
    )
    for row in db.execute(query):
        passed = frozenset((exercise, check) for exercise, check in json.loads(row.passed))
        yield (
            row.student_id,
            Attempt(row.timestamp, row.status, row.score, row.max_score, passed),
        )
