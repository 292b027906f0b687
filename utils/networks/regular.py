"""What keeps a network from learning its text by heart: dropout, layer norm, averaged weights.

What unit 19 lets a learner write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["average_weights", "dropout_mask", "layer_norm", "layer_norm_backward"]

Array = np.ndarray


def dropout_mask(rng: np.random.Generator, shape: tuple[int, ...], p: float) -> Array:
    """An array of 0 (with probability p) and 1 / (1 - p): what is multiplied keeps its mean."""
    return np.where(rng.random(shape) < p, 0.0, 1 / (1 - p))


def layer_norm(
    x: Array, gain: Array, bias: Array, eps: float = 1e-5
) -> tuple[Array, dict[str, Any]]:
    """x: (…, H). gain, bias: (H,). Every row of H numbers gets mean 0 and variance 1.

    (Ba, Kiros and Hinton 2016, arXiv:1607.06450.) Returns y (…, H) and what the way back needs:
    x_hat (…, H), the normalised rows, std (…, 1), what they were divided by, and gain.
    """
    centred = x - x.mean(axis=-1, keepdims=True)
    std = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + eps)
    x_hat = centred / std
    return gain * x_hat + bias, {"x_hat": x_hat, "std": std, "gain": gain}


def layer_norm_backward(dy: Array, cache: dict[str, Any]) -> tuple[Array, Array, Array]:
    """dy: (…, H). Returns dx (…, H), dgain (H,), dbias (H,)."""
    x_hat, H = cache["x_hat"], dy.shape[-1]
    d = dy * cache["gain"]
    inner = (d * x_hat).mean(axis=-1, keepdims=True)
    dx = (d - d.mean(axis=-1, keepdims=True) - x_hat * inner) / cache["std"]
    return dx, (dy * x_hat).reshape(-1, H).sum(axis=0), dy.reshape(-1, H).sum(axis=0)


def average_weights(history: Sequence[Mapping[str, Array]], last: int) -> dict[str, Array]:
    """The mean of the `last` newest of several dicts of weights, or of all if they are fewer."""
    mean: dict[str, Array] = {}
    for count, params in enumerate(history[-last:], 1):
        for name, array in params.items():
            before = mean.get(name, 0.0)
            mean[name] = before + (array - before) / count
    return mean
