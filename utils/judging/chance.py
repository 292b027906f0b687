"""Was it drawn at random, each number by itself, and from the law that was asked for?

Every test here lets a right answer fail with a probability below 1e-9, and its docstring gives the
bound. Signs are arrays (calls, *shape) of -1 and 1 which a right answer makes independent and fair:
a mask at p = 1/2, a choice between two, the sign of a weight. calls: answers drawn one after the
other from one generator.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import product

import numpy as np

ALIKE = 0.3  # how far two right slices may be alike: see `copies`
SEVERAL = 10  # so many calls are enough to see what is mirrored or moved
LEVELS = np.arange(1, 128) / 128
AWAY = 2  # right counts of calls are further apart than this: see `too_even`


def each(answers: object) -> list:
    """The answers of several calls. Raises ValueError where there are none."""
    if not isinstance(answers, list) or not answers:
        raise ValueError("no answers that can be measured")
    return answers


def copies(signs: np.ndarray) -> dict[str, float]:
    """How much of the draws is a copy (1) or the opposite (-1 counts as 1) of another part.

    "call by call", "along axis k": the two slices most alike. "mirrored or moved": the whole and
    its image under one mirroring and cyclic shift, in the places that the image moves.
    Hoeffding: of m pairs of slices of L signs each, one is alike by ALIKE or more with probability
    2 m exp(-L ALIKE²/2): below 1e-9 for m = 1,000 from L = 630 on. An image pairs at least a
    quarter of all n signs with others, each pair once: 2 m exp(-n ALIKE²/8), below 1e-9 for
    m = 20,000 images from n = 2,800 on. Raises ValueError for fewer.
    """
    found = {"call by call": _slices(signs, 0)}
    for axis in range(1, signs.ndim):
        found[f"along axis {axis - 1}"] = _slices(signs, axis)
    if signs[:SEVERAL].size < 2800:
        raise ValueError("too few draws to tell")
    return found | {"mirrored or moved": _moved(signs[:SEVERAL])}


def _slices(signs: np.ndarray, axis: int) -> float:
    rows = np.moveaxis(signs, axis, 0).reshape(signs.shape[axis], -1).astype(float)
    if len(rows) < 2:
        return 0.0
    return float(np.abs(np.triu(rows @ rows.T, 1)).max() / rows.shape[1])


def _moved(signs: np.ndarray) -> float:
    calls, *shape = signs.shape
    axes = tuple(range(1, signs.ndim))
    first, worst = np.fft.fftn(signs, axes=axes), 0.0
    for mirrored in product((False, True), repeat=len(shape)):
        turned = np.flip(signs, tuple(a for a, turn in zip(axes, mirrored, strict=True) if turn))
        second = np.conj(np.fft.fftn(turned, axes=axes))
        sums = np.fft.ifftn((first * second).sum(axis=0)).real
        met = [_itself(n, turn) for n, turn in zip(shape, mirrored, strict=True)]
        itself = calls * reduce(np.multiply.outer, met)  # places that the image leaves in place
        moved = signs.size - itself
        seen = 2 * moved >= signs.size
        if seen.any():
            worst = max(worst, float(np.abs((sums - itself)[seen] / moved[seen]).max()))
    return worst


def _itself(n: int, mirrored: bool) -> np.ndarray:
    """For each shift of an axis of n places, how many places come to lie on themselves."""
    shifts, places = np.arange(n)[:, None], np.arange(n)
    image = n - 1 - places if mirrored else places
    return ((places + shifts) % n == image).sum(axis=1)


def too_even(counts: np.ndarray) -> float:
    """1.0 where the counts of several calls lie within AWAY of each other, else 0.0.

    As where exactly a share of all places is taken, shuffled. Of K counts whose likeliest value has
    probability q, all are so near with probability K (3 q)^(K-1) at most: below 1e-9 for K = 12 and
    q = 0.022 (a binomial count of 1,323 at p = 1/2).
    """
    return float(np.ptp(counts) <= AWAY)


def distance(sample: np.ndarray, quantile: Callable[[float], float]) -> float:
    """The largest gap between the sample's distribution function and the right one.

    quantile: of the right law, from (0, 1). Of n draws by the right law it exceeds e with
    probability 2 exp(-2 n e²) at most (Dvoretzky, Kiefer, Wolfowitz; Massart 1990).
    """
    ordered = np.sort(sample, axis=None)
    below = np.searchsorted(ordered, [quantile(level) for level in LEVELS], side="right")
    return float(np.abs(below / ordered.size - LEVELS).max())
