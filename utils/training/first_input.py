"""Which of two was the first input? The task of units 01 and 08, learned by a plain RNN or an LSTM.

The first input says which of two classes a sequence belongs to, all others are noise, and the
answer is asked for after `lag` more steps. Guessing is right half of the time.
"""

from __future__ import annotations

import numpy as np

from utils.networks.lstm import LSTM
from utils.networks.rnn import RNN
from utils.training.last_step import gradients, outputs
from utils.training.tasks import Batch
from utils.training.train import Adam

__all__ = ["STARTS", "accuracy_after_training", "lstm_accuracy", "remember_first"]

INPUTS, CLASSES, HIDDEN = 3, 2, 16  # two inputs name the class, the third is noise
UPDATES, BATCH, LR = 400, 32, 0.01
STARTS = ("random", "orthogonal", "identity")


def remember_first(rng: np.random.Generator, lag: int, n: int) -> Batch:
    """n sequences of lag + 1 steps. x: (lag + 1, n, 3). targets: (n,) the class of each."""
    targets = rng.integers(CLASSES, size=n)
    x = np.zeros((lag + 1, n, INPUTS))
    x[0, np.arange(n), targets] = 1.0
    x[1:, :, -1] = rng.normal(size=(lag, n))
    return Batch(x, targets, np.full(n, lag))


def accuracy_after_training(
    lag: int, seed: int, start: str = "random", updates: int = UPDATES
) -> float:
    """Train a plain RNN of 16 units; the share right of 500 new sequences.

    start: what its recurrent matrix is before training, one of STARTS. "random": normal numbers
    of spread 1/4; "orthogonal": a random rotation, which changes no vector's length (Saxe et al.
    2014); "identity" (Le, Jaitly and Hinton 2015, there with rectified units instead of tanh).
    """
    rng = np.random.default_rng(seed)
    model = RNN(INPUTS, HIDDEN, CLASSES, rng=rng, dtype=np.float64)
    W = model.params["W"]
    if start == "orthogonal":
        W[...] = np.linalg.qr(W)[0]
    elif start == "identity":
        W[...] = np.eye(HIDDEN)
    return _learned(model, rng, lag, updates)


def lstm_accuracy(lag: int, seed: int, forget_bias: float, updates: int = UPDATES) -> float:
    """The same for an LSTM of 16 units, whose b_f starts at forget_bias."""
    rng = np.random.default_rng(seed)
    model = LSTM(INPUTS, HIDDEN, CLASSES, rng=rng, forget_bias=forget_bias, dtype=np.float64)
    return _learned(model, rng, lag, updates)


def _learned(model: RNN | LSTM, rng: np.random.Generator, lag: int, updates: int) -> float:
    """Adam on fresh batches of 32, then a test."""
    adam = Adam(model.flat, lr=LR)
    for _ in range(updates):
        gradients(model, remember_first(rng, lag, BATCH))
        adam.update(model.flat_grads)
    test = remember_first(rng, lag, 500)
    _, y = outputs(model, test)
    return float((y.argmax(axis=1) == test.targets).mean())
