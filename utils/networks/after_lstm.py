"""What came after the LSTM, to be trained: sLSTM, minLSTM and mLSTM layers, in a stack.

The layers compute what the exercises of unit 21 compute, over whole sequences, and backwards. They
are used like the fast LSTM, which they are compared with. Every backward pass is compared with the
complex step in tests/networks/test_after_lstm.py.

Sources: Beck et al., xLSTM: Extended Long Short-Term Memory, 2024 (arXiv:2405.04517): sLSTM, mLSTM.
Feng et al., Were RNNs All We Needed?, 2024 (arXiv:2410.01201): minLSTM.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from utils.networks.rnn import RNN

__all__ = ["KINDS", "Stack", "scan"]

Array = np.ndarray
Params = dict[str, Array]

KINDS = ("sLSTM", "minLSTM", "minLSTM, weighted mean", "mLSTM")


def scan(a: Array, b: Array) -> Array:
    """s (T, …) with s[t] = a[t] s[t-1] + b[t] and nothing before the first: log2 T rounds.

    a, b: (T, …). Each round composes every step with the one `reach` before it, and doubles reach
    (Hillis and Steele, Data parallel algorithms, 1986). No division, so that a may be 0.
    """
    b, reach = b.copy(), 1
    a = a.copy()
    while reach < len(b):
        b[reach:] += a[reach:] * b[:-reach]
        a[reach:] *= a[:-reach].copy()
        reach *= 2
    return b


def _sigmoid(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * z))


def _log_sigmoid(z: Array) -> Array:
    """log σ(z); for a complex z too, by the side that does not overflow."""
    small = np.where(z.real > 0, -z, z)
    return np.where(z.real > 0, 0, z) - np.log1p(np.exp(small))


# --- one layer each: shapes, forwards, backwards ------------------------------------------------


class SLSTM:
    """Exponential input and forget gates, a normaliser n and a stabiliser m.

    U (D, 4H), W (H, 4H), b (4H,), blocks in the order g, i, f, o. Backwards m is held: h does not
    depend on it.
    """

    def shapes(self, D: int, H: int) -> dict[str, tuple[int, ...]]:
        return {"U": (D, 4 * H), "W": (H, 4 * H), "b": (4 * H,)}

    def biases(self, H: int) -> tuple[tuple[slice, str], ...]:
        return (slice(H, 2 * H), "input"), (slice(2 * H, 3 * H), "forget")

    def forward(self, p: Params, x: Array) -> tuple[Array, Any]:
        """x: (T, N, D). Returns h (T, N, H) and what `backward` needs."""
        H = p["W"].shape[0]
        drive = x @ p["U"] + p["b"]
        h = c = n = np.zeros((x.shape[1], H), drive.dtype)
        m = np.full_like(h, -np.inf)
        out, kept = [], []
        for at in drive:
            z = at + h @ p["W"]
            g, o = np.tanh(z[:, :H]), _sigmoid(z[:, 3 * H :])
            log_i, log_f = z[:, H : 2 * H], z[:, 2 * H : 3 * H]
            new = np.maximum((log_f + m).real, log_i.real)
            f, i = np.exp(log_f + m - new), np.exp(log_i - new)
            kept.append((h, c, n, g, i, f, o))
            c, n, m = f * c + i * g, f * n + i, new
            h = o * c / n
            out.append(h)
        return np.stack(out), (x, kept)

    def backward(self, p: Params, kept: Any, dh: Array) -> tuple[Array, Params]:
        x, steps = kept
        dz = np.empty((*dh.shape[:2], p["b"].size), dh.dtype)
        carried = dc = dn = np.zeros_like(dh[0])
        for t in reversed(range(len(dh))):
            _, c_prev, n_prev, g, i, f, o = steps[t]
            c, n = f * c_prev + i * g, f * n_prev + i
            d = dh[t] + carried
            dc = dc + d * o / n
            dn = dn - d * o * c / n**2
            dg, di, df = dc * i * (1 - g * g), (dc * g + dn) * i, (dc * c_prev + dn * n_prev) * f
            dz[t] = np.concatenate([dg, di, df, d * c / n * o * (1 - o)], axis=1)
            carried, dc, dn = dz[t] @ p["W"].T, dc * f, dn * f
        before = np.stack([step[0] for step in steps])
        grads = {"U": _sum_outer(x, dz), "W": _sum_outer(before, dz), "b": dz.sum(axis=(0, 1))}
        return dz @ p["U"].T, grads


class MinLSTM:
    """Gates from x alone: h_t = f h_{t-1} + i g, by a scan in both directions.

    U (D, 3H), b (3H,), blocks f, i, g; g is linear, as in the paper. mean: f and i are divided by
    their sum, as in the paper's minLSTM, so that h is a weighted mean of what was written.
    """

    def __init__(self, mean: bool = False) -> None:
        self.mean = mean

    def shapes(self, D: int, H: int) -> dict[str, tuple[int, ...]]:
        return {"U": (D, 3 * H), "b": (3 * H,)}

    def biases(self, H: int) -> tuple[tuple[slice, str], ...]:
        return (slice(H), "forget"), (slice(H, 2 * H), "input")

    def forward(self, p: Params, x: Array) -> tuple[Array, Any]:
        f, i, g = np.split(x @ p["U"] + p["b"], 3, axis=2)
        f, i = _sigmoid(f), _sigmoid(i)
        keep, write = (f / (f + i), i / (f + i)) if self.mean else (f, i)
        h = scan(keep, write * g)
        return h, (x, f, i, g, keep, write, h)

    def backward(self, p: Params, kept: Any, dh: Array) -> tuple[Array, Params]:
        x, f, i, g, keep, write, h = kept
        later = np.concatenate([keep[1:], np.zeros_like(keep[:1])])  # what step t + 1 kept of h_t
        d = scan(later[::-1], dh[::-1])[::-1]
        before = np.concatenate([np.zeros_like(h[:1]), h[:-1]])
        d_keep, d_write = d * before, d * g
        if self.mean:  # keep = f / (f + i), write = 1 - keep
            d_f = (d_keep - d_write) * i / (f + i) ** 2
            d_i = (d_write - d_keep) * f / (f + i) ** 2
        else:
            d_f, d_i = d_keep, d_write
        dz = np.concatenate([d_f * f * (1 - f), d_i * i * (1 - i), d * write], axis=2)
        return dz @ p["U"].T, {"U": _sum_outer(x, dz), "b": dz.sum(axis=(0, 1))}


class MLSTM:
    """A matrix memory, all steps at once: one product of queries and keys, weighted by the gates.

    U (D, 4H), b (4H,): q, k, v, o. u (D, 2), a (2,): the input gate's exponent and the forget gate
    (a sigmoid), one number each a step. What `mlstm_step` gives step by step, divided by √H.
    """

    def shapes(self, D: int, H: int) -> dict[str, tuple[int, ...]]:
        return {"U": (D, 4 * H), "b": (4 * H,), "u": (D, 2), "a": (2,)}

    def biases(self, H: int) -> tuple[tuple[slice, str], ...]:
        return ()

    def forward(self, p: Params, x: Array) -> tuple[Array, Any]:
        q, k, v, o = (a.swapaxes(0, 1) for a in np.split(x @ p["U"] + p["b"], 4, axis=2))
        k, o = k / np.sqrt(k.shape[2]).astype(k.real.dtype), _sigmoid(o)
        gates = (x @ p["u"] + p["a"]).swapaxes(0, 1)  # (N, T, 2)
        kept = np.cumsum(_log_sigmoid(gates[:, :, 1]), axis=1)
        weight = kept[:, :, None] - kept[:, None, :] + gates[:, None, :, 0]
        early = np.tri(len(x), dtype=bool)
        highest = np.where(early, weight.real, -np.inf).max(axis=2, keepdims=True)
        highest = np.maximum(highest, 0)  # held backwards: h does not depend on it
        decay = np.exp(np.where(early, weight - highest, -np.inf))
        S = (q @ k.swapaxes(1, 2)) * decay
        total = S.sum(axis=2, keepdims=True)
        sign = np.where(total.real < 0, -1, 1)
        large = total.real * sign > np.exp(-highest)
        norm = np.where(large, sign * total, np.exp(-highest))
        y = S @ v / norm
        return (o * y).swapaxes(0, 1), (x, q, k, v, o, gates, decay, S, sign * large, norm, y)

    def backward(self, p: Params, kept: Any, dh: Array) -> tuple[Array, Params]:
        x, q, k, v, o, gates, decay, S, sign, norm, y = kept
        dh = dh.swapaxes(0, 1)
        dy = dh * o / norm
        dS = dy @ v.swapaxes(1, 2) - (dy * y).sum(axis=2, keepdims=True) * sign
        dA, d_weight = dS * decay, dS * S
        d_kept = d_weight.sum(axis=2) - d_weight.sum(axis=1)
        d_log_f = np.cumsum(d_kept[:, ::-1], axis=1)[:, ::-1]
        d_gates = np.stack(
            [d_weight.sum(axis=1), d_log_f * _sigmoid(-gates[:, :, 1])], axis=2
        ).swapaxes(0, 1)
        root = np.sqrt(k.shape[2]).astype(k.dtype)
        parts = (dA @ k, dA.swapaxes(1, 2) @ q / root, S.swapaxes(1, 2) @ dy, dh * y * o * (1 - o))
        dz = np.concatenate(parts, axis=2).swapaxes(0, 1)
        grads = {"U": _sum_outer(x, dz), "b": dz.sum(axis=(0, 1))}
        grads |= {"u": _sum_outer(x, d_gates), "a": d_gates.sum(axis=(0, 1))}
        return dz @ p["U"].T + d_gates @ p["u"].T, grads


def _sum_outer(x: Array, dz: Array) -> Array:
    return x.reshape(-1, x.shape[2]).T @ dz.reshape(-1, dz.shape[2])


def _layer(kind: str) -> SLSTM | MinLSTM | MLSTM:
    if kind == "sLSTM":
        return SLSTM()
    if kind == "mLSTM":
        return MLSTM()
    return MinLSTM(mean=kind != "minLSTM")


# --- a network of them --------------------------------------------------------------------------


class Stack(RNN):
    """Layers of one of KINDS with an output layer, used like `utils.networks.rnn.RNN`.

    D, H, K: inputs, units of each layer, outputs. forget_bias, input_bias: of the layers that have
    gates for each unit. input_scale: spread of the weights times the root of what they read.
    """

    def __init__(
        self,
        kind: str,
        D: int,
        H: int,
        K: int,
        *,
        rng: np.random.Generator,
        layers: int = 1,
        forget_bias: float = 1.0,
        input_bias: float = 0.0,
        input_scale: float | None = None,
        dtype: type = np.float32,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {KINDS}")
        self.kind, self.D, self.layer = kind, D, _layer(kind)
        shapes: dict[str, tuple[int, ...]] = {}
        for k in range(layers):
            own = self.layer.shapes(D if k == 0 else H, H)
            shapes |= {f"{name}{k}": shape for name, shape in own.items()}
        self.layers = layers
        self.allocate(shapes | {"V": (H, K), "b_y": (K,)}, rng, dtype)
        for k in range(layers):
            if input_scale is not None and k == 0:
                self.params["U0"] *= input_scale * np.sqrt(D)
            for part, gate in self.layer.biases(H):
                self.params[f"b{k}"][part] = forget_bias if gate == "forget" else input_bias
            if kind == "mLSTM":
                self.params[f"a{k}"][:] = input_bias, forget_bias

    def _own(self, k: int, arrays: Params) -> Params:
        return {
            n[: -len(str(k))]: a for n, a in arrays.items() if n[0] in "UWbua" and n[1:] == str(k)
        }

    def forward(self, x: Array) -> Array:
        """x: (T, N, D) numbers, or (T, N) ids of one-hot inputs. Returns h (T, N, H)."""
        dtype = self.params["V"].dtype
        h = np.eye(self.D, dtype=dtype)[x] if x.dtype.kind == "i" else x.astype(dtype)
        self.kept = []
        for k in range(self.layers):
            h, kept = self.layer.forward(self._own(k, self.params), h)
            self.kept.append(kept)
        return h

    def backward(self, dh: Array) -> Params:
        """dh: (T, N, H). Returns `grads`, without V and b_y."""
        for k in reversed(range(self.layers)):
            dh, grads = self.layer.backward(self._own(k, self.params), self.kept[k], dh)
            for name, gradient in grads.items():
                self.grads[f"{name}{k}"][...] = gradient
        self.dx = dh
        return self.grads
