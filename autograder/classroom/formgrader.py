"""Keeps what a submission wrote from running as whoever marks it, in the browser or the server.

nbgrader's formgrader and `nbgrader generate_feedback` show Markdown as it stands, scripts included;
the formgrader's "Autograde" button would run the submission in the teacher's own process.
`nbgrader_config.py` puts what is here before both. Outputs are made harmless when they are written
(`autograder/reports/marked.py`) and, where stock nbgrader has written them, by nbconvert itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from textwrap import indent
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell
from traitlets import Unicode

from autograder.authoring.exercise import load_unit
from autograder.cells import grade_id, is_manual
from autograder.course import AuthorError
from autograder.reports.harmless import Harmless, data_uri


def grade_isolated(course: Path) -> None:
    """Let the formgrader's button do what `autograder autograde` does. For the server's process."""
    from nbgrader.apps.api import NbGraderAPI

    def autograde(
        self: Any, assignment_id: str, student_id: str, force: bool = True, create: bool = True
    ) -> dict[str, Any]:
        command = [sys.executable, "-m", "autograder", "--course", str(course), "autograde"]
        command += [assignment_id, "--student", student_id, *(["--force"] if force else [])]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return {"success": done.returncode == 0, "log": f"{done.stdout}{done.stderr}"}

    NbGraderAPI.autograde = autograde


class ForWhoMarks(Preprocessor):
    """Says in the formgrader, and on no page that a student gets, what an answer is marked by."""

    enabled = True
    course = Unicode(help="The folder of the course.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if "submission_id" not in resources:
            return nb, resources
        folder = Path(self.course, "solutions", resources["assignment_id"])
        try:
            unit = load_unit(folder)
            solution = nbformat.read(folder / f"{unit.notebook}.ipynb", as_version=4)
        except (AuthorError, OSError, ValueError):
            return nb, resources
        own = {grade_id(cell): cell.source for cell in solution.cells}
        cells = []
        for cell in nb.cells:
            cells.append(cell)
            if is_manual(cell) and (id := grade_id(cell)) in own:
                said = ["**For whoever marks**", *(f"- a point: {idea}" for idea in unit.rubric)]
                said += ["", "The course's own answer:", "", indent(own[id], "> ", lambda _: True)]
                cells.append(new_markdown_cell("\n".join(said)))
        nb.cells = cells
        return nb, resources


class HarmlessMarkdown(Preprocessor):
    """Turns Markdown cells into the HTML they stand for, without anything that could run."""

    enabled = True

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        clean = Harmless(formulas=False)
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                cell.source = _block(clean.markdown(cell.source, partial(_attached, cell)))
        return nb, resources


def _block(html: str) -> str:
    """One block of HTML for a Markdown reader, for whom a blank line would end it."""
    return "<div>\n" + re.sub(r"\n(?=[ \t]*\n)", "\n<!-- -->", html.strip()) + "\n</div>"


def _attached(cell: Any, name: str) -> str:
    """The data URI of a picture that is attached to the cell."""
    attached = cell.get("attachments", {}).get(name.removeprefix("attachment:"))
    if isinstance(attached, dict):
        for kind, data in attached.items():
            if kind.startswith("image/") and isinstance(data, str):
                return data_uri(kind, data)
    return ""
