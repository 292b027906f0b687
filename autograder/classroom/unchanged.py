"""`autograder autograde` where nothing has changed: the verdicts of the run before are told again.

A run that came to everybody leaves, beside the gradebook, a hash of all it depended on and what it
said. Where the next run finds the same hash it says the same, and loads neither NumPy nor nbgrader.
"""

from __future__ import annotations

import json
import os
import re
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from autograder.files import replace
from autograder.grading.fingerprint import contents, fingerprint, grader_files
from autograder.grading.verdict import SubmissionReport

FOLDER = ".autograde"  # below autograder/
LARGE = 50_000_000  # bytes; of a larger file the size and the time count
# a configuration that depends on more than its own text
_ELSEWHERE = re.compile(r"environ|getenv|subconfig|exec\(|open\(")


class Unchanged:
    """What one unit's run depends on: all of it is looked at when this is made."""

    def __init__(self, course: Path, unit: str, run_all: bool, submitted: Path) -> None:
        self.file = course / "autograder" / FOLDER / f"{unit}.json"
        self.course, self.submitted = course, submitted
        config = course / "nbgrader_config.py"
        self.usable = config.is_file() and not _ELSEWHERE.search(
            config.read_text(encoding="utf-8", errors="replace")
        )
        self.key = fingerprint(
            str(course),
            f"{run_all}",
            *contents([config] if self.usable else []),
            *contents(grader_files()),
            *_below(course / "solutions" / unit),
            *contents(sorted((course / "solutions").glob("*.py"))),
            *_handed_in(submitted, unit),
        )

    def keep(self, url: str, files: Iterable[Path], reports: Iterable[SubmissionReport]) -> None:
        """Remember what was said. url: the gradebook. files: what must be there the next time."""
        book = Path(url.removeprefix("sqlite:///"))
        if not self.usable or not url.startswith("sqlite:///") or not book.is_file():
            self.file.unlink(missing_ok=True)
            return
        kept = {
            "key": self.key,
            "submitted": str(self.submitted),
            "book": str(book),
            "files": [os.fspath(file) for file in files],
            "reports": [asdict(report) for report in reports],
            "gradebook": _hash(book),
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        replace(self.file, json.dumps(kept))  # a name that is no text is written as an escape


def told_before(course: Path, unit: str, arguments: Namespace) -> list[SubmissionReport] | None:
    """What the run before said of the unit; None where anything is not as it was then."""
    if arguments.force or arguments.student or arguments.scheduler:
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):  # whatever it is: grade
        file = course / "autograder" / FOLDER / f"{unit}.json"
        kept = json.loads(file.read_text(encoding="utf-8"))
        now = Unchanged(course, unit, arguments.run_all, Path(kept["submitted"]))
        if (
            now.usable
            and now.key == kept["key"]
            and all(os.path.isfile(name) and os.path.getsize(name) for name in kept["files"])
            and _hash(Path(kept["book"])) == kept["gradebook"]
        ):
            return [SubmissionReport.from_json(report) for report in kept["reports"]]
    return None


def _handed_in(submitted: Path, unit: str) -> Iterator[str | bytes]:
    """Who has a folder, and what lies in each for the unit."""
    for student in sorted(os.listdir(submitted)) if submitted.is_dir() else ():
        yield student
        yield from _below(submitted / student / unit)


def _below(folder: Path) -> Iterator[str | bytes]:
    """Names and contents of all that lies below a folder."""
    if folder.is_symlink():
        yield f"link {os.readlink(folder)}"
        return
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in ("__pycache__", ".git"))
        for name in sorted(files):
            path = os.path.join(place, name)
            status = os.lstat(path)
            yield f"{path} {status.st_mode}"
            if os.path.islink(path):
                yield os.readlink(path)
            elif status.st_size > LARGE or not os.path.isfile(path):
                yield f"{status.st_size} {status.st_mtime_ns}"
            else:
                yield Path(path).read_bytes()
        yield from folders


def _hash(file: Path) -> str:
    return fingerprint(file.read_bytes())
