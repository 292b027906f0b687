"""How nbgrader finds a course, and what it adds to releases and pages: for `nbgrader_config.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateAssignment

from autograder.authoring.exercise import JUDGED
from autograder.classroom.formgrader import grade_isolated
from autograder.classroom.nbgrader_course import own_tools_first


def configure(c: Any, root: Path, course_id: str) -> None:
    """Set up nbgrader for the course in the folder `root`.

    c: what `get_config()` gives in an `nbgrader_config.py`; what is set there afterwards counts.
    """
    (root / "autograder").mkdir(exist_ok=True)  # for the gradebook, and what is collected
    own_tools_first()
    if "nbgrader.server_extensions.formgrader.base" in sys.modules:
        grade_isolated(root)
    c.CourseDirectory.course_id = course_id
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "notebooks"
    c.CourseDirectory.source_with_tests_directory = "autograder/source_with_tests"
    c.CourseDirectory.submitted_directory = "autograder/submitted"
    c.CourseDirectory.autograded_directory = "autograder/autograded"
    c.CourseDirectory.feedback_directory = "autograder/feedback"
    c.CourseDirectory.solution_directory = "autograder/solution"
    c.ZipCollectApp.downloaded_directory = "autograder/downloaded"
    c.CourseDirectory.db_url = f"sqlite:///{(root / 'autograder' / 'gradebook.db').as_posix()}"

    # What makes a unit stays in solutions/: the master is named like its folder without the number.
    masters = [
        f"{folder.name.partition('_')[2]}.py" for folder in (root / "solutions").glob("[0-9]*_*")
    ]
    c.CourseDirectory.ignore = [
        ".ipynb_checkpoints",
        "*.pyc",
        "__pycache__",
        "*.checkpoint.npz",  # what a training run has saved
        *JUDGED,
        *sorted(masters),
    ]

    # A fresh clone already holds the released notebooks, so a release replaces them; the exporter
    # refuses first where someone's work would be lost (nbgrader's own pre_convert_hook comes too
    # late: the folder is gone by then, and what the hook raises is swallowed).
    c.GenerateAssignment.force = True
    c.GenerateAssignment.exporter_class = "autograder.authoring.release.ReleaseExporter"
    c.GenerateAssignment.preprocessors = [
        *GenerateAssignment.preprocessors.default(),
        "autograder.authoring.build.Stamp",
    ]
    c.Stamp.enabled = True

    # Points and comments by hand come into pages that `autograder autograde` has written before;
    # and one page that nobody can fetch does not keep the others back.
    c.GenerateFeedback.force = True
    c.ExchangeFactory.release_feedback = "autograder.classroom.exchange.ReleaseFeedback"

    # What a submission wrote or shows must not run in the teacher's browser, be it in the
    # formgrader or on a page of `nbgrader generate_feedback`.
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.preprocessors = [
        "autograder.classroom.formgrader.ForWhoMarks",
        "autograder.classroom.formgrader.HarmlessMarkdown",
    ]
    c.ForWhoMarks.course = str(root)
