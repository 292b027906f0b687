"""nbgrader's exchange, where feedback is handed back: one page that cannot go stops no other.

nbgrader's own release ends at the first page that belongs to no submission of the exchange, and
files a page under the unit's notebook while a student's copy knows the name it was handed in by.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from jupyter_core.paths import jupyter_config_path
from nbgrader.exchange import ExchangeError, ExchangeFactory
from nbgrader.exchange.default import Exchange, ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash
from traitlets.config import Config, PyFileConfigLoader

from autograder.classroom.nbgrader_course import Folders, configuration
from autograder.course import Refused
from autograder.submission.handed_in import SECRET


class ReleaseFeedback(ExchangeReleaseFeedback):
    """`nbgrader release_feedback` and `autograder feedback`."""

    def init_src(self) -> None:
        super().init_src()
        self.released: list[str] = []
        self.kept: dict[str, str] = {}  # student → why the page cannot be fetched

    def copy_files(self) -> None:
        for student, page in self._pages():
            why = self._release(student, page)
            if why:
                self.kept[student] = why
                self.log.warning("Not released for %s: %s. The page is %s", student, why, page)
            else:
                self.released.append(student)
                self.log.info("Feedback released for student '%s'", student)

    def _pages(self) -> Iterator[tuple[str, Path]]:
        left_out = Folders(config=self.config).left_out
        unit, wanted = self.coursedir.assignment_id, self.coursedir.student_id or "*"
        root = Path(self.coursedir.root) / self.coursedir.feedback_directory
        for folder in sorted(root.iterdir()) if root.is_dir() else ():
            if folder.name in left_out or wanted not in ("*", folder.name):
                continue
            for page in sorted((folder / unit).glob("*.html")):
                yield folder.name, page

    def _release(self, student: str, page: Path) -> str:
        """Put one page where its student finds it. Returns why that cannot be."""
        secret = page.with_name(SECRET)
        if not secret.is_file():
            return "it did not come through the exchange; hand it back by other means"
        names = self._names(student, page.stem)
        for name in names:
            known = notebook_hash(
                secret=secret.read_text(encoding="ascii", errors="replace"), notebook_id=name
            )
            # students may enter the folder and not list it: the name is what they have to know
            part = Path(self.dest_path, f"{known}-tmp.html")
            shutil.copy(page, part)
            os.chmod(part, 0o644)
            os.replace(part, Path(self.dest_path, f"{known}.html"))
        return "" if names else "its notebook was in a zip file; hand it back by other means"

    def _names(self, student: str, notebook: str) -> list[str]:
        """The names of the notebook in the student's own copy, under which the page is looked for.

        Where the submission is gone, the unit's own name.
        """
        folder = Path(
            self.coursedir.format_path(
                self.coursedir.submitted_directory, student, self.coursedir.assignment_id
            )
        )
        handed_in = (
            [path.stem for path in folder.glob("*.ipynb")] if folder.is_dir() else [notebook]
        )
        return [notebook] if notebook in handed_in else handed_in


def release(course: Path, unit: str) -> ReleaseFeedback | None:
    """Release the unit's feedback pages; None where the course has no exchange.

    Raises Refused where the exchange does not take them.
    """
    config = Config()
    for place in reversed(jupyter_config_path()):  # a hub says there where the exchange lies
        if Path(place, "nbgrader_config.py").is_file():
            config.merge(PyFileConfigLoader("nbgrader_config.py", path=place).load_config())
    config.merge(configuration(course))
    folders = Folders(config=config)
    folders.assignment_id = unit
    if not Path(Exchange(coursedir=folders, config=config).root, folders.course_id).is_dir():
        return None
    work = ExchangeFactory(config=config).ReleaseFeedback(coursedir=folders, config=config)
    work.log = _quiet()
    try:
        work.start()
    except ExchangeError as error:
        raise Refused(f"the exchange does not take feedback: {error}") from None
    return work


def _quiet() -> logging.Logger:
    log = logging.getLogger("autograder.classroom.exchange")
    log.setLevel(logging.CRITICAL + 1)
    return log
