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
from typing import Any

from nbconvert.preprocessors import Preprocessor

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


class HarmlessMarkdown(Preprocessor):
    """Turns Markdown cells into the HTML they stand for, without anything that could run."""

    enabled = True

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        clean = Harmless()
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
