"""What exercises in which weights are set by hand share: how their wrong answers are made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.authoring import Wrong

Array = np.ndarray
Params = dict[str, Array]
Answer = Callable[[int, int], Params]


def zeros(D: int, H: int, gates: str = "figo") -> Params:
    """U, W and b of these gates, all 0."""
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    return {f"{kind}_{gate}": np.zeros(shapes[kind]) for kind in "UWb" for gate in gates}


def changed(right: Answer, **entries: float | dict[int, float]) -> Answer:
    """`right` with other numbers for unit 0.

    entries: array → number, for b[0], U[0, 0] or W[0, 0]; or row → number, for column 0 of U or W.
    """

    def function(D: int, H: int) -> Params:
        params = right(D, H)
        for name, new in entries.items():
            for row, value in (new if isinstance(new, dict) else {0: new}).items():
                params[name][(row,) if name[0] == "b" else (row, 0)] = value
        return params

    return function


def built(right: Answer, change: Callable[[Params], object]) -> Answer:
    """`right`, its arrays changed by `change`, which may give other ones back."""

    def function(D: int, H: int) -> Params:
        params = right(D, H)
        new = change(params)
        return params if new is None else new  # type: ignore[return-value]

    return function


def _last_unit(params: Params) -> Params:
    axes = {"U": (1,), "W": (0, 1), "b": (0,)}
    return {n: np.roll(a, [1] * len(axes[n[0]]), axis=axes[n[0]]) for n, a in params.items()}


def _other_inputs(params: Params) -> Params:
    return {n: np.roll(a, 1, axis=0) if n[0] == "U" else a for n, a in params.items()}


def _random(params: Params) -> Params:
    noise = np.random.default_rng(0)
    return {name: noise.normal(size=array.shape) for name, array in params.items()}


def of_form(right: Answer, gates: str, count: str) -> tuple[Wrong, ...]:
    """What goes wrong in any such exercise. count: how many arrays there are, in words."""
    first = gates[0]
    return (
        Wrong("wrong unit", built(right, _last_unit),
              "Another unit than unit 0 does the work: it has column 0 of U and W and b[0]."),
        Wrong("wrong input", built(right, _other_inputs),
              "The unit listens to other inputs than it should: row k of U belongs to input k."),
        Wrong("all zeros", built(right, lambda p: {n: 0 * a for n, a in p.items()}),
              "All weights are 0: every gate stands half open, whatever comes."),
        Wrong("random", built(right, _random),
              "These look like random weights. Set them by hand: nearly all are 0, a few numbers "
              "do it all."),
        Wrong("weights of one gate missing", built(right, lambda p: {
                  n: a for n, a in p.items() if not n.endswith(f"_{first}")}),
              f"U_{first}, W_{first} and b_{first} are missing. All {count} arrays must be there, "
              "zeros where nothing is needed."),
        Wrong("lists", built(right, lambda p: {n: a.tolist() for n, a in p.items()}),
              "The values are lists. Make them arrays, for example with np.zeros((D, H))."),
        Wrong("shapes exchanged", built(right, lambda p: {
                  n: a.T.copy() if n[0] == "U" else a for n, a in p.items()}),
              "The U arrays have shape (H, D). They map inputs to units: (D, H)."),
    )  # fmt: skip
