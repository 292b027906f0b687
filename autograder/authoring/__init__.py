"""How a course is written: the words of an `exercises.py`, and what is built from it."""

from autograder.authoring.exercise import (
    PURE,
    Args,
    Exercise,
    Group,
    Question,
    Wrong,
    composable,
    generator,
    pure,
    writes_into,
)

__all__ = [
    "PURE",
    "Args",
    "Exercise",
    "Group",
    "Question",
    "Wrong",
    "composable",
    "generator",
    "pure",
    "writes_into",
]
