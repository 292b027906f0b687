"""The finished functions of earlier units that this one builds on."""

import numpy as np


def sigmoid(z):
    """The logistic function 1 / (1 + exp(-z)), entry by entry.

    z: float64 array of any shape.
    Returns an array of z's shape, each entry in [0, 1], without overflow for any z.
    """
    e = np.exp(-np.abs(z))  # between 0 and 1 for every z
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def steps_right(outputs, legal):
    """Which steps are predicted rightly?

    outputs: (T, N, K), one number for each symbol. legal: (T, N, K) bool, True where the symbol may
    follow; at least one does.
    Returns (T, N) bool: True where every legal output is above every other one.
    """
    lowest = np.where(legal, outputs, np.inf).min(axis=-1)
    highest = np.where(legal, -np.inf, outputs).max(axis=-1)
    return lowest > highest


def strings_right(right, lengths):
    """Which strings are right at every step?

    right: (T, N) bool. lengths: (N,) integers, how many steps of each string count.
    Returns (N,) bool.
    """
    behind = np.arange(len(right))[:, None] >= lengths
    return (right | behind).all(axis=0)
