"""A decoder of a few random numbers, to be searched: what unit 20's beam search is judged with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Step = Callable[[Array, int], tuple[Array, Array]]


def small_decoder(form: str) -> Step:
    """A decoder's step, from "seed/K/H": K ids, a state of H numbers.

    The step takes a state (H,) and an id, and gives log-probabilities (K,) of the next id and the
    new state (H,), a new array. What comes next depends on all that was read.
    """
    seed, K, H = (int(part) for part in form.split("/"))
    rng = np.random.default_rng(seed)
    E, W, V = 2 * rng.normal(size=(K, H)), rng.normal(size=(H, H)), rng.normal(size=(H, K))

    def step(state: Array, last: int) -> tuple[Array, Array]:
        after = np.tanh(E[last] + state @ W)
        z = 1.5 * after @ V
        z = z - z.max()
        return z - np.log(np.exp(z).sum()), after

    return step
