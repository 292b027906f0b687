"""Known mistakes in an answer: one, two at once, or for each failed check its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial

from utils.judging.compare import Tolerance, difference, distance
from utils.judging.holds import compared, measured, wrong
from utils.judging.pairs import find_pair
from utils.judging.spec import Check, Misconception, Outcome, Spec

REPLAY = 1e-9  # an answer this close to a known wrong answer is that answer


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
                value = measured(check, spec.cases[i].args, seen[i])
                seen[i] = replace(seen[i], value=value, measured=True)
    return seen


def _all_right(spec: Spec, outcomes: Sequence[Outcome]) -> bool:
    return all(
        wrong(spec, check, i, outcomes[i]) is None for check in spec.checks for i in check.cases
    )


def _effects_told(known: Misconception, outcomes: Sequence[Outcome]) -> bool:
    """Whether what these outcomes do to their arguments is what the known mistake does."""
    return all(
        bool(mine.changed or mine.shared) == bool(theirs.changed or theirs.shared)
        for mine, theirs in zip(outcomes, known.outcomes, strict=True)
        if not mine.failure and not theirs.failure
    )


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
        (check, i): wrong(spec, spec.checks[check], i, outcomes[i]) is not None
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
    return wrong(spec, spec.checks[check], case, outcome) is not None


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
            if check.kind == "values" and wrong(spec, check, i, mine) is not None:
                within = Tolerance(check.rtol, check.atol, check.by_norm)
                expected, got = (
                    measured(check, spec.cases[i].args, outcome) for outcome in (theirs, mine)
                )
                if difference(expected, got, within):
                    return False
                agree = agree or not isinstance(got, str)
    return agree


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


def by_check(spec: Spec, outcomes: Sequence[Outcome], first: Check) -> tuple[Misconception, ...]:
    """The known mistakes in an answer's failed checks where none explains all of it; two at most.

    A mistake explains a check where it fails the same of its cases with the same wrong results. It
    may fail no check that the answer passes. first: the check whose mistake has to be among them.
    """
    if first.kind not in ("values", "quiet"):
        return ()
    failed = {check.name: _failed(spec, check, outcomes) for check in spec.checks}
    possible = [
        k
        for k in range(len(spec.misconceptions))
        if all(failed[check.name] or not _known_failed(spec, k, c) for c, check in _values(spec))
    ]
    told: dict[str, Misconception] = {}
    for c, check in _values(spec):
        if not failed[check.name]:
            continue
        places = failed[check.name]
        alike = [k for k in possible if _same_failures(spec, k, c, outcomes, places)]
        known = [spec.misconceptions[k] for k in alike]
        own = [m for m in known if check.name in m.costs] or known
        if check.measure:  # within a wide tolerance several are alike: the nearest
            own = sorted(own, key=partial(_gap, spec, check, outcomes))[:1]
        if len({m.message for m in own}) == 1:
            told.setdefault(own[0].message, own[0])
        elif check.name == first.name:
            return ()
    return tuple(told.values())[:2]


def _values(spec: Spec) -> list[tuple[int, Check]]:
    return [(c, k) for c, k in enumerate(spec.checks) if k.kind in ("values", "quiet")]


def _failed(spec: Spec, check: Check, outcomes: Sequence[Outcome]) -> tuple[int, ...]:
    return tuple(i for i in check.cases if wrong(spec, check, i, outcomes[i]) is not None)


def _known_failed(spec: Spec, known: int, check: int) -> tuple[int, ...]:
    return tuple(i for i in spec.checks[check].cases if _known_fails(spec, known, check, i))


def _same_failures(
    spec: Spec, known: int, c: int, outcomes: Sequence[Outcome], places: tuple[int, ...]
) -> bool:
    """Whether a known mistake fails a check in the places, and by the results, of an answer."""
    check, theirs = spec.checks[c], spec.misconceptions[known].outcomes
    if places != _known_failed(spec, known, c):
        return False
    if all(outcomes[i].failure for i in places):  # says too little
        return False
    within = Tolerance(check.rtol if check.measure else REPLAY, check.atol, check.by_norm)
    for i in places:
        mine, other = outcomes[i], theirs[i]
        if mine.failure or other.failure:
            if not _alike(mine, other, 0.0, effects=False):
                return False
            continue
        args = spec.cases[i].args
        expected, got = (compared(spec, check, args, o) for o in (other, mine))
        if difference(expected, got, within):
            return False
    return True


def _gap(spec: Spec, check: Check, outcomes: Sequence[Outcome], known: Misconception) -> float:
    """How far apart two measured answers are."""
    gap = 0.0
    for i in check.cases:
        mine, other = outcomes[i], known.outcomes[i]
        if not (mine.failure or other.failure):
            args = spec.cases[i].args
            gap += distance(*(compared(spec, check, args, o) for o in (other, mine)))
    return gap
