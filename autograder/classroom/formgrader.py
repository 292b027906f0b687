"""Keeps what a submission wrote from running in the browser of whoever marks it.

nbgrader's formgrader and `nbgrader generate_feedback` show Markdown as it stands, scripts included.
`nbgrader_config.py` puts this step before both. Outputs are made harmless when they are written
(`autograder/reports/marked.py`) and, where stock nbgrader has written them, by nbconvert itself.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from nbconvert.preprocessors import Preprocessor

from autograder.reports.harmless import Harmless, data_uri


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
