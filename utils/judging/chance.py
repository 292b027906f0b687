"""Was it drawn at random, each number by itself, and from the law that was asked for?

Every test here lets a right answer fail with a probability below 1e-9; its docstring gives the
bound. Signs are arrays (calls, …) of -1 and 1 which a right answer makes independent and fair: a
mask at p = 1/2, a choice between two, the sign of a weight. calls: answers drawn one after the
other from one generator.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from itertools import product

import numpy as np

RARE = 1e-10  # how often each of these tests may be wrong about a right answer, at most
SEVERAL = 10  # so many calls are enough to see what is mirrored or moved
LEVELS = np.arange(1, 128) / 128
BESIDE = {"mirrored or moved": 0.0, "same number": 0.0}  # what `in_a_row` gives for right draws


def each(answers: object) -> list:
    """The answers of several calls. Raises ValueError where there are none."""
    if not isinstance(answers, list) or not answers:
        raise ValueError("no answers that can be measured")
    return answers


def copies(signs: np.ndarray) -> dict[str, float]:
    """How much of the draws is a copy (1) or the opposite (-1 counts as 1) of another part.

    0.0 where it may be chance. "call by call", "along axis k": the two slices most alike. "mirrored
    or moved": see `moved`. Hoeffding: of m pairs of slices of L signs each, one is alike by e or
    more with probability 2 m exp(-L e²/2) at most.
    """
    found = {"call by call": _slices(signs, 0)}
    for axis in range(1, signs.ndim):
        found[f"along axis {axis - 1}"] = _slices(signs, axis)
    return found | {"mirrored or moved": moved(signs[:SEVERAL])}


def _slices(signs: np.ndarray, axis: int) -> float:
    rows = np.moveaxis(signs, axis, 0).reshape(signs.shape[axis], -1).astype(float)
    m, length = math.comb(len(rows), 2), rows.shape[1]
    alike = float(np.abs(np.triu(rows @ rows.T, 1)).max()) / length
    return alike if m and alike > math.sqrt(2 * math.log(2 * m / RARE) / length) else 0.0


def moved(signs: np.ndarray) -> float:
    """How much the draws of each call are like an image of themselves, in the places it moves.

    An image is made by mirroring some axes and by a cyclic shift; the likeness of the image that is
    least likely to be chance is given, 0.0 where it may be. Of the M places that an image moves at
    least M/2 pairs are independent: by Hoeffding one of m images is alike by e or more with
    probability 2 m exp(-M e²/4) at most. Images that leave half of all places alone do not count.
    """
    calls, *shape = signs.shape
    axes = tuple(range(1, signs.ndim))
    limit = math.log(2 * 2 ** len(shape) * math.prod(shape) / RARE)
    first, found = np.fft.fftn(signs, axes=axes), 0.0
    for mirrored in product((False, True), repeat=len(shape)):
        turned = np.flip(signs, tuple(k for k, turn in zip(axes, mirrored, strict=True) if turn))
        second = np.conj(np.fft.fftn(turned, axes=axes))
        sums = np.fft.ifftn((first * second).sum(axis=0)).real
        met = [_itself(n, turn) for n, turn in zip(shape, mirrored, strict=True)]
        itself = calls * reduce(np.multiply.outer, met)  # places that the image leaves in place
        places = np.maximum(signs.size - itself, 1)
        alike = np.abs(sums - itself) / places
        sure = (2 * places >= signs.size) & (alike**2 * places / 4 > limit)
        found = max(found, float(alike[sure].max(initial=0.0)))
    return found


def _itself(n: int, mirrored: bool) -> np.ndarray:
    """For each shift of an axis of n places, how many places come to lie on themselves."""
    shifts, places = np.arange(n)[:, None], np.arange(n)
    image = n - 1 - places if mirrored else places
    return ((places + shifts) % n == image).sum(axis=1)


def too_even(counts: np.ndarray, n: int) -> float:
    """1.0 where the counts, each of n fair choices, are nearer to n/2 than chance has it, else 0.0.

    As where exactly half of all places is taken, shuffled. Chernoff, with the binomial law itself:
    P(Σ (count - n/2)² <= s) <= exp(a s) E[exp(-a (count - n/2)²)]^K for every a > 0.
    """
    k = np.arange(n + 1)
    chances = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k]
    law = np.exp(np.array(chances) - n * math.log(2))
    s, apart = ((counts - n / 2) ** 2).sum(), (k - n / 2) ** 2
    bounds = [a * s + counts.size * math.log(law @ np.exp(-a * apart)) for a in _SLOPES]
    return float(min(bounds) < math.log(RARE))


_SLOPES = np.geomspace(1e-5, 10, 40)


def in_a_row(signs: np.ndarray) -> dict[str, float]:
    """`moved` and `too_even` of choices between two, (calls, draws of a call)."""
    counts = (signs > 0).sum(axis=1)
    return {"mirrored or moved": moved(signs[None]), "same number": too_even(counts, len(signs[0]))}


def distance(sample: np.ndarray, quantile: Callable[[float], float]) -> float:
    """The largest gap between the sample's distribution function and the right one.

    quantile: of the right law, from (0, 1). Of n draws by the right law it exceeds e with
    probability 2 exp(-2 n e²) at most (Dvoretzky, Kiefer, Wolfowitz; Massart 1990).
    """
    ordered = np.sort(sample, axis=None)
    below = np.searchsorted(ordered, [quantile(level) for level in LEVELS], side="right")
    return float(np.abs(below / ordered.size - LEVELS).max())
