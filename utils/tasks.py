"""The synthetic tasks of the papers, drawn from a generator that is passed in.

Sequences of one batch have lengths of their own. They are stored in arrays as long as the longest;
`last` says at which step each one ends, and what lies behind it belongs to no sequence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["CLASSES", "SYMBOLS", "Batch", "adding", "temporal_order"]

Array = np.ndarray

SYMBOLS = "EBabcdXY"  # of temporal order: begin, end, four that mean nothing, two that count
CLASSES = ("XX", "XY", "YX", "YY")  # Q, R, S and U in the paper


class Batch(NamedTuple):
    """N sequences with one answer each, asked for at the sequence's last step.

    x: (T, N, D) numbers, or (T, N) integer ids. targets: (N,). last: (N,) index of the last step.
    """

    x: Array
    targets: Array
    last: Array


def adding(rng: np.random.Generator, n: int, T: int = 100) -> Batch:
    """The adding problem: remember two marked numbers among many and give their sum.

    n: sequences. T: their minimal length; each is T to T + T/10 steps long. x is (longest, n, 2):
    a number from the interval [-1, 1] and a marker. The marker is 1 at two steps, one of the first
    ten and another one of the first T/2 - 1; it is -1 at the first and at the last step, else 0.
    targets: 0.5 + (X1 + X2) / 4, between 0 and 1, where X1 and X2 are the marked numbers. In the
    rare case that the first step is drawn, it keeps its -1 and its number counts as 0.

    Source: Hochreiter and Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997,
    experiment 4. There a sequence counts as right where the error is below 0.04.
    """
    if T < 20:
        raise ValueError(f"T is {T}: the adding problem needs at least 20 steps")
    lengths = rng.integers(T, T + T // 10 + 1, size=n)
    rows = np.arange(n)
    first = rng.integers(10, size=n)
    second = rng.integers(T // 2 - 2, size=n)
    second += second >= first  # one of the others: the first is marked already
    x = np.zeros((lengths.max(), n, 2))
    x[:, :, 0] = rng.uniform(-1, 1, size=x.shape[:2])
    x[first, rows, 1] = x[second, rows, 1] = 1
    x[0, :, 1] = x[lengths - 1, rows, 1] = -1
    X1, X2 = (np.where(step > 0, x[step, rows, 0], 0) for step in (first, second))
    return Batch(x, 0.5 + (X1 + X2) / 4, lengths - 1)


def temporal_order(rng: np.random.Generator, n: int) -> Batch:
    """Temporal order, with four classes: which two symbols came, and in which order?

    x: (longest, n) ids into SYMBOLS. A sequence of 100 to 110 symbols begins with E, ends with B
    and has a, b, c or d everywhere else, but for two places: one of 10 to 20 and one of 50 to 60
    steps after the start, where X or Y stands. targets: (n,) indices into CLASSES.

    Source: Hochreiter and Schmidhuber 1997 (see `adding`), experiment 6a. There a sequence counts
    as right where every output is within 0.3 of its target, 1 for the right class and 0 for others.
    """
    lengths = rng.integers(100, 111, size=n)
    rows = np.arange(n)
    x = rng.integers(2, 6, size=(lengths.max(), n))
    marks = rng.integers(2, size=(2, n))  # X or Y
    x[rng.integers(10, 21, size=n), rows] = 6 + marks[0]
    x[rng.integers(50, 61, size=n), rows] = 6 + marks[1]
    x[0], x[lengths - 1, rows] = 0, 1
    return Batch(x, 2 * marks[0] + marks[1], lengths - 1)
