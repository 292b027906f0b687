"""Answers that compute nothing, and the checks that they pass all the same."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from utils.judging.holds import fails
from utils.judging.run import makers
from utils.judging.spec import Case, Check, Outcome
from utils.judging.wire import Tree


def mark_easy(
    checks: Sequence[Check],
    cases: Sequence[Case],
    right: Sequence[Tree],
    returns: tuple[str, ...],
) -> list[Check]:
    """The checks, those of values marked `easy` that an answer passes which computes nothing.

    right: a right answer to each case. Where all checks would be easy, none is: an exercise must be
    worth something.
    """
    given = [list(_answers(case, answer)) for case, answer in zip(cases, right, strict=True)]
    compared = [check for check in checks if check.kind in ("values", "quiet")]
    easy = {check.name for check in compared if _is_easy(check, cases, given, returns)}
    if all(check.name in easy for check in compared if check.kind == "values"):
        return list(checks)
    return [replace(check, easy=check.name in easy) for check in checks]


def _is_easy(
    check: Check, cases: Sequence[Case], given: Sequence[list[Tree]], returns: tuple[str, ...]
) -> bool:
    ways = zip(*(given[i] for i in check.cases), strict=False)
    return any(
        not any(
            fails(check, cases[i], Outcome(value=value), returns)
            for i, value in zip(check.cases, answers, strict=True)
        )
        for answers in ways
    )


def _answers(case: Case, right: Tree) -> Iterator[Tree]:
    """What is answered to one case by each of them, always in the same order."""
    yield None
    yield _like(right, np.zeros_like)
    yield _like(right, np.ones_like)
    yield from ([], {}, ())
    yield from (0.0, 1.0, "", 0, True, False)
    for value in case.args.values():
        yield None if any(makers(value)) else copy.deepcopy(value)


def _like(value: Tree, fill: Callable[[Any], Any]) -> Tree:
    """A tree of the same form, every number replaced."""
    match value:
        case np.ndarray() | np.generic():
            return fill(value)
        case bool():
            return bool(fill(np.array(value)))
        case int() | float():
            return type(value)(fill(np.array(value)))
        case dict():
            return {key: _like(item, fill) for key, item in value.items()}
        case list():
            return [_like(item, fill) for item in value]
        case tuple():
            return tuple(_like(item, fill) for item in value)
        case str():
            return ""
    return None
