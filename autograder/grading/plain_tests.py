"""A teacher's own grade cells: plain asserts that run in the submission's own process.

They are scored as nbgrader scores them, but for two things that teachers complain of: what is
written to stderr, a warning say, takes no points; and what a hidden test computed is not told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autograder.cells import CHECK, grade_id, is_graded, shown, tags, without_hidden
from autograder.grading.verdict import CheckReport, ExerciseReport
from autograder.sandbox.execute import Execution

IN_PROCESS = "ran in the student's process"


def is_plain(cell: Any, exercises: Mapping[str, Any]) -> bool:
    """A grade cell of the teacher's own, which is scored by running it."""
    id = grade_id(cell) or ""
    judged = id.startswith(CHECK) and id.removeprefix(CHECK) in exercises
    return cell.cell_type == "code" and is_graded(cell) and not judged


def points(cell: Any) -> float:
    return float(tags(cell).get("points") or 0)


def score_plain(cell: Any, execution: Execution) -> ExerciseReport:
    """The points of a plain grade cell that was run, and what its author or Python said."""
    id, most = grade_id(cell) or "", points(cell)
    if id not in execution.ran:
        score, message = 0.0, "could not be reached: the notebook stopped before this cell"
    else:
        score, message = _earned(cell, most)
    return ExerciseReport(id, score, most, [CheckReport(IN_PROCESS, score >= most, message)])


def _earned(cell: Any, most: float) -> tuple[float, str]:
    """As `nbgrader.utils.determine_grade`: an error is 0, a number as the last value is the score,
    anything else is full marks. That function takes three seconds to import."""
    for output in cell.outputs:
        if output.output_type == "error":
            return 0.0, _reason(cell, output)
        if output.output_type == "execute_result":
            try:
                score = float(output.data.get("text/plain", ""))
            except (TypeError, ValueError):
                return most, ""
            if score > most:
                return 0.0, f"its last value is no score: {score:g} is more than {most:g} points"
            return (score, "") if score >= 0 and math.isfinite(score) else (most, "")
    return most, ""


def _reason(cell: Any, error: Any) -> str:
    """The error in words; of a cell with hidden tests only what its author wrote into it himself.

    What an assertion computed (`assert_allclose` prints both arrays) would tell the hidden case.
    """
    name, said = shown(str(error.ename)), shown(str(error.evalue), 500)
    hidden = without_hidden(cell.source) != cell.source.rstrip()
    if hidden and said not in cell.source:
        return f"{name}: a test did not pass"
    return f"{name}: {said}".rstrip(": ")
