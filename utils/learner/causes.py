"""Is it what this function computes, or what it takes, or another exercise's that it calls?"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

from utils.judging.judge import judge
from utils.judging.run import TimeLimit, answers
from utils.judging.spec import Outcome, Spec
from utils.learner.course import UnknownExercise, find_spec
from utils.learner.rebound import names_used

__all__ = ["in_another_order", "mend_first"]

SECONDS = 5.0


def mend_first(name: str, function: Any, outcomes: Sequence[Outcome]) -> str:
    """Which function to mend before this one, in words; "" where it calls none that is wrong.

    name: of the exercise. outcomes: of `function` on its cases, not all of them right. Other
    exercises' functions that it calls, and that were written in this notebook, are judged too.
    """
    if not isinstance(function, FunctionType):
        return ""
    right = []
    for other in dict.fromkeys(names_used(function.__code__)):
        called = function.__globals__.get(other)
        if other == name or not isinstance(called, FunctionType) or _finished(called):
            continue
        try:
            spec = find_spec(other)
            verdict = judge(spec, answers(called, spec, SECONDS))
        except (UnknownExercise, TimeLimit):
            continue
        if not verdict.passed:
            score = f"{verdict.score:g} of {verdict.max_score:g} points"
            return (
                f"`{name}` calls your `{other}`, which is not right yet ({score}). Mend `{other}` "
                f"first: run its cell and `check({other})`, then this check again."
            )
        right.append(other)
    failure = next((outcome.failure for outcome in outcomes if outcome.failure), None)
    if failure is not None and failure.called_at and failure.function in right:
        return (
            f"Your `{failure.function}` is right by itself: look at what `{name}` gives it, in "
            f"`{failure.called_at}`"
        )
    return ""


def in_another_order(name: str, function: Any, spec: Spec) -> str:
    """What to put right where a function takes what it should, but in another order; else ""."""
    asked = list(spec.cases[0].args)
    try:
        takes = list(inspect.signature(function).parameters)[: len(asked)]
    except (TypeError, ValueError):
        return ""
    if takes == asked or sorted(takes) != sorted(asked):
        return ""
    return (
        f"`{name}` takes ({', '.join(takes)}) and is called with ({', '.join(asked)}): the same "
        f"arguments in another order. Put them back as they stood."
    )


def _finished(function: FunctionType) -> bool:
    return Path(function.__code__.co_filename).name == "earlier.py"
