"""A memory task in its barest form: name the first symbol when the sequence is over.

The first symbol is one of four; then come T - 1 symbols of four others, which mean nothing. Chance
is a quarter. How far the gradient reaches back decides whether it is learned at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from utils.networks.lstm import LSTM
from utils.training.last_step import gradients, outputs
from utils.training.tasks import Batch
from utils.training.train import Adam, clip

__all__ = ["CLASSES", "INPUTS", "curve", "first_symbol"]

Array = np.ndarray
CLASSES, INPUTS = 4, 8


def first_symbol(rng: np.random.Generator, n: int, T: int) -> Batch:
    """n sequences of T symbols. x: (T, n) ids below INPUTS. targets: (n,) the first symbols."""
    x = rng.integers(CLASSES, INPUTS, size=(T, n))
    x[0] = rng.integers(CLASSES, size=n)
    return Batch(x, x[0].copy(), np.full(n, T - 1))


def curve(
    start: Callable[[np.random.Generator], Mapping[str, Array]],
    seed: int,
    T: int,
    updates: int,
    n: int = 32,
    lr: float = 0.003,
) -> Array:
    """The share of right answers before each update (updates,), every batch drawn anew.

    start: from a generator to the cell's twelve arrays for INPUTS inputs; the output layer starts
    as in unit 08. Adam with this lr, gradients clipped to norm 1.
    """
    rng = np.random.default_rng(seed)
    cell = dict(start(rng))
    H = len(cell["b_f"])
    output = {"V": rng.normal(size=(H, CLASSES)) / np.sqrt(H), "b_y": np.zeros(CLASSES)}
    net = LSTM.from_params(cell | output)
    adam = Adam(net.flat, lr=lr)
    right = np.empty(updates)
    for update in range(updates):
        batch = first_symbol(rng, n, T)
        _, answers = outputs(net, batch)
        right[update] = (answers.argmax(axis=1) == batch.targets).mean()
        gradients(net, batch)
        clip(net.flat_grads, 1.0)
        adam.update(net.flat_grads)
    return right
