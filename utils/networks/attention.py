"""Attention: a weighted mean of values, and the weights are computed from what is asked.

What unit 20 lets a learner write. Scaled dot products (Vaswani et al. 2017, arXiv:1706.03762,
equation 1) over the steps of a sequence, for one question of each example.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["attend", "attend_backward"]

Array = np.ndarray


def attend(query: Array, keys: Array, values: Array, mask: Array) -> tuple[Array, Array]:
    """query: (N, H). keys, values: (T, N, H). mask: (T, N) of bool, True where there is something.

    Every example has at least one such place. Returns context (N, H), the mean of the values
    weighted by softmax over T of keys · query / √H, and weights (T, N), exactly 0 where masked.
    """
    scores = np.where(mask, (keys * query).sum(axis=2) / query.shape[1] ** 0.5, -np.inf)
    weights = np.exp(scores - scores.max(axis=0))
    weights /= weights.sum(axis=0)
    return (weights[:, :, None] * values).sum(axis=0), weights


def attend_backward(dcontext: Array, cache: dict[str, Any]) -> tuple[Array, Array, Array]:
    """dcontext: (N, H), the gradient at the context. cache: query, keys, values, mask, weights.

    Returns dquery (N, H), dkeys (T, N, H), dvalues (T, N, H).
    """
    query, keys, weights = cache["query"], cache["keys"], cache["weights"]
    dvalues = weights[:, :, None] * dcontext
    dweights = (cache["values"] * dcontext).sum(axis=2)
    dscores = weights * (dweights - (weights * dweights).sum(axis=0))
    dscores = (dscores / query.shape[1] ** 0.5)[:, :, None]
    return (dscores * keys).sum(axis=0), dscores * query, dvalues
