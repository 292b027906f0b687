"""A model of the learner's own functions, with the methods of the fast LSTM: both train alike."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["OwnLSTM"]

Array = np.ndarray


class OwnLSTM:
    """An LSTM that computes with the functions it is given.

    functions: has lstm_forward and lstm_backward, and for `loss_and_gradients` also cross_entropy
    and output_layer_backward (a utils.learner.workbook.Workbook, say). params: U_f … b_o, V and
    b_y; they are copied as float64. `params` and `grads` are dicts of these names.
    """

    def __init__(self, functions: Any, params: dict[str, Array]) -> None:
        self.functions = functions
        self.params = {name: np.array(array, dtype=float) for name, array in params.items()}
        self.grads = {name: np.zeros_like(array) for name, array in self.params.items()}
        self.D, self.H = self.params["U_f"].shape

    def forward(self, x: Array, h0: Array | None = None, c0: Array | None = None) -> Array:
        """x: (T, N, D) numbers, or (T, N) ids of one-hot inputs. Returns h (T, N, H).

        h0, c0: (N, H) states before the first step, zeros if None. Afterwards `last` is (h_T, c_T),
        `cells` is c (T, N, H) and `gates` a dict of f, i, g, o (T, N, H).
        """
        x = np.asarray(x)
        if x.dtype.kind in "iu":
            x = np.eye(self.D)[x]
        h0, c0 = (np.zeros((x.shape[1], self.H)) if s is None else s for s in (h0, c0))
        h, self.cells, self.caches = self.functions.lstm_forward(x, h0, c0, self.params)
        self.last = h[-1], self.cells[-1]
        return h

    @property
    def gates(self) -> dict[str, Array]:
        return {gate: np.stack([cache[gate] for cache in self.caches]) for gate in "figo"}

    def backward(self, dh: Array) -> dict[str, Array]:
        """After `forward`: the cell's gradients for dh (T, N, H), the loss's own gradient at h.

        Returns `grads`; V and b_y are left alone there. Afterwards `dx`, `dh0`, `dc0` are there.
        """
        self.dx, self.dh0, self.dc0, grads = self.functions.lstm_backward(
            dh, self.caches, self.params
        )
        for name, gradient in grads.items():
            self.grads[name][...] = gradient
        return self.grads

    def logits(self, h: Array) -> Array:
        """h @ V + b_y for h (…, H)."""
        return h @ self.params["V"] + self.params["b_y"]

    def loss_and_gradients(
        self, x: Array, targets: Array, h0: Array | None = None, c0: Array | None = None
    ) -> tuple[float, dict[str, Array]]:
        """The loss of unit 07 and every gradient, as in unit 11; `last` keeps the states."""
        h = self.forward(x, h0, c0)
        logits = self.logits(h)
        dh, dV, db_y = self.functions.output_layer_backward(logits, targets, h, self.params["V"])
        self.backward(dh)
        self.grads["V"][...], self.grads["b_y"][...] = dV, db_y
        return float(self.functions.cross_entropy(logits, targets)), self.grads
