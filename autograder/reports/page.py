"""Feedback pages: a submission's cells and outputs with every check's verdict, as one HTML file.

A page opens from the disk, asks nothing of the network and runs nothing: what the submission wrote
is sanitised, and a content security policy forbids scripts besides.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

from autograder.cells import CHECK, grade_id, is_graded, is_manual, without_hidden
from autograder.reports import ForeignFiles
from autograder.reports.harmless import OWN_ID, Harmless, data_uri
from autograder.submission.leave_out import HANDED_IN
from utils.judging import report as boxes

if TYPE_CHECKING:
    from autograder.grading.grade import Graded
    from autograder.grading.verdict import ExerciseReport, HandReport, SubmissionReport

MADE_BY = '<meta name="generator" content="autograder of the LSTM course">'
REPORT = "report.json"

_IMAGES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}

_CSS = """
:root { color-scheme: light dark; --line: #999; --soft: rgba(128,128,128,.12) }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
pre { background: var(--soft); padding: .6em .8em; overflow-x: auto; white-space: pre-wrap }
img, svg { max-width: 100%; height: auto } td, th { padding: .1em .8em .1em 0; text-align: left }
section { margin: 1em 0 } section.check { border-top: 1px solid var(--line); padding-top: .5em }
.cell { margin: 1em 0; padding-left: 1em; border-left: 3px solid var(--soft);
  contain: paint; overflow-wrap: anywhere }
img.output { background: #fff } .ansi-bold { font-weight: bold }
.ansi-red-fg { color: #b3261e } .ansi-green-fg { color: #1b6e3c } .ansi-blue-fg { color: #1d5fae }
.ansi-yellow-fg { color: #7a5900 } .ansi-cyan-fg { color: #00687a }
.ansi-magenta-fg { color: #8e3a8e }
.hand { border-left: 6px solid #0072B2; padding-left: 1em; margin: .6em 0 }
.status { border-left: 6px solid #D55E00; padding-left: 1em }
@media (prefers-color-scheme: dark) {
  .ansi-red-fg { color: #f2b8b5 } .ansi-green-fg { color: #86d7a1 }
  .ansi-blue-fg { color: #a8c8ff } .ansi-yellow-fg { color: #e9c46a }
  .ansi-cyan-fg { color: #7fd3e6 } .ansi-magenta-fg { color: #e6a8e6 } }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'"
_STATUS = {
    "tampered": "Something that is graded had been altered. It was put back; the score stands.",
    "timeout": "A cell did not end in time. What could be reached was graded.",
    "crashed": "A cell ended the process it ran in. What could be reached was graded.",
    "invalid": "This could not be graded.",
    "missing": "No notebook was handed in.",
}

# What a gradebook may change later stands between marks: no submission can write them, since what
# it wrote and showed is escaped, or loses its comments.
_SLOT = re.compile(r"<!--\[(.*?)\]-->.*?<!--\[/\]-->", re.S)


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


def page(graded: Graded) -> str:
    """The page of one submission; where a notebook is too odd to be shown, the verdict alone."""
    try:
        return html(graded)
    except Exception as error:  # a stranger's markdown and outputs must not stop the batch
        reason = f"its cells cannot be shown ({type(error).__name__})"
        graded.report.messages.append(reason)
        return html(replace(graded, notebook=None))


def html(graded: Graded) -> str:
    """The page of one submission."""
    report = graded.report
    title = _title(report)
    body = [
        f"<header><h1>{_slot('title', title)}</h1>",
        f"<p>{escape(report.student or '')} <code>{escape(report.path)}</code></p></header>",
        f"<main>{_slot('overview', _overview(report))}",
    ]
    if graded.notebook is not None:
        cells = _Cells(graded)
        shown = [cells.cell(number, cell) for number, cell in enumerate(graded.notebook.cells, 1)]
        label = "The notebook, with the verdict of every check"
        body += [f'<section aria-labelledby="work"><h2 id="work">{label}</h2>', *shown]
        body.append("</section>")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{MADE_BY}'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="referrer" content="no-referrer">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_CSS}{_colours()}</style></head>"
        f"<body>{''.join(body)}</main></body></html>\n"
    )


@cache
def _colours() -> str:
    """The colours of code."""
    light, dark = (HtmlFormatter(style=s).get_style_defs(".highlight") for s in ("bw", "monokai"))
    return f"{light}@media (prefers-color-scheme: dark) {{{dark}}}"


def is_ours(page: str) -> bool:
    """Whether `filled` can bring the page up to date."""
    return MADE_BY in page and "<!--[overview]-->" in page


def filled(page: str, report: SubmissionReport) -> str:
    """The page with what is known by now: points and comments by hand, penalties, messages."""
    hands = {hand.id: hand for hand in report.by_hand}

    def now(match: re.Match[str]) -> str:
        name = unescape(match[1])
        if name == "title":
            return _slot(name, _title(report))
        if name == "overview":
            return _slot(name, _overview(report))
        return _slot(name, _by_hand(name, hands.get(name), report.comments.get(name, "")))

    head, end, rest = page.partition("</title>")
    begin = head.rpartition("<title>")[0]
    return f"{begin}<title>{_title(report)}{end}{_SLOT.sub(now, rest)}"


def _slot(name: str, text: str) -> str:
    return f"<!--[{escape(name)}]-->{text}<!--[/]-->"


def _title(report: SubmissionReport) -> str:
    later = f", {report.unmarked:g} not marked yet" if report.unmarked else ""
    return escape(f"{report.unit or 'Not graded'}: {report.points()} points{later}")


def _by_hand(id: str, hand: HandReport | None, comment: str) -> str:
    """What a person gave and wrote for one cell; "" where that is nothing."""
    if not hand and not comment:
        return ""
    points = f"<p><strong>{escape(_given(hand))}</strong></p>" if hand else ""
    return f'<div class="hand">{points}{_comment(comment)}</div>'


def _given(hand: HandReport) -> str:
    """A person's points as the student reads them."""
    return hand.said() + " (your teacher will look at it once more)" * hand.again


def _comment(text: str) -> str:
    """What a person wrote: Markdown, in which a <x> is no markup but meant."""
    return Harmless().markdown(text, markup=False) if text else ""


def _overview(report: SubmissionReport) -> str:
    parts = []
    if report.status != "graded":
        said = _STATUS.get(report.status, "")
        parts.append(f'<p class="status"><strong>{escape(report.status)}</strong>. {said}</p>')
    if report.messages:
        items = "".join(f"<li>{escape(message)}</li>" for message in report.messages)
        parts.append(
            f'<section aria-labelledby="know"><h2 id="know">What to know</h2><ul>{items}</ul>'
            "</section>"
        )
    if report.exercises:
        told = [(e.id, f"{e.score:g} of {e.max_score:g}") for e in report.exercises]
        told += [(hand.id.removeprefix(CHECK), _given(hand)) for hand in report.by_hand]
        rows = "".join(
            f'<tr><th scope="row"><a href="#{OWN_ID}{escape(id)}"><code>{escape(id)}</code></a>'
            f"</th><td>{escape(said)}</td></tr>"
            for id, said in told
        )
        if report.penalty:
            rows += f'<tr><th scope="row">handed in late</th><td>−{report.penalty:g}</td></tr>'
        rows += f'<tr><th scope="row">all</th><td>{report.points()}</td></tr>'
        head = '<tr><th scope="col">exercise</th><th scope="col">points</th></tr>'
        parts.append(
            '<nav aria-labelledby="points"><h2 id="points">Points</h2><table><thead>'
            f"{head}</thead><tbody>{rows}</tbody></table></nav>"
        )
    if report.comments:
        written = "".join(
            f'<dt><a href="#{OWN_ID}{escape(id)}"><code>{escape(id)}</code></a></dt>'
            f"<dd>{_comment(text)}</dd>"
            for id, text in report.comments.items()
        )
        parts.append(
            '<section aria-labelledby="wrote"><h2 id="wrote">What your teacher wrote</h2>'
            f"<dl>{written}</dl></section>"
        )
    return "".join(parts)


class _Cells:
    """Turns the cells of one graded notebook into HTML."""

    def __init__(self, graded: Graded) -> None:
        self.graded = graded
        self.exercises = {exercise.id: exercise for exercise in graded.report.exercises}
        self.harmless = Harmless()

    def cell(self, number: int, cell: Any) -> str:
        """A check with its verdict, or what the learner wrote with what it showed."""
        id = grade_id(cell) or ""
        exercise = self._exercise(cell, id)
        if exercise is not None:
            return self._check(cell, exercise)
        if cell.cell_type == "code":
            body = self.harmless.source(cell.source) + "".join(map(self._output, cell.outputs))
            if cell.metadata.get(HANDED_IN):
                body += "<p><em>As it was handed in: no score depends on this cell.</em></p>"
        elif cell.cell_type == "markdown":
            body = self.harmless.markdown(cell.source, lambda name: self._picture(cell, name))
        else:
            body = self.harmless.terminal(cell.source)
        label, name = escape(f"cell {number}" + (f", {id}" if id else "")), ""
        if is_manual(cell):
            body = f"<p><em>Your answer (read by a person):</em></p>{body}"
            name = f' id="{escape(OWN_ID + id)}"'
        if id:
            body += self._hand(id)
        return f'<div class="cell" role="group"{name} aria-label="{label}">{body}</div>'

    def _hand(self, id: str) -> str:
        hand = next((one for one in self.graded.report.by_hand if one.id == id), None)
        return _slot(id, _by_hand(id, hand, self.graded.report.comments.get(id, "")))

    def _exercise(self, cell: Any, id: str) -> ExerciseReport | None:
        if cell.cell_type != "code" or not is_graded(cell):
            return None
        return self.exercises.get(id.removeprefix(CHECK)) or self.exercises.get(id)

    def _check(self, cell: Any, exercise: ExerciseReport) -> str:
        """The verdict: which properties hold and why one does not, never the case drawn for it.

        So nothing of what a check printed is shown: a function may print what it was called with,
        and the traceback of a teacher's own cell has its hidden tests in it.
        """
        verdict = self.graded.verdicts.get(exercise.id)
        if verdict is not None:
            told = zip(verdict.checks, exercise.checks, strict=True)
            first = next((report.message for check, report in told if check is verdict.first), "")
            shown = replace(verdict, evidence=None, printed="", diagnosis=first)
            said = boxes.html(shown, open_hints=False)
        else:
            said = "".join(f"<p>{escape(f'{c.name}. {c.message}')}</p>" for c in exercise.checks)
        heading = f"{exercise.id}: {exercise.score:g} of {exercise.max_score:g} points"
        name = escape(OWN_ID + exercise.id)
        return (
            f'<section class="check" aria-labelledby="{name}"><h3 id="{name}">{escape(heading)}'
            f"</h3>{self.harmless.source(without_hidden(cell.source))}{said}"
            f"{self._hand(grade_id(cell) or '')}</section>"
        )

    def _picture(self, cell: Any, name: str) -> str:
        """A picture that lies beside the notebook or is attached to the cell, as a data URI."""
        attached = cell.get("attachments", {}).get(name.removeprefix("attachment:"))
        if isinstance(attached, dict):
            for kind, content in attached.items():
                if isinstance(content, str) and (found := data_uri(kind, content)):
                    return found
        data, kind = self.graded.files.get(name), _IMAGES.get(Path(name).suffix, "")
        return data_uri(kind, data) if data else ""

    def _output(self, output: Any) -> str:
        try:
            return self._shown(output)
        except Exception as error:  # a stranger's output must not take the others with it
            return f"<p><em>(an output that cannot be shown: {type(error).__name__})</em></p>"

    def _shown(self, output: Any) -> str:
        if output.output_type == "stream":
            return self.harmless.terminal(output.text)
        if output.output_type == "error":
            return self.harmless.terminal("\n".join(output.traceback))
        data, metadata = output.data, output.get("metadata", {})
        if "text/html" in data:
            return self.harmless.html(str(data["text/html"]))
        words = str(metadata.get("alt") or data.get("text/plain", ""))
        for kind in ("image/svg+xml", "image/png", "image/jpeg"):
            if kind in data:
                own = metadata.get(kind)
                alt = str(own.get("alt") or words) if isinstance(own, dict) else words
                return self.harmless.image(kind, str(data[kind]), alt)
        for kind in ("text/markdown", "text/latex"):
            if kind in data:
                return self.harmless.markdown(str(data[kind]))
        return self.harmless.terminal(str(data.get("text/plain", "")))
