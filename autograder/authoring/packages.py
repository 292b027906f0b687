"""The files of the packages `utils` and `autograder`, for an archive that takes them along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import utils

KINDS = {".py", ".json", ".css", ".js", ".html", ".txt", ".csv", ".md", ".toml", ".po"}


def packages() -> Iterator[tuple[str, Path]]:
    """(name in the archive, file) of all that the two packages consist of."""
    for folder in (
        Path(__file__).resolve().parents[1],
        Path(utils.__file__ or "").resolve().parent,
    ):
        for path in in_package(folder):
            yield path.relative_to(folder.parent).as_posix(), path


def in_package(folder: Path) -> Iterator[Path]:
    """The files of a package and of the packages within it.

    What lies below a folder that is no package is a classroom's: `autograder/submitted/` holds what
    students handed in, which may be packages themselves.
    """
    for path in sorted(folder.iterdir()):
        if path.is_file():
            if path.suffix in KINDS:
                yield path
        elif (path / "__init__.py").is_file():
            yield from in_package(path)
