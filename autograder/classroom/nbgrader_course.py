"""The course as nbgrader knows it: its configuration, its folders, how it learns a unit."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder.course import Refused
from autograder.submission.read import UnitSource


class Unusable(Exception):
    """The gradebook cannot be used. The message says why."""


class Folders(CourseDirectory):
    """The course's folders, as nbgrader's configuration names them."""

    @property
    def submitted(self) -> Path:
        return Path(self.root) / self.submitted_directory

    @property
    def left_out(self) -> set[str]:
        """The ids that the configuration says are no students."""
        return set(filter(None, self.student_id_exclude.split(",")))

    def students(self) -> set[str]:
        """Who has a folder in `submitted`."""
        return {
            entry.name
            for entry in (os.scandir(self.submitted) if self.submitted.is_dir() else ())
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        } - self.left_out

    def of(self, step: str, student: str, unit: str) -> Path:
        """A student's folder of the unit; step: `submitted_directory` or another."""
        return Path(self.format_path(step, student, unit))


def configuration(course: Path) -> Config:
    """What `nbgrader_config.py` says. Raises Refused where there is none."""
    if not (course / "nbgrader_config.py").is_file():
        raise Refused(f"{course} has no nbgrader_config.py: that is where its gradebook is named")
    return PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()


def folders(course: Path) -> Folders:
    """The course's folders. Raises Refused where it has no configuration."""
    return Folders(config=configuration(course))


def teach(course: Path, unit: UnitSource) -> None:
    """Let nbgrader enter the unit's cells, as `nbgrader generate_assignment` does.

    Raises Unusable where submissions were graded by other cells.
    """
    name = unit.unit.name
    own_tools_first()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary).resolve()
        copy = place / "solutions" / name
        copy.mkdir(parents=True)
        shutil.copy(unit.folder / f"{unit.unit.notebook}.ipynb", copy)
        config = configuration(course)
        config.CourseDirectory.root = str(place)
        config.CourseDirectory.source_directory = "solutions"
        config.CourseDirectory.assignment_id = name
        log = logging.getLogger("autograder.classroom.nbgrader_course")
        log.setLevel(logging.CRITICAL)
        copied = CourseDirectory(config=config, log=log)
        try:
            GenerateAssignment(coursedir=copied, config=config, log=log).start()
        except NbGraderException:
            raise Unusable(
                f"the gradebook has submissions of {name} whose graded cells are others than those "
                f"of now. Put the cells back, or start the unit anew with `nbgrader db assignment "
                f"remove {name} --force` and grade again"
            ) from None


def own_tools_first() -> None:
    """nbgrader calls `alembic`, which lies beside this Python, on PATH or not."""
    own, path = os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)
    if path.split(os.pathsep)[0] != own:
        os.environ["PATH"] = os.pathsep.join([own, path])
