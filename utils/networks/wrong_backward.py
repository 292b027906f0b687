"""Backward passes with a mistake in them, for unit 11: to look at, and to train with.

A mistake in backpropagation through time is described by what it does to a gradient on its way: how
much of it a step takes over from the step after, and with which weight the step enters the sum over
time. Several passes are computed together, with one more axis M in front of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

GATES = "gifo"  # their order side by side, as in utils.networks.lstm


@dataclass(frozen=True)
class Pass:
    """A backward pass over T steps.

    keep_h, keep_c: (T,) the share of what step t + 1 hands back along the hidden and the cell state
    that step t takes over. arrive: the share of all that arrives at h and at c, from both sides.
    add: (T,) the weight of the step's own gradients in the sum over time. All 1: nothing is lost.
    wrong_gate: the way back along the cell state leads through the input gate, not the forget gate.
    """

    keep_h: Array
    keep_c: Array
    add: Array
    arrive: float = 1.0
    wrong_gate: bool = False


def backward_pass(mistake: str, T: int, window: int = 0) -> Pass:
    """The backward pass over T steps with this mistake (see MISTAKES), or with "none".

    window: where "truncated" cuts: into pieces of so many steps, counted from the end. Raises
    ValueError for an unknown mistake and for a truncation without a window.
    """
    one, zero = np.ones(T), np.zeros(T)
    if mistake == "truncated":
        if window < 1:
            raise ValueError("truncated into pieces of how many steps? window must be 1 or more")
        inside = (np.arange(T)[::-1] % window != 0).astype(float)
        return Pass(inside, inside, one)
    known = {
        "none": Pass(one, one, one),
        "no carry of dc": Pass(one, zero, one),
        "no carry of dh": Pass(zero, one, one),
        "no carry at all": Pass(zero, zero, one),
        # step 0 is visited last: what it assigns is all that is left
        "= instead of +=": Pass(one, one, (np.arange(T) == 0).astype(float)),
        "averaged, not added": Pass(one, one, one, arrive=0.5),
        "dc through i, not f": Pass(one, one, one, wrong_gate=True),
    }
    if mistake not in known:
        raise ValueError(f"{mistake!r} is not known; there are {', '.join(MISTAKES)}")
    return known[mistake]


MISTAKES = (
    "none",
    "no carry of dc",
    "no carry of dh",
    "no carry at all",
    "= instead of +=",
    "averaged, not added",
    "dc through i, not f",
    "truncated",
)


class Table:
    """Passes as arrays that fit (T, M, n, H) step by step."""

    def __init__(self, passes: Sequence[Pass], dtype: type) -> None:
        def by_step(name: str) -> Array:
            table = np.stack([getattr(p, name) for p in passes], axis=1)
            return table.astype(dtype)[..., None, None]

        self.keep_h, self.keep_c, self.add = by_step("keep_h"), by_step("keep_c"), by_step("add")
        self.arrive: Array = np.array([[[p.arrive]] for p in passes], dtype)
        self.wrong_gate = np.array([[[p.wrong_gate]] for p in passes])


def back(dh: Array, gates: Array, c: Array, W: Array, passes: Table) -> tuple[Array, Array, Array]:
    """What each step adds at its four pre-activations (T, M, n, 4H); what step 0 hands back.

    dh: (T, M, n, H). gates: (T, M, n, 4H). c: (T + 1, M, n, H), from c_0 on. W: (M, H, 4H).
    """
    H = dh.shape[-1]
    W_T = np.ascontiguousarray(W.swapaxes(1, 2))
    dz = np.empty_like(gates)
    from_h, from_c = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    for t in reversed(range(len(dh))):
        g, i, f, o = np.split(gates[t], 4, axis=-1)
        shown = np.tanh(c[t + 1])
        at_h = (dh[t] + passes.keep_h[t] * from_h) * passes.arrive
        at_c = (at_h * o * (1 - shown * shown) + passes.keep_c[t] * from_c) * passes.arrive
        dz[t, ..., :H] = at_c * i * (1 - g * g)
        dz[t, ..., H : 2 * H] = at_c * g * i * (1 - i)
        dz[t, ..., 2 * H : 3 * H] = at_c * c[t] * f * (1 - f)
        dz[t, ..., 3 * H :] = at_h * shown * o * (1 - o)
        from_h, from_c = dz[t] @ W_T, at_c * np.where(passes.wrong_gate, i, f)
    dz *= passes.add
    return dz, from_h, from_c


def crippled(mistake: str, window: int = 0) -> Callable[..., tuple]:
    """A backward pass with this mistake, to be called as unit 11's lstm_backward.

    mistake, window: as in `backward_pass`. The function takes dh (T, N, H), caches (list of T) and
    params, and returns dx, dh0, dc0, grads.
    """

    def lstm_backward(dh: Array, caches: list[dict], params: dict[str, Array]) -> tuple:
        T, H = len(dh), dh.shape[-1]
        gates = np.stack([np.concatenate([k[gate] for gate in GATES], axis=-1) for k in caches])
        c = np.stack([caches[0]["c_prev"], *(k["c"] for k in caches)])
        W = np.concatenate([params[f"W_{gate}"] for gate in GATES], axis=1)
        passes = Table([backward_pass(mistake, T, window)], np.float64)
        dz, dh0, dc0 = back(dh[:, None], gates[:, None], c[:, None], W[None], passes)
        x, h_prev = (np.stack([k[name] for k in caches]) for name in ("x", "h_prev"))
        dx, grads = np.zeros_like(x), {}
        for k, gate in enumerate(GATES):
            d = dz[:, 0, :, k * H : (k + 1) * H]
            dx += d @ params[f"U_{gate}"].T
            grads[f"U_{gate}"] = np.einsum("tnd,tnh->dh", x, d)
            grads[f"W_{gate}"] = np.einsum("tnj,tnh->jh", h_prev, d)
            grads[f"b_{gate}"] = d.sum(axis=(0, 1))
        return dx, dh0[0], dc0[0], grads

    return lstm_backward
