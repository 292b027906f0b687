"""What the hidden tests call, so that plain `nbgrader autograde` gives partial credit too.

It runs in the submission's own kernel, as everything does there; `autograder grade` judges from
outside and does not execute it.
"""

from __future__ import annotations

import contextlib
import io
import secrets
import warnings
from pathlib import Path
from typing import Any

from autograder.authoring.exercise import Unit, load_unit
from autograder.course import root
from utils.judging.run import answers


def points(name: str, function: Any) -> float:
    """The score of `function` as the exercise `name` on fresh random cases.

    nbgrader reads the number that its cell shows. Nothing is written to stderr, for nbgrader would
    take that for an error. Raises LookupError where no unit has such an exercise.
    """
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        unit = unit_of(name, _course())
        spec = unit.spec(name, seed=secrets.randbits(32))
        return float(unit.judge(spec, answers(function, spec)).score)


def unit_of(exercise: str, course: Path) -> Unit:
    """The unit that has this exercise. LookupError where none has."""
    for path in sorted((course / "solutions").glob("*/exercises.py")):
        unit = load_unit(path.parent)
        if exercise in unit.exercises:
            return unit
    raise LookupError(f"no unit of {course / 'solutions'} has an exercise {exercise!r}")


def _course() -> Path:
    """The course whose folder the kernel runs in, else the one this package belongs to."""
    for folder in Path.cwd().parents:
        if (folder / "solutions").is_dir() and (folder / "notebooks").is_dir():
            return folder
    return root()
