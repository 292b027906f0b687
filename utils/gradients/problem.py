"""What an LSTM's backward pass is checked on, and how it is called: as a black box."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.networks.lstm_copies import CELL, hidden_states

Array = np.ndarray
Backward = Callable[[Array, list[dict], dict[str, Array]], Any]
Forward = Callable[[Array, Array, Array, dict[str, Array]], Any]

AXES = {
    "x": "T N D", "dh": "T N H", "targets": "T N", "h0": "N H", "c0": "N H", "V": "H K", "b_y": "K",
    **{name: {"U": "D H", "W": "H H", "b": "H"}[name[0]] for name in CELL},
}  # fmt: skip
ALIKE = 1e-9  # relative difference up to which two forward passes are called the same


@dataclass(frozen=True)
class Problem:
    """One setting. params: U_* (D, H), W_* (H, H), b_* (H,), V (H, K), b_y (K,). x: (T, N, D).
    targets: (T, N) integers. h0, c0: (N, H). dh: (T, N, H), the loss's own gradient at each h_t."""

    params: dict[str, Array]
    x: Array
    targets: Array
    h0: Array
    c0: Array
    dh: Array

    @property
    def cell(self) -> dict[str, Array]:
        """The 12 arrays of the cell alone."""
        return {name: self.params[name] for name in CELL}


def lstm_problem(
    T: int = 5, N: int = 3, D: int = 4, H: int = 6, K: int = 7, *, seed: int = 0
) -> Problem:
    """A setting at which mistakes cannot hide: at least four steps and three examples, all sizes
    different, weights of order 1, states that do not start at zero, a loss at every step."""
    rng = np.random.default_rng(seed)
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    params = {name: rng.normal(size=shapes[name[0]]) for name in CELL}
    params |= {"V": rng.normal(size=(H, K)), "b_y": rng.normal(size=K)}
    return Problem(
        params,
        x=rng.normal(size=(T, N, D)),
        targets=rng.integers(K, size=(T, N)),
        h0=rng.uniform(-1, 1, size=(N, H)),
        c0=rng.normal(size=(N, H)),
        dh=rng.normal(size=(T, N, H)),
    )


def caches_of(forward: Forward, problem: Problem) -> list[dict]:
    """The caches of `forward`, after a look whether it is a forward pass: ValueError if not."""
    result = copy.deepcopy((problem.x, problem.h0, problem.c0, problem.cell))
    result = forward(*result)
    if not isinstance(result, tuple) or len(result) != 3:
        raise ValueError("the forward pass must return h, c, caches, as lstm_forward does")
    h, _, caches = result
    p = problem
    fixed = {"x": p.x, "h0": p.h0, "c0": p.c0, **p.cell}
    true = hidden_states({name: array[None] for name, array in fixed.items()})[0]
    if np.shape(h) != true.shape:
        raise ValueError(f"the forward pass returns h of shape {np.shape(h)}, not {true.shape}")
    off = float(np.linalg.norm(h - true) / np.linalg.norm(true))
    if not off <= ALIKE:
        raise ValueError(
            "the forward pass gives other hidden states than an LSTM (relative difference "
            f"{off:.1e}): set it right before its gradients"
        )
    if len(caches) != len(true) or not all("x" in cache for cache in caches):
        raise ValueError(f'the forward pass must return {len(true)} caches, each with its "x"')
    return caches


def called(backward: Backward, dh: Array, caches: list[dict], params: dict[str, Array]) -> tuple:
    """What `backward` returns for copies of its arguments: dx, dh0, dc0, grads and the names of the
    arguments it changed. ValueError, in words, where it returns something else."""
    given = copy.deepcopy((dh, caches, params))
    result = backward(*given)
    if not isinstance(result, tuple) or len(result) != 4 or not isinstance(result[3], dict):
        raise ValueError("the backward pass must return dx, dh0, dc0 and a dict of gradients")
    missing = [name for name in CELL if name not in result[3]]
    if missing:
        raise ValueError(f"the backward pass returns no gradient for {', '.join(missing)}")
    before = {"dh": dh, "caches": caches, "params": params}
    pairs = zip(before.items(), given, strict=True)
    changed = [name for (name, value), after in pairs if not _equal(value, after)]
    # Copies: a backward pass may hand out arrays that its next call goes on adding to.
    dx, dh0, dc0, grads = copy.deepcopy(result)
    return dx, dh0, dc0, {name: np.asarray(grads[name]) for name in CELL}, changed


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    return bool(np.array_equal(a, b))
