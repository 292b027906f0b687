"""What is compared of weights that are drawn as PyTorch draws them (unit 17).

A measure takes the arguments and the answer and gives numbers to compare. It raises ValueError,
with a sentence for the learner, where the answer has not even the right form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["bias_spread", "likeness", "reach", "shapes", "spread"]


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


def reach(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    """Of all U, and of all W, the smallest and the largest entry times the root of H: (2,)."""
    checked, root = _checked(args, params), np.sqrt(args["H"])
    every = {kind: np.stack([checked[f"{kind}_{gate}"] for gate in "figo"]) for kind in "UW"}
    return {kind: root * np.array([a.min(), a.max()]) for kind, a in every.items()}


def spread(args: dict[str, Any], params: Any) -> dict[str, float]:
    """Matrix → its standard deviation in parts of that of a uniform draw from ±1/√H."""
    uniform = 1 / np.sqrt(3 * args["H"])
    return {
        name: float(np.sqrt(np.mean(array**2)) / uniform)
        for name, array in _checked(args, params).items()
        if array.ndim == 2
    }


def bias_spread(args: dict[str, Any], params: Any) -> float:
    """The root mean square of all biases in parts of that of a sum of two draws from ±1/√H.

    99 where they lean to one side, or where one gate's biases lie elsewhere than the others'.
    """
    checked = _checked(args, params)
    biases = np.stack([checked[f"b_{gate}"] for gate in "figo"])
    two = np.sqrt(2 / (3 * args["H"]))
    if np.abs(biases.mean(axis=1)).max() > two:
        return 99.0
    if np.abs(biases.mean()) > 0.5 * two:
        return 99.0
    return float(np.sqrt(np.mean(biases**2)) / two)


def likeness(args: dict[str, Any], params: Any) -> float:
    """The largest correlation between two gates' matrices; 1 where it cannot be measured."""
    checked = _checked(args, params)
    rows = [np.stack([checked[f"{kind}_{gate}"].ravel() for gate in "figo"]) for kind in "UW"]
    with np.errstate(all="ignore"):
        most = max(float(np.abs(np.triu(np.corrcoef(r), 1)).max()) for r in rows)
    return most if np.isfinite(most) else 1.0
