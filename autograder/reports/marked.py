"""What a graded submission becomes in nbgrader's own terms: the autograded notebook and its marks.

nbgrader scores a grade cell by its outputs (`nbgrader.utils.determine_grade`). Here the grader has
judged from outside, so it writes outputs from which nbgrader reads just that score: the formgrader,
`nbgrader generate_feedback` and the gradebook then show one and the same number. nbgrader itself is
not imported here: it would take a second and 30 MB of every worker.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output

from autograder.cells import CHECK, checksum, grade_id, is_graded, is_locked, tags, without_hidden
from autograder.grading.grade import Graded
from autograder.grading.verdict import ExerciseReport
from autograder.reports.harmless import Harmless
from autograder.submission.read import UnitSource
from autograder.submission.restore import restore


@dataclass
class Marks:
    """What a gradebook gets of one submission.

    notebook: the autograded notebook as text. scores: grade id → points, None where a person has to
    read the answer. silent: grade ids of answers left as they were released.
    recognised: exercise → the known mistakes in it, by id. answers: grade id → a hash of what was
    answered, by which a later run knows whether marks given by hand still hold.
    """

    notebook: str
    scores: dict[str, float | None] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    recognised: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)


def mark(graded: Graded, source: UnitSource, checksums: Mapping[str, str]) -> Marks:
    """The marks of a submission. checksums: grade id → that of the released cell, as nbgrader's."""
    notebook = _shown(graded, source)
    exercises = {exercise.id: exercise for exercise in graded.report.exercises}
    marks, clean = Marks("", answers=answers(notebook)), Harmless()
    for cell in notebook.cells:
        id = grade_id(cell)
        if cell.cell_type == "code":
            cell.outputs = [kept for output in cell.outputs if (kept := _safe(output, clean))]
        if id is None:
            continue
        if id in checksums:
            tags(cell)["checksum"] = checksums[id]
            if tags(cell).get("solution") and checksums[id] == checksum(cell):
                marks.silent.add(id)
        if is_graded(cell) and cell.cell_type == "code":
            exercise = exercises.get(_exercise(id, exercises))
            _write_score(cell, exercise)
            marks.scores[id] = exercise.score if exercise else 0.0
        elif tags(cell).get("grade"):  # a person reads it, if there is anything to read
            marks.scores[id] = 0.0 if id in marks.silent else None
            marks.answers[points_key(id)] = str(tags(cell).get("points"))
    for id, exercise in exercises.items():
        if exercise.misconceptions:
            marks.recognised[id] = f"recognised: {', '.join(exercise.misconceptions)}"
    marks.notebook = nbformat.writes(notebook)
    return marks


def points_key(id: str) -> str:
    """Under which the answers keep how many points a cell had that a person marks."""
    return f"points of {id}"


def is_points(key: str) -> bool:
    return key.startswith("points of ")


def answers(notebook: NotebookNode) -> dict[str, str]:
    """Grade id → a hash of what was answered there.

    A written answer is its own text. What a check says may depend on all code that is not the
    course's own, and what a task is marked for may stand anywhere.
    """
    own = [cell for cell in notebook.cells if not is_locked(cell)]
    text = _hash(cell.source for cell in own)
    code = _hash(cell.source for cell in own if cell.cell_type == "code")
    found = {}
    for cell in notebook.cells:
        id = grade_id(cell)
        if id and tags(cell).get("task"):
            found[id] = text
        elif id and tags(cell).get("solution"):
            found[id] = _hash([cell.source])
        elif id and is_graded(cell):
            found[id] = code
    return found


def _hash(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()


def _shown(graded: Graded, source: UnitSource) -> NotebookNode:
    """The executed notebook, or where there is none the unit's locked cells below the reason."""
    notebook = copy.deepcopy(graded.notebook)
    if notebook is None:
        said = "\n".join(f"- {message}" for message in graded.report.messages)
        notebook = restore(new_notebook(), source.notebook).notebook
        text = f"**{graded.report.status}: nothing could be graded**\n\n{escape(said)}"
        notebook.cells.insert(0, new_markdown_cell(text))
    kernel = source.notebook.metadata.get("kernelspec")
    notebook.metadata = NotebookNode(kernelspec=kernel) if kernel else NotebookNode()
    return notebook


def _exercise(id: str, exercises: Mapping[str, ExerciseReport]) -> str:
    """The id that a grade cell's verdict has in the report."""
    name = id.removeprefix(CHECK)
    return name if id.startswith(CHECK) and name in exercises else id


def _write_score(cell: Any, exercise: ExerciseReport | None) -> None:
    """The verdict as the cell's outputs, and the cell as a learner may see it."""
    cell.source = without_hidden(cell.source)
    score = exercise.score if exercise else 0.0
    said = "\n".join(check.line() for check in exercise.checks) if exercise else ""
    if exercise and exercise.misconceptions:
        said += f"\nrecognised: {', '.join(exercise.misconceptions)}"
    text = f"{said or 'not graded'}\n"
    cell.outputs = [
        new_output("stream", name="stdout", text=text),
        new_output("execute_result", {"text/plain": repr(score)}, execution_count=None),
    ]
    cell.execution_count = None


def _safe(output: Any, clean: Harmless) -> Any:
    """An output that cannot run anything in the browser of whoever opens the formgrader."""
    if output.output_type not in ("display_data", "execute_result"):
        return output
    data = {}
    for kind, value in output.data.items():
        if kind in ("text/plain", "text/latex", "image/png", "image/jpeg"):
            data[kind] = value
        elif kind == "text/html":
            data[kind] = clean.html(str(value))
        elif kind == "text/markdown":
            data["text/html"] = clean.markdown(str(value))
        elif kind == "image/svg+xml":
            data["text/html"] = clean.image(kind, str(value), str(output.data.get("text/plain")))
    return NotebookNode(output | {"data": data, "metadata": {}}) if data else None
