"""From an executed solution notebook to a page of the book.

What has to be asked for is folded in: the hints, one inside the other, and the solution with what
its check says. The answer of the open question is left out.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from utils.learner.cell_widget import PAGE

WIDGET = "application/vnd.jupyter.widget-view+json"
LONG = 12  # lines of code from which on they stand folded in above what they show

STILL = "<p><em>In JupyterLab this moves; here it stands still.</em></p>"
OPEN = """:::{{admonition}} This question stays open
No program grades it, and the book gives no answer. Write yours down before you read on{points}.
:::"""


def page(notebook: Any, hints: dict[str, tuple[str, ...]], source: str) -> Any:
    """The page of a unit. hints: exercise → its hints. source: the learner's notebook."""
    shown = nbformat.from_dict(
        {**notebook, "metadata": {"kernelspec": notebook.metadata.kernelspec}}
    )
    stubs = _released(notebook)
    verdicts = {
        _id(cell).removeprefix("check_"): _html(cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code" and _id(cell).startswith("check_")
    }
    shown.cells = []
    for cell, stub in zip(notebook.cells, stubs.cells, strict=True):
        shown.cells += _cells(cell, stub.source, hints, verdicts)
    where = f"*To write it yourself, open* `{source}` *in JupyterLab. Here it is as it ran.*"
    first = shown.cells[0]
    title, _, rest = first.source.partition("\n")
    first.source = f"{title}\n\n{where}\n{rest}"
    return shown


def _cells(
    cell: Any, stub: str, hints: dict[str, tuple[str, ...]], verdicts: dict[str, str]
) -> list:
    id = _id(cell)
    if cell.cell_type == "markdown":
        if not cell.metadata.get("nbgrader", {}).get("solution"):
            return [cell]
        points = cell.metadata.nbgrader.get("points", 0)
        said = f"; in a class a person reads it ({points:g} points)" if points else ""
        return [new_markdown_cell(OPEN.format(points=said), id=cell.id)]
    if id.startswith("check_"):
        return []
    if id in hints:
        exercise = cell.copy()
        exercise.source, exercise.outputs = stub, []
        asked = _hints(hints[id]) + _solution(cell.source, verdicts.get(id, ""))
        return [exercise, new_markdown_cell(asked, id=f"{cell.id}-solution")]
    made = cell.copy()
    made.outputs = [_static(output) for output in cell.outputs]
    if any(_stands_still(output) for output in cell.outputs):
        made.outputs.append(nbformat.v4.new_output("display_data", {"text/html": STILL}))
    made.metadata = nbformat.from_dict({"tags": _tags(cell)})
    return [made]


def _tags(cell: Any) -> list[str]:
    if re.fullmatch(r"(ask|progress\.table)\([^)]*\)", cell.source.strip()):
        return ["remove-input"]
    return ["hide-input"] if cell.outputs and cell.source.count("\n") >= LONG else []


def _id(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def asking_nobody(text: str) -> str:
    """Markdown whose pictures on other sites are links: a browser asks only when told to."""
    return re.sub(r"!\[([^]]*)\]\((https?://[^)\s]+)[^)]*\)", r"[Picture: \1](\2)", text)


def _released(notebook: Any) -> Any:
    """The same cells as nbgrader releases them: stubs, and no hidden tests."""
    made: Any = nbformat.from_dict(notebook)
    steps: list[Preprocessor] = [ClearSolutions(), ClearHiddenTests()]
    for step in steps:
        made, _ = step.preprocess(made, {})
    return made


def _static(output: Any) -> Any:
    """An output that needs no kernel: a widget gives way to the picture that stands in its place.

    What a widget says of itself as text/html or image/svg+xml is left as it is; a living cell goes
    on living, in states that were computed before.
    """
    made = nbformat.from_dict(output)
    data = made.get("data", {})
    data.pop(WIDGET, None)
    if PAGE in data:
        # what is the notebook's own is, on a page, the course's and not the reader's
        data["text/html"] = re.sub(r"yours, from [\w ]+", "the course’s", data.pop(PAGE))
    if "image/png" in data and "text/html" not in data:
        alt = escape(str(data.get("text/plain", "")))
        source = "".join(str(data.pop("image/png")).split())
        data["text/html"] = f'<img alt="{alt}" src="data:image/png;base64,{source}">'
    return made


def _stands_still(output: Any) -> bool:
    """Whether a picture stands for a widget that says nothing else of itself."""
    data = output.get("data", {})
    return WIDGET in data and "text/html" not in data


def _html(outputs: Any) -> str:
    """What a check shows: its box."""
    for output in outputs:
        if output.output_type == "display_data" and "text/html" in output.data:
            return str(output.data["text/html"])
    return ""


def _hints(hints: tuple[str, ...]) -> str:
    """The hints, each inside the one before."""
    made = ""
    for number, hint in reversed(list(enumerate(hints, 1))):
        said = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(hint, quote=False))
        title = "A hint" if number == 1 else "Another hint"
        made = (
            f'<details class="asked"><summary>{title} ({number} of {len(hints)})</summary>'
            f"<p>{said}</p>{made}</details>"
        )
    return _one_block(made)


def _solution(source: str, verdict: str) -> str:
    lines = source.splitlines()
    code = "\n".join(line for line in lines if not re.match(r"\s*### (BEGIN|END) SOLUTION", line))
    coloured = highlight(code, PythonLexer(), HtmlFormatter(wrapcode=True))
    return _one_block(
        '<details class="asked solution"><summary>Show the solution</summary>'
        f'<div class="highlight-python notranslate">{coloured}</div>'
        f"{verdict}</details>"
    )


def _one_block(html: str) -> str:
    """HTML without an empty line: Markdown would end the block there."""
    return re.sub(r"\n(?=\s*\n)", "\n&#8203;", html) + "\n\n" if html else ""
