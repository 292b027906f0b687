"""What is compared of weights that a learner draws (unit 08) or sets by hand (unit 05).

A measure takes the arguments and the answer, or the answers of several calls, and gives numbers to
compare. It raises ValueError, with a sentence for the learner, where an answer has not even the
right form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from utils.judging import chance


def _checked_params(args: dict[str, Any], params: Any) -> dict[str, np.ndarray]:
    """The weights of a whole model, or ValueError with what is wrong with their names or shapes."""
    D, H, K = args["D"], args["H"], args["K"]
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    wanted = {f"{kind}_{gate}": shapes[kind] for kind in "UWb" for gate in "figo"}
    wanted |= {"V": (H, K), "b_y": (K,)}
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


def _cell_states(args: dict[str, Any], params: Any, first: np.ndarray, wait: int) -> np.ndarray:
    """Unit 0 over time, (T, N): `wait` steps of zeros, then `first` on input 0, then 100 zeros.

    params: weights of a cell, set by hand by the learner; other inputs are zero throughout.
    """
    D, H = args["D"], args["H"]
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    if not isinstance(params, dict):
        raise ValueError(f"expected a dict of 12 arrays, got a {type(params).__name__}")
    for name in (f"{kind}_{gate}" for kind in "UWb" for gate in "figo"):
        array = params.get(name)
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
            raise ValueError(f"{name} is missing or no array of floating point numbers")
        if array.shape != shapes[name[0]]:
            raise ValueError(f"{name} has shape {array.shape}, expected {shapes[name[0]]}")
    packed = {k: np.concatenate([params[f"{k}_{a}"] for a in "fiog"], axis=-1) for k in "UWb"}
    x = np.zeros((wait + 101, len(first), D))
    x[wait, :, 0] = first
    h, c, path = np.zeros((len(first), H)), np.zeros((len(first), H)), []
    for x_t in x:
        z = x_t @ packed["U"] + h @ packed["W"] + packed["b"]
        f, i, o = np.split(0.5 * (1 + np.tanh(0.5 * z[:, : 3 * H])), 3, axis=1)
        c = f * c + i * np.tanh(z[:, 3 * H :])
        h = o * np.tanh(c)
        path.append(c[:, 0])
    return np.stack(path)


_FIRST = np.array([0.5, 1.0, 2.0])


def latch_form(args: dict[str, Any], params: Any) -> str:
    """Nothing but whether all twelve arrays are there, in their shapes."""
    _cell_states(args, params, _FIRST, 0)
    return "all there"


def latch_written_up(args: dict[str, Any], params: Any) -> np.ndarray:
    """Unit 0 after a positive input, (3,)."""
    return _cell_states(args, params, _FIRST, 0)[0]


def latch_written_down(args: dict[str, Any], params: Any) -> np.ndarray:
    """Unit 0 after a negative input, its sign turned, (3,)."""
    return -_cell_states(args, params, -_FIRST, 0)[0]


def latch_kept(args: dict[str, Any], params: Any) -> np.ndarray:
    """Over the 100 steps of zeros, (101, 6): 1 where the sign and the size are kept exactly."""
    ways = [sign * _cell_states(args, params, sign * _FIRST, 0) for sign in (1.0, -1.0)]
    return np.concatenate(ways, axis=1)


def latch_empty(args: dict[str, Any], params: Any) -> np.ndarray:
    """Before the first input comes, (20, 1): the memory should still be at 0."""
    return _cell_states(args, params, _FIRST[1:2], 20)[:20]
