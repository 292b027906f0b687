"""Networks side by side, each trained by a backward pass of its own: what unit 11's labs run.

All start from the same weights, read the same sequences and take the same steps, so what comes out
differently is the backward pass's doing. They are computed together: six take about twice as long
as one.

The task, `recall`: at every step name the symbol before, for which a memory of one step is enough,
and at the very end the one symbol that was marked, `lag` steps earlier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from utils.networks.wrong_backward import GATES, Pass, Table, back
from utils.training.train import Adam

Array = np.ndarray

SYMBOLS = 4
MARK, ASK = SYMBOLS, SYMBOLS + 1  # two more inputs: "keep this one" and "which one was it?"
INPUTS = SYMBOLS + 2


def recall(
    rng: np.random.Generator, T: int, n: int, lags: Sequence[int]
) -> tuple[Array, Array, Array]:
    """n sequences of T steps for each network: inputs, targets, and which symbol was marked.

    lags: for each of the M networks, how many steps before the end its symbol is marked (1 … T-1).
    Returns x (T, M, n, 6), targets (T, M, n), marked (M, n). The symbols are the same for all. At
    the first step nothing can be known of the symbol before: its target is its own symbol.
    """
    M = len(lags)
    symbols = np.repeat(rng.integers(SYMBOLS, size=(T, 1, n)), M, axis=1)
    network = np.arange(M)
    at = T - 1 - np.asarray(lags)
    x = np.zeros((T, M, n, INPUTS), np.float32)
    np.put_along_axis(x, symbols[..., None], 1, axis=-1)
    x[at, network, :, MARK] = 1
    x[-1] = 0
    x[-1, :, :, ASK] = 1
    marked = symbols[at, network]
    targets = np.concatenate([symbols[:1], symbols[:-1]])
    targets[-1] = marked
    return x, targets, marked


class SideBySide:
    """M LSTMs with an output layer, the same at the start, each with its own backward pass.

    passes: by name, all for the same T. lags: of each network's task; one number: the same for all.
    hidden: units H. n: sequences in a batch. forget_bias, input_bias: where b_f and b_i start; the
    defaults are made for long memories: keep what is there, let little in.
    The loss is the mean over all steps but the last, plus that of the last. Gradients are clipped
    to norm 1, network by network, at the end.
    """

    def __init__(
        self,
        passes: Mapping[str, Pass],
        lags: Sequence[int] | int,
        seed: int = 0,
        hidden: int = 32,
        n: int = 24,
        lr: float = 0.01,
        forget_bias: float = 5.0,
        input_bias: float = -3.0,
    ) -> None:
        self.names = list(passes)
        M, H, D = len(passes), hidden, INPUTS
        self.T = len(next(iter(passes.values())).add)
        self.lags = [lags] * M if isinstance(lags, int) else list(lags)
        self.H, self.n = H, n
        self.rng = np.random.default_rng(seed)
        self._passes = Table(list(passes.values()), np.float32)
        self._at_step = np.full(self.T, 1 / (self.T - 1))
        self._at_step[-1] = 1.0

        self._cell = (D + 1 + H) * 4 * H
        self.flat = np.zeros((M, self._cell + (H + 1) * SYMBOLS), np.float32)
        cell, V, _ = self._views(self.flat)
        cell[:, :D] = self.rng.normal(size=(D, 4 * H))
        cell[:, D + 1 :] = self.rng.normal(size=(H, 4 * H)) / np.sqrt(H)
        cell[:, D, H : 2 * H], cell[:, D, 2 * H : 3 * H] = input_bias, forget_bias
        V[:] = self.rng.normal(size=(H, SYMBOLS)) / np.sqrt(H)
        self._adam = Adam(self.flat.reshape(-1), lr=lr)

    def _views(self, flat: Array) -> tuple[Array, Array, Array]:
        """The cell's weights (M, D + 1 + H, 4H): U, b, W; V (M, H, K); b_y (M, 1, K)."""
        M, H = len(flat), self.H
        split = self._cell + H * SYMBOLS
        return (
            flat[:, : self._cell].reshape(M, -1, 4 * H),
            flat[:, self._cell : split].reshape(M, H, SYMBOLS),
            flat[:, None, split:],
        )

    def named(self, flat: Array, network: int) -> dict[str, Array]:
        """The weights of one network, or its gradients, under the names they have in the course."""
        cell, V, b_y = self._views(flat)
        named = {"V": V[network], "b_y": b_y[network, 0]}
        for k, gate in enumerate(GATES):
            block = cell[network, :, k * self.H : (k + 1) * self.H]
            named |= {f"U_{gate}": block[:INPUTS], f"b_{gate}": block[INPUTS]}
            named[f"W_{gate}"] = block[INPUTS + 1 :]
        return named

    # --- forwards ---

    def _forward(self, x: Array) -> tuple[Array, Array, Array, Array]:
        """Gates (T, M, n, 4H), h and c with the states before the first step, and the logits."""
        cell, V, b_y = self._views(self.flat)
        (T, M, n, D), H = x.shape, self.H
        gates = x @ cell[:, :D] + cell[:, D : D + 1]
        h = np.zeros((T + 1, M, n, H), np.float32)
        c = np.zeros_like(h)
        half = np.full(4 * H, 0.5, np.float32)  # σ by tanh: z/2 for the sigmoids, z for g
        half[:H] = 1
        for t in range(T):
            a = gates[t]
            a += h[t] @ cell[:, D + 1 :]
            a *= half
            np.tanh(a, out=a)
            a[..., H:] *= 0.5
            a[..., H:] += 0.5
            g, i, f, o = np.split(a, 4, axis=-1)
            c[t + 1] = f * c[t] + i * g
            h[t + 1] = o * np.tanh(c[t + 1])
        return gates, h, c, h[1:] @ V + b_y

    def recalled(self, lag: int | None = None, n: int = 500, seed: int = 1) -> Array:
        """(M,) the share of n fresh sequences whose marked symbol is named at the end.

        lag: how far back it lies, any number; as in training if None. Guessing is right in 1 of 4.
        """
        lags = self.lags if lag is None else [lag] * len(self.names)
        T = max(self.T, max(lags) + 1)
        x, _, marked = recall(np.random.default_rng(seed), T, n, lags)
        return np.asarray((self._forward(x)[3][-1].argmax(axis=-1) == marked).mean(axis=-1))

    # --- and backwards, each in its own way ---

    def gradients(self, x: Array, targets: Array) -> tuple[Array, Array, Array]:
        """The loss (T, M) by step, gradients like `flat`, and the logits (T, M, n, 4)."""
        gates, h, c, logits = self._forward(x)
        d = logits - logits.max(axis=-1, keepdims=True)
        chosen = targets[..., None]
        losses = np.log(np.exp(d).sum(axis=-1)) - np.take_along_axis(d, chosen, axis=-1)[..., 0]
        np.exp(d, out=d)
        d /= d.sum(axis=-1, keepdims=True)
        np.put_along_axis(d, chosen, np.take_along_axis(d, chosen, axis=-1) - 1, axis=-1)
        d *= (self._at_step / x.shape[2]).astype(np.float32)[:, None, None, None]

        grads = np.empty_like(self.flat)
        to_cell, to_V, to_b_y = self._views(grads)
        V = self._views(self.flat)[1]
        to_V[:] = _over_time(h[1:]).swapaxes(1, 2) @ _over_time(d)
        to_b_y[:] = _over_time(d).sum(axis=1, keepdims=True)
        W = self._views(self.flat)[0][:, INPUTS + 1 :]
        dz, *_ = back(d @ V.swapaxes(1, 2), gates, c, W, self._passes)
        ones = np.ones((*x.shape[:-1], 1), np.float32)
        seen = _over_time(np.concatenate([x, ones, h[:-1]], axis=-1))
        to_cell[:] = seen.swapaxes(1, 2) @ _over_time(dz)
        return losses.mean(axis=-1) * self._at_step[:, None], grads, logits

    def step(self, update: int) -> dict[str, float]:
        """One update on fresh sequences. By network: "NAME" the loss, "NAME recalls" the share."""
        x, targets, marked = recall(self.rng, self.T, self.n, self.lags)
        losses, grads, logits = self.gradients(x, targets)
        norm = np.linalg.norm(grads, axis=1, keepdims=True)
        grads *= np.minimum(1.0, 1.0 / np.maximum(norm, 1e-12))
        self._adam.update(grads.reshape(-1))
        shares = (logits[-1].argmax(axis=-1) == marked).mean(axis=-1)
        numbers = dict(zip(self.names, map(float, losses.sum(axis=0)), strict=True))
        recalls = (f"{name} recalls" for name in self.names)
        return numbers | dict(zip(recalls, map(float, shares), strict=True))


def _over_time(a: Array) -> Array:
    """(T, M, n, …) as (M, T·n, …): all steps of a network in a row."""
    return np.moveaxis(a, 0, 1).reshape(a.shape[1], -1, a.shape[-1])
