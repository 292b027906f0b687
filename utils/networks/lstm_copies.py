"""Many LSTMs at once, forwards: what gradients are measured with.

Every array has one more axis in front, the copy: B sets of weights, inputs or states that differ
in one entry each, as `utils.gradient_check` moves them. Complex numbers go through. Nothing is
kept for a backward pass: here is only what comes out at the end.

A path can be cut: the value goes on along it, and a complex step does not. So the gradient that
comes out with the path missing is measured as well, and a backward pass that forgets a path is
recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

Array = np.ndarray

ORDER = "fiog"  # in memory: three sigmoids, and the candidate at the end
CELL = tuple(f"{kind}_{gate}" for kind in "UWb" for gate in "figo")

# The paths that can be cut. "h to f" is the way of h_{t-1} into the forget gate.
PATHS = ("carry of h", "carry of c", "c to h", *(f"h to {gate}" for gate in "figo"))


def hidden_states(
    at: Mapping[str, Array], cut: Collection[str] = (), window: int = 0, starts: int = 0
) -> Array:
    """The hidden states (B, T, N, H) of B LSTMs.

    at: x (B, T, N, D), h0 and c0 (B, N, H), U_* (B, D, H), W_* (B, H, H), b_* (B, H); arrays that
    are alike in all copies may have B = 1. Also "z" (B, T, N, 4H), if there: added to the
    pre-activations, gates in ORDER. cut: names from PATHS. window: if it is not 0, both carries
    are cut before every step t with t % window == starts.
    """
    U, W, b = (
        np.concatenate(
            np.broadcast_arrays(*(_once(at[f"{kind}_{gate}"]) for gate in ORDER)), axis=-1
        )
        for kind in "UWb"
    )
    x, h, c = (_once(at[name]) for name in ("x", "h0", "c0"))
    H = h.shape[-1]
    drive = x @ U[:, None] + b[:, None, None]
    if "z" in at:
        drive = drive + at["z"]
    closed = [gate for gate in ORDER if f"h to {gate}" in cut]
    hs = []
    for t in range(x.shape[1]):
        ends = bool(window) and t % window == starts
        if t and ("carry of h" in cut or ends):
            h = h.real
        if t and ("carry of c" in cut or ends):
            c = c.real
        fed = h @ W  # small products: a large one would wait for threads on a busy machine
        for gate in closed:
            block = slice(ORDER.index(gate) * H, (ORDER.index(gate) + 1) * H)
            fed[..., block] = fed[..., block].real
        z = drive[:, t] + fed
        z[..., 3 * H :] *= 2
        f, i, o, g = np.split(_sigmoid(z), 4, axis=-1)
        c = f * c + i * (2 * g - 1)  # tanh(z) = 2 σ(2z) - 1: one call of exp for all four
        h = o * (2 * _sigmoid(2 * (c.real if "c to h" in cut else c)) - 1)
        hs.append(h)
    return np.stack(np.broadcast_arrays(*hs), axis=1)


def _once(array: Array) -> Array:
    """Copies that are all one and the same array, worked with once."""
    return array[:1] if array.strides[0] == 0 else array


def _sigmoid(z: Array) -> Array:
    # exp of complex numbers takes 40 % of the time of their tanh, but overflows far out.
    if np.abs(z.real).max(initial=0) < 500:
        return 1 / (1 + np.exp(-z))
    return 0.5 * (1 + np.tanh(0.5 * z))


def weighed(dh: Array) -> Callable[[dict[str, Array]], Array]:
    """The loss Σ dh ⊙ h, whose own gradient at h_t is dh[t]: dict of copies → (B,)."""
    return lambda at: (dh * hidden_states(at)).sum(axis=(1, 2, 3))


def lstm_loss(
    x: Array, targets: Array, h0: Array, c0: Array
) -> Callable[[dict[str, Array]], Array]:
    """From the weights of B language models to their losses (B,), for
    `check_gradients(batched=True)`.

    x: (T, N, D). targets: (T, N) integers. h0, c0: (N, H). The loss is the cross-entropy of
    softmax(h V + b_y), summed over time, averaged over the batch. It takes complex weights.
    """
    T, N = targets.shape
    fixed = {"x": x[None], "h0": h0[None], "c0": c0[None]}

    def loss(params: dict[str, Array]) -> Array:
        h = hidden_states({**fixed, **params})
        logits = h @ params["V"][:, None] + params["b_y"][:, None, None]
        logits = logits - logits.real.max(axis=-1, keepdims=True)
        right = logits[:, np.arange(T)[:, None], np.arange(N), targets]
        return (np.log(np.exp(logits).sum(axis=-1)) - right).sum(axis=(1, 2)) / N

    return loss
