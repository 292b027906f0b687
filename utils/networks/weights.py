"""What is compared of weights that a learner draws (unit 08).

A measure takes the arguments and the answer and gives numbers to compare. It raises ValueError,
with a sentence for the learner, where the answer has not even the right form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from utils.notation import weight_shapes


def _checked_params(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    """The weights of a whole model, or ValueError with what is wrong with their names or shapes."""
    wanted = weight_shapes(args["D"], args["H"], args["K"])
    if not isinstance(params, dict):
        raise ValueError(f"expected a dict of {len(wanted)} arrays, got a {type(params).__name__}")
    for name, shape in wanted.items():
        if name not in params:
            raise ValueError(f"{name} is missing")
        array = params[name]
        if not isinstance(array, np.ndarray) or array.dtype != np.float64:
            raise ValueError(f"{name} is not a float64 array")
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    extra = sorted(params.keys() - wanted.keys())
    if extra:
        raise ValueError(f"unknown names: {', '.join(extra)}")
    return params


def shapes(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    """Name → shape."""
    return {k: np.array(a.shape) for k, a in sorted(_checked_params(args, params).items())}


def biases(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    """Name → vector."""
    return {k: a for k, a in sorted(_checked_params(args, params).items()) if a.ndim == 1}


def spread(args: dict[str, Any], params: Any) -> dict[str, float]:
    """Standard deviation of every matrix times the root of its inputs."""
    checked = _checked_params(args, params)
    return {k: float(np.std(a) * np.sqrt(len(a))) for k, a in checked.items() if a.ndim == 2}


def likeness(args: dict[str, Any], params: Any) -> float:
    """The largest correlation between two different gates' matrices, or between units of one."""
    checked = _checked_params(args, params)
    rows = [np.stack([checked[f"{kind}_{gate}"].ravel() for gate in "figo"]) for kind in "UW"]
    with np.errstate(all="ignore"):
        most = max(float(np.abs(np.triu(np.corrcoef(r), 1)).max()) for r in rows)
    return most if np.isfinite(most) else 1.0
