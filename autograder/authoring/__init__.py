"""How a course is written: the words of an `exercises.py`, and what is built from it."""

from autograder.authoring.exercise import Args, Exercise, Group, Question, Wrong, generator

__all__ = ["Args", "Exercise", "Group", "Question", "Wrong", "generator"]
