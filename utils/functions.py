"""Smooth functions from an array of any shape to a number, to differentiate numerically."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _weights(a: np.ndarray) -> np.ndarray:
    return 1 + np.arange(a.size, dtype=float).reshape(a.shape) / a.size


FUNCTIONS: dict[str, Callable[[np.ndarray], float]] = {
    "squares": lambda a: float((_weights(a) * a**2).sum()),
    "cubes": lambda a: float((_weights(a) * a**3).sum()),
    "waves": lambda a: float((_weights(a) * np.sin(a)).sum()),
    "product": lambda a: float(np.prod(1 + 0.1 * a)),
    "sum": lambda a: float((_weights(a) * a).sum()),
    "tanh of the sum": lambda a: float(np.tanh((_weights(a) * a).sum())),
}
