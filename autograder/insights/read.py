"""The verdicts on a class, from the gradebook."""

from __future__ import annotations

from pathlib import Path

from autograder.authoring.exercise import load_unit
from autograder.classroom.nbgrader_course import folders
from autograder.classroom.reading import opened
from autograder.grading.grade import stable_id
from autograder.insights.statistics import UnitInsights, insights


def read(course: Path, name: str) -> UnitInsights:
    """What the class has understood of one unit. Raises Refused where nothing of it was graded."""
    unit = load_unit(course / "solutions" / name)
    messages = {
        stable_id(id, wrong.name): wrong.message
        for id, exercise in unit.exercises.items()
        for wrong in exercise.wrong
    }
    with opened(course, name) as book:
        students = sorted(set(book.students()) - folders(course).left_out)
        reports = {student: book.report(student) for student in students}
        return insights(name, unit.title, reports, book.attempts(), messages)
