"""The gradebook for commands that only read it: no lock, no grading, nothing entered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import MissingEntry

from autograder.classroom.gradebook import Book
from autograder.classroom.nbgrader_course import Unusable, folders
from autograder.course import Refused


@contextmanager
def opened(course: Path, unit: str) -> Iterator[Book]:
    """The gradebook, seen from `unit`. Raises Refused where it knows nothing of the unit yet."""
    known = folders(course)
    notebook = unit.partition("_")[2]
    try:
        book = Book(known.db_url, known.course_id, unit, notebook, known.config)
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
