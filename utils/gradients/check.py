"""Is a gradient that somebody derived by hand right? Measured by a route that knows no derivatives.

    report = check_gradients(loss, params, grads)

compares `grads` with what `loss` itself says, array by array, and tells which arrays are right,
where the worst entry of a wrong one is, and what the mistake looks like. For the course's LSTM,
with sound settings ready made, see `utils.gradients.lstm`.

`loss` takes a dict of arrays like `params`, leaves it alone, and returns one number. Two routes
lead from it to a slope (`utils.gradients.numerical`): the complex step where the loss accepts
complex numbers, which is tried out, and central differences elsewhere. The report says which one it
was.

Random projections come first: the slope of L along a random direction r must be r · gradient, and
a gradient that is wrong by a relative error e misses it by about e. That costs a few evaluations
for a whole array. Only arrays that miss are measured entry by entry. The figures behind these
choices are in benchmarks/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from utils.gradients.numerical import (
    Array,
    Loss,
    Measure,
    Route,
    choose,
    complex_step_gradient,
    numerical_gradient,
)
from utils.gradients.report import EVERY, Report, Row, Verdict, likely
from utils.gradients.settings import named_sizes, unsound

__all__ = ["check_gradients", "complex_step_gradient", "directional_check", "numerical_gradient"]

LIMIT = 1e-6  # norm-relative error up to which a gradient is right
DIRECTIONS = 3


def directional_check(
    loss: Loss,
    params: Mapping[str, Array],
    grads: Mapping[str, Array],
    *,
    together: bool = False,
    route: Route = "auto",
    eps: float = 1e-5,
    batched: bool = False,
    directions: int = DIRECTIONS,
    seed: int = 0,
) -> dict[str, float]:
    """Estimates of the norm-relative error of each gradient, from random projections alone.

    For a direction r of independent normal numbers, r · (mine - true) has the size of |mine -
    true|, and r · true is one slope of the loss. together: one direction through all arrays at
    once, which checks a whole model in `directions` evaluations (twice as many by central
    differences) and gives one number, under the name "all". The other arguments are those of
    `check_gradients`. A wrong gradient is overlooked only if every direction happens to lie across
    the error: for an error 1000 times the limit and three directions, about once in 10^9.
    """
    measure = choose(loss, params, route, eps, batched)
    mine = {name: _given(grads, name, a) for name, a in measure.at.items()}
    rng = np.random.default_rng(seed)
    groups = {"all": list(mine)} if together else {name: [name] for name in mine}
    return {
        label: _projected(measure, {name: mine[name] for name in names}, rng, directions)[0]
        for label, names in groups.items()
    }


def check_gradients(
    loss: Loss,
    params: Mapping[str, Array],
    grads: Mapping[str, Array],
    *,
    limit: float = LIMIT,
    every_entry: bool = False,
    route: Route = "auto",
    eps: float = 1e-5,
    batched: bool = False,
    inputs: Mapping[str, Array] | None = None,
    axes: Mapping[str, str] | None = None,
    most: int = 20_000,
    seed: int = 0,
) -> Report:
    """Compare `grads` with the slopes of `loss` at `params`, array by array.

    loss: dict of arrays → one number; with batched=True, arrays with one more axis in front → (B,)
    numbers. params: dict of arrays. grads: dict of arrays of the same names and shapes.
    limit: the norm-relative error |mine - true| / (|mine| + |true|) up to which an array is right.
    every_entry: measure all entries of right arrays too, not random projections of them.
    route: "complex", "central", or "auto": the complex step where the loss allows it. eps: the step
    of central differences. most: of a wrong array with more entries than this, that many are
    measured, drawn at random. seed: of all random choices.

    inputs: whatever else the loss is made of (data, initial states), by name; axes: the names of
    the axes, {"x": "T N D", "U": "D H"}, for arrays of `params` and `inputs`. Neither changes what
    is measured: with them the report can say at which settings a mistake would hide (T is time, N
    the batch), and call a factor by its name.

    Raises ValueError where nothing can be measured: a loss that is not finite, not one number, or
    random; axes that contradict the shapes; route="complex" for a loss that is not made for it.
    """
    measure = choose(loss, params, route, eps, batched)
    sizes = named_sizes({**(inputs or {}), **params}, axes or {})
    rng = np.random.default_rng(seed)
    rows = []
    for name, array in measure.at.items():
        problem = _unusable(grads, name, array)
        if problem:
            rows.append(Row(name, array.shape, np.inf, "wrong", likely=problem))
            continue
        mine = np.asarray(grads[name], dtype=float)
        error, trust, true_size = _projected(measure, {name: mine}, rng, DIRECTIONS)
        if not array.size or (error <= limit and not every_entry):
            row = Row(name, array.shape, error, _verdict(error, trust, limit), trust=trust)
        else:
            row = _entry_by_entry(measure, name, mine, error, limit, trust, sizes, most, rng)
            true_size = row.size
        if true_size == 0 and row.verdict == "right":
            row.likely = "The loss does not depend on it here, so this says nothing."
        rows.append(row)
    notes = unsound(params, grads, inputs or {}, axes or {}, sizes, measure.route, eps)
    notes += [measure.why_central] if measure.why_central else []
    extra = sorted(set(grads) - set(params))
    if extra:
        notes.append(f"grads has names that params has not: {', '.join(extra)}.")
    return Report(rows, measure.route, limit, measure.evaluations, notes, sizes)


def _given(grads: Mapping[str, Array], name: str, array: Array) -> Array:
    problem = _unusable(grads, name, array)
    if problem:
        raise ValueError(f"the gradient of {name}: {problem}")
    return np.asarray(grads[name], dtype=float)


def _unusable(grads: Mapping[str, Array], name: str, array: Array) -> str:
    """Why there is nothing to compare, or ""."""
    if name not in grads:
        return "There is no gradient of this name."
    mine = np.asarray(grads[name])
    if mine.shape != array.shape:
        turned = " It is transposed." if mine.shape == array.shape[::-1] else ""
        return f"Its shape is {mine.shape}, that of the array is {array.shape}.{turned}"
    if mine.dtype.kind not in "fiu":
        return f"Its dtype is {mine.dtype}: a gradient is real."
    if not np.isfinite(mine).all():
        return "It has nan or inf in it: look for a division by 0, or exp of a large number."
    return ""


def _verdict(error: float, trust: float, limit: float) -> Verdict:
    """Unclear where the measured gradient itself is not good enough to tell."""
    if error <= limit:
        return "right" if trust <= 10 * limit else "unclear"
    return "wrong" if error > 10 * trust else "unclear"


def relative(apart: float, one: float, other: float) -> float:
    """A distance relative to the two norms."""
    return apart / (one + other) if one + other > 0 else 0.0


def _projected(
    measure: Measure, mine: Mapping[str, Array], rng: np.random.Generator, directions: int
) -> tuple[float, float, float]:
    """Estimated error, how far it can be trusted, and the estimated size of the true gradient."""
    count = sum(a.size for a in mine.values())
    moves = {name: rng.normal(size=(directions, *a.shape)) for name, a in mine.items()}
    shrink = np.sqrt(sum((m.reshape(directions, -1) ** 2).sum(axis=1) for m in moves.values()))
    # Directions of length 1: a step along many entries at once must not be longer than along one.
    moves = {name: (m.T / shrink).T for name, m in moves.items()}
    said = sum(m.reshape(directions, -1) @ mine[name].ravel() for name, m in moves.items())
    true = measure.slopes(moves)
    trust = measure.trust(moves, true)
    scale = np.sqrt(count / directions)
    apart, size = scale * np.linalg.norm(said - true), scale * np.linalg.norm(true)
    length = np.sqrt(sum(float((a**2).sum()) for a in mine.values()))
    return relative(float(apart), float(length), float(size)), trust, float(size)


def _entry_by_entry(
    measure: Measure,
    name: str,
    mine: Array,
    projected: float,
    limit: float,
    trust: float,
    sizes: Mapping[str, int],
    most: int,
    rng: np.random.Generator,
) -> Row:
    sampled = mine.size > most
    chosen = np.sort(rng.choice(mine.size, most, replace=False)) if sampled else None
    true = measure.entries(name, chosen)
    have = mine.ravel()[chosen] if chosen is not None else mine
    error = relative(*(float(np.linalg.norm(a)) for a in (have - true, have, true)))
    if measure.route == "central":
        longer = measure.entries(name, chosen, longer=2.0)
        trust = float(np.linalg.norm(longer - true) / (np.linalg.norm(true) or 1.0))
    if sampled and error <= limit < projected:
        looks = "What is wrong is not among the measured entries: allow more with `most`."
    else:
        looks = likely(have, true, sizes)
    # A sample can miss what the projections, through all entries, have seen.
    error = max(error, projected) if sampled else error
    verdict = _verdict(error, trust, limit)
    at = int(np.argmax(np.abs(have - true))) if true.size else 0
    where = int(chosen[at]) if chosen is not None else at
    return Row(
        name,
        mine.shape,
        error,
        verdict,
        trust=trust,
        entry=tuple(int(i) for i in np.unravel_index(where, mine.shape)),
        mine=float(have.ravel()[at]),
        true=float(true.ravel()[at]),
        likely=looks if verdict == "wrong" else "",
        measured=f"{most} of {mine.size} entries" if sampled else EVERY,
        size=float(np.linalg.norm(true)),
    )
