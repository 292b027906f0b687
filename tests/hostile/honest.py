"""Honest work of every kind, graded in the same batch: it must keep its scores to the point."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
from small_course import submission

from autograder.course import root
from hostile.case import Case, Verdict, attack

REAL = "02_forget_gate"


def real(**answers: str) -> Any:
    """Unit 02 as a learner hands it in: solved, but for the cells in `answers` (by grade id)."""
    path = root() / "solutions" / REAL / "forget_gate.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.split("### BEGIN HIDDEN TESTS")[0].rstrip()
        kept = [line for line in cell.source.splitlines() if "### " not in line]
        cell.source = "\n".join(kept) if cell.cell_type == "code" else cell.source
        id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = answers.get(id, cell.source)
    return notebook


def real_case(name: str, status: str, says: str, scores: dict[str, float], **answers: str) -> Case:
    return Case(name, real(**answers), [Verdict(status, scores, says)], honest=True)


def with_marks_of(version: int) -> Any:
    """Marks as nbgrader's older releases wrote them: fewer flags."""
    notebook = copy.deepcopy(submission())
    for cell in notebook.cells:
        if marks := cell.metadata.get("nbgrader"):
            marks.schema_version = version
            for name in ("task", "locked")[: 3 - version]:
                del marks[name]
    return notebook


LEARNERS_OWN = """
import asyncio, logging, sys, warnings
from IPython.display import HTML, Markdown, display
import ipywidgets, matplotlib.pyplot as plt
plt.plot([1, 2]); plt.show()
display(HTML("<b>bold</b>"), Markdown("*mine*"), ipywidgets.IntSlider(3))
warnings.warn("careful"); logging.warning("careful"); print("careful", file=sys.stderr)
await asyncio.sleep(0)
get_ipython().run_line_magic("timeit", "-n1 -r1 1")
1 / 0
"""
STDERR = """
import sys, warnings
import numpy as np
def double(x):
    warnings.warn("careful")
    print("careful", file=sys.stderr)
    np.zeros(1) / 0
    return 2 * x
"""
NOISY_LIMIT = """
import sys
class Loud(int):
    def __eq__(self, other):
        print("compared", file=sys.stderr)
        return int(self) == other
    __hash__ = int.__hash__
limit = Loud(7)
"""
SLOW = """
import time
def double(x):
    time.sleep(0.1)  # for every call: slow, and right
    return twice(x)
"""
TANH = (
    "def forget_gate(x, h_prev, U_f, W_f, b_f):\n    return np.tanh(x @ U_f + h_prev @ W_f + b_f)"
)

CASES = [
    attack("honest_right", submission(), honest=True),
    attack(
        "honest_partly_right",
        submission(
            double="def double(x):\n    return 2 * abs(x)",
            total="def total(x, b):\n    return x.sum(axis=1)",
            limit="limit = 3",
        ),
        says="You lose the sign of x.",
        honest=True,
        double=0,
        total=2,
        limit_is_seven=0,
    ),
    attack(
        "honest_untouched",
        submission(double="", total="", limit=""),
        says="not written yet",
        honest=True,
        double=0,
        total=0,
        limit_is_seven=0,
    ),
    attack("honest_plots_prints_and_errors", submission(before=LEARNERS_OWN), honest=True),
    attack("honest_warnings_on_stderr", submission(double=STDERR), honest=True),
    attack("honest_stderr_in_a_grade_cell", submission(limit=NOISY_LIMIT), honest=True),
    attack("honest_right_but_slow", submission(double=SLOW), honest=True),
    attack("honest_renamed", submission(), file="Kopie von small (3) FINAL.ipynb", honest=True),
    attack("honest_marks_of_schema_1", with_marks_of(1), honest=True),
    attack("honest_marks_of_schema_2", with_marks_of(2), honest=True),
    real_case("honest_real_unit", "graded", "", {"forget_gate": 7, "remaining_memory": 6}),
    real_case(
        "honest_real_unit_wrong",
        "graded",
        "",
        {"forget_gate": 0, "remaining_memory": 6},
        forget_gate=TANH,
    ),
]
