"""Where a backward pass through time goes wrong: an error map, gate by time step, in words.

The backward pass is a black box. But its U gradients are Σ_t x_tᵀ δ_t, and the δ_t, what arrives
at the pre-activations of step t, do not depend on cache["x"]. So with cache["x"] zeroed at every
step but t, the same function returns the share of step t alone. The true share is x_tᵀ times the
true δ_t, which is the slope of the loss for numbers added to the pre-activations.

The words come from trying out: each path of the cell is cut in the forward pass, and where the
shares are those that come out with the path cut, that is the path that was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from utils.gradients.numerical import Measure
from utils.gradients.problem import Backward, Forward, Problem, caches_of, called
from utils.gradients.report import GATES, SAME, named_factor
from utils.networks.lstm_copies import ORDER, PATHS, hidden_states
from utils.pictures.plots import picture_of
from utils.pictures.themes import Picture

Array = np.ndarray
ROWS = "figo"  # the gates of a map, from top to bottom
LIMIT = 1e-6
_ONLY_ONE = "Only step {} is in the sums: its share replaces the others' (= where += belongs)."
FLOOR = 1e-16  # errors are drawn from here: nothing smaller can be told from 0


@dataclass(frozen=True)
class ErrorMap:
    """errors: (4, T), relative error of each gate's share at each step, gates f, i, g, o; nan
    where no share could be had. words: what it says, a sentence each; none for a right backward
    pass."""

    errors: Array
    words: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Every share is right, and nothing else was noticed."""
        return not self.words and bool((self.errors <= LIMIT).all())

    def __str__(self) -> str:
        T = self.errors.shape[1]
        lines = ["step        " + "".join(f"{t:>9}" for t in range(T))]
        for gate, row in zip(ROWS, self.errors, strict=True):
            lines.append(f"{GATES[gate]:12}" + "".join(f"{error:9.0e}" for error in row))
        return "\n".join([*lines, *(self.words or ("Right at every step, for every gate.",))])

    __repr__ = __str__

    def plot(self) -> Picture:
        """The map as a picture: dark is right, light is wrong, and each field says its error."""
        T = self.errors.shape[1]
        powers = np.log10(np.clip(self.errors, FLOOR, 1))
        fig, ax = plt.subplots(figsize=(2.6 + 0.75 * T, 3.2))
        picture = ax.imshow(powers, aspect="auto", cmap="cividis", vmin=-16, vmax=0)
        for row in range(4):
            for t in range(T):
                if np.isfinite(powers[row, t]):
                    ink = "black" if powers[row, t] > -7 else "white"
                    ax.text(t, row, f"{self.errors[row, t]:.0e}", ha="center", va="center",
                            color=ink, fontsize=9)  # fmt: skip
        ax.set(
            title="Relative error of what reaches each gate",
            xlabel="time step t",
            xticks=range(T),
            yticks=range(4),
            yticklabels=[GATES[gate] for gate in ROWS],
        )
        ax.grid(False)
        fig.colorbar(picture, ax=ax, label="power of ten")
        return picture_of(fig, f"Error map of four gates and {T} time steps. {self}")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return self.plot()._repr_mimebundle_() | {"text/plain": str(self)}


def error_map(
    backward: Backward, forward: Forward, problem: Problem, limit: float = LIMIT
) -> ErrorMap:
    """The error of each gate's share of the U gradients at each time step, and what it says.

    backward: (dh, caches, params) → dx, dh0, dc0, grads, as unit 11's lstm_backward. forward: (x,
    h0, c0, params) → h, c, caches; its caches must have "x", used for nothing but the U gradients
    and dx. Raises ValueError where `forward` is no LSTM or `backward` returns something else.
    """
    caches = caches_of(forward, problem)
    box = _Box(backward, caches, problem)
    *_, whole, changed = box.call(problem.dh)
    words = [f"It changes its argument {name}: work on a copy." for name in changed]
    unknown = np.full((4, len(problem.x)), np.nan)
    *_, again, _ = box.call(problem.dh)
    if not _alike(_stack(whole), _stack(again)):
        words.append(
            "The same call gives other gradients the second time: something is kept between calls. "
            "Start with new zeros in every call."
        )
        return ErrorMap(unknown, tuple(words))
    got, true = box.shares(problem.dh), _true_shares(problem)
    if not _alike(got.sum(axis=1), _stack(whole)):
        alone = [t for t in range(len(problem.x)) if _alike(got[:, t], _stack(whole))]
        words.append(
            _ONLY_ONE.format(alone[0])
            if len(alone) == 1
            else 'The U gradients do not follow cache["x"]: there is no share to look at.'
        )
        return ErrorMap(unknown, tuple(words))
    errors = _errors(got, true)
    right = errors <= limit
    if not right.all():
        words.append(_explained(box, got, true, right, problem))
    elif not box.is_linear():
        words.append(
            "Right here, but not in proportion to dh: something is clipped or normalised on the "
            "way. Clip once, at the end."
        )
    return ErrorMap(errors, tuple(words))


class _Box:
    """The backward pass, asked from outside."""

    def __init__(self, backward: Backward, caches: list[dict], problem: Problem) -> None:
        self.backward, self.caches, self.params = backward, caches, problem.cell
        self.dh = problem.dh

    def call(self, dh: Array, only: int | None = None) -> tuple:
        """Its answer; with `only`, to caches whose x is zero but at that step."""
        caches = self.caches
        if only is not None:
            caches = [
                cache if t == only else {**cache, "x": np.zeros_like(cache["x"])}
                for t, cache in enumerate(caches)
            ]
        return called(self.backward, dh, caches, self.params)

    def shares(self, dh: Array) -> Array:
        """(4, T, D, H): what each step alone adds to the gradient of each gate's U."""
        steps = [_stack(self.call(dh, only=t)[3]) for t in range(len(dh))]
        return np.stack(steps, axis=1)

    def reach(self) -> Array:
        """(T, T): whether a gradient that arrives at step s alone leaves a share at step t."""
        T = len(self.dh)
        reached = np.zeros((T, T), dtype=bool)
        for s in range(T):
            alone = np.zeros_like(self.dh)
            alone[s] = self.dh[s]
            sizes = np.abs(self.shares(alone)).max(axis=(0, 2, 3))
            reached[s] = sizes > 1e-12 * max(float(sizes.max()), 1e-30)
        return reached

    def is_linear(self) -> bool:
        """A backward pass gives a thousand times the gradient for a thousand times the dh."""
        large, small = (_stack(self.call(k * self.dh)[3]) for k in (1e3, 1.0))
        return _alike(large, 1e3 * small)


def _stack(grads: dict[str, Array]) -> Array:
    return np.stack([grads[f"U_{gate}"] for gate in ROWS])


def _errors(got: Array, true: Array) -> Array:
    """Norm-relative error of each gate's share at each step: (4, T, D, H) twice → (4, T)."""
    flat = (stack.reshape(*stack.shape[:2], -1) for stack in (got - true, got, true))
    gap, *sizes = (np.linalg.norm(stack, axis=2) for stack in flat)
    total = sum(sizes)
    return np.divide(gap, total, out=np.zeros_like(gap), where=total > 0)


def _alike(a: Array, b: Array) -> bool:
    return bool(np.linalg.norm(a - b) <= SAME * (np.linalg.norm(a) + np.linalg.norm(b)))


def _true_shares(problem: Problem, dh: Array | None = None, **cuts: Any) -> Array:
    """(4, T, D, H), by the complex step; for another dh, or with paths cut, if asked."""
    arriving = problem.dh if dh is None else dh
    T, N, H = problem.dh.shape
    fixed = {"x": problem.x, "h0": problem.h0, "c0": problem.c0, **problem.cell}
    copies = {name: array[None] for name, array in fixed.items()}

    def loss(at: dict[str, Array]) -> Array:
        return (arriving * hidden_states({**copies, **at}, **cuts)).sum(axis=(1, 2, 3))

    at = {"z": np.zeros((T, N, 4 * H))}
    delta = Measure(loss, at, "complex", batched=True).entries("z")
    by_gate = dict(zip(ORDER, np.split(delta, 4, axis=-1), strict=True))
    return np.stack([np.einsum("tnd,tnh->tdh", problem.x, by_gate[gate]) for gate in ROWS])


def _overwritten(got: Array) -> list[int]:
    """The one step that alone has a share, if that is so."""
    steps = np.flatnonzero(np.abs(got).max(axis=(0, 2, 3)) > 0)
    return [int(steps[0])] if len(steps) == 1 < got.shape[1] else []


def _hypotheses(dh: Array) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ways to go wrong that come out of a forward pass too, each with what it would be called."""
    T = len(dh)
    told = {
        "carry of h": "the carry of dh is lost (add the dh_prev of step t + 1 to dh[t])",
        "carry of c": "the carry of dc is lost (the dc_prev of step t + 1 is the dc of step t)",
        "c to h": "the way from h into c is missing (dc gets dh · o · (1 - tanh²(c)) as well)",
    }
    for path in PATHS:
        gate = path.removeprefix("h to ")
        yield (
            told.get(path, f"dh_prev misses the {GATES.get(gate)} (it has four terms)"),
            {"cut": {path}},
        )
    yield (
        "what is carried replaces the loss's own dh[t] (both arrive: add them)",
        {"dh": dh * (np.arange(T) == T - 1)[:, None, None]},
    )
    yield "each step is treated alone, neither dh nor dc is carried", {"cut": set(PATHS[:2])}
    for window in range(2, T):
        for starts in range(window):
            if any(t % window == starts for t in range(1, T)):
                yield (
                    f"both carries are cut every {window} steps: truncated backpropagation",
                    {"window": window, "starts": starts},
                )


def _explained(box: _Box, got: Array, true: Array, right: Array, problem: Problem) -> str:
    """The one sentence that says most."""
    T = got.shape[1]
    if not got.any():
        return "All U gradients are zero: nothing arrives."
    alone = _overwritten(got)
    if alone:
        return _ONLY_ONE.format(alone[0])
    factor = float((got * true).sum() / (true * true).sum())
    if _alike(got, factor * true):
        N, D, H = *problem.x.shape[1:], problem.h0.shape[1]
        return "The same at every step and gate: " + named_factor(
            factor, {"T": T, "N": N, "D": D, "H": H}
        )
    place, cause = _where(right)
    if not box.is_linear():
        return f"{place}: something is clipped or normalised on the way."
    for told, other in _hypotheses(problem.dh):
        if _alike(got, _true_shares(problem, **other)):
            return f"{place}: {told}."
    return _order(box.reach()) or f"{place}: {cause}."


def _order(reached: Array) -> str:
    """What is wrong with the order of time, told from who reaches whom, or ""."""
    T = len(reached)
    if T == 1:
        return ""
    here, before = np.diag(reached), np.diag(reached, -1)
    if (reached == np.triu(np.ones((T, T), dtype=bool))).all():
        return "Time runs forwards: what arrives at step t goes to later steps. Start at the end."
    if reached[np.arange(T), T - 1 - np.arange(T)].all() and not here.all():
        return "dh and the caches run in opposite orders: dh[t] belongs to caches[t]."
    if not here[1:].any() and before.all():
        return "Off by one: step t is walked back with the cache of step t - 1."
    if not here[:-1].any() and np.diag(reached, 1).all():
        return "Off by one: step t is walked back with the cache of step t + 1."
    s, t = np.nonzero(reached)
    if here.all() and (t <= s).all() and (far := int((s - t).max())) < T - 1:
        return f"Nothing travels back more than {far} steps: truncated."
    return ""


def _where(right: Array) -> tuple[str, str]:
    """What the pattern of right and wrong fields says: the place, and what to look at."""
    wrong, last = (
        [gate for gate, row in zip(ROWS, fields, strict=True) if not row.all()]
        for fields in (right, right[:, -1:])
    )
    tails = [int(np.argmin(row[::-1])) if not row.all() else len(row) for row in right]
    if len(wrong) < 4 and wrong != list("fig"):
        return f"Only the {_named(wrong)} wrong", "look at the lines of its own"
    if not last and min(tails) == 1 < tails[ROWS.index("o")]:
        place = "The output gate is right at the last two steps, the others at the last step only"
        return place, "the carry of dc is wrong"
    if not last:
        steps = "step" if min(tails) == 1 else f"{min(tails)} steps"
        return f"Right at the last {steps} only", "what is carried back is wrong"
    if last == list("fig"):
        place = "At the last step all but the output gate are wrong, and spoil the steps before"
        return place, "look at the way from h into c"
    if len(last) < 4:
        spoil = "spoils" if len(last) == 1 else "spoil"
        place = f"At the last step only the {_named(last)} wrong, and {spoil} the steps before"
        return place, "look at the lines of its own"
    return "Wrong from the last step on, for every gate", "look at what all of them get"


def _named(gates: list[str]) -> str:
    """`forget gate is`, `forget gate and the candidate are`."""
    return f"{' and the '.join(GATES[g] for g in gates)} {'is' if len(gates) == 1 else 'are'}"
