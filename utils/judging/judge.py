"""The judge: from outcomes to a verdict. Pure functions on arrays, no display, no Jupyter.

`judge(spec, outcomes)` compares each outcome with what was expected, gives the points of every
named check that holds, and for the first that does not says what was given, what was expected,
what came, where they differ first, and why.

Two rules make partial credit fair. An error is charged once: where the answer equals, on every
case, a known wrong answer that `costs` one check (a bias left out, say), the other checks count
as if that answer were right there, and say so. And good behaviour (kinds "pure" and "quiet") earns
points only for a function that computes something right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from utils.judging.compare import Difference
from utils.judging.diagnose import explain, explain_failure
from utils.judging.holds import compared, select, wrong
from utils.judging.recognise import by_check, recognised
from utils.judging.spec import Check, Failure, Misconception, Outcome, Spec
from utils.judging.wire import Make, Tree

CHARGED = "what is wrong in it is charged elsewhere"
WAITING = "counts as soon as a value is right that no answer has by chance"
RNG = ("numpy.random:default_rng",)


@dataclass(frozen=True)
class CheckResult:
    """One named check: whether it passed and, where it did not, why.

    message: CHARGED where it passed but for a mistake that another check is charged for.
    waiting: good behaviour was seen, and counts as soon as some value is right.
    """

    name: str
    passed: bool
    points: float
    message: str = ""
    waiting: bool = False


@dataclass(frozen=True)
class Evidence:
    """The smallest case on which the first failed check fails. found: what differs there."""

    args: dict[str, Tree]
    expected: Tree
    got: Tree
    text: str
    found: Difference | None = None


@dataclass(frozen=True)
class Verdict:
    """What the judge returns for one exercise."""

    exercise: str
    score: float
    max_score: float
    checks: tuple[CheckResult, ...]
    diagnosis: str = ""
    misconceptions: tuple[str, ...] = ()  # the names of known wrong answers recognised in it
    evidence: Evidence | None = None
    printed: str = ""
    hints: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def first(self) -> CheckResult | None:
        """The check to begin with: the first that fails, else the first that waits for others."""
        left = [check for check in self.checks if not check.passed]
        return next((check for check in left if not check.waiting), left[0] if left else None)


def judge(spec: Spec, outcomes: Sequence[Outcome]) -> Verdict:
    """The verdict on `outcomes`, one for each of `spec.cases` in order."""
    if len(outcomes) != len(spec.cases):
        raise ValueError(f"{len(outcomes)} outcomes for {len(spec.cases)} cases")
    found = recognised(spec, outcomes)
    charged = _charged(spec, found)
    failures = {check.name: _failing_case(spec, check, outcomes, charged) for check in spec.checks}
    right = any(
        check.kind == "values" and not check.easy and failures[check.name] is None
        for check in spec.checks
    )
    results = []
    for check in spec.checks:
        holds = failures[check.name] is None
        waiting = holds and not right and (check.kind != "values" or check.easy)
        index = failures[check.name]
        message = "" if index is None else _reason(spec, check, outcomes, index)
        if holds and charged and _failing_case(spec, check, outcomes, None) is not None:
            message = CHARGED
        if waiting:
            message = WAITING
        results.append(
            CheckResult(check.name, holds and not waiting, check.points, message, waiting)
        )
    open_checks = [c for c, r in zip(spec.checks, results, strict=True) if not r.passed]
    # what fails says more than what only waits for it
    first = next((c for c in open_checks if failures[c.name] is not None), None)
    first = first or next(iter(open_checks), None)
    score = float(sum(result.points for result in results if result.passed))
    printed = next((outcome.printed for outcome in outcomes if outcome.printed), "")
    if first is None:
        return Verdict(spec.exercise, score, spec.max_score, tuple(results), printed=printed)
    index = failures[first.name]
    told = found or (by_check(spec, outcomes, first) if index is not None else ())
    return Verdict(
        exercise=spec.exercise,
        score=score,
        max_score=spec.max_score,
        checks=tuple(results),
        diagnosis=_diagnosis(spec, first, outcomes, index, told),
        misconceptions=tuple(known.name for known in found),
        evidence=None if index is None else _evidence(spec, first, outcomes, index),
        printed=printed,
        hints=(*(hint for known in told for hint in known.hints), *spec.hints),
    )


def _charged(spec: Spec, found: tuple[Misconception, ...]) -> set[str] | None:
    """The checks of values that these mistakes lose, each counted once; None: whatever fails."""
    if len(found) == 1:
        return set(found[0].costs) or None
    lost: set[str] = set()
    for known in found:
        lost |= set(known.costs) or {
            check.name
            for check in spec.checks
            if _failing_case(spec, check, known.outcomes, None) is not None
        }
    return lost or None


def _failing_case(
    spec: Spec, check: Check, outcomes: Sequence[Outcome], charged: set[str] | None
) -> int | None:
    """The smallest case of `check` that fails, None where all hold."""
    if charged is not None and check.name not in charged and check.kind in ("values", "quiet"):
        return None  # every outcome is that of known mistakes, which are charged elsewhere
    cases = check.cases
    if check.kind == "pure":  # a call that raised says nothing about side effects; others do
        cases = tuple(i for i in cases if outcomes[i].failure is None) or cases
    bad = [i for i in cases if wrong(spec, check, i, outcomes[i]) is not None]
    if check.kind == "pure" and not bad and _never_draws(spec, check, outcomes):
        bad = list(check.cases)
    return min(bad, key=lambda i: _size(spec.cases[i].args), default=None)


def _never_draws(spec: Spec, check: Check, outcomes: Sequence[Outcome]) -> bool:
    """Whether a function that was given generators has not drawn from one of them."""
    given = [i for i in check.cases if any(m in RNG for m in _makers(spec.cases[i].args))]
    return bool(given) and all(outcomes[i].idle and not outcomes[i].failure for i in given)


def _makers(args: Mapping[str, Tree]) -> list[str]:
    return [value.maker for value in args.values() if isinstance(value, Make)]


def _size(tree: Tree) -> int:
    if isinstance(tree, np.ndarray):
        return tree.size
    if isinstance(tree, dict):
        return sum(_size(item) for item in tree.values())
    if isinstance(tree, list | tuple):
        return sum(_size(item) for item in tree)
    return 1


def _reason(spec: Spec, check: Check, outcomes: Sequence[Outcome], index: int) -> str:
    found = wrong(spec, check, index, outcomes[index])
    if isinstance(found, Failure):
        return failure_text(spec.exercise, found)
    if found is None:
        return "nothing was drawn from rng, however it was seeded: it is the one source of chance"
    where = f"{found.part}: " if found.part else ""
    return f"{where}{found.text}"


def failure_text(name: str, failure: Failure) -> str:
    """A failure in the learner's words, with the line it points at."""
    at = f" (line {failure.line}: `{failure.code}`)" if failure.line and failure.code else ""
    other = failure.function if failure.called_at else ""
    if other:
        at = at.replace(":", f" of {other}:", 1)
    match failure.kind:
        case "missing":
            return failure.message
        case "not written":
            if other:
                return f"{name} calls {other}, which is not written yet: write {other} first"
            return f"{name} is not written yet: replace the `raise NotImplementedError` line"
        case "arguments":
            return f"{name} {failure.message}"
        case "recursion":
            return f"{name} calls itself without end{at}"
        case "interrupted":
            return f"{name} was stopped from the keyboard before it answered{at}"
        case "time":
            return f"{name} gave {failure.message}: is there a loop that never ends?{at}"
    if failure.type == "Closed":  # utils.judging.closed
        return f"{name} is not your own: {failure.message}{at}"
    if other:
        return f"{name} calls {other}, and that raised {failure.type}: {failure.message}{at}"
    return f"{name} raised {failure.type}: {failure.message}{at}"


def _diagnosis(
    spec: Spec,
    check: Check,
    outcomes: Sequence[Outcome],
    index: int | None,
    known: tuple[Misconception, ...],
) -> str:
    if len(known) == 2:
        return f"Two things. First: {known[0].message} Second: {known[1].message}"
    if known:
        return known[0].message
    if index is None:
        return check.says
    found = wrong(spec, check, index, outcomes[index])
    if isinstance(found, Failure):
        return explain_failure(found)
    if isinstance(found, Difference) and found.kind not in ("effect", "warning"):
        return explain(found, spec.cases[index].args) or check.says
    return check.says


def _evidence(spec: Spec, check: Check, outcomes: Sequence[Outcome], index: int) -> Evidence:
    case, outcome = spec.cases[index], outcomes[index]
    expected, got = case.expected, outcome.value
    if outcome.failure is None and check.kind in ("values", "quiet"):
        got = compared(spec, check, case.args, outcome)
        if isinstance(got, str) and check.measure:  # it cannot be measured, and that says why
            got = outcome.value
        if check.parts and not check.measure:
            expected = select(expected, check.parts, spec.returns)
    found = wrong(spec, check, index, outcome)
    differs = found if isinstance(found, Difference) else None
    return Evidence(case.args, expected, got, _reason(spec, check, outcomes, index), differs)
