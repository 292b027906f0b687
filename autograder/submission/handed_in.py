"""What a student has handed in for a unit: which file is graded, and what to say of the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from autograder.cells import shown
from autograder.submission import NOTHING
from autograder.submission.read import SKIPPED, Source, UnitSource, find, read, sealed

STAMP = "timestamp.txt"
SECRET = "submission_secret.txt"  # by which nbgrader's exchange knows whose feedback a page is
NAMED = 5  # files that a message names one by one


@dataclass(frozen=True)
class HandedIn:
    """One student's folder. source: the notebook to grade, sealed; None where there is none.

    exists: whether there is such a folder at all. timestamp: when it was handed in (UTC), if known.
    secret: what nbgrader's exchange wrote beside it, "" where it did not come that way.
    messages: why there is nothing to grade; what concerns a notebook is among its source's notes.
    """

    exists: bool = False
    source: Source | None = None
    timestamp: datetime | None = None
    messages: tuple[str, ...] = ()
    secret: str = ""


def look(folder: Path, unit: UnitSource, course: Path) -> HandedIn:
    """What lies in `folder`. The source's path is told relative to `course`."""
    if folder.is_symlink() or not folder.is_dir():
        return HandedIn(messages=(NOTHING,))
    timestamp, notes = _timestamp(folder / STAMP)
    secret = _secret(folder / SECRET)
    notebooks = [source for source in find(folder) if source.file != folder]
    others = _others(folder, unit)
    if not notebooks:
        there = f": there is {_names(others)}" if others else ""
        said = f"no notebook was handed in{there}; {unit.unit.notebook}.ipynb is what is graded"
        return HandedIn(True, None, timestamp, (said, *notes), secret)
    source, told = _choose(notebooks, unit)
    if told:
        notes.append(told)
    if others:
        notes.append(f"{_names(others)} came with it: the notebook alone is graded")
    source = sealed(source)
    if source.file.is_relative_to(course):
        source = replace(source, file=source.file.relative_to(course))
    return HandedIn(True, replace(source, notes=tuple(notes)), timestamp, secret=secret)


def _choose(notebooks: list[Source], unit: UnitSource) -> tuple[Source, str]:
    """(the notebook that is graded, what is to be said about the choice)."""
    name = f"{unit.unit.notebook}.ipynb"
    named = [source for source in notebooks if _name(source) == name]
    named.sort(key=lambda source: len(Path(source.path).parts))
    if named:
        others = [_name(source) for source in notebooks if source is not named[0]]
        return named[0], f"{_names(others)} came with it and is not graded" if others else ""
    fits = notebooks
    if len(notebooks) > 1:
        fits = [source for source in notebooks if read(source, {unit.unit.name: unit}).unit]
    if len(fits) == 1:
        told = f"{shown(_name(fits[0]))} was graded as {name}: it was renamed"
        return fits[0], "" if fits[0].problem else told
    names = _names([_name(source) for source in notebooks])
    problem = f"{len(notebooks)} notebooks were handed in, none of them named {name}: {names}"
    return replace(notebooks[0], problem=f"{problem}; keep one of them"), ""


def _name(source: Source) -> str:
    """The notebook's own name, in a zip file or not."""
    return PurePosixPath(source.member.replace("\\", "/")).name or source.file.name


def _timestamp(file: Path) -> tuple[datetime | None, list[str]]:
    """nbgrader's timestamp of a submission, and why it is not known where it is not."""
    try:
        if not file.is_file() or file.is_symlink():
            return None, []
        text = file.read_text(encoding="utf-8", errors="replace")[:100].strip()
        return parse_utc(text) if text else None, []
    except (ValueError, OverflowError, TypeError, OSError):
        return None, [f"{STAMP} holds no time: the submission does not count as late"]


def _secret(file: Path) -> str:
    try:
        if file.is_symlink() or not file.is_file():
            return ""
        with file.open(encoding="ascii") as text:
            found = text.read(1000)
        return found if found.isalnum() else ""
    except (OSError, ValueError):
        return ""


def _others(folder: Path, unit: UnitSource) -> list[str]:
    """Files that are neither notebooks nor part of what was released."""
    own = {path.name for path in unit.folder.iterdir()} | {STAMP, SECRET}
    return [
        path.name
        for path in sorted(folder.iterdir())
        if path.name not in own | SKIPPED
        and path.suffix.lower() not in (".ipynb", ".zip")  # these were looked into
        and not path.name.startswith(".")
        and not path.is_dir()
    ]


def _names(names: list[str]) -> str:
    text = ", ".join(shown(name) for name in names[:NAMED])
    return f"{text} and {len(names) - NAMED} more" if len(names) > NAMED else text
