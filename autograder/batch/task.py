"""One submission as a task: what goes to whoever grades it, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.grading.grade import Graded, Grader, Job
from autograder.grading.verdict import SubmissionReport
from autograder.submission.read import Source

if TYPE_CHECKING:
    from autograder.reports.marked import Marks

Task = tuple[int, Source]
Engine = Callable[[Iterable[Task], Callable[[], bool]], Iterator[tuple[int, "Result"]]]
"""Grades the tasks in any order, and takes no new one once the second argument says so."""


@dataclass
class Result:
    """What a worker makes of one submission: text and numbers, ready to be written down.

    page: the feedback page. marks: for a gradebook. final: False where grading itself failed.
    """

    report: SubmissionReport
    page: str = ""
    marks: Marks | None = None
    final: bool = True


def work(grader: Grader, source: Source) -> Result:
    """Grade one submission and write its page and marks where the job wants them."""
    graded, job = grader.grade(source), grader.job
    page = ""
    if job.pages:  # what turns notebooks into HTML is large: only where it is wanted
        from autograder.reports import page as feedback

        page = feedback.page(graded)
    if job.checksums is None:
        return Result(graded.report, page, None, graded.final)
    from autograder.reports.marked import mark

    unit = grader.units[job.unit]
    try:
        marks = mark(graded, unit, job.checksums)
    except Exception as error:  # a notebook so odd must not stop the batch either
        reason = f"its notebook cannot be written for the formgrader ({type(error).__name__})"
        graded.report.messages.append(reason)
        return Result(graded.report, page, mark(Graded(graded.report), unit, job.checksums), False)
    return Result(graded.report, page, marks, graded.final)


def lost(job: Job, source: Source, message: str) -> Result:
    """The result of a submission whose graders ended."""
    report = SubmissionReport(source.path, source.student, job.unit, "crashed", messages=[message])
    return Result(report, final=False)
