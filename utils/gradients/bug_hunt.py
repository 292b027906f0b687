"""Losses with gradients that are right and gradients that are not, for unit 09's bug hunt.

Every loss takes an array a of shape (3, 4) and gives a number; every candidate takes the same array
and claims to give the loss's gradient. `SUSPECTS` says what is wrong with a candidate, None where
nothing is. Which ones a check uses, and under which names, is in the unit's cases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray

_rng = np.random.default_rng(9)
R = _rng.normal(size=(3, 4))  # how much each entry of a result counts in the loss
C_PREV = _rng.normal(size=(3, 4))
W = _rng.normal(size=(4, 4))
TARGETS = np.array([2, 0, 3])


def _sigmoid(a: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * a))


def _softmax(a: Array) -> Array:
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _two_steps(a: Array) -> tuple[Array, Array, Array]:
    """A memory kept twice by the same gate: c2 = f (f c0 + 1) + 1."""
    f = _sigmoid(a)
    c1 = f * C_PREV + 1
    return f, c1, f * c1 + 1


LOSSES: dict[str, Callable[[Array], float]] = {
    "squares": lambda a: float((a**2).sum()),
    "gate": lambda a: float((R * _sigmoid(a)).sum()),
    "hidden state": lambda a: float((R * np.tanh(a)).sum()),
    "cell state": lambda a: float((R * (_sigmoid(a) * C_PREV + 0.5 * np.tanh(a))).sum()),
    "linear map": lambda a: float((R * np.tanh(a @ W)).sum()),
    "cross-entropy": lambda a: float(-np.log(_softmax(a)[np.arange(3), TARGETS]).mean()),
    "two steps": lambda a: float((R * _two_steps(a)[2]).sum()),
    "faint gate": lambda a: 1e-7 * float((R * _sigmoid(a)).sum()),
    "constant": lambda a: 3.0,
}


def _cross_entropy_gradient(a: Array) -> Array:
    p = _softmax(a)
    p[np.arange(3), TARGETS] -= 1
    return p / 3


def _two_steps_gradient(a: Array) -> Array:
    f, c1, _ = _two_steps(a)
    return R * (c1 + f * C_PREV) * f * (1 - f)


def _with(function: Callable[[Array], Array], change: Callable[[Array], Array]) -> Callable:
    return lambda a: change(function(a))


def _last_row_only(g: Array) -> Array:
    g = g.copy()
    g[:-1] = 0
    return g


def _one_entry(g: Array) -> Array:
    g = g.copy()
    g[1, 2] *= 1.5
    return g


def _gate(a: Array) -> Array:
    return R * _sigmoid(a) * (1 - _sigmoid(a))


def _cell(a: Array) -> Array:
    f = _sigmoid(a)
    return R * (f * (1 - f) * C_PREV + 0.5 * (1 - np.tanh(a) ** 2))


def _linear(a: Array) -> Array:
    return (R * (1 - np.tanh(a @ W) ** 2)) @ W.T


# loss → candidate → (what is wrong with it, the function)
SUSPECTS: dict[str, dict[str, tuple[str | None, Callable[[Array], Array]]]] = {
    "squares": {
        "right": (None, lambda a: 2 * a),
        "added": (None, lambda a: a + a),
        "half": ("factor 2 missing", lambda a: a),
        "absolute": ("right for positive entries only", lambda a: 2 * np.abs(a)),
        "per example": ("divided by N", lambda a: 2 * a / 3),
        "constant": ("does not depend on a", lambda a: np.full_like(a, 2.0)),
    },
    "gate": {
        "right": (None, _gate),
        "from exponentials": (None, lambda a: R / (2 + np.exp(a) + np.exp(-a))),
        "no slope": ("slope of σ missing", lambda a: R * _sigmoid(a)),
        "activated twice": (
            "σ applied to the activated value",
            lambda a: R * _sigmoid(_sigmoid(a)) * (1 - _sigmoid(_sigmoid(a))),
        ),
        "tanh slope": ("slope of tanh instead", lambda a: R * (1 - _sigmoid(a) ** 2)),
        "minus": ("wrong sign", lambda a: -_gate(a)),
    },
    "hidden state": {
        "right": (None, lambda a: R * (1 - np.tanh(a) ** 2)),
        "from cosh": (None, lambda a: R / np.cosh(a) ** 2),
        "no square": ("1 - tanh instead of 1 - tanh²", lambda a: R * (1 - np.tanh(a))),
        "of a": ("1 - a² instead of 1 - tanh²", lambda a: R * (1 - a**2)),
        "loss left out": ("the loss's own gradient missing", lambda a: 1 - np.tanh(a) ** 2),
    },
    "cell state": {
        "right": (None, _cell),
        "no candidate": (
            "the way through the candidate missing",
            lambda a: R * _sigmoid(a) * (1 - _sigmoid(a)) * C_PREV,
        ),
        "one in a hundred": ("1 % too large", _with(_cell, lambda g: 1.01 * g)),
        "last row": ("only the last row", _with(_cell, _last_row_only)),
        "one entry": ("one entry wrong", _with(_cell, _one_entry)),
    },
    "linear map": {
        "right": (None, _linear),
        "einsum": (
            None,
            lambda a: np.einsum("nk,hk->nh", R * (1 - np.tanh(a @ W) ** 2), W),
        ),
        "W": ("W instead of its transpose", lambda a: (R * (1 - np.tanh(a @ W) ** 2)) @ W),
        "slope after": (
            "slope taken after the map back",
            lambda a: (R @ W.T) * (1 - np.tanh(a @ W) ** 2),
        ),
        "a little": ("off by one in ten thousand", _with(_linear, lambda g: g * 1.0001)),
    },
    "cross-entropy": {
        "right": (None, _cross_entropy_gradient),
        "summed": ("not divided by N", _with(_cross_entropy_gradient, lambda g: 3 * g)),
        "no target": ("target not subtracted", lambda a: _softmax(a) / 3),
        "slope again": (
            "softmax's slope applied again",
            lambda a: _cross_entropy_gradient(a) * _softmax(a) * (1 - _softmax(a)),
        ),
    },
    "two steps": {
        "right": (None, _two_steps_gradient),
        "no carry": (
            "what the first step did is lost",
            lambda a: R * _two_steps(a)[1] * _sigmoid(a) * (1 - _sigmoid(a)),
        ),
        "assigned": (
            "the second step's share overwritten by the first's",
            lambda a: R * _sigmoid(a) * C_PREV * _sigmoid(a) * (1 - _sigmoid(a)),
        ),
    },
    "faint gate": {
        "right": (None, lambda a: 1e-7 * _gate(a)),
        "half": ("half of it", lambda a: 0.5e-7 * _gate(a)),
        "nothing": ("zero", lambda a: np.zeros_like(a)),
    },
    "constant": {
        "right": (None, lambda a: np.zeros_like(a)),
        "one": ("not zero", lambda a: np.ones_like(a)),
    },
}


def loss(name: str) -> Callable[[Array], float]:
    """The loss of that name."""
    return LOSSES[name]


def candidate(name: str) -> Callable[[Array], Array]:
    """The candidate called "loss/candidate"."""
    loss, _, which = name.partition("/")
    function = SUSPECTS[loss][which][1]
    return lambda a: function(a)  # another object than the one in the table, which says it all


def found(args: dict[str, Any], answer: Any) -> dict[str, str]:
    """candidate → "wrong" where it was named, else "right": what is compared of a hunt."""
    candidates = args["candidates"]
    if not isinstance(answer, list):
        raise ValueError(f"expected a list of names, got a {type(answer).__name__}")
    for name in answer:
        if not isinstance(name, str) or name not in candidates:
            raise ValueError(f"{name!r} is not the name of a candidate")
    return {name: "wrong" if name in answer else "right" for name in sorted(candidates)}
