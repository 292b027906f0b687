"""What takes the place of an unsolved exercise of units 12, 21 and 22 in their experiments.

The same signatures and results as the exercises have, by way of the course's own optimiser, which
works on one flat array.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from utils.learner.after_lstm_steps import min_lstm_scan, mlstm_step, slstm_step
from utils.learner.capstone import beats_baseline, no_leak, own_gradients, own_step
from utils.training.train import Adam, clip

__all__ = [
    "adam_update",
    "beats_baseline",
    "clip_by_global_norm",
    "min_lstm_scan",
    "mlstm_step",
    "no_leak",
    "own_gradients",
    "own_step",
    "sgd_update",
    "slstm_step",
]

Arrays = dict[str, np.ndarray]


def clip_by_global_norm(grads: Arrays, max_norm: float) -> tuple[Arrays, float]:
    """Exercise 12.1. grads: arrays of any shapes. Returns grads no longer than max_norm, norm."""
    flat = _flat(grads, grads)
    norm = clip(flat, max_norm)
    return _like(grads, flat), norm


def sgd_update(params: Arrays, grads: Arrays, lr: float) -> Arrays:
    """Exercise 12.2. params, grads: arrays of the same shapes. Returns the new weights."""
    return _like(params, _flat(params, params) - lr * _flat(grads, params))


def adam_update(
    params: Arrays,
    grads: Arrays,
    state: dict[str, Any],
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[Arrays, dict[str, Any]]:
    """Exercise 12.3. state: {} or what the update before returned. Returns params and state."""
    flat = _flat(params, params)
    adam = Adam(flat, lr, beta1, beta2, eps)
    if state:
        mean, square = (_flat(state[key], params) for key in "mv")
        adam.state = {"mean": mean, "square": square, "t": state["t"]}
    adam.update(_flat(grads, params))
    means, squares = (_like(params, adam.state[key]) for key in ("mean", "square"))
    return _like(params, flat), {"m": means, "v": squares, "t": adam.state["t"]}


def _flat(arrays: Arrays, names: Iterable[str]) -> np.ndarray:
    """The arrays of these names, one behind the other."""
    return np.concatenate([arrays[name].ravel() for name in names]).astype(float)


def _like(arrays: Arrays, flat: np.ndarray) -> Arrays:
    """The flat array cut into pieces with the names and shapes of `arrays`."""
    ends = np.cumsum([array.size for array in arrays.values()])
    pieces = np.split(flat, ends[:-1])
    return {
        name: piece.reshape(array.shape)
        for (name, array), piece in zip(arrays.items(), pieces, strict=True)
    }
