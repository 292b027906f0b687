"""Any model trained by a learner's `train_step`: the loss that it calls for, and its batches.

`train_step(params, batch, state, max_norm, lr)` of unit 12 calls `loss_and_gradients(params, x,
targets, h0, c0)`, which unit 11 wrote for a loss at every step and a model made of a dict. `LossOf`
is called in the same way, for any model and for losses at the last step as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from utils.training.last_step import gradients
from utils.training.tasks import Batch

__all__ = ["LossOf", "asked_once", "load"]

Array = np.ndarray
Params = Mapping[str, Array]


def load(model: Any, params: Params) -> None:
    """Copy these weights into a model's own arrays, which stay where they are."""
    for name, array in params.items():
        if model.params[name] is not array:
            model.params[name][...] = array


def asked_once(batch: Batch) -> tuple[Array, Batch, None, None]:
    """A batch whose answer is asked for at the last step, in the form (x, targets, h0, c0).

    The targets are the whole batch, since `LossOf` has to know where each sequence ends.
    """
    return batch.x, batch, None, None


class LossOf:
    """loss_and_gradients(params, x, targets, h0, c0) → loss, grads, computed by a model.

    model: the learner's own LSTM, the fast one, or a plain RNN: with params, grads, and methods as
    the fast LSTM has them. targets: (T, N) ids, one asked at every step; or a whole Batch, asked at
    the end (see `asked_once`). After a call `norm` is the gradients' length, `wrong` how many
    sequences of a Batch were answered wrongly, and the model's `last` the states after the window.
    """

    def __init__(self, model: Any) -> None:
        self.model, self.norm, self.wrong = model, 0.0, 0

    def __call__(
        self, params: Params, x: Array, targets: Array | Batch, h0: Any = None, c0: Any = None
    ) -> tuple[float, dict[str, Array]]:
        load(self.model, params)
        if isinstance(targets, Batch):
            loss, self.wrong = gradients(self.model, targets)
        else:
            loss, _ = self.model.loss_and_gradients(x, targets, h0, c0)
        grads: dict[str, Array] = self.model.grads
        self.norm = float(np.sqrt(sum(np.vdot(g, g) for g in grads.values())))
        return loss, grads
