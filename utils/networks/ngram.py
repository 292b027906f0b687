"""n-gram models of text: what a language model has to beat.

An n-gram model predicts a character from the n - 1 before it by counting. Contexts that were rarely
seen lean on shorter ones: with the interpolation of Witten and Bell (1991, "The zero-frequency
problem", IEEE Transactions on Information Theory 37, method C), after a context seen m times and
followed by u different characters,

    p(c | context) = (count(context c) + u · p(c | shorter context)) / (m + u).
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def ngram_losses(train: Array, test: Array, K: int, longest: int = 6) -> list[float]:
    """Mean cross-entropy on `test`, in nats per character, of n-gram models, n = 1 … longest.

    train, test: (n,) integers below K. Every model is counted on `train` alone; the first
    characters of `test` have shorter contexts. Raises ValueError where K ** longest does not fit
    into 64 bits, or where there is not a single character to count.
    """
    if K**longest >= 2**63:
        raise ValueError(f"{longest}-grams of {K} characters do not fit into 64 bits")
    if not len(train) or not len(test):
        raise ValueError("there is no text to count")
    p = np.full(len(test), 1 / K)  # before anything is counted, all characters are alike
    losses = []
    for n in range(1, longest + 1):
        grams, gram_counts = np.unique(_codes(train, K, n), return_counts=True)
        contexts = grams // K
        starts = np.flatnonzero(np.r_[True, np.diff(contexts) > 0])
        seen = np.add.reduceat(gram_counts, starts)
        followers = np.diff(np.r_[starts, len(grams)])
        asked = _codes(test, K, n)
        count = _look_up(grams, gram_counts, asked)
        m = _look_up(contexts[starts], seen, asked // K)
        u = _look_up(contexts[starts], followers, asked // K)
        tail = p[n - 1 :]
        known = m > 0
        tail[known] = ((count + u * tail) / np.maximum(m + u, 1))[known]
        losses.append(float(-np.log(p).mean()))
    return losses


def _codes(ids: Array, K: int, n: int) -> Array:
    """Every run of n characters as one number, the last character in the lowest place."""
    code = np.zeros(max(len(ids) - n + 1, 0), np.int64)
    for k in range(n):
        code = code * K + ids[k : len(ids) - n + 1 + k]
    return code


def _look_up(keys: Array, values: Array, asked: Array) -> Array:
    """values[i] where asked is keys[i] (keys ascend), 0 where it is none of them."""
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, values[place], 0)
