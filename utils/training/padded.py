"""Batches of unequal lengths: how they are put together, and training on them (unit 18).

What is learned is to continue first names, character by character, each from states of zero. A
name's last target is the full stop.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from utils.data import names, shakespeare
from utils.networks.lstm import LSTM
from utils.training.train import Adam, clip

__all__ = ["WAYS", "Names", "dealt", "fit", "nats", "pass_seconds", "sentences", "wasted"]

Array = np.ndarray
WAYS = ("shuffled", "pools sorted", "all sorted")
POOL = 16  # batches in a pool


def sentences() -> list[str]:
    """The sentences of eight plays of Shakespeare: what ends in a full stop, ! or ?"""
    text = " ".join(shakespeare().split())
    for mark in "!?":
        text = text.replace(mark, ".")
    return [part for part in (sentence.strip() for sentence in text.split(".")) if part]


def dealt(lengths: Array, n: int, way: str, rng: np.random.Generator) -> list[Array]:
    """Which sequences go into one batch: a list of arrays of n indices (the last ones left out).

    lengths: (number of sequences,). way: one of WAYS. "shuffled": at random. "pools sorted": at
    random into pools of POOL batches, each pool sorted by length and cut into batches, the batches
    of all pools shuffled. "all sorted": all sorted by length, and the batches shuffled.
    """
    if way not in WAYS:
        raise ValueError(f"{way!r} is none of {', '.join(WAYS)}")
    order = rng.permutation(len(lengths))
    order = order[: len(order) // n * n]
    pool = {"shuffled": 1, "pools sorted": POOL * n, "all sorted": len(order)}[way]
    pools = [order[k : k + pool] for k in range(0, len(order), pool)]
    order = np.concatenate([part[np.argsort(lengths[part], kind="stable")] for part in pools])
    batches = order.reshape(-1, n)
    return list(batches[rng.permutation(len(batches))])


def wasted(lengths: Array, batches: Sequence[Array]) -> float:
    """The share of steps that are padding, when each batch is as long as its longest sequence."""
    made = sum(lengths[batch].max() * len(batch) for batch in batches)
    return 1 - sum(lengths[batch].sum() for batch in batches) / made


def pass_seconds(lengths: Array, batches: Sequence[Array], D: int = 27, H: int = 32) -> float:
    """Seconds for a fast LSTM to go once through these batches, forwards and backwards."""
    net = LSTM(D, H, rng=np.random.default_rng(0))
    start = time.perf_counter()
    for batch in batches:
        x = np.zeros((lengths[batch].max(), len(batch)), dtype=int)
        net.backward(net.forward(x))
    return time.perf_counter() - start


class Names:
    """First names as ids, 500 of them kept for the test. vocab: 27 characters, "." the first.

    train, test: lists of arrays (T_n,): what is read; the targets are the same, one place on, and
    the full stop at the end. lengths: (number of train,).
    """

    def __init__(self) -> None:
        shuffled = np.random.default_rng(18).permutation(names())
        self.vocab = sorted({".", *"".join(shuffled)})
        ids = [np.array([0, *map(self.vocab.index, name)]) for name in shuffled]
        self.test, self.train = ids[:500], ids[500:]
        self.lengths = np.array([len(name) for name in self.train])

    def batch(self, functions: Any, chosen: Sequence[Array]) -> tuple[Array, Array, Array]:
        """x (T, N) ids, targets (T, N) ids, lengths (N,); the filling is 0, the full stop.

        functions: has `pad` (unit 18).
        """
        read, lengths = functions.pad([name[:, None].astype(float) for name in chosen])
        following, _ = functions.pad([np.append(name[1:], 0.0)[:, None] for name in chosen])
        return read[..., 0].astype(int), following[..., 0].astype(int), lengths


def fit(
    functions: Any,
    data: Names,
    seed: int,
    *,
    epochs: int,
    masked: bool = True,
    way: str = "shuffled",
    n: int = 32,
    H: int = 32,
    lr: float = 0.005,
    longest: int = 0,
) -> tuple[LSTM, float]:
    """An LSTM trained on names, and the loss per step that it reported over its last epoch.

    functions: pad, sequence_mask, masked_cross_entropy and its backward, of unit 18. masked: False
    gives every step of the rectangle its loss, the filling too. way: see `dealt`. longest: pad at
    least to so many steps (0: to the batch's longest).
    """
    rng = np.random.default_rng(seed)
    K = len(data.vocab)
    net = LSTM(K, H, K, rng=rng)
    adam = Adam(net.flat, lr=lr)
    for _ in range(epochs):
        total = steps = 0.0
        for batch in dealt(data.lengths, n, way, rng):
            x, targets, lengths = data.batch(functions, [data.train[k] for k in batch])
            if longest > len(x):
                more = ((0, longest - len(x)), (0, 0))
                x, targets = np.pad(x, more), np.pad(targets, more)
            mask = functions.sequence_mask(lengths, len(x))
            mask = mask if masked else np.ones_like(mask)
            h = net.forward(x)
            logits = net.logits(h).astype(float)
            total += functions.masked_cross_entropy(logits, targets, mask) * n
            steps += mask.sum()
            d = functions.masked_cross_entropy_backward(logits, targets, mask)
            net.backward(d @ net.params["V"].T)
            net.grads["V"][...] = np.einsum("tnh,tnk->hk", h, d)
            net.grads["b_y"][...] = d.sum(axis=(0, 1))
            clip(net.flat_grads, 5.0)
            adam.update(net.flat_grads)
    return net, total / steps


def nats(functions: Any, data: Names, net: LSTM) -> float:
    """Nats per real character on the test names."""
    x, targets, lengths = data.batch(functions, data.test)
    mask = functions.sequence_mask(lengths, len(x))
    loss = functions.masked_cross_entropy(net.logits(net.forward(x)).astype(float), targets, mask)
    return loss * len(lengths) / mask.sum()
