"""What a verdict depends on, as hashes: where none has changed, nothing is graded again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import autograder
import utils
from autograder.cells import grade_id, tags
from autograder.sandbox import inside

# made by the build or told only to readers: no verdict depends on them
_SPARE = {"cases.npz", "__pycache__", ".ipynb_checkpoints"}


def fingerprint(*parts: str | bytes) -> str:
    """One hash of all parts; ("a", "bc") is another than ("ab", "c")."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogateescape") if isinstance(part, str) else part
        whole.update(f"{len(data)}:".encode() + data)
    return whole.hexdigest()


@cache
def version(unit: Path) -> str:
    """The hash of all that judges a submission of the unit in this folder: unit and grader.

    The prose between a unit's graded cells is not part of it, and neither is where it lies.
    """
    return fingerprint(*_unit(unit), grader_version())


@cache
def grader_version() -> str:
    """The hash of the code that grades."""
    return fingerprint(*contents(grader_files()))


def grader_files() -> list[Path]:
    """The code that grades."""
    places = [Path(package.__file__ or "").parent for package in (autograder, utils)]
    # submissions lie below autograder/ in a classroom: only the packages themselves are code
    rooms = [room.parent for place in places for room in place.glob("*/__init__.py")]
    folders = (*places, *rooms, Path(inside.__file__ or "").parent)
    return sorted(path for folder in folders for path in folder.glob("*.py"))


def _unit(folder: Path) -> Iterator[str | bytes]:
    yield folder.name
    notebook = folder / f"{folder.name.partition('_')[2]}.ipynb"
    for path in sorted(folder.rglob("*")):
        spare = _SPARE & set(path.relative_to(folder).parts) or path.suffix == ".pyc"
        if path.is_file() and not spare and path not in (notebook, notebook.with_suffix(".py")):
            yield path.relative_to(folder).as_posix()
            yield path.read_bytes()
    yield from contents(sorted(folder.parent.glob("*.py")))  # what units share
    if notebook.is_file():
        import nbformat  # large, and not needed where nothing has changed

        cells = nbformat.read(notebook, as_version=4).cells
        marked = [[c.cell_type, c.source, tags(c)] for c in cells if grade_id(c)]
        yield json.dumps(marked, sort_keys=True)


def contents(files: Iterable[Path]) -> Iterator[str | bytes]:
    """Names and bytes of the files, for `fingerprint`."""
    for path in files:
        yield path.name
        yield path.read_bytes()
