"""What takes the place of an unsolved exercise of unit 12. Adam works on one flat array here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from utils.networks.lstm import LSTM
from utils.training.train import Adam, clip

__all__ = [
    "adam_update",
    "bptt_windows",
    "carry_state",
    "clip_by_global_norm",
    "early_stop",
    "sgd_update",
    "train_step",
]

Array = np.ndarray
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


def loss_and_gradients(
    params: Arrays, x: Array, targets: Array, h0: Array, c0: Array
) -> tuple[float, Arrays]:
    """Unit 11's, by the fast LSTM: what `train_step` calls where nothing else takes its name."""
    return LSTM.from_params(params, np.float64).loss_and_gradients(x, targets, h0, c0)


def train_step(
    params: Arrays, batch: tuple, state: dict[str, Any], max_norm: float, lr: float
) -> tuple[Arrays, dict[str, Any], float]:
    """Exercise 12.4. batch: x, targets, h0, c0. Returns the new weights, Adam's state, the loss."""
    loss, grads = loss_and_gradients(params, *batch)
    clipped, _ = clip_by_global_norm(grads, max_norm)
    return (*adam_update(params, clipped, state, lr), loss)


def bptt_windows(ids: Array, n_streams: int, T: int) -> tuple[Array, Array]:
    """Exercise 12.5. ids: (length,). Returns x and targets, both (windows, T, n_streams)."""
    length = (len(ids) - 1) // n_streams
    count = length // T
    cut = []
    for shift in (0, 1):
        streams = ids[shift : shift + length * n_streams].reshape(n_streams, length)
        windows = streams[:, : count * T].reshape(n_streams, count, T)
        cut.append(windows.transpose(1, 2, 0).copy())
    return cut[0], cut[1]


def carry_state(h: Array, c: Array, reset: Array) -> tuple[Array, Array]:
    """Exercise 12.6. h, c: (N, H), reset: (N,). Returns both, 0 in the rows to reset."""
    keep = np.asarray(reset) == 0
    return h * keep[:, None], c * keep[:, None]


def early_stop(losses: Array, patience: int) -> int:
    """Exercise 12.7. losses: (n,). Returns the index of the best loss before training stops."""
    losses = np.asarray(losses)
    best = np.minimum.accumulate(losses)
    when = np.searchsorted(-best, -best, side="left")  # where each best value came first
    late = np.flatnonzero(np.arange(len(losses)) - when >= patience)
    return int(when[late[0]] if len(late) else when[-1])


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
