"""Feedback pages: a submission's cells and outputs with every check's verdict, as one HTML file.

A page opens from the disk, asks nothing of the network and runs nothing: what the submission wrote
is sanitised, and a content security policy forbids scripts besides.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bleach import Cleaner  # type: ignore[import-untyped]
from bleach.css_sanitizer import (  # type: ignore[import-untyped]
    ALLOWED_CSS_PROPERTIES,
    CSSSanitizer,
)
from nbconvert.filters import Highlight2HTML, ansi2html, markdown2html
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

from autograder.restore import CHECK, grade_id, is_graded, is_manual, without_hidden
from utils import report as boxes

if TYPE_CHECKING:
    from autograder.grade import Graded, SubmissionReport

MADE_BY = '<meta name="generator" content="autograder of the LSTM course">'
REPORT = "report.json"

_SVG = "circle defs desc ellipse g line marker path polygon polyline rect svg text title tspan"
_TAGS = (
    "a abbr b blockquote br caption code dd del details div dl dt em figcaption figure h1 h2 h3 h4 "
    "h5 h6 hr i img kbd li meter ol p pre s small span strong sub summary sup table tbody td th "
    "thead tr u ul"
)
_SHAPES = (
    "d x y x1 y1 x2 y2 cx cy r rx ry dx dy width height viewBox points transform fill stroke "
    "stroke-width stroke-dasharray stroke-linecap stroke-linejoin opacity fill-opacity "
    "stroke-opacity font-size font-family font-style font-weight text-anchor dominant-baseline "
    "markerWidth markerHeight refX refY orient marker-end"
)
_EVERYWHERE = ["class", "style", "title", "role", "aria-label", "aria-hidden", "aria-describedby"]
_ATTRIBUTES = {
    "*": [*_EVERYWHERE, "id"],
    "a": ["href"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
    "meter": ["min", "max", "value"],
    "details": ["open"],
} | {tag: _SHAPES.split() for tag in _SVG.split()}
_IMAGES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}
_STYLES = {*ALLOWED_CSS_PROPERTIES, "margin", "padding", "border", "border-radius"} - {"cursor"}

_CSS = """
:root { color-scheme: light dark; --line: #bbb; --soft: rgba(128,128,128,.12) }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
pre { background: var(--soft); padding: .6em .8em; overflow-x: auto; white-space: pre-wrap }
img, svg { max-width: 100%; height: auto } td, th { padding: .1em .8em .1em 0; text-align: left }
section { margin: 1em 0 } section.check { border-top: 1px solid var(--line); padding-top: .5em }
img.output { background: #fff } .ansi-red-fg { color: #b3261e } .ansi-bold { font-weight: bold }
.status { border-left: 6px solid #D55E00; padding-left: 1em }
@media (prefers-color-scheme: dark) { .ansi-red-fg { color: #f2b8b5 } }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class ForeignFiles(Exception):
    """A file that this module did not write lies where it would write; nothing was overwritten."""


def pages(out: Path, submissions: Sequence[str]) -> list[Path]:
    """One page per submission path, in a folder that is made where there is none.

    Raises ForeignFiles where a page or the report would overwrite a file of someone else's.
    """
    if out.exists() and not out.is_dir():
        raise ForeignFiles(f"{out} is a file; name a folder for the feedback")
    found: list[Path] = []
    taken: Counter[str] = Counter()
    for path in submissions:
        parts = PurePosixPath(path.replace("\\", "/")).parts[-3:]
        plain = re.sub(r"[^\w.-]+", "_", "-".join(parts)).removesuffix(".ipynb").strip("._-")
        stem = plain[-100:].casefold() or "submission"  # some disks do not tell A from a
        name = stem
        while name in taken:
            taken[stem] += 1
            name = f"{stem}-{taken[stem]}"
        taken[name] = 1
        found.append(out / f"{name}.html")
    for file in [*found, out / REPORT]:
        if file.exists() and not _ours(file):
            raise ForeignFiles(f"{file} was not written by autograder grade; name another folder")
    out.mkdir(parents=True, exist_ok=True)
    return found


def _ours(file: Path) -> bool:
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".html":
            return MADE_BY in text
        return {"schema", "submissions"} == json.loads(text).keys()
    except (OSError, ValueError, AttributeError):
        return False


def write(page: Path, graded: Graded) -> None:
    """Write the page; where a notebook is too odd to be shown, one that has the verdict alone."""
    try:
        text = html(graded)
    except Exception as error:  # a stranger's markdown and outputs must not stop the batch
        reason = f"its cells cannot be shown ({type(error).__name__})"
        graded.report.messages.append(reason)
        graded.notebook = None
        text = html(graded)
    page.write_text(text, encoding="utf-8", errors="replace")


def write_report(out: Path, report: Mapping[str, Any]) -> None:
    text = json.dumps(report, indent=1, ensure_ascii=False)
    (out / REPORT).write_text(text + "\n", encoding="utf-8")


def html(graded: Graded) -> str:
    """The page of one submission."""
    report = graded.report
    title = f"{report.unit or 'Not graded'}: {report.score:g} of {report.max_score:g} points"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(report.student or '')} <code>{escape(report.path)}</code></p>",
        _overview(report),
    ]
    if graded.notebook is not None:
        page = _Cells(graded)
        body += [page.cell(number, cell) for number, cell in enumerate(graded.notebook.cells, 1)]
    light, dark = (HtmlFormatter(style=s).get_style_defs(".highlight") for s in ("bw", "monokai"))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{MADE_BY}'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_CSS}{light}@media (prefers-color-scheme: dark) {{{dark}}}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _overview(report: SubmissionReport) -> str:
    parts = []
    if report.status != "graded":
        parts.append(f'<p class="status"><strong>{escape(report.status)}</strong></p>')
    if report.messages:
        items = "".join(f"<li>{escape(message)}</li>" for message in report.messages)
        parts.append(f"<h2>What to know</h2><ul>{items}</ul>")
    if report.exercises:
        rows = "".join(
            f"<tr><td><code>{escape(e.id)}</code></td><td>{e.score:g} of {e.max_score:g}</td></tr>"
            for e in report.exercises
        )
        head = '<tr><th scope="col">exercise</th><th scope="col">points</th></tr>'
        parts.append(f"<h2>Points</h2><table>{head}{rows}</table>")
    return "".join(parts)


class _Cells:
    """Turns the cells of one graded notebook into HTML."""

    def __init__(self, graded: Graded) -> None:
        self.graded = graded
        self.exercises = {exercise.id: exercise for exercise in graded.report.exercises}
        self.highlight = Highlight2HTML(pygments_lexer="python")
        self.clean = Cleaner(
            tags={*_TAGS.split(), *_SVG.split()},
            attributes=_allowed,
            protocols={"http", "https", "mailto", "data"},
            strip=True,
            css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
        ).clean

    def cell(self, number: int, cell: Any) -> str:
        id = grade_id(cell) or ""
        label = escape(f"cell {number}" + (f", {id}" if id else ""))
        if cell.cell_type == "code":
            body = self._code(cell, id)
        elif cell.cell_type == "markdown":
            body = self._markdown(cell)
        else:
            body = f"<pre>{escape(cell.source)}</pre>"
        if is_manual(cell):
            body = f"<p><em>Your answer (read by a person):</em></p>{body}"
        kind = ' class="check"' if is_graded(cell) else ""
        return f'<section{kind} aria-label="{label}">{body}</section>'

    def _code(self, cell: Any, id: str) -> str:
        source = self.highlight(without_hidden(cell.source)) if cell.source.strip() else ""
        verdict = self.graded.verdicts.get(id.removeprefix(CHECK)) if is_graded(cell) else None
        if verdict is not None:
            # the box tells which property failed and why, never the case that was drawn for it
            exercise = self.exercises[verdict.exercise]
            first = next((c.message for c in exercise.checks if not c.passed), "")
            shown = replace(verdict, evidence=None, diagnosis=first)
            heading = f"{verdict.exercise}: {verdict.score:g} of {verdict.max_score:g} points"
            return f"<h3>{escape(heading)}</h3>{source}{boxes.html(shown, open_hints=False)}"
        if is_graded(cell) and id in self.exercises:
            # a hidden test would show in its traceback
            exercise = self.exercises[id]
            heading = f"{id}: {exercise.score:g} of {exercise.max_score:g} points"
            said = "".join(f"<p>{escape(f'{c.name}. {c.message}')}</p>" for c in exercise.checks)
            return f"<h3>{escape(heading)}</h3>{source}{said}"
        return source + "".join(map(self._output, cell.outputs))

    def _markdown(self, cell: Any) -> str:
        def inlined(match: re.Match[str]) -> str:
            return f'src="{self._picture(cell, match[1])}"'

        plain = re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(cell.source))
        rendered = re.sub(r'src="([^":]+|attachment:[^"]+)"', inlined, plain)
        # the page has its own h1
        return re.sub(r"(</?h)([1-5])\b", lambda m: f"{m[1]}{int(m[2]) + 1}", self.clean(rendered))

    def _picture(self, cell: Any, name: str) -> str:
        """A picture that lies beside the notebook or is attached to the cell, as a data URI."""
        attached = cell.get("attachments", {}).get(name.removeprefix("attachment:"))
        if isinstance(attached, dict):
            for kind, data in attached.items():
                if kind in _IMAGES.values() and isinstance(data, str):
                    return f"data:{kind};base64,{escape(data)}"
        data, kind = self.graded.files.get(name), _IMAGES.get(Path(name).suffix)
        return _data_uri(data, kind) if data and kind else ""

    def _output(self, output: Any) -> str:
        if output.output_type == "stream":
            return f"<pre>{ansi2html(output.text)}</pre>"
        if output.output_type == "error":
            return f"<pre>{ansi2html(chr(10).join(output.traceback))}</pre>"
        data, metadata = output.data, output.get("metadata", {})
        alt = escape(str(metadata.get("alt") or data.get("text/plain", "")))
        if "text/html" in data:
            return self.clean(str(data["text/html"]))
        if "image/svg+xml" in data:
            uri = _data_uri(str(data["image/svg+xml"]).encode(), "image/svg+xml")
            return f'<img class="output" alt="{alt}" src="{uri}">'
        for kind in ("image/png", "image/jpeg"):
            if kind in data:
                own = metadata.get(kind)
                words = escape(str(own.get("alt") or alt)) if isinstance(own, dict) else alt
                uri = f"data:{kind};base64,{escape(str(data[kind]).strip())}"
                return f'<img class="output" alt="{words}" src="{uri}">'
        if "text/markdown" in data:
            return self.clean(markdown2html(str(data["text/markdown"])))
        return f"<pre>{ansi2html(str(data.get('text/plain', '')))}</pre>"


def _allowed(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES["*"] and name not in _ATTRIBUTES.get(tag, []):
        return False
    if value.lstrip().lower().startswith("data:"):
        return tag == "img" and name == "src" and value.startswith("data:image/")
    return not (tag == "img" and name == "src")


def _data_uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
