"""Two known mistakes at once: which pair explains all that an answer does?

Three ways, each of which must explain every case: one mistake in what comes back and one in what is
done to the arguments; each part of a result as one of the two has it; and, for mistakes that their
author has made of pieces, the two built into one answer. Of those the spec keeps a mark of two
numbers for each case instead of the whole result.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.judging.compare import Tolerance, difference
from utils.judging.spec import Misconception, Outcome, Pairs, Spec
from utils.judging.wire import Tree

EQUAL, NOTHING = 1e-9, 1e-12  # relative, and near zero
Pair = tuple[Misconception, Misconception]


def find_pair(spec: Spec, outcomes: Sequence[Outcome]) -> Pair | None:
    """The two known mistakes that together explain the outcomes; None where no pair does."""
    if any(outcome.failure for outcome in outcomes):
        return None
    built = _built(spec, outcomes)
    if built:  # more than one: what they do is the same, and neither may be told
        return built[0] if len(built) == 1 else None
    return _in_effects(spec, outcomes) or _by_parts(spec, outcomes)


# --- a mistake in the values, another in the arguments -----------------------------------------


def _in_effects(spec: Spec, outcomes: Sequence[Outcome]) -> Pair | None:
    values = effects = None
    for known in spec.misconceptions:
        if any(outcome.failure for outcome in known.outcomes):
            continue
        right = all(
            _equal(case.expected, outcome.value)
            for case, outcome in zip(spec.cases, known.outcomes, strict=True)
        )
        if right and effects is None and _same_effects(known.outcomes, outcomes):
            effects = known
        if not right and values is None and not any(map(_effects, known.outcomes)):
            alike = zip(known.outcomes, outcomes, strict=True)
            values = known if all(_equal(a.value, b.value) for a, b in alike) else None
    return (values, effects) if values and effects else None


def _effects(outcome: Outcome) -> tuple:
    return (outcome.changed, outcome.shared) if outcome.changed or outcome.shared else ()


def _same_effects(known: Sequence[Outcome], outcomes: Sequence[Outcome]) -> bool:
    return any(map(_effects, known)) and [*map(_effects, known)] == [*map(_effects, outcomes)]


# --- every part as one of the two has it -------------------------------------------------------


def _by_parts(spec: Spec, outcomes: Sequence[Outcome]) -> Pair | None:
    mine = [dict(_parts(outcome.value)) for outcome in outcomes]
    right = [dict(_parts(case.expected)) for case in spec.cases]
    if any(a.keys() != b.keys() for a, b in zip(mine, right, strict=True)):
        return None
    if max(map(len, mine), default=0) < 2:
        return None
    held = [_containers(outcome.value) for outcome in outcomes]
    if held != [_containers(case.expected) for case in spec.cases]:
        return None
    places = [(k, name) for k, parts in enumerate(mine) for name in parts]
    is_right = np.array([_equal(right[k][name], mine[k][name]) for k, name in places])
    explained: list[tuple[Misconception, np.ndarray, np.ndarray]] = []
    for known in spec.misconceptions:
        theirs = [dict(_parts(o.value)) if not o.failure else {} for o in known.outcomes]
        if any(a.keys() != b.keys() for a, b in zip(theirs, mine, strict=True)):
            continue
        # what it gets right on its own says nothing for it
        wrong = np.array([not _equal(right[k][n], theirs[k][n]) for k, n in places])
        same = np.array([_equal(theirs[k][n], mine[k][n]) for k, n in places])
        if (wrong & same).any():
            explained.append((known, wrong & same, wrong))
    found = [
        (a, b)
        for number, (a, ones, touched) in enumerate(explained)
        for b, others, touched_too in explained[number + 1 :]
        if (is_right | ones | others).all()
        # a mistake that is there shows in every part that it touches, or the other one hides it
        and (~touched | ones | others).all()
        and (~touched_too | ones | others).all()
        and not (is_right | ones).all()
        and not (is_right | others).all()
    ]
    return found[0] if len(found) == 1 else None


def _containers(value: Tree) -> Any:
    """The keys and lengths of all that holds something, "" for what does not."""
    if isinstance(value, dict):
        return {key: _containers(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_containers(item) for item in value]
    return ""


def _parts(value: Tree, path: str = "") -> Iterator[tuple[str, Tree]]:
    if isinstance(value, dict):
        for key, item in sorted(value.items()):
            yield from _parts(item, f"{path}.{key}")
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from _parts(item, f"{path}[{index}]")
    else:
        yield path, value


def _equal(expected: Tree, got: Tree) -> bool:
    # most that differ do so in their first entry, which is seen a hundred times sooner
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray) and expected.size:
        if expected.dtype != got.dtype or expected.shape != got.shape:
            return False
        want, have = expected.flat[0], got.flat[0]
        if expected.dtype == float and abs(have - want) > EQUAL * abs(want) + NOTHING:
            return False
    return difference(expected, got, Tolerance(EQUAL, NOTHING)) is None


# --- the two built into one --------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """What is kept of a result: two projections on random directions, and its size."""

    ends: tuple[float, float]
    size: float


def mark(value: Tree) -> Mark:
    """The mark of a result. Results that are equal to rounding have equal marks, to rounding.

    The directions depend on the form, so that equal numbers under other keys, in another container
    or in another shape have another mark; the 1 does that where all numbers are 0.
    """
    numbers = [np.ones(1)]
    for _, part in _parts(value):
        if isinstance(part, np.ndarray | np.generic | int | float):
            array = np.asarray(part)
            whole = np.concatenate([array.real.ravel(), array.imag.ravel()])
            numbers.append(np.asarray(whole, dtype=float))
    flat = np.nan_to_num(np.concatenate(numbers), nan=-7.7, posinf=9.9e9, neginf=-9.9e9)
    form = zlib.crc32(_form(value).encode("utf-8", "replace"))
    directions = np.random.default_rng(form).normal(size=(2, len(flat)))
    first, second = (float(np.sum(direction * flat)) for direction in directions)
    return Mark((first, second), float(np.abs(flat).max(initial=0.0)))


def _form(value: Tree) -> str:
    """All of a result but its numbers; what `difference` takes for one form is one form here."""
    match value:
        case dict():
            return "{" + ",".join(f"{key!r}:{_form(value[key])}" for key in sorted(value)) + "}"
        case tuple() | list():
            return "[" + ",".join(map(_form, value)) + "]"
        case np.ndarray():
            return f"{value.dtype.name}{value.shape}"
        case bool() | np.bool_():
            return "bool"
        case np.generic() | int() | float():
            return "complex" if np.iscomplexobj(value) else "number"
    return repr(value)


def marks(outcomes: Sequence[Outcome]) -> np.ndarray:
    """(cases, 2): the marks of all outcomes; nan where one is a failure."""
    return np.array(
        [(np.nan, np.nan) if o.failure else mark(o.value).ends for o in outcomes], dtype=float
    )


def _built(spec: Spec, outcomes: Sequence[Outcome]) -> list[Pair]:
    pairs: Pairs | None = spec.pairs
    if pairs is None or not len(pairs.members):
        return []
    mine = [mark(outcome.value) for outcome in outcomes]
    ends = np.array([m.ends for m in mine])
    sizes = np.array([m.size for m in mine])[:, None]
    near = np.abs(pairs.marks - ends) <= 10 * EQUAL * (sizes + 1e-3)
    found = pairs.members[near.all(axis=(1, 2))]
    known = spec.misconceptions
    return [(known[int(one)], known[int(other)]) for one, other in found]
