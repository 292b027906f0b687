"""What is compared of weights that are drawn as PyTorch draws them (unit 17).

A measure takes the arguments and the answer, or the answers of several calls, and gives numbers to
compare. It raises ValueError, with a sentence for the learner, where an answer has not even the
right form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from utils.judging import chance

__all__ = ["biases", "copied", "reach", "shapes", "uneven"]


def _checked(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    """The weights of a cell, or ValueError with what is wrong with their names or shapes."""
    D, H = args["D"], args["H"]
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    wanted = {f"{kind}_{gate}": shapes[kind] for kind in "UWb" for gate in "figo"}
    if not isinstance(params, dict):
        raise ValueError(f"expected a dict of 12 arrays, got a {type(params).__name__}")
    for name, shape in wanted.items():
        array = params.get(name)
        if not isinstance(array, np.ndarray) or array.dtype != np.float64:
            raise ValueError(f"{name} is missing or no float64 array")
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    extra = sorted(params.keys() - wanted.keys())
    if extra:
        raise ValueError(f"unknown names: {', '.join(extra)}")
    return {name: params[name] for name in wanted}


def shapes(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    """Name → shape."""
    return {name: np.array(array.shape) for name, array in _checked(args, params).items()}


def _every(args: dict[str, Any], answers: Any) -> dict[str, np.ndarray]:
    """U (calls, 4, D, H), W (calls, 4, H, H) and b (calls, 4, H) of several calls, times √H."""
    checked = [_checked(args, params) for params in chance.each(answers)]
    return {
        kind: np.array([[p[f"{kind}_{gate}"] for gate in "figo"] for p in checked])
        * np.sqrt(args["H"])
        for kind in "UWb"
    }


def reach(args: dict[str, Any], answers: Any) -> dict[str, np.ndarray]:
    """Of all U, and of all W, the smallest and the largest entry times the root of H: (2,).

    Of n right entries the largest is below 1 - e with probability (1 - e/2)^n.
    """
    every = _every(args, answers)
    return {kind: np.array([every[kind].min(), every[kind].max()]) for kind in "UW"}


def uneven(args: dict[str, Any], answers: Any) -> dict[str, float]:
    """U, W → how far the entries are from uniform between ±1/√H (`_farthest`)."""
    every = _every(args, answers)
    return {kind: _farthest(every[kind], _uniform) for kind in "UW"}


def biases(args: dict[str, Any], answers: Any) -> dict[str, float]:
    """The distance from sums of two draws; the share within ±1/√H; 1.0 if one is beyond 2/√H."""
    b = _every(args, answers)["b"]
    return {
        "distance": _farthest(b, _sum_of_two),
        "within 1/√H": float((np.abs(b) < 1).mean()),
        "beyond 2/√H": float(np.abs(b).max() > 2 + 1e-12),
    }


def copied(args: dict[str, Any], answers: Any) -> dict[str, float]:
    """How much of the draws is a copy (`chance.copies`), by the signs of all twelve arrays.

    Axis 0 are the gates, axis 1 the rows of U, of W and b, axis 2 the units.
    """
    every = _every(args, answers)
    rows = np.concatenate([every["U"], every["W"], every["b"][:, :, None]], axis=2)
    counts = (rows > 0).reshape(len(rows), -1).sum(axis=1)
    return chance.copies(np.where(rows > 0, 1, -1)) | {
        "same number": chance.too_even(counts, rows[0].size)
    }


def _farthest(every: np.ndarray, quantile: Callable[[float], float]) -> float:
    """The distance of all gates' numbers (calls, 4, …) from a law (`chance.distance`).

    Or half of one gate's, where that is more: a gate has a quarter of the numbers, so that both are
    off by chance equally seldom.
    """
    apart = [chance.distance(every[:, k], quantile) for k in range(every.shape[1])]
    return max(chance.distance(every, quantile), max(apart) / 2)


def _uniform(level: float) -> float:
    """The quantile of a uniform draw from ±1."""
    return 2 * level - 1


def _sum_of_two(level: float) -> float:
    """The quantile of the sum of two such draws."""
    side = 2 - 2 * float(np.sqrt(2 * min(level, 1 - level)))
    return side if level > 0.5 else -side
