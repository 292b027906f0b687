"""An encoder-decoder of two LSTMs, with attention or without.

The encoder reads a sequence of ids. Its last states are where the decoder begins, which writes
another sequence, one id a step (Sutskever et al. 2014, arXiv:1409.3215). With attention, every
step of the decoder also asks all hidden states of the encoder. As in Luong et al. 2015
(arXiv:1508.04025) the decoder's new state asks, and what it gets goes to the output, not back into
the decoder; so the decoder's LSTM runs over all steps first, and attention comes after it:

    query_t = s_t W_q        context_t = attend(query_t, keys = values = encoder's h, mask)
    a_t = tanh(s_t A + context_t C + b)        logits_t = a_t V + b_y

Without attention the term with C is missing, all else is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from utils.networks import attention
from utils.networks.lstm import LSTM

__all__ = ["START", "EncoderDecoder"]

Array = np.ndarray
Params = dict[str, Array]
START = 0  # the id that a decoder reads at its first step; no target has it


class EncoderDecoder:
    """D: ids that are read. K: ids that are written, START among them. H: hidden units of both.

    attention: whether the decoder may ask. attend, attend_backward: how (unit 20's functions).
    parameters(): name → array of everything, gradients(): the same of the gradients; both are views
    and stay the same arrays.
    """

    def __init__(
        self,
        D: int,
        K: int,
        H: int,
        *,
        rng: np.random.Generator,
        attention: bool = True,
        attend: Callable = attention.attend,
        attend_backward: Callable = attention.attend_backward,
        dtype: type = np.float32,
    ) -> None:
        self.D, self.K, self.H, self.dtype = D, K, H, dtype
        self.asks, self._attend, self._attend_backward = attention, attend, attend_backward
        self.encoder = LSTM(D, H, rng=rng, dtype=dtype)
        self.decoder = LSTM(K, H, rng=rng, dtype=dtype)
        shapes = {"A": (H, H), "b": (H,), "V": (H, K), "b_y": (K,)}
        if attention:
            shapes |= {"W_q": (H, H), "C": (H, H)}
        self.head: Params = {name: np.zeros(shape, dtype) for name, shape in shapes.items()}
        self.head_grads: Params = {name: np.zeros_like(a) for name, a in self.head.items()}
        for array in self.head.values():
            if array.ndim == 2:
                array[:] = rng.normal(size=array.shape) / np.sqrt(H)

    def parameters(self) -> Params:
        return {"encoder": self.encoder.flat, "decoder": self.decoder.flat, **self.head}

    def gradients(self) -> Params:
        own = {"encoder": self.encoder.flat_grads, "decoder": self.decoder.flat_grads}
        return own | self.head_grads

    # --- forwards ---

    def read(self, source: Array, mask: Array) -> dict[str, Any]:
        """source: (T, N) ids, mask: (T, N). What the decoder needs to know of it."""
        h = self.encoder.forward(source).copy()
        return {"h": h, "mask": mask, "state": self.encoder.last}

    def write(self, inputs: Array, known: dict[str, Any]) -> dict[str, Any]:
        """inputs: (S, N) ids that the decoder reads. known: from `read`, "state" where it begins.

        Returns what was computed: logits (S, N, K), state after the last step, weights (S, T, N)
        where it asks, and more for the way back.
        """
        p, s = self.head, self.decoder.forward(inputs, *known["state"])
        z = s @ p["A"] + p["b"]
        made: dict[str, Any] = {"s": s, "known": known, "state": self.decoder.last}
        if self.asks:
            made["query"] = s @ p["W_q"]
            answers = [
                self._attend(query, known["h"], known["h"], known["mask"])
                for query in made["query"]
            ]
            made["context"], made["weights"] = (
                np.stack(each) for each in zip(*answers, strict=True)
            )
            z += made["context"] @ p["C"]
        made["a"] = np.tanh(z)
        made["logits"] = made["a"] @ p["V"] + p["b_y"]
        return made

    def release(self) -> None:
        """Give back the memory that both LSTMs keep for the shapes seen so far."""
        self.encoder.release()
        self.decoder.release()

    def freely(self, source: Array, mask: Array, length: int) -> tuple[Array, dict[str, Any]]:
        """Write `length` ids, each step reading what the step before has written: the likeliest.

        Returns ids (length, N) and, of the whole way, logits and weights stacked.
        """
        known = self.read(source, mask)
        last = np.full((1, source.shape[1]), START)
        ids, logits, weights = [], [], []
        for _ in range(length):
            made = self.write(last, known)
            last = made["logits"].argmax(axis=2)
            known = known | {"state": made["state"]}
            ids.append(last[0])
            logits.append(made["logits"][0])
            if self.asks:
                weights.append(made["weights"][0])
        told = {"logits": np.stack(logits)} | ({"weights": np.stack(weights)} if weights else {})
        return np.stack(ids), told

    def step(self, state: dict[str, Any], last: int) -> tuple[Array, dict[str, Any]]:
        """One step of one example, for a search: state is what `read` gave or a step before.

        last: the id to be read. Returns log-probabilities (K,) and the state after it.
        """
        made = self.write(np.array([[last]]), state)
        z = made["logits"][0, 0].astype(float)
        z -= z.max()
        return z - np.log(np.exp(z).sum()), state | {"state": made["state"]}

    # --- backwards ---

    def loss_and_gradients(
        self, source: Array, mask: Array, targets: Array, inputs: Array | None = None
    ) -> float:
        """Cross-entropy of targets (S, N), mean over all places; the gradients are left in place.

        inputs: (S, N) ids that the decoder reads; if None those of teacher forcing, the targets one
        step later, with START in front.
        """
        if inputs is None:
            inputs = forced(targets)
        made = self.write(inputs, self.read(source, mask))
        S, N = targets.shape
        d = made["logits"] - made["logits"].max(axis=2, keepdims=True)
        right = np.take_along_axis(d, targets[..., None], axis=2)
        np.exp(d, out=d)
        total = d.sum(axis=2, keepdims=True)
        loss = float((np.log(total) - right).mean(dtype=float))
        d /= total
        chosen = np.take_along_axis(d, targets[..., None], axis=2)
        np.put_along_axis(d, targets[..., None], chosen - 1, axis=2)
        self._backward(d / (S * N), made)
        return loss

    def _backward(self, d: Array, made: dict[str, Any]) -> None:
        p, g, known = self.head, self.head_grads, made["known"]
        flat = {name: rows(made[name]) for name in ("s", "a")}
        g["V"][:], g["b_y"][:] = flat["a"].T @ rows(d), rows(d).sum(axis=0)
        dz = (d @ p["V"].T) * (1 - made["a"] ** 2)
        g["A"][:], g["b"][:] = flat["s"].T @ rows(dz), rows(dz).sum(axis=0)
        ds, dh = dz @ p["A"].T, np.zeros_like(known["h"])
        if self.asks:
            g["C"][:] = rows(made["context"]).T @ rows(dz)
            dcontext, dquery = dz @ p["C"].T, np.empty_like(made["query"])
            for t in range(len(d)):  # every step has asked the same keys: their gradients add up
                cache = {"query": made["query"][t], "keys": known["h"], "values": known["h"],
                         "mask": known["mask"], "weights": made["weights"][t]}  # fmt: skip
                dquery[t], dkeys, dvalues = self._attend_backward(dcontext[t], cache)
                dh += dkeys
                dh += dvalues
            g["W_q"][:] = flat["s"].T @ rows(dquery)
            ds = ds + dquery @ p["W_q"].T
        self.decoder.backward(ds)
        self.encoder.backward(dh, self.decoder.dh0, self.decoder.dc0)


def forced(targets: Array) -> Array:
    """What the decoder reads under teacher forcing: START, then the targets but for the last."""
    return np.concatenate([np.full_like(targets[:1], START), targets[:-1]])


def rows(array: Array) -> Array:
    """(S, N, H) as (S · N, H)."""
    return array.reshape(-1, array.shape[-1])
