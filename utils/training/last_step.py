"""Tasks that ask once, at a sequence's last step: the loss there, and its gradient for the model.

A *model* is anything that has `forward(x) -> h`, `backward(dh)`, and the dicts `params` and `grads`
with an output layer V, b_y among their arrays: utils.networks.lstm.LSTM, utils.networks.rnn.RNN,
and the learner's own code (utils.learner.workbook).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from utils.training.tasks import Batch

__all__ = ["Model", "gradients", "outputs", "wrong"]

Array = np.ndarray


class Model(Protocol):
    """What is trained here."""

    params: dict[str, Array]
    grads: dict[str, Array]

    def forward(self, x: Array) -> Array:
        """x: (T, N, D) or ids (T, N). Returns h (T, N, H)."""

    def backward(self, dh: Array) -> Any:
        """dh: (T, N, H). Leaves the cell's gradients in `grads`."""


def outputs(model: Model, batch: Batch) -> tuple[Array, Array]:
    """(h (T, N, H), the outputs (N, K) at each sequence's last step)."""
    h = model.forward(batch.x)
    end = h[batch.last, np.arange(h.shape[1])]
    return h, end @ model.params["V"] + model.params["b_y"]


def gradients(model: Model, batch: Batch) -> tuple[float, int]:
    """Leave the gradients of the batch's mean loss in `model.grads`; (loss, how many are wrong).

    Whole numbers as targets are classes, and the loss is the cross-entropy in nats; other numbers
    are values, and the loss is the squared error.
    """
    h, y = outputs(model, batch)
    n = len(batch.last)
    rows = np.arange(n)
    if batch.targets.dtype.kind == "i":
        p = np.exp(y - y.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(np.maximum(p[rows, batch.targets], np.finfo(p.dtype).tiny)).mean()
        d = p.copy()
        d[rows, batch.targets] -= 1
        d /= n
        count = _wrong_classes(p, batch.targets)
    else:
        error = y[:, 0] - batch.targets
        loss = np.mean(error**2)
        d = (2 / n * error)[:, None]
        count = int((np.abs(error) >= TOLERANCE).sum())
    dh = np.zeros_like(h)
    dh[batch.last, rows] = d @ model.params["V"].T
    dV = h[batch.last, rows].T @ d
    model.backward(dh)
    model.grads["V"][...], model.grads["b_y"][...] = dV, d.sum(axis=0)
    return float(loss), count


TOLERANCE = 0.04  # of a value, and 0.3 of every class's output: the criteria of the 1997 paper
CLASS_TOLERANCE = 0.3


def _wrong_classes(p: Array, targets: Array) -> int:
    off = np.abs(p - np.eye(p.shape[1])[targets]).max(axis=1)
    return int((off >= CLASS_TOLERANCE).sum())


def wrong(model: Model, batch: Batch) -> int:
    """How many of a batch's sequences are answered wrongly, as the 1997 paper counts.

    A value is right within 0.04. A class is right where every class's probability is within 0.3 of
    what it should be, 1 or 0.
    """
    _, y = outputs(model, batch)
    if batch.targets.dtype.kind != "i":
        return int((np.abs(y[:, 0] - batch.targets) >= TOLERANCE).sum())
    p = np.exp(y - y.max(axis=1, keepdims=True))
    return _wrong_classes(p / p.sum(axis=1, keepdims=True), batch.targets)
