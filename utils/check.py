"""`check(forget_gate)`: the check that stands under every exercise.

It calls the learner's function on the unit's cases, has the judge compare, shows a box with every
named check and, for the first that fails, what differs and why. What is shown is also there as
plain text. The value of the call is the score, so that nbgrader can give partial credit for it.
"""

from __future__ import annotations

import ast
import inspect
import os
from dataclasses import replace
from types import FrameType
from typing import Any

from executing import Source
from IPython.core.getipython import get_ipython
from IPython.display import display

from utils.judging import report
from utils.judging.judge import Verdict, judge
from utils.judging.run import answers
from utils.judging.spec import Spec
from utils.language import say
from utils.learner import memory, progress
from utils.learner.causes import in_another_order, mend_first
from utils.learner.course import ROOT, UnknownExercise, find_spec, solution_notebook
from utils.learner.stuck import Words, about_answer, install, not_run_as_it_is, unknown_in

__all__ = ["Points", "check"]

if "NBGRADER_EXECUTION" not in os.environ:
    install()


class Points(float):
    """A score that shows itself as "6 of 7 points" and reads as the number 6 for nbgrader."""

    of: float

    def __new__(cls, score: float, of: float) -> Points:
        self = super().__new__(cls, score)
        self.of = of
        return self

    def __repr__(self) -> str:
        return f"{float(self):g}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        words = say(f"{float(self):g} of {self.of:g} points")
        return {"text/plain": repr(self), "text/html": f"<span>{words}</span>"}


class Box:
    """A verdict as HTML and as plain text."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def __repr__(self) -> str:
        return report.text(self.verdict)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": report.html(self.verdict)}


def check(function: Any = None, name: str | None = None) -> Points:
    """Judge `function` as the exercise it is called by and show the verdict.

    function: any callable bound to the exercise's name. name: only needed where the call does not
    tell, as in `check(lambda z: …, "sigmoid")`; such a try is no progress. Returns the points, a
    float: 0 of 0 where something else was passed, there is no exercise of that name, or its cell
    could not be run as it is; why is shown.
    """
    if name is not None and not isinstance(name, str):
        return _told(
            "Between the parentheses stands the name of your function alone, as in "
            "`check(forget_gate)`. The check has its own numbers to call it with."
        )
    frame = inspect.currentframe()
    written = name or _written_name(frame.f_back if frame else None)
    if not callable(function) and (written is None or function is None or name):
        return _told(_no_function(function))
    try:
        spec = find_spec(written or str(getattr(function, "__name__", type(function).__name__)))
    except UnknownExercise as error:
        if "NBGRADER_EXECUTION" in os.environ:  # there are no cases where a submission runs
            print("judged outside of this notebook")
            return Points(0.0, 0.0)
        return _told(f"Not judged: {error}")
    stale = not_run_as_it_is(spec.exercise) if name is None else ""
    if stale:
        return _told(stale)
    outcomes = answers(function, spec)
    verdict = judge(spec, outcomes)
    if not verdict.passed:
        first = in_another_order(spec.exercise, function, spec)
        first = first or mend_first(spec.exercise, function, outcomes) or unknown_in(outcomes)
        verdict = replace(verdict, diagnosis=first or verdict.diagnosis)
    verdict = replace(verdict, hints=_with_solution(spec, verdict))
    odd = about_answer(spec.exercise) if name is None else ""
    if odd:
        _told(odd)
    if get_ipython() is None:
        print(report.text(verdict))
    else:
        display(Box(verdict))
    if name is None:  # a try shown under another name is nobody's progress
        progress.record(spec.unit, spec.exercise, verdict.score, verdict.max_score)
        if not verdict.passed:
            memory.stumbled(spec.unit)
    return Points(verdict.score, verdict.max_score)


def _told(words: str) -> Points:
    """Shows a sentence instead of a verdict."""
    if get_ipython() is None:
        print(say(words))
    else:
        display(Words(words))
    return Points(0.0, 0.0)


def _no_function(given: Any) -> str:
    """What to write where `given` is no function."""
    if given is None:
        return (
            "Nothing to check: between the parentheses stands the name of your function, as in "
            "`check(forget_gate)`. A None comes also from a function that was called there."
        )
    if isinstance(given, str):
        name = given if _is_exercise(given) else "forget_gate"
        return f"Without the quotes, please: `check({name})`. The check calls the function itself."
    return (
        f"What was passed is no function, but of the type {type(given).__name__}. The check calls "
        f"your function itself: write its name alone, as in `check(forget_gate)`, without "
        f"parentheses behind it."
    )


def _is_exercise(name: str) -> bool:
    try:
        return bool(find_spec(name))
    except UnknownExercise:
        return False


def _written_name(frame: FrameType | None) -> str | None:
    """The name that the caller wrote between the parentheses; None where it is not a plain name."""
    node = Source.executing(frame).node if frame else None
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Name):
        return node.args[0].id
    return None


def _with_solution(spec: Spec, verdict: Verdict) -> tuple[str, ...]:
    """The hints; where this copy of the course has its solutions, the last one says where."""
    path = solution_notebook(spec.unit)
    if not verdict.hints or path is None:
        return verdict.hints
    place = path.relative_to(ROOT).as_posix()
    where = f"The course's own solution is in `{place}`; it keeps until you have tried."
    return (*verdict.hints[:-1], f"{verdict.hints[-1]} {say(where)}")
