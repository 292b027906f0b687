"""What unit 22 measures of a step that a learner invented: not what it computes, but how it acts.

Each function takes the arguments of a call and what it gave, as `Check.measure` asks, and raises
ValueError with a sentence where that has not the form it should.

The gradients are measured on a loss at five points along a line for each array: four of them give
the slope, (-L(2e) + 8 L(e) - 8 L(-e) + L(-2e)) / 12 e, right to about e⁴.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "GATES",
    "STEP",
    "biases",
    "far_out",
    "free",
    "from_h",
    "from_inputs",
    "inputs_matter",
    "is_new",
    "moves",
    "points_around",
    "rows_apart",
    "same_rows",
    "shapes",
    "states_matter",
    "to_states",
]

Array = np.ndarray
Args = dict[str, Any]
GATES = "figo"
STEP = 1e-3


# --- own_step -----------------------------------------------------------------------------------


def _states(args: Args, value: Any) -> tuple[Array, Array]:
    if not isinstance(value, tuple | list) or len(value) != 3:
        raise ValueError("three results are asked for: h, c and whatever the way back needs")
    wanted = args["h_prev"].shape
    for name, state in zip("hc", value, strict=False):
        if not isinstance(state, np.ndarray) or state.shape != wanted:
            raise ValueError(f"{name} must be an array {wanted}, one row an example")
        if not np.isfinite(state).all():
            raise ValueError(f"{name} has nan or inf in it")
    return value[0], value[1]


def shapes(args: Args, value: Any) -> str:
    """Whether h and c are arrays (N, H) of finite numbers."""
    _states(args, value)
    return "h and c"


far_out = shapes


def same_rows(args: Args, value: Any) -> str:
    """The examples of this call are all the same: so are the rows of h and c."""
    h, c = _states(args, value)
    same = all(np.allclose(a, a[:1], rtol=1e-9, atol=1e-12) for a in (h, c))
    return "equal rows" if same else "rows that differ though the examples are equal"


def rows_apart(args: Args, value: Any) -> str:
    """Of this call's examples the first two are equal, the others are not: they must not matter."""
    h, c = _states(args, value)
    same = all(np.allclose(a[0], a[1], rtol=1e-9, atol=1e-12) for a in (h, c))
    return "examples that know nothing of each other" if same else "examples that mix"


def inputs_matter(args: Args, value: Any) -> str:
    """Examples with the same states and other inputs get other states."""
    h, _ = _states(args, value)
    return "the input matters" if np.ptp(h, axis=0).max() > 1e-6 else "the input does not matter"


def states_matter(args: Args, value: Any) -> str:
    """Examples with the same input and other states get other states."""
    h, _ = _states(args, value)
    return "the past matters" if np.ptp(h, axis=0).max() > 1e-6 else "the past does not matter"


def is_new(args: Args, value: Any) -> str:
    """Whether it computes something else than the LSTM of unit 06."""
    h, c = _states(args, value)
    p, sigmoid = args["params"], lambda z: 0.5 * (1 + np.tanh(0.5 * z))
    z = {a: args["x"] @ p[f"U_{a}"] + args["h_prev"] @ p[f"W_{a}"] + p[f"b_{a}"] for a in GATES}
    lstm_c = sigmoid(z["f"]) * args["c_prev"] + sigmoid(z["i"]) * np.tanh(z["g"])
    lstm_h = sigmoid(z["o"]) * np.tanh(lstm_c)
    same = np.allclose(c, lstm_c, rtol=1e-6) and np.allclose(h, lstm_h, rtol=1e-6)
    return "the LSTM of unit 06" if same else "a variant"


# --- own_gradients ------------------------------------------------------------------------------


def points_around(rng: np.random.Generator, at: dict[str, Array]) -> dict[str, Array]:
    """`at`, then for each of its arrays four points along a random direction: -2, -1, 1, 2 steps.

    Every array of the result has one more axis in front: (B, …), one entry for each point.
    """
    points = [at]
    for name, array in at.items():
        direction = rng.normal(size=array.shape)
        direction /= np.linalg.norm(direction)
        points += [at | {name: array + k * STEP * direction} for k in (-2, -1, 1, 2)]
    return {name: np.stack([point[name] for point in points]) for name in at}


def _slopes(args: Args, value: Any) -> dict[str, tuple[float, float]]:
    """name → (slope of the losses, slope that the gradient says) along its direction."""
    points = args["points"]
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ValueError("two results are asked for: losses and grads")
    losses, grads = value
    B = len(points["x"])
    if not isinstance(losses, np.ndarray) or losses.shape != (B,):
        raise ValueError(f"losses must be an array ({B},), one number a point")
    if not isinstance(grads, dict):
        raise ValueError("grads must be a dict of arrays")
    found = {}
    for k, (name, moved) in enumerate(points.items()):
        array = moved[0]
        a, b, c, d = (float(loss) for loss in losses[1 + 4 * k : 5 + 4 * k])
        direction = (moved[3 + 4 * k] - array) / STEP
        gradient = grads.get(name, np.zeros_like(array))
        if not isinstance(gradient, np.ndarray) or gradient.shape != array.shape:
            raise ValueError(f"the gradient of {name} must have the shape {array.shape}")
        said = float((gradient * direction).sum())
        found[name] = (a - 8 * b + 8 * c - d) / (12 * STEP), said
    return found


def moves(args: Args, value: Any) -> str:
    """Whether the losses depend on inputs, states and weights at all."""
    slopes = _slopes(args, value)
    still = [name for name in ("x", "h_prev", "c_prev") if abs(slopes[name][0]) < 1e-7]
    if still:
        return f"a loss that does not depend on {still[0]}"
    weights = [name for name in slopes if name[0] in "UW"]
    moving = sum(abs(slopes[name][0]) > 1e-7 for name in weights)
    return "a loss that moves" if moving >= 4 else "a loss that hardly any weight moves"


def _right(args: Args, value: Any, names: tuple[str, ...]) -> str:
    slopes = _slopes(args, value)
    for name in slopes:
        if name in names or name.partition("_")[0] in names:
            true, said = slopes[name]
            if abs(true - said) > 1e-6 * (abs(true) + abs(said)) + 1e-9:
                told = f"your losses rise by {true:.4g} along a line, grads says {said:.4g}"
                return f"wrong for {name}: {told}"
    return "right"


def from_inputs(args: Args, value: Any) -> str:
    """The gradients of U_*."""
    return _right(args, value, ("U",))


def from_h(args: Args, value: Any) -> str:
    """The gradients of W_*."""
    return _right(args, value, ("W",))


def biases(args: Args, value: Any) -> str:
    """The gradients of b_*."""
    return _right(args, value, ("b",))


def free(args: Args, value: Any) -> str:
    """The gradients of the free vectors p_*."""
    return _right(args, value, ("p",))


def to_states(args: Args, value: Any) -> str:
    """The gradients of x, h_prev and c_prev."""
    return _right(args, value, ("x", "h_prev", "c_prev"))
