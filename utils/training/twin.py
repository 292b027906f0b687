"""One training run that two programs can make alike: first names, read in windows, and Adam.

Nothing in it is drawn while it runs, so that the learner's own functions (unit 17) and PyTorch
(utils.networks.pytorch) see the same numbers in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from utils.data import names

__all__ = ["LR", "H", "N", "T", "fit", "windows"]

Array = np.ndarray
T, N, H, LR = 24, 16, 32, 0.01


def windows() -> tuple[Array, Array, list[str]]:
    """x (W, T, N) and targets (W, T, N), ids of characters, and the K characters, sorted.

    The names of utils.data in an order that is always the same, with a full stop between them.
    """
    text = "." + ".".join(np.random.default_rng(17).permutation(names())) + "."
    letters = sorted(set(text))
    ids = np.searchsorted(letters, list(text))
    length = (len(ids) - 1) // N // T * T
    read, following = (
        np.stack([ids[k * length + shift :][:length] for k in range(N)], axis=1) for shift in (0, 1)
    )
    return read.reshape(-1, T, N), following.reshape(-1, T, N), letters


def fit(model: Any, adam_update: Callable[..., Any], updates: int) -> Array:
    """Adam's updates of `model`, each on the next window, from states of zero; losses before each.

    model: has params and loss_and_gradients(ids (T, N), targets (T, N)) (OwnLSTM, say).
    adam_update: that of unit 12. Returns losses (updates,), summed over time and averaged over the
    batch.
    """
    x, targets, _ = windows()
    state: dict[str, Any] = {}
    losses = []
    for update in range(updates):
        w = update % len(x)
        loss, grads = model.loss_and_gradients(x[w], targets[w])
        new, state = adam_update(model.params, grads, state, LR, 0.9, 0.999, 1e-8)
        for name, array in new.items():
            model.params[name][...] = array
        losses.append(loss)
    return np.array(losses)
