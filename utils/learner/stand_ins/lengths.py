"""What takes the place of an unsolved exercise of unit 18: batches of unequal lengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = [
    "last_states",
    "masked_cross_entropy",
    "masked_cross_entropy_backward",
    "pad",
    "reverse_padded",
    "sequence_mask",
]

Array = np.ndarray


def pad(sequences: Sequence[Array]) -> tuple[Array, Array]:
    """Exercise 18.1. sequences: N arrays (T_n, D). Returns x (T, N, D) and lengths (N,)."""
    lengths = np.fromiter(map(len, sequences), dtype=np.int64)
    x = np.zeros((int(lengths.max()), len(sequences), sequences[0].shape[1]))
    for n, sequence in enumerate(sequences):
        x[: len(sequence), n] = sequence
    return x, lengths


def sequence_mask(lengths: Array, T: int) -> Array:
    """Exercise 18.2. Returns (T, N) of bool: whether step t of sequence n is real."""
    return np.less.outer(np.arange(T), lengths)


def masked_cross_entropy(logits: Array, targets: Array, mask: Array) -> float:
    """Exercise 18.3. Sum over real steps, mean over the batch."""
    chosen = np.take_along_axis(_log_softmax(logits), targets[..., None], axis=-1)[..., 0]
    return float(-chosen[mask].sum() / mask.shape[1])


def masked_cross_entropy_backward(logits: Array, targets: Array, mask: Array) -> Array:
    """Exercise 18.4. Its gradient for the logits (T, N, K)."""
    p = np.exp(_log_softmax(logits))
    wanted = np.arange(logits.shape[-1]) == targets[..., None]
    return np.where(mask[..., None], p - wanted, 0.0) / mask.shape[1]


def last_states(h: Array, lengths: Array) -> Array:
    """Exercise 18.5. h (T, N, H). Returns (N, H), the states after each last real step."""
    return np.stack([h[length - 1, n] for n, length in enumerate(lengths)])


def reverse_padded(x: Array, lengths: Array) -> Array:
    """Exercise 18.6. Each sequence turned round within its own length."""
    step = np.arange(len(x)).reshape(-1, 1)
    source = np.where(step < lengths, lengths - 1 - step, step)
    return np.take_along_axis(x, source[..., None], axis=0)


def _log_softmax(logits: Array) -> Array:
    z = logits - logits.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
