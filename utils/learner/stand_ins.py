"""What takes the place of an unsolved exercise while its unit goes on: here, those of unit 12.

Those of later units lie elsewhere (stand_ins_…, networks, training) and are named here as well. The
same signatures and results as the exercises have; those of unit 12 by way of the course's own
optimiser, which works on one flat array.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from utils.learner.stand_ins_lengths import (
    last_states,
    masked_cross_entropy,
    masked_cross_entropy_backward,
    pad,
    reverse_padded,
    sequence_mask,
)
from utils.learner.stand_ins_pytorch import batch_first, from_torch, to_torch, torch_init
from utils.networks.attention import attend, attend_backward
from utils.networks.regular import (
    average_weights,
    dropout_mask,
    layer_norm,
    layer_norm_backward,
)
from utils.training.search import beam_search
from utils.training.train import Adam, clip

__all__ = [
    "adam_update",
    "attend",
    "attend_backward",
    "average_weights",
    "batch_first",
    "beam_search",
    "clip_by_global_norm",
    "dropout_mask",
    "from_torch",
    "last_states",
    "layer_norm",
    "layer_norm_backward",
    "masked_cross_entropy",
    "masked_cross_entropy_backward",
    "pad",
    "reverse_padded",
    "sequence_mask",
    "sgd_update",
    "to_torch",
    "torch_init",
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
