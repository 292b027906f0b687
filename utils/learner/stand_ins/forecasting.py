"""What takes the place of an unsolved exercise of unit 14. See the exercises for what each does."""

from __future__ import annotations

import numpy as np

__all__ = [
    "ar_forecast",
    "make_windows",
    "regression_head",
    "regression_head_backward",
    "standardise",
]

Array = np.ndarray


def standardise(series: Array, n_train: int) -> tuple[Array, float, float]:
    """Exercise 14.1. series: (n,). Returns z (n,), mean and std of the first n_train values."""
    known = series[:n_train]
    mean, std = np.mean(known), np.std(known)
    return (series - mean) / std, mean, std


def make_windows(series: Array, T: int, horizon: int) -> tuple[Array, Array]:
    """Exercise 14.2. series: (n,). Returns x (T, N, 1) and y (N, 1), N = n - T - horizon + 1."""
    view = np.lib.stride_tricks.sliding_window_view(series, T + horizon)
    return view[:, :T].T[..., None].copy(), view[:, -1:].copy()


def ar_forecast(x: Array, y: Array, x_new: Array) -> Array:
    """Exercise 14.3. x: (T, N, 1), y: (N, 1), x_new: (T, M, 1). Returns ŷ (M, 1)."""
    rows, new = (np.append(w[..., 0].T, np.ones((w.shape[1], 1)), axis=1) for w in (x, x_new))
    return new @ (np.linalg.pinv(rows) @ y)


def regression_head(h: Array, V: Array, b_y: Array) -> Array:
    """Exercise 14.4. h: (…, H), V: (H, K), b_y: (K,). Returns ŷ (…, K)."""
    return np.matmul(h, V) + b_y


def regression_head_backward(
    y_hat: Array, y: Array, h: Array, V: Array
) -> tuple[Array, Array, Array]:
    """Exercise 14.5. y_hat, y: (N, K), h: (N, H), V: (H, K). Returns dh, dV, db_y."""
    d = (y_hat - y) * (2 / len(y))
    return np.matmul(d, V.T), np.matmul(h.T, d), np.add.reduce(d, axis=0)
