"""The tricks of the fast LSTM, each as a pair: a way to compute something, and another one.

Unit 16 measures what the second of a pair gains over the first. `in_turn` is how it measures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from utils.networks import speed

__all__ = ["gains", "in_turn", "one_tanh", "packed", "tricks"]

Array = np.ndarray
Run = tuple[Any, ...]  # a function and its arguments


def in_turn(**runs: Run) -> dict[str, float]:
    """Seconds of each run (a function and its arguments): the median of seven, taken in turn."""
    return speed.in_turn({name: partial(run[0], *run[1:]) for name, run in runs.items()})


def packed(params: Mapping[str, Array]) -> list[Array]:
    """U (D, 4H), W (H, 4H), b (4H,) with the gates side by side, f, i, g, o."""
    return [
        np.concatenate([params[f"{kind}_{gate}"] for gate in "figo"], axis=-1) for kind in "UWb"
    ]


def one_tanh(x: Array, h0: Array, c0: Array, U: Array, W: Array, b: Array) -> tuple[Array, Array]:
    """Unit 16's fused LSTM with one call for all four gates: σ(z) = (1 + tanh(z/2)) / 2.

    x: (T, N, D). h0, c0: (N, H). U, W, b: as `packed` gives them. Returns h, c (T, N, H).
    """
    H = h0.shape[1]
    half = np.full(4 * H, 0.5)
    half[2 * H : 3 * H] = 1  # the candidate is a tanh already
    inputs, W = (x @ U + b) * half, W * half
    h, c, all_h, all_c = h0, c0, [], []
    for a in inputs:
        a = np.tanh(a + h @ W)
        f, i, _, o = np.split(0.5 + 0.5 * a, 4, axis=1)
        c = f * c + i * a[:, 2 * H : 3 * H]
        h = o * np.tanh(c)
        all_h.append(h)
        all_c.append(c)
    return np.stack(all_h), np.stack(all_c)


# --- the parts ------------------------------------------------------------------------------------


def _per_step(h: Array, dz: Array) -> Array:
    dW = np.zeros((h.shape[2], dz.shape[2]))
    for h_t, dz_t in zip(h, dz, strict=True):
        dW += h_t.T @ dz_t
    return dW


def _at_once(h: Array, dz: Array) -> Array:
    return h.reshape(-1, h.shape[2]).T @ dz.reshape(-1, dz.shape[2])


def _by_tanh(z: Array, out: Array) -> None:
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    np.multiply(out, 0.5, out=out)
    np.add(out, 0.5, out=out)


def _add_at(ids: Array, dz: Array, D: int) -> Array:
    dU = np.zeros((D, dz.shape[2]))
    np.add.at(dU, ids.reshape(-1), dz.reshape(-1, dz.shape[2]))
    return dU


def _token_by_token(ids: Array, dz: Array, D: int) -> Array:
    order, dz = np.argsort(ids.reshape(-1), kind="stable"), dz.reshape(-1, dz.shape[2])
    ends = np.searchsorted(ids.reshape(-1)[order], np.arange(D + 1))
    places = (order[ends[k] : ends[k + 1]] for k in range(D))  # where token k was read
    return np.stack([np.ones(len(at)) @ dz[at] for at in places])


def _step(h: Array, W: Array) -> Array:
    return np.tanh(h @ W)


def tricks(
    rng: np.random.Generator,
    U: Array,
    W: Array,
    sigmoid: Callable[[Array], Array],
    T: int = 50,
    N: int = 32,
) -> dict[str, tuple[Run, Run]]:
    """Name → two runs that compute the same. U: (D, 4H), W: (H, 4H), sigmoid: the plain one."""
    D, H = len(U), len(W)
    h, dz = rng.normal(size=(T, N, H)), rng.normal(size=(T, N, 4 * H))
    z, out = rng.normal(size=(N, 4 * H)), np.empty((N, 4 * H))
    ids = rng.integers(D, size=(T, N))
    one, many = (h[:, :1].copy(), dz[:, :1].copy()), (h, dz)
    small = h[0].astype("f4"), W.astype("f4")
    W_T = np.ascontiguousarray(W.T)
    product = np.matmul
    return {
        "gradient of W as one product, N = 1": ((_per_step, *one), (_at_once, *one)),
        f"gradient of W as one product, N = {N}": ((_per_step, *many), (_at_once, *many)),
        "token ids: rows of U, no product": (
            (product, np.eye(D)[ids], U),
            (np.take, U, ids, 0),
        ),
        "gradient of U: token by token, no np.add.at": (
            (_add_at, ids, dz, D),
            (_token_by_token, ids, dz, D),
        ),
        "σ by tanh, in place": ((sigmoid, z), (_by_tanh, z, out)),
        "Wᵀ copied once, not viewed at each step": ((product, dz[0], W.T), (product, dz[0], W_T)),
        "float32 instead of float64": ((_step, h[0], W), (_step, *small)),
    }


def gains(pairs: Mapping[str, tuple[Run, Run]]) -> dict[str, float]:
    """How many times as fast the second run of each pair is."""
    taken = {name: in_turn(before=before, after=after) for name, (before, after) in pairs.items()}
    return {name: times["before"] / times["after"] for name, times in taken.items()}
