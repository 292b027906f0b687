"""Keeps `nbgrader generate_assignment` from overwriting what somebody wrote into `notebooks/`.

nbgrader removes a released folder before it writes the new one. The exporter is the last thing that
it makes before that, so this is where the release is refused.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import BaseConverter, NbGraderException

from autograder.authoring.build import changed_by_hand
from autograder.authoring.releases import remember

SPARE = {".ipynb_checkpoints", "__pycache__"}


class ReleaseExporter(NotebookExporter):
    """nbgrader's own exporter, made only where the release loses nobody's work."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(self.parent, BaseConverter):
            guard_release(self.parent)


def guard_release(converter: BaseConverter) -> None:
    """Raise NbGraderException, after logging the way out, where a release would lose work."""
    course = converter.coursedir
    for source in map(Path, converter.assignments):
        released = Path(course.format_path(course.release_directory, ".", source.name))
        if released.is_dir():
            _keep(released)
        own = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
        for path in sorted(released.rglob("*")):
            if not path.is_file() or SPARE & set(path.parts):
                continue
            if path.relative_to(released) not in own:
                _refuse(converter, f"{path} is not part of the unit: move it elsewhere first")
            if path.suffix == ".ipynb" and changed_by_hand(path):
                _refuse(
                    converter,
                    f"{path} was changed by hand: keep a copy elsewhere, then run "
                    f"`autograder build --force {source.name}` and release again",
                )
        for path in sorted(released.glob("*.ipynb")):
            remember(source, path)


def _keep(released: Path) -> None:
    """A copy of what is released, put back at the end where the new release did not come about."""
    copy = Path(tempfile.mkdtemp(prefix="released-")) / released.name
    shutil.copytree(released, copy)
    there = [path.relative_to(released) for path in released.rglob("*.ipynb")]

    def put_back() -> None:
        if not all((released / name).is_file() for name in there):
            shutil.copytree(copy, released, dirs_exist_ok=True)
            print(f"{released} is as it was before: there is no new release", file=sys.stderr)
        shutil.rmtree(copy.parent, ignore_errors=True)

    atexit.register(put_back)


def _refuse(converter: BaseConverter, message: str) -> None:
    converter.log.error("Not released: %s", message)
    raise NbGraderException(message)
