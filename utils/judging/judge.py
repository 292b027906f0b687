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
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from utils.judging.compare import SHAPES_ONLY, Difference, Tolerance, difference
from utils.judging.diagnose import explain, explain_failure
from utils.judging.named import named
from utils.judging.pairs import find_pair
from utils.judging.spec import Case, Check, Failure, Misconception, Outcome, Spec
from utils.judging.wire import Make, Tree

CHARGED = "what is wrong in it is charged elsewhere"
WAITING = "counts as soon as a value is right that no answer has by chance"
RNG = ("numpy.random:default_rng",)
REPLAY = 1e-9  # an answer this close to a known wrong answer is that answer


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
    """The smallest case on which the first failed check fails."""

    args: dict[str, Tree]
    expected: Tree
    got: Tree
    text: str


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
    return Verdict(
        exercise=spec.exercise,
        score=score,
        max_score=spec.max_score,
        checks=tuple(results),
        diagnosis=_diagnosis(spec, first, outcomes, index, found),
        misconceptions=tuple(known.name for known in found),
        evidence=None if index is None else _evidence(spec, first, outcomes, index),
        printed=printed,
        hints=spec.hints,
    )


def recognised(spec: Spec, outcomes: Sequence[Outcome]) -> tuple[Misconception, ...]:
    """The known mistakes whose outcomes these are: one, two at once, or none."""
    if _all_right(spec, outcomes):
        return ()
    known = recognise(spec, _as_measured(spec, outcomes))
    if known is not None and _effects_told(known, outcomes):
        return (known,)
    return find_pair(spec, outcomes) or ((known,) if known else ())


def _as_measured(spec: Spec, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, of those to cases that are only measured what is measured."""
    seen = list(outcomes)
    for check in spec.checks:
        for i in check.cases if check.measure else ():
            kept = any(known.outcomes[i].measured for known in spec.misconceptions)
            if kept and not seen[i].failure and not seen[i].measured:
                value = _measured(check, spec.cases[i].args, seen[i])
                seen[i] = replace(seen[i], value=value, measured=True)
    return seen


def _all_right(spec: Spec, outcomes: Sequence[Outcome]) -> bool:
    return all(
        _wrong(spec, check, i, outcomes[i]) is None for check in spec.checks for i in check.cases
    )


def _effects_told(known: Misconception, outcomes: Sequence[Outcome]) -> bool:
    """Whether what these outcomes do to their arguments is what the known mistake does."""
    return all(
        bool(mine.changed or mine.shared) == bool(theirs.changed or theirs.shared)
        for mine, theirs in zip(outcomes, known.outcomes, strict=True)
        if not mine.failure and not theirs.failure
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


def recognise(spec: Spec, outcomes: Sequence[Outcome]) -> Misconception | None:
    """The known wrong answer whose wrong outcomes these are, case for case; None: there is none.

    First by values and side effects together, then by values alone, then, where checks measure
    something of the answer, by what they measure.
    """
    # what a check takes for equal cannot tell two wrong answers apart either
    atol = [
        min((c.atol for c in spec.checks if i in c.cases), default=0)
        for i in range(len(spec.cases))
    ]
    for effects in (True, False):
        for known in spec.misconceptions:
            pairs = list(zip(outcomes, known.outcomes, strict=True))
            # a function that never answers says too little to be recognised by its values
            if not effects and not any(mine.failure is None for mine, _ in pairs):
                continue
            if all(_alike(*pair, a, effects) for pair, a in zip(pairs, atol, strict=True)):
                return known
    alike = _fail_alike(spec, outcomes)
    for all_values in (True, False):
        for known in alike:
            if _measures_alike(spec, outcomes, known, all_values):
                return known
    return None


def _fail_alike(spec: Spec, outcomes: Sequence[Outcome]) -> list[Misconception]:
    """The known wrong answers that fail the same checks on the same cases as these outcomes."""
    fails = {
        (check, i): _wrong(spec, spec.checks[check], i, outcomes[i]) is not None
        for check in range(len(spec.checks))
        for i in spec.checks[check].cases
    }
    return [
        known
        for k, known in enumerate(spec.misconceptions)
        if all(_known_fails(spec, k, *place) == failed for place, failed in fails.items())
    ]


@lru_cache(maxsize=20_000)  # it is asked for with every submission
def _known_fails(spec: Spec, known: int, check: int, case: int) -> bool:
    outcome = spec.misconceptions[known].outcomes[case]
    return _wrong(spec, spec.checks[check], case, outcome) is not None


def _measures_alike(
    spec: Spec, outcomes: Sequence[Outcome], known: Misconception, all_values: bool
) -> bool:
    """Whether these outcomes cannot be told from `known` by anything that is measured.

    Both fail the same checks on the same cases. Where an answer is random, the same mistake gives
    other numbers each time: what is compared is what the checks measure, within their tolerance.
    all_values: compare the answers to all other cases as well. They too may be random if wrong;
    without them at least one of what is measured must be a wrong number.
    """
    agree = all_values and any(check.measure for check in spec.checks)
    for check in spec.checks:
        for i in check.cases:
            mine, theirs = outcomes[i], known.outcomes[i]
            if not (all_values or check.measure) or mine.failure or theirs.failure:
                continue
            if check.kind == "values" and _wrong(spec, check, i, mine) is not None:
                within = Tolerance(check.rtol, check.atol, check.by_norm)
                expected, got = (
                    _measured(check, spec.cases[i].args, outcome) for outcome in (theirs, mine)
                )
                if difference(expected, got, within):
                    return False
                agree = agree or not isinstance(got, str)
    return agree


def _measured(check: Check, args: dict[str, Tree], outcome: Outcome) -> Tree:
    """What a check compares of an answer; where that cannot be measured, why not."""
    if not check.measure or outcome.measured:
        return outcome.value
    try:
        return named(check.measure)(args, outcome.value)
    except ValueError as error:
        return str(error)


def _alike(mine: Outcome, theirs: Outcome, atol: float, effects: bool) -> bool:
    if mine.failure or theirs.failure:
        return bool(
            mine.failure
            and theirs.failure
            and (mine.failure.kind, mine.failure.type) == (theirs.failure.kind, theirs.failure.type)
        )
    if effects and (mine.changed, mine.shared, bool(mine.warned), mine.unsteady) != (
        theirs.changed,
        theirs.shared,
        bool(theirs.warned),
        theirs.unsteady,
    ):
        return False
    return difference(theirs.value, mine.value, Tolerance(REPLAY, atol)) is None


def _wrong(spec: Spec, check: Check, index: int, outcome: Outcome) -> Difference | Failure | None:
    return fails(check, spec.cases[index], outcome, spec.returns)


def fails(
    check: Check, case: Case, outcome: Outcome, returns: tuple[str, ...]
) -> Difference | Failure | None:
    """Why this outcome fails this check on a case; None where it does not."""
    if outcome.failure:
        return outcome.failure
    if check.kind == "shape":
        found = difference(case.expected, outcome.value, SHAPES_ONLY, returns)
        return found if found and found.kind not in ("value", "nan") else None
    if check.kind == "pure":
        text = side_effects(outcome)
        return Difference("effect", "", text) if text else None
    value, expected = outcome.value, case.expected
    if check.parts:
        value, expected = (_select(v, check.parts, returns) for v in (value, expected))
    if check.measure and not outcome.measured:
        try:
            value = named(check.measure)(case.args, value)
        except ValueError as error:
            return Difference("structure", "", str(error), expected, value)
    within = Tolerance(check.rtol, check.atol, check.by_norm)
    found = difference(expected, value, within, () if check.parts else returns)
    if found is None and check.kind == "quiet" and outcome.warned:
        return Difference("warning", "", f"NumPy warned: {outcome.warned[0]}")
    return found


def _select(value: Tree, parts: tuple[str, ...], returns: tuple[str, ...]) -> Tree:
    """The named parts of a result; all of it where it does not even have the right form."""
    if isinstance(value, dict) and not returns:
        return {part: value[part] for part in parts if part in value}
    if not isinstance(value, tuple | list) or len(value) != len(returns):
        return value
    named = dict(zip(returns, value, strict=True))
    for item in value:
        if isinstance(item, dict):
            named |= {key: inner for key, inner in item.items() if key not in returns}
    return {part: named[part] for part in parts if part in named}


def side_effects(outcome: Outcome) -> str:
    """What the call did besides answering, in words; "" where it did nothing."""
    if outcome.changed:
        names = " and ".join(outcome.changed)
        return (
            f"your function changes its argument {names}. The caller still needs the old values: "
            f"make a new array (`a = a * b`, not `a *= b`)"
        )
    if outcome.shared:
        part, name = outcome.shared[0]
        return (
            f"{part or 'the result'} is a view of the argument {name}: whoever changes one changes "
            f"the other. Return an array of its own, for example with .copy()"
        )
    if outcome.unsteady:
        return (
            "asked twice with the same arguments, your function gave two answers: it keeps "
            "something between calls, or draws random numbers"
        )
    return ""


def _failing_case(
    spec: Spec, check: Check, outcomes: Sequence[Outcome], charged: set[str] | None
) -> int | None:
    """The smallest case of `check` that fails, None where all hold."""
    if charged is not None and check.name not in charged and check.kind in ("values", "quiet"):
        return None  # every outcome is that of known mistakes, which are charged elsewhere
    cases = check.cases
    if check.kind == "pure":  # a call that raised says nothing about side effects; others do
        cases = tuple(i for i in cases if outcomes[i].failure is None) or cases
    bad = [i for i in cases if _wrong(spec, check, i, outcomes[i]) is not None]
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
    found = _wrong(spec, check, index, outcomes[index])
    if isinstance(found, Failure):
        return failure_text(spec.exercise, found)
    if found is None:
        return "nothing was drawn from rng, however it was seeded: it is the one source of chance"
    where = f"{found.part}: " if found.part else ""
    return f"{where}{found.text}"


def failure_text(name: str, failure: Failure) -> str:
    """A failure in the learner's words, with the line it points at."""
    at = f" (line {failure.line}: `{failure.code}`)" if failure.line and failure.code else ""
    match failure.kind:
        case "missing":
            return failure.message
        case "not written":
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
    found = _wrong(spec, check, index, outcomes[index])
    if isinstance(found, Failure):
        return explain_failure(found)
    if isinstance(found, Difference) and found.kind not in ("effect", "warning"):
        return explain(found, spec.cases[index].args) or check.says
    return check.says


def _evidence(spec: Spec, check: Check, outcomes: Sequence[Outcome], index: int) -> Evidence:
    case, outcome = spec.cases[index], outcomes[index]
    expected, got = case.expected, outcome.value
    if check.parts and outcome.failure is None:
        expected, got = (_select(v, check.parts, spec.returns) for v in (expected, got))
    return Evidence(case.args, expected, got, _reason(spec, check, outcomes, index))
