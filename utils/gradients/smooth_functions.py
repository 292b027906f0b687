"""Smooth functions from an array of any shape to a number, to differentiate numerically."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


def _weights(a: np.ndarray) -> np.ndarray:
    return 1 + np.arange(a.size, dtype=float).reshape(a.shape) / a.size


def _sum(a: np.ndarray) -> float:
    """Rounded once, at the end: a numerical gradient magnifies any other rounding by 1 / eps."""
    return math.fsum(a.ravel())


FUNCTIONS: dict[str, Callable[[np.ndarray], float]] = {
    "squares": lambda a: _sum(_weights(a) * a**2),
    "cubes": lambda a: _sum(_weights(a) * a**3),
    "waves": lambda a: _sum(_weights(a) * np.sin(a)),
    "product": lambda a: math.prod((1 + 0.1 * a).ravel().tolist()),
    "sum": lambda a: _sum(_weights(a) * a),
    "tanh of the sum": lambda a: math.tanh(_sum(_weights(a) * a)),
}


def smooth_function(name: str) -> Callable[[np.ndarray], float]:
    """The function of that name."""
    return FUNCTIONS[name]
