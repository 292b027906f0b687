"""A language model of LSTM layers for little text, and what keeps it from memorising (unit 19).

    ids → LSTM → [layer norm] → dropout → LSTM → [layer norm] → dropout → V, b_y → logits

Dropout stands between the layers and never inside the recurrence (Zaremba, Sutskever and Vinyals
2014, arXiv:1409.2329), and one mask is drawn for a whole window and used at all of its steps (Gal
and Ghahramani 2016, arXiv:1512.05287). Layer norm stands there as well; Ba et al. put it inside the
cell, which the fast LSTM does not allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from utils.networks import regular
from utils.networks.lstm import LSTM
from utils.training.train import Adam, Run, clip, train

__all__ = ["Fit", "Reader", "fit", "windows"]

Array = np.ndarray
Params = dict[str, Array]


PIECE = 100  # steps that are read at once where nothing is learned


def windows(ids: Array, n_streams: int, T: int) -> tuple[Array, Array]:
    """Inputs and targets (windows, T, n_streams): each stream is one piece of the text."""
    n = (len(ids) - 1) // (n_streams * T)
    x, y = (ids[k : k + n_streams * n * T].reshape(n_streams, n, T) for k in (0, 1))
    return x.transpose(1, 2, 0), y.transpose(1, 2, 0)


class Reader:
    """K: characters. H: units of each layer. p: what dropout leaves out. norm: layer norm or not.

    layers: how many LSTMs. tools: dropout_mask, layer_norm and layer_norm_backward, by name (unit
    19's functions; the course's where there is none).
    """

    def __init__(
        self,
        K: int,
        H: int,
        rng: np.random.Generator,
        p: float = 0.0,
        norm: bool = False,
        layers: int = 2,
        tools: Mapping[str, Callable] | None = None,
    ) -> None:
        self.K, self.H, self.p, self.norm, self.rng = K, H, p, norm, rng
        self.tools = {name: getattr(regular, name) for name in regular.__all__} | dict(tools or {})
        self.nets = [LSTM(H if k else K, H, rng=rng) for k in range(layers)]
        f4 = np.float32
        self.head: Params = {
            "V": (rng.normal(size=(H, K)) / np.sqrt(H)).astype(f4),
            "b_y": np.zeros(K, f4),
        }
        if norm:
            for k in range(layers):
                self.head |= {f"gain {k}": np.ones(H, f4), f"bias {k}": np.zeros(H, f4)}
        self.grads = {name: np.zeros_like(a) for name, a in self.head.items()}
        self._flat = [net.flat for net in self.nets] + [a.reshape(-1) for a in self.head.values()]
        self._flat_grads = [net.flat_grads for net in self.nets]
        self._flat_grads += [a.reshape(-1) for a in self.grads.values()]
        self._ends = np.cumsum([len(part) for part in self._flat])[:-1]
        self.all = np.concatenate(self._flat)
        self._adam = Adam(self.all)

    @property
    def params(self) -> Params:
        """A copy of all weights, by name."""
        own = {f"layer {k}": net.flat.copy() for k, net in enumerate(self.nets)}
        return own | {name: a.copy() for name, a in self.head.items()}

    def load(self, params: Mapping[str, Array]) -> None:
        """Take these weights instead."""
        for part, name in zip(self._flat, self.params, strict=True):
            part[:] = params[name].reshape(-1)
        self.all[:] = np.concatenate(self._flat)

    def forward(self, x: Array, states: list | None, learning: bool) -> tuple[Array, list, list]:
        """x: (T, N) ids. states: (h, c) of each layer, None for zeros.

        Returns logits (T, N, K), the states after the last step, and what the way back needs.
        Dropout is drawn only while `learning`.
        """
        after, kept, below = [], [], x
        for k, net in enumerate(self.nets):
            h = net.forward(below, *(states[k] if states else (None, None)))
            after.append(net.last)
            cache, mask = None, None
            if self.norm:
                h, cache = self.tools["layer_norm"](
                    h, self.head[f"gain {k}"], self.head[f"bias {k}"]
                )
            if learning and self.p:
                mask = self.tools["dropout_mask"](self.rng, h.shape[1:], self.p).astype(np.float32)
                h = h * mask
            kept.append((cache, mask))
            below = h.astype(np.float32, copy=False)
        return below @ self.head["V"] + self.head["b_y"], after, [*kept, below]

    def update(self, x: Array, y: Array, states: list | None, lr: float) -> tuple[float, list]:
        """One step of Adam on one window x, y (T, N): its nats per character, and states after."""
        z, states, [*kept, top] = self.forward(x, states, learning=True)
        z -= z.max(axis=2, keepdims=True)
        right = np.take_along_axis(z, y[..., None], axis=2)
        np.exp(z, out=z)
        total = z.sum(axis=2, keepdims=True)
        loss = float((np.log(total) - right).mean())
        z /= total
        np.put_along_axis(z, y[..., None], np.take_along_axis(z, y[..., None], axis=2) - 1, axis=2)
        z /= y.size
        flat = z.reshape(-1, self.K)
        self.grads["V"][:], self.grads["b_y"][:] = (
            top.reshape(-1, self.H).T @ flat,
            flat.sum(axis=0),
        )
        d = z @ self.head["V"].T
        for k in reversed(range(len(self.nets))):
            cache, mask = kept[k]
            if mask is not None:
                d = d * mask
            if cache is not None:
                d, dgain, dbias = self.tools["layer_norm_backward"](d, cache)
                self.grads[f"gain {k}"][:], self.grads[f"bias {k}"][:] = dgain, dbias
            self.nets[k].backward(d)
            d = self.nets[k].dx if k else d
        grads = np.concatenate(self._flat_grads)
        clip(grads, 1.0)
        self._adam.update(grads, lr)
        for part, new in zip(self._flat, np.split(self.all, self._ends), strict=True):
            part[:] = new
        return loss, states

    def loss(self, ids: Array, n_streams: int = 20) -> float:
        """Nats per character of a text, read in streams from states of zero, nothing dropped."""
        T = (len(ids) - 1) // n_streams
        x, y = windows(ids, n_streams, T)
        total, states = 0.0, None
        for begin in range(0, T, PIECE):  # the whole at once would take half a gigabyte
            piece = slice(begin, begin + PIECE)
            z, states, _ = self.forward(x[0, piece], states, learning=False)
            z = z.astype(float) - z.max(axis=2, keepdims=True)
            right = np.take_along_axis(z, y[0, piece][..., None], axis=2)[..., 0]
            total += (np.log(np.exp(z).sum(axis=2)) - right).sum()
        return float(total / y[0].size)


class Fit:
    """One network that learns a text, epoch by epoch, and what was measured meanwhile.

    learn, validate: (n,) ids. form: H, p, norm, layers, tools of the `Reader`. The learning rate
    stays as it is. history: the weights after each epoch. learning, validation: nats per character,
    the first as met during the epoch (with dropout), the other after it (without).
    """

    def __init__(
        self,
        learn: Array,
        validate: Array,
        K: int,
        seed: int,
        lr: float = 0.01,
        n_streams: int = 12,
        T: int = 40,
        **form: Any,
    ) -> None:
        self.reader = Reader(K, rng=np.random.default_rng([19, seed]), **form)
        self.x, self.y = windows(learn, n_streams, T)
        self.validate, self.lr = validate, lr
        self.history: list[Params] = []
        self.learning: list[float] = []
        self.validation: list[float] = []

    def epoch(self) -> None:
        """Once through the text, states carried from window to window."""
        states, losses = None, []
        for x, y in zip(self.x, self.y, strict=True):
            loss, states = self.reader.update(x, y, states, self.lr)
            losses.append(loss)
        self.learning.append(float(np.mean(losses)))
        self.validation.append(self.reader.loss(self.validate))
        self.history.append(self.reader.params)

    def loss_with(self, params: Mapping[str, Array], ids: Array) -> float:
        """Nats per character of a text with these weights."""
        self.reader.load(params)
        return self.reader.loss(ids)

    @property
    def best(self) -> int:
        """The epoch (from 0) whose weights did best on the validation text."""
        return int(np.argmin(self.validation))


def fit(fits: Mapping[str, Sequence[Fit]], epochs: int, name: str) -> Run:
    """All networks side by side, `epochs` times through their text."""

    def step(epoch: int) -> dict[str, float]:
        for each in fits.values():
            for one in each:
                one.epoch()
        return {f"{label}, validation": float(np.mean([one.validation[-1] for one in each]))
                for label, each in fits.items()}  # fmt: skip

    return train(step, epochs, name=name, watch=f"{next(iter(fits))}, validation")
