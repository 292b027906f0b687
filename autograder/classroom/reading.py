"""The gradebook for commands that only read it: no lock, no grading, nothing entered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory

from autograder.classroom.gradebook import Book
from autograder.classroom.nbgrader_course import Unusable, configuration
from autograder.course import Refused


@contextmanager
def opened(course: Path, unit: str) -> Iterator[Book]:
    """The gradebook, seen from `unit`. Raises Refused where it knows nothing of the unit yet."""
    config = configuration(course)
    folders = CourseDirectory(config=config)
    notebook = unit.partition("_")[2]
    try:
        book = Book(folders.db_url, folders.course_id, unit, notebook, config)
    except Unusable as error:
        raise Refused(str(error)) from None
    try:
        try:
            book.open_unit()
        except MissingEntry:
            raise Refused(
                f"the gradebook has nothing of {unit} yet: run autograder autograde {unit} first"
            ) from None
        yield book
    finally:
        book.close()


def left_out(course: Path) -> set[str]:
    """The ids that `nbgrader_config.py` says are no students."""
    folders = CourseDirectory(config=configuration(course))
    return set(filter(None, folders.student_id_exclude.split(",")))
