"""A plain RNN, which the LSTM is compared with."""

from __future__ import annotations

import numpy as np

from utils.moved import elsewhere

Array = np.ndarray
Weights = dict[str, Array]


class RNN:
    """A plain RNN with an output layer, used like the fast LSTM, which is compared with it.

    D, H, K: inputs, hidden units, outputs. rng: source of all random numbers. params, grads: dicts
    of U (D, H), W (H, H), b (H,), V (H, K) and b_y (K,), views into `flat` and `flat_grads`.
    h_t = tanh(x_t U + h_{t-1} W + b).
    """

    def __init__(
        self,
        D: int,
        H: int,
        K: int,
        *,
        rng: np.random.Generator,
        dtype: type = np.float32,
    ) -> None:
        shapes = {"U": (D, H), "W": (H, H), "b": (H,), "V": (H, K), "b_y": (K,)}
        self.allocate(shapes, rng, dtype)

    def allocate(
        self, shapes: dict[str, tuple[int, ...]], rng: np.random.Generator, dtype: type
    ) -> None:
        """Arrays of these names and shapes, each matrix random with a gain of 1, all else 0."""
        sizes = [int(np.prod(shape)) for shape in shapes.values()]
        self.flat: Array = np.zeros(sum(sizes), dtype)
        self.flat_grads: Array = np.zeros_like(self.flat)

        def named(whole: Array) -> Weights:
            parts = np.split(whole, np.cumsum(sizes)[:-1])
            shaped = zip(shapes.items(), parts, strict=True)
            return {name: part.reshape(shape) for (name, shape), part in shaped}

        self.params, self.grads = named(self.flat), named(self.flat_grads)
        for array in self.params.values():
            if array.ndim == 2:
                array[...] = rng.normal(size=array.shape) / np.sqrt(len(array))

    def forward(self, x: Array) -> Array:
        """x: (T, N, D) numbers, or (T, N) ids of one-hot inputs. Returns h (T, N, H)."""
        U, W, b = (self.params[name] for name in ("U", "W", "b"))
        self._x = x if x.dtype.kind == "i" else x.astype(U.dtype, copy=False)
        z = (U[x] if x.dtype.kind == "i" else self._x @ U) + b
        self._h = np.zeros((len(x) + 1, *z.shape[1:]), U.dtype)
        for t in range(len(x)):
            np.tanh(z[t] + self._h[t] @ W, out=self._h[t + 1])
        return self._h[1:]

    def backward(self, dh: Array) -> Weights:
        """Backpropagation through time. dh: (T, N, H). Returns `grads`, without V and b_y."""
        W, H = self.params["W"], dh.shape[-1]
        dz = np.empty_like(self._h[1:])
        arriving = np.zeros_like(dz[0])
        for t in range(len(dh) - 1, -1, -1):
            dz[t] = (dh[t] + arriving) * (1 - self._h[t + 1] ** 2)
            arriving = dz[t] @ W.T
        flat = dz.reshape(-1, H)
        self.grads["W"][...] = self._h[:-1].reshape(-1, H).T @ flat
        self.grads["b"][...] = flat.sum(axis=0)
        x = self._x
        if x.dtype.kind == "i":
            for id in range(len(self.params["U"])):
                self.grads["U"][id] = flat[x.reshape(-1) == id].sum(axis=0)
        else:
            self.grads["U"][...] = x.reshape(-1, x.shape[-1]).T @ flat
        return self.grads

    def logits(self, h: Array) -> Array:
        """h V + b_y. h: (..., H)."""
        return h @ self.params["V"] + self.params["b_y"]

    def loss_and_gradients(
        self, x: Array, targets: Array, mask: Array | None = None
    ) -> tuple[float, Weights]:
        """Softmax cross-entropy, summed over time and averaged over the batch, and `grads`.

        x: as in `forward`. targets: (T, N) integers. mask: (T, N), the weight of each term.
        """
        h = self.forward(x)
        z = self.logits(h)
        z -= z.max(axis=-1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
        weight = (np.ones(targets.shape) if mask is None else mask) / targets.shape[1]
        picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
        d = np.exp(log_p) - np.eye(z.shape[-1], dtype=z.dtype)[targets]
        d = (d * weight[..., None]).astype(z.dtype)
        self.backward(d @ self.params["V"].T)
        self.grads["V"][...] = h.reshape(-1, h.shape[-1]).T @ d.reshape(-1, d.shape[-1])
        self.grads["b_y"][...] = d.sum(axis=(0, 1))
        return float(-(picked * weight).sum()), self.grads


__getattr__ = elsewhere(__name__)
