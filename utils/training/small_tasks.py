"""Small tasks on which unit 16 tries the LSTM's relatives: to count, to look ahead, to compare.

Every function draws one batch, a `Task`, from the generator that is passed in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from utils.training.ablation import latest_marked

__all__ = ["LETTERS", "Task", "agreement", "counting", "marked", "parity_of_parities", "questions"]

Array = np.ndarray

LETTERS = "abcd"  # and, at the end of a sentence, a full stop or a question mark


class Task(NamedTuple):
    """One batch. x: (T, N, D). targets: (T, N) integers. asked: (T, N), where an answer counts."""

    x: Array
    targets: Array
    asked: Array


def marked(rng: np.random.Generator, n: int = 16, T: int = 30) -> Task:
    """The sign of the latest marked number, as in the ablation: D = 3, two classes."""
    return Task(*latest_marked(rng, n, T))


def counting(counts: Array) -> Task:
    """aⁿ bⁿ for each n of `counts`: at which b are there as many b as there were a?

    D = 2: a is (1, 0), b is (0, 1). Asked at every b; the target is 1 at the last one, else 0.
    After it come zeros, where nothing is asked. T is twice the largest count.

    After Gers and Schmidhuber 2001, see `utils.training.tasks.anbn`; there the network predicts
    the next symbol, which comes to the same.
    """
    counts = np.asarray(counts)
    step = np.arange(2 * counts.max())[:, None]
    is_b = (step >= counts) & (step < 2 * counts)
    x = np.stack([step < counts, is_b], axis=2).astype(float)
    return Task(x, (step == 2 * counts - 1).astype(int), is_b)


def parity_of_parities(rng: np.random.Generator, n: int = 32, T: int = 16) -> Task:
    """Three sums modulo 2, one upon the other: D = 1, two classes, asked at every step.

    Bits (1 with probability 0.3) are added up, these sums are added up, and these again.
    """
    bits = (rng.random((T, n)) < 0.3).astype(int)
    sums = bits
    for _ in range(3):
        sums = np.cumsum(sums, axis=0) % 2
    return Task((2.0 * bits - 1)[..., None], sums, np.ones((T, n), bool))


def questions(rng: np.random.Generator, n: int = 16, T: int = 30) -> Task:
    """Is the sentence of this letter a question? One learns it at the sentence's end.

    x: (T, n, 6) one-hot, LETTERS, then "." and "?"; every sixth symbol on average is one of these
    two, with the same probability, and so is the last. Targets: 1 where the next of them is a "?".
    Asked at letters alone.
    """
    ids = rng.integers(len(LETTERS), size=(T, n))
    ends = rng.random((T, n)) < 1 / 6
    ends[-1] = True
    asks = rng.integers(2, size=(T, n))
    ids = np.where(ends, len(LETTERS) + asks, ids)
    targets = np.empty((T, n), dtype=int)
    targets[-1] = asks[-1]
    for t in reversed(range(T - 1)):
        targets[t] = np.where(ends[t], asks[t], targets[t + 1])
    return Task(np.eye(len(LETTERS) + 2)[ids], targets, ~ends)


def agreement(rng: np.random.Generator, n: int = 16, T: int = 30) -> Task:
    """Does this sentence end with the same mark as the one before it? As `questions`, but for that.

    The first sentence counts as if a "." stood before it. Targets: 0 where the marks agree, else 1.
    """
    x, after, asked = questions(rng, n, T)
    before = np.zeros_like(after)
    for t in range(1, T):
        before[t] = np.where(asked[t - 1], before[t - 1], x[t - 1, :, -1])
    return Task(x, (before != after).astype(int), asked)
