"""Where the course lies that is built, graded and handed out."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "AUTOGRADER_COURSE"


class AuthorError(Exception):
    """A mistake in a master, an `exercises.py` or what belongs to them; its message is one line."""


class Refused(Exception):
    """What was asked for cannot be done like this; the message says why and what to do."""


def root() -> Path:
    """The folder of the course: the one that holds `solutions/` and `notebooks/`.

    That is what AUTOGRADER_COURSE says (`autograder --course DIR` sets it), else the folder that
    this package lies in. Where somebody happens to stand decides nothing: a folder that a student
    has packed may look like a course, and a course is code that runs.
    """
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).resolve() if chosen else Path(__file__).resolve().parent.parent


def units(root: Path) -> list[str]:
    """The names of all units that have a master, in order."""
    return sorted(p.parent.name for p in (root / "solutions").glob("[0-9]*/exercises.py"))
