"""Two routes from a loss to its slopes, neither of which knows a derivative.

- The complex step, Im L(w + ih) / h with h = 1e-30: no difference is taken, so nothing cancels, and
  the slope is right to rounding (Squire and Trapp, SIAM Review 40, 1998). The loss must be made of
  functions that continue into the complex numbers: no abs, max, comparison, `.real` or conjugate
  between `params` and the result.
- Central differences, (L(w + eps) - L(w - eps)) / 2 eps, in float64: good to about ten digits.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import numpy as np

Array = np.ndarray
Loss = Callable[[dict[str, Array]], Any]
Route = Literal["auto", "complex", "central"]

STEP = 1e-30  # of the complex step: its square is nothing, and it is far above the underflow
EPS = 1e-5
ROUNDING = 1e-13  # relative error of slopes by the complex step, on the safe side
AT_ONCE = 128  # points handed to a batched loss together: their arrays should fit the cache


class Measure:
    """Slopes of `loss` at `params` by one route. `evaluations` counts the points it was asked at.

    batched: the loss gets every array with one more axis in front, (B, *shape), and returns (B,).
    """

    def __init__(
        self,
        loss: Loss,
        params: Mapping[str, Array],
        route: Literal["complex", "central"],
        eps: float = EPS,
        batched: bool = False,
    ) -> None:
        self.loss, self.route, self.eps, self.batched = loss, route, eps, batched
        self.evaluations = 0
        self.why_central = ""
        strange = [name for name, a in params.items() if np.asarray(a).dtype.kind not in "fiu"]
        if strange or not params:
            what = f"{', '.join(strange)} is not" if strange else "there is nothing in params"
            raise ValueError(f"params must be real arrays by name: {what}")
        self.at = {name: np.array(a, dtype=float) for name, a in params.items()}
        for array in self.at.values():
            array.setflags(write=False)  # a loss that changes its arguments says so at once

    def values(self, points: Mapping[str, Array]) -> Array:
        """The loss at B points (B,): the arrays of `points` are (B, *shape), the others stay."""
        B = len(next(iter(points.values())))
        self.evaluations += B
        if self.batched:
            every = {
                n: points[n] if n in points else np.broadcast_to(a, (B, *a.shape))
                for n, a in self.at.items()
            }
            values = np.asarray(self.loss(every))
            if values.shape != (B,):
                raise ValueError(f"the batched loss returns shape {values.shape} for {B} points")
            return values
        each = [self.loss({**self.at, **{n: p[k] for n, p in points.items()}}) for k in range(B)]
        together = np.asarray(each)
        if together.shape != (B,):
            raise ValueError(f"the loss returns shape {together.shape[1:]}, not one number")
        return together

    def slopes(self, moves: Mapping[str, Array], longer: float = 1.0) -> Array:
        """The slope along each of B moves (B,): the arrays of `moves` are (B, *shape). longer: how
        many times eps the steps of central differences are."""
        if self.route == "complex":
            points = {n: self.at[n] + 1j * STEP * m for n, m in moves.items()}
            return self.values(points).imag / STEP
        return self._central(moves, longer * self.eps)

    def _central(self, moves: Mapping[str, Array], eps: float) -> Array:
        up = self.values({n: self.at[n] + eps * m for n, m in moves.items()})
        down = self.values({n: self.at[n] - eps * m for n, m in moves.items()})
        return np.subtract(up, down, dtype=float) / (2 * eps)

    def trust(self, moves: Mapping[str, Array], slopes: Array) -> float:
        """The relative error that the measured `slopes` themselves may have.

        By central differences that is how much a step twice as long changes them. It shows both the
        bend of the loss and its rounding, in whatever precision the loss computes.
        """
        if self.route == "complex":
            return ROUNDING
        apart = np.linalg.norm(self._central(moves, 2 * self.eps) - slopes)
        size = np.linalg.norm(slopes)
        return float(apart / size) if size else float(np.sign(apart))

    def entries(self, name: str, chosen: Array | None = None, longer: float = 1.0) -> Array:
        """The slope for each entry of one array, in its shape; for `chosen` flat indices, (n,)."""
        array = self.at[name]
        which = np.arange(array.size) if chosen is None else chosen
        parts = [self.slopes({name: moves}, longer) for moves in _unit_moves(array.shape, which)]
        flat = np.concatenate(parts) if parts else np.zeros(0)
        return flat.reshape(array.shape) if chosen is None else flat


def _unit_moves(shape: tuple[int, ...], which: Array) -> Iterator[Array]:
    """For each flat index of `which` an array that is 1 there and 0 elsewhere, some at a time."""
    size = int(np.prod(shape))
    for start in range(0, len(which), AT_ONCE):
        part = which[start : start + AT_ONCE]
        moves = np.zeros((len(part), size))
        moves[np.arange(len(part)), part] = 1.0
        yield moves.reshape(len(part), *shape)


def choose(
    loss: Loss, params: Mapping[str, Array], route: Route, eps: float, batched: bool
) -> Measure:
    """A `Measure` by the best route that this loss allows, tried out along one direction.

    Raises ValueError where the loss is not finite or differs from call to call, and for
    route="complex" where the complex step does not work; `why_central` of the result says why not.
    """
    central = Measure(loss, params, "central", eps, batched)
    here = {name: a[None] for name, a in central.at.items()}
    once, again = (complex(central.values(here)[0]) for _ in range(2))
    if not np.isfinite(once):
        raise ValueError(f"the loss is {once.real} at params: nothing can be measured there")
    if once != again:
        raise ValueError(
            f"the loss is {once.real} and then {again.real} at the same params. If it draws random "
            "numbers, start its generator anew in every call."
        )
    if route == "central":
        return central
    measure = Measure(loss, params, "complex", eps, batched)
    why_not = _complex_fails(measure, once.real)
    if not why_not:
        return measure
    if route == "complex":
        raise ValueError(f"the complex step does not work for this loss: {why_not}")
    central.why_central = f"Not by the complex step: {why_not}"
    return central


def _complex_fails(measure: Measure, value: float) -> str:
    """Why the complex step gives no slope of this loss, or ""."""
    rng = np.random.default_rng(1)
    moves = {name: rng.normal(size=(1, *a.shape)) for name, a in measure.at.items()}
    length = np.sqrt(sum(float((m**2).sum()) for m in moves.values())) or 1.0
    moves = {name: m / length for name, m in moves.items()}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")  # NumPy warns where an imaginary part is thrown away
            by_complex = float(measure.slopes(moves)[0])
    except Exception as error:  # whatever a stranger's loss raises here means the same
        return f"{type(error).__name__}: {error}"
    by_central = float(measure._central(moves, EPS)[0])
    noise = 1e-8 * max(1.0, abs(value))
    if abs(by_complex - by_central) <= 1e-4 * abs(by_central) + noise:
        return ""
    return (
        f"it gives {by_complex:.3g} where central differences give {by_central:.3g}. Is there an "
        "abs, a max, .real or a conjugate on the way?"
    )


def numerical_gradient(
    loss: Loss, params: Mapping[str, Array], *, eps: float = 1e-5, batched: bool = False
) -> dict[str, Array]:
    """The gradient of `loss` for every array of `params`, by central differences in float64.

    loss: dict of arrays → one number. With batched=True it gets every array with one more axis in
    front, (B, *shape), for B points at once, and returns (B,) numbers. eps: the step.
    Returns a dict like params. Two evaluations per entry. Raises ValueError where the loss is not
    finite, not one number, or another number at each call.
    """
    measure = choose(loss, params, "central", eps, batched)
    return {name: measure.entries(name) for name in params}


def complex_step_gradient(
    loss: Loss, params: Mapping[str, Array], *, batched: bool = False
) -> dict[str, Array]:
    """The gradient of `loss` for every array of `params`, by the complex step: exact to rounding.

    loss and batched as in `numerical_gradient`; the arrays it gets may be complex, and it must not
    leave the complex numbers on the way: no abs, max, comparison, `.real` or conjugate. Whether it
    does is not tried out here, as `check_gradients` does. Returns a dict like params, real. One
    evaluation per entry.
    """
    measure = Measure(loss, params, "complex", batched=batched)
    return {name: measure.entries(name) for name in params}
