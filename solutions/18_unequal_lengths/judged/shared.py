"""What the exercises of this unit share."""

import numpy as np

LENGTHS = ((3, 5, 1, 4), (2, 2, 2), (6, 1), (1, 3, 3, 2, 1))  # the longest is never in all places


def filled(rng: np.random.Generator, lengths: tuple[int, ...], width: int) -> np.ndarray:
    """x (T, N, width), every entry drawn: what lies behind a sequence's end is no zero either."""
    return rng.normal(size=(max(lengths), len(lengths), width))


def prefix(lengths, T: int) -> np.ndarray:
    """(T, N) of bool: the first lengths[n] steps of column n."""
    return np.arange(T)[:, None] < np.asarray(lengths)
