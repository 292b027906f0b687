"""`autograder grade --github`: what a step of a GitHub workflow leaves behind.

In the log the verdicts in words, with an annotation at each cell that stopped or lost points; in
$GITHUB_STEP_SUMMARY a table; in $GITHUB_OUTPUT `score`, `max_score`, `passed`, and `result`, which
is what GitHub Classroom's autograding reporter takes.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from autograder.course import AuthorError
from autograder.grading.verdict import (
    ExerciseReport,
    Report,
    SubmissionReport,
    printable,
    summary,
)
from autograder.submission.read import Source, sealed

LARGEST = 8_000_000  # bytes of a notebook whose lines are counted
MOST_ROWS = 500  # of the summary, which may have 1 MB
# a string that does not end is one token as well: no text makes this search slow
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|[\]\[{},:\n]')


@contextmanager
def actions(sources: Sequence[Source]) -> Iterator[Callable[[SubmissionReport], None]]:
    """Takes the verdicts, and says all that there is to say once they are there."""
    report = Report()
    yield report.submissions.append
    # between these two lines nothing that a stranger wrote is taken for a command
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}\n{summary(report)}\n::{token}::")
    where = {source.path: source for source in sources}
    for one in report.submissions:
        for command in marks(one, where[one.path]):
            print(command)
    sys.stdout.flush()
    _append("GITHUB_STEP_SUMMARY", table(report))
    outputs = {
        "score": f"{_score(report):g}",
        "max_score": f"{_max_score(report):g}",
        "passed": "true" if _passed(report) else "false",
        "result": base64.b64encode(json.dumps(classroom(report)).encode()).decode(),
    }
    _append("GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in outputs.items()))


def classroom(report: Report) -> dict[str, Any]:
    """The verdicts as GitHub Classroom's reporter takes them: a test for each exercise."""
    status = "error" if not report.complete else "pass" if _passed(report) else "fail"
    several = len(report.submissions) > 1
    tests = []
    for one in report.submissions:
        prefix = f"{one.path}: " if several else ""
        for exercise in one.exercises:
            full = exercise.score >= exercise.max_score
            tests.append(_test(f"{prefix}{exercise.id}", full, exercise.score, _why(exercise)))
        if not one.exercises:
            tests.append(_test(one.path, False, 0.0, printable([" ".join(one.messages)])))
    return {"version": 1, "status": status, "max_score": _max_score(report), "tests": tests}


def marks(report: SubmissionReport, source: Source) -> Iterator[str]:
    """Workflow commands, each at the line of the notebook's file that it is about."""
    data = b"" if source.member else sealed(source).data or b""
    lines, cells = _lines(data.decode(errors="replace") if len(data) <= LARGEST else "")
    file = _in_workspace(source.file)
    if not report.fine:
        said = " ".join(report.messages[:3])
        yield _command("error", file, 1, report.status, said)
    stopped = {e.id for e in report.exercises if ", stopped: " in _why(e)}  # its own cell did
    for stop in report.cell_errors:
        if any(f"name '{id}' is not defined" in stop.error for id in stopped):
            continue  # follows from the one that is told
        place = lines.get((stop.cell, stop.line or 1), lines.get((stop.cell, 1), 1))
        yield _command("error", file, place, f"cell {stop.cell} stopped", stop.error)
    for exercise in report.exercises:
        if exercise.score < exercise.max_score and exercise.id not in stopped:
            place = lines.get((cells.get(exercise.id, 0), 1), 1)
            title = f"{exercise.id}: {exercise.score:g} of {exercise.max_score:g} points"
            yield _command("warning", file, place, title, _why(exercise))


def table(report: Report) -> str:
    """The verdicts for the summary of a run. HTML, for in Markdown a stranger's text is markup."""
    parts = []
    for one in report.submissions[:MOST_ROWS]:
        said = f"{one.unit}: {one.points()} points" if one.unit else "not graded"
        said += f", {one.unmarked:g} not marked yet" if one.unmarked else ""
        said += f" ({one.status})" if one.status != "graded" else ""
        parts.append(
            f"<h3>{escape(said)}</h3>\n<p><code>{escape(printable([one.path]))}</code></p>\n"
        )
        notes = [*one.messages, *(f"{hand.id}: {hand.said()}" for hand in one.by_hand)]
        if notes:
            items = "".join(f"<li>{escape(printable([note]))}</li>" for note in notes)
            parts.append(f"<ul>{items}</ul>\n")
        rows = "".join(
            f"<tr><td>{'✔' if e.score >= e.max_score else '✘'}</td>"
            f"<td><code>{escape(e.id)}</code></td><td>{e.score:g} of {e.max_score:g}</td>"
            f"<td>{escape(_why(e))}</td></tr>"
            for e in one.exercises
        )
        if rows:
            head = "<tr><th></th><th>exercise</th><th>points</th><th>to do next</th></tr>"
            parts.append(f"<table>{head}{rows}</table>\n")
    if len(report.submissions) > MOST_ROWS:
        parts.append(f"<p>and {len(report.submissions) - MOST_ROWS} more submissions</p>\n")
    text = "".join(parts)
    return text if len(text.encode(errors="replace")) < 1_000_000 else "The log has the verdicts.\n"


def _score(report: Report) -> float:
    return sum(one.score for one in report.submissions)


def _max_score(report: Report) -> float:
    return sum(one.max_score for one in report.submissions)


def _passed(report: Report) -> bool:
    """Whether every point was earned, and nobody has to look."""
    full = all(one.score >= one.max_score for one in report.submissions)
    return report.complete and full and bool(report.submissions)


def _test(name: str, passed: bool, score: float, message: str) -> dict[str, Any]:
    return {
        "name": name,
        "status": "pass" if passed else "fail",
        "score": score,
        "message": message,
        "test_code": "",
        "filename": "",
        "line_no": 0,
    }


def _why(exercise: ExerciseReport) -> str:
    """The first check that did not pass, which is what to do next."""
    first = next((c for c in exercise.checks if not c.passed and not c.waiting), None)
    return printable([f"{first.name}: {first.message}"]) if first else ""


def _command(kind: str, file: str, line: int, title: str, message: str) -> str:
    found = {"file": file, "line": str(line), "title": printable([title])}
    properties = ",".join(f"{name}={_property(value)}" for name, value in found.items())
    return f"::{kind} {properties}::{_data(printable([message]))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _in_workspace(file: Path) -> str:
    """The file as GitHub knows it: from the root of what was checked out."""
    path, workspace = os.path.abspath(file), os.environ.get("GITHUB_WORKSPACE", "")
    inside = workspace and Path(path).is_relative_to(workspace)
    return os.path.relpath(path, workspace) if inside else str(file)


def _lines(text: str) -> tuple[dict[tuple[int, int], int], dict[str, int]]:
    """(cell, line of its source) → line of the file; grade id → cell. All counted from 1."""
    lines: dict[tuple[int, int], int] = {}
    cells: dict[str, int] = {}
    stack: list[list[Any]] = []  # of each object the key, of each list the index
    number, last = 1, ""
    for token in _TOKEN.finditer(text):
        what = token[0]
        if what == "\n":
            number += 1
        elif what in "{[":
            stack.append([what, "" if what == "{" else 0])
        elif not stack:
            continue
        elif what in "}]":
            stack.pop()
        elif what == ":":
            stack[-1][1] = last
        elif what == ",":
            if stack[-1][0] == "[":
                stack[-1][1] += 1
        elif len(stack) <= 5:
            last = what[1:-1]
            match [key for _, key in stack]:
                case ["cells", int(cell), "source"]:
                    lines.setdefault((cell + 1, 1), number)
                case ["cells", int(cell), "source", int(line)]:
                    lines.setdefault((cell + 1, line + 1), number)
                case ["cells", int(cell), "metadata", "nbgrader", "grade_id"]:
                    cells.setdefault(last, cell + 1)
        else:
            last = ""
    return lines, cells


def _append(variable: str, text: str) -> None:
    """Add to the file that a workflow's runner names; outside of a workflow there is none."""
    if name := os.environ.get(variable):
        try:
            with open(name, "a", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError as error:
            raise AuthorError(f"${variable}: {name} cannot be written ({error.strerror})") from None
