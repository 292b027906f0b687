"""What takes the place of an unsolved exercise of unit 21."""

from __future__ import annotations

import numpy as np

from utils.networks.after_lstm import scan

__all__ = ["min_lstm_scan", "mlstm_step", "slstm_step"]

Array = np.ndarray


def slstm_step(
    x: Array, h_prev: Array, c_prev: Array, n_prev: Array, m_prev: Array, params: dict[str, Array]
) -> tuple[Array, Array, Array, Array]:
    """Exercise 21.1. x: (N, D), states (N, H). Returns h, c, n, m (N, H) each."""
    z = {a: x @ params[f"U_{a}"] + h_prev @ params[f"W_{a}"] + params[f"b_{a}"] for a in "figo"}
    m = np.maximum(z["f"] + m_prev, z["i"])
    f, i = np.exp(z["f"] + m_prev - m), np.exp(z["i"] - m)
    c, n = f * c_prev + i * np.tanh(z["g"]), f * n_prev + i
    return 0.5 * (1 + np.tanh(0.5 * z["o"])) * c / n, c, n, m


def min_lstm_scan(f: Array, i: Array, g: Array, h0: Array) -> Array:
    """Exercise 21.2. f, i, g: (T, N, H), h0: (N, H). Returns h (T, N, H)."""
    written = i * g
    written[0] += f[0] * h0
    return scan(f, written)


def mlstm_step(
    q: Array, k: Array, v: Array, i: Array, f: Array, C_prev: Array, n_prev: Array
) -> tuple[Array, Array, Array]:
    """Exercise 21.3. q, k, v: (N, H), i, f: (N,), C_prev (N, H, H). Returns h, C, n."""
    C = f[:, None, None] * C_prev + np.einsum("n,na,nb->nab", i, v, k)
    n = f[:, None] * n_prev + i[:, None] * k
    weight = np.abs((n * q).sum(axis=1, keepdims=True))
    return np.einsum("nab,nb->na", C, q) / np.maximum(weight, 1), C, n
