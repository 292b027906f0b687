"""What is compared of weights that a learner draws (unit 08).

A measure takes the arguments and the answer, or the answers of several calls, and gives numbers to
compare. It raises ValueError, with a sentence for the learner, where an answer has not even the
right form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from utils.judging import chance
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


def spread(args: dict[str, Any], answers: Any) -> dict[str, float]:
    """Of several calls, the standard deviation of every matrix times the root of its inputs.

    And, in the same measure, the mean of all U, of all W and of V, and within which number half of
    them lie: 0.674 for normal ones, 0.866 for uniform ones.
    """
    every = _matrices(args, answers)
    found = {name: float(np.std(array)) for name, array in every.items()}
    for kind in "UWV":
        arrays = np.stack([array for name, array in every.items() if name[0] == kind])
        found[f"mean of {kind}"] = float(arrays.mean())
        found[f"half of {kind}"] = float(np.median(np.abs(arrays)))
    return found


def copied(args: dict[str, Any], answers: Any) -> dict[str, float]:
    """How much of the draws is a copy (`chance.copies`), by the signs, where D = H = K.

    Axis 0 are the nine matrices, axis 1 their rows, axis 2 their columns.
    """
    signs = np.where(np.stack(list(_matrices(args, answers).values()), axis=1) > 0, 1, -1)
    counts = (signs > 0).reshape(len(signs), -1).sum(axis=1)
    return chance.copies(signs) | {"same number": chance.too_even(counts, signs[0].size)}


def _matrices(args: dict[str, Any], answers: Any) -> dict[str, np.ndarray]:
    """Name → (calls, rows, columns), times the root of the inputs."""
    checked = [_checked_params(args, params) for params in chance.each(answers)]
    names = sorted(name for name, array in checked[0].items() if array.ndim == 2)
    return {k: np.stack([p[k] for p in checked]) * np.sqrt(len(checked[0][k])) for k in names}
