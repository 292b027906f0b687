"""The course's fast LSTM: the cell of units 02 to 11, arranged for the processor. Pure NumPy.

It computes what the learner's own `lstm_forward` and `lstm_backward` compute, in their notation,
and is what experiments use by default. Where its speed comes from:

- all weights of the cell lie in ONE array with the gates side by side, so a step is one product;
- the inputs of all steps are projected at once, before the first step: they need no state. Token
  ids need no product at all, only a row of U;
- the weight gradients of all steps are ONE product, after the last step backwards;
- σ(z) is (1 + tanh(z/2)) / 2, so one call of tanh does all four gates;
- every large array is allocated once and used again.

benchmarks/lstm_speed.py measures what each of these pays; unit 16 builds them one by one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Array = np.ndarray
Params = dict[str, Array]

# The order of the gates in memory: the three sigmoids are neighbours, and so are the three gates
# whose gradients come through the cell state.
ORDER = "gifo"
NAMES = tuple(f"{kind}_{gate}" for kind in "UWb" for gate in "figo")


class _Weights:
    """One flat array and, as views into it, every weight by its name."""

    def __init__(self, D: int, H: int, K: int, dtype: np.dtype) -> None:
        rows, cell = D + 1 + H, (D + 1 + H) * 4 * H
        self.flat = np.zeros(cell + (H + 1) * K, dtype)
        self.cell = self.flat[:cell].reshape(rows, 4 * H)
        self.U, self.b, self.W = self.cell[:D], self.cell[D], self.cell[D + 1 :]
        by_gate = {
            f"{kind}_{gate}": block[..., k * H : (k + 1) * H]
            for kind, block in (("U", self.U), ("W", self.W), ("b", self.b))
            for k, gate in enumerate(ORDER)
        }
        self.named: Params = {name: by_gate[name] for name in NAMES}
        if K:
            self.named["V"] = self.flat[cell : cell + H * K].reshape(H, K)
            self.named["b_y"] = self.flat[cell + H * K :]


class LSTM:
    """An LSTM layer with an optional linear output, forwards and through time backwards.

    D, H, K: inputs, hidden units, outputs (0: no output layer). rng: source of all random numbers.
    Weights start as in unit 08's init_params: normal with standard deviation 1/sqrt(D) for U and
    1/sqrt(H) for W and V, biases 0. forget_bias, input_bias: where b_f and b_i start instead.
    input_scale: standard deviation of U, where it is to be another. dtype: float32 or float64.

    params: dict of U_f … b_o (and V, b_y), all of them views into the one array `flat`, so what an
    optimiser adds to `flat` is seen by both. Assign into the arrays (params["b_f"][:] = 1), not to
    the names. Gradients are kept the same way, in `grads` and `flat_grads`.

    Every array that a method returns belongs to the layer and is overwritten by its next call: copy
    what you keep.
    """

    def __init__(
        self,
        D: int,
        H: int,
        K: int = 0,
        *,
        rng: np.random.Generator | None,
        forget_bias: float = 1.0,
        input_bias: float = 0.0,
        input_scale: float | None = None,
        dtype: type | str | np.dtype = np.float32,
    ) -> None:
        self.D, self.H, self.K, self.dtype = D, H, K, np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"an LSTM works in float32 or float64, not in {self.dtype}")
        self._weights = _Weights(D, H, K, self.dtype)
        self._gradients = _Weights(D, H, K, self.dtype)
        self.params, self.flat = self._weights.named, self._weights.flat
        self.grads, self.flat_grads = self._gradients.named, self._gradients.flat
        self._shape: tuple[int, int] = (0, 0)
        if rng is None:
            return
        for gate in "figo":
            scale = 1 / np.sqrt(D) if input_scale is None else input_scale
            self.params[f"U_{gate}"][:] = rng.normal(size=(D, H)) * scale
            self.params[f"W_{gate}"][:] = rng.normal(size=(H, H)) / np.sqrt(H)
        self.params["b_f"][:] = forget_bias
        self.params["b_i"][:] = input_bias
        if K:
            self.params["V"][:] = rng.normal(size=(H, K)) / np.sqrt(H)

    @classmethod
    def from_params(cls, params: Mapping[str, Array], dtype: type | str = np.float32) -> LSTM:
        """A layer with a copy of these weights: U_* (D, H), W_* (H, H), b_* (H,); V, b_y if any."""
        (D, H), K = params["U_f"].shape, params["V"].shape[1] if "V" in params else 0
        layer = cls(D, H, K, rng=None, dtype=dtype)
        for name, array in layer.params.items():
            if np.shape(params[name]) != array.shape:
                raise ValueError(f"{name} has shape {np.shape(params[name])}, not {array.shape}")
            array[:] = params[name]
        return layer

    # --- forwards ---

    def forward(self, x: Array, h0: Array | None = None, c0: Array | None = None) -> Array:
        """A whole sequence. x: (T, N, D) numbers, or (T, N) integers: the ids of one-hot inputs.

        h0, c0: (N, H) states before the first step, zeros if None. Returns h (T, N, H). Afterwards
        `last` is (h_T, c_T), copies of the last states, `cells` is c (T, N, H) and `gates` a dict
        of f, i, g, o (T, N, H).
        """
        x = np.asarray(x)
        self._allocate(*x.shape[:2])
        H, w = self.H, self._weights
        half = np.full(4 * H, 0.5, self.dtype)  # σ by tanh: z/2 for the sigmoids, z for g
        half[:H] = 1
        W = w.W * half
        if np.issubdtype(x.dtype, np.integer):
            self._x = x
            np.take((w.U + w.b) * half, x, axis=0, out=self._a, mode="clip")
        else:
            self._x = x.astype(self.dtype, copy=False)
            np.matmul(self._x, w.U * half, out=self._a)
            self._a += w.b * half
        self._h[0] = 0 if h0 is None else h0
        self._c[0] = 0 if c0 is None else c0
        g, i, f, o = (self._a[..., k * H : (k + 1) * H] for k in range(4))
        for t in range(len(x)):
            a, c = self._a[t], self._c[t + 1]
            np.matmul(self._h[t], W, out=self._z)
            a += self._z
            np.tanh(a, out=a)
            sigmoids = a[:, H:]
            sigmoids *= 0.5
            sigmoids += 0.5
            np.multiply(f[t], self._c[t], out=c)
            c += np.multiply(i[t], g[t], out=self._z[:, :H])
            np.tanh(c, out=self._tanh_c[t])
            np.multiply(o[t], self._tanh_c[t], out=self._h[t + 1])
        self.cells, self.gates = self._c[1:], {"f": f, "i": i, "g": g, "o": o}
        self.last = self._h[-1].copy(), self._c[-1].copy()
        return self._h[1:]

    def _allocate(self, T: int, N: int) -> None:
        if self._shape == (T, N):
            return
        self._shape, H = (T, N), self.H
        self._h, self._c = (np.empty((T + 1, N, H), self.dtype) for _ in range(2))
        self._tanh_c = np.empty((T, N, H), self.dtype)
        self._a, self._dz = (np.empty((T, N, 4 * H), self.dtype) for _ in range(2))
        self._z = np.empty((N, 4 * H), self.dtype)

    # --- backwards ---

    def backward(
        self, dh: Array, dh_last: Array | None = None, dc_last: Array | None = None
    ) -> Params:
        """Backpropagation through time, after `forward`.

        dh: (T, N, H), the loss's own gradient at h. dh_last, dc_last: (N, H), what else arrives at
        the last h and c. Returns the gradients of the cell's weights by name. Afterwards `dh0`,
        `dc0` (N, H) and `dx` (T, N, D) are there.
        """
        H, N = self.H, self._shape[1]
        w, to = self._weights, self._gradients
        dh_next = np.zeros((N, H), self.dtype) if dh_last is None else np.array(dh_last)
        dc = np.zeros((N, H), self.dtype) if dc_last is None else np.array(dc_last)
        for t in reversed(range(len(dh))):
            dh_t = dh[t] + dh_next
            g, i, f, o = (self._a[t, :, k * H : (k + 1) * H] for k in range(4))
            dg, di, df, do = (self._dz[t, :, k * H : (k + 1) * H] for k in range(4))
            shown = self._tanh_c[t]
            dc = dc + dh_t * o * (1 - shown * shown)
            dg[:] = dc * i * (1 - g * g)
            di[:] = dc * g * i * (1 - i)
            df[:] = dc * self._c[t] * f * (1 - f)
            do[:] = dh_t * shown * o * (1 - o)
            dc = dc * f
            dh_next = self._dz[t] @ w.W.T
        self.dh0, self.dc0 = dh_next, dc
        dz = self._dz.reshape(-1, 4 * H)
        np.matmul(self._h[:-1].reshape(-1, H).T, dz, out=to.W)
        np.sum(dz, axis=0, out=to.b)
        if np.issubdtype(self._x.dtype, np.integer):
            one_hot = np.zeros((dz.shape[0], self.D), self.dtype)
            one_hot[np.arange(len(one_hot)), self._x.reshape(-1)] = 1
            np.matmul(one_hot.T, dz, out=to.U)
        else:
            np.matmul(self._x.reshape(-1, self.D).T, dz, out=to.U)
        return {name: self.grads[name] for name in NAMES}

    @property
    def dx(self) -> Array:
        """The gradient of the inputs (T, N, D), a product that is only made when asked for."""
        return self._dz @ self._weights.U.T

    # --- with an output layer ---

    def logits(self, h: Array) -> Array:
        """h @ V + b_y for h (…, H)."""
        return h @ self.params["V"] + self.params["b_y"]

    def loss_and_gradients(
        self,
        x: Array,
        targets: Array,
        h0: Array | None = None,
        c0: Array | None = None,
        mask: Array | None = None,
    ) -> tuple[float, Params]:
        """Softmax cross-entropy, summed over time, averaged over the batch, and every gradient.

        x, h0, c0: as in `forward`. targets: (T, N) integers below K. mask: (T, N), the weight of
        each term of the loss, 0 where nothing is asked. Returns the loss and `grads`, by name.
        """
        h = self.forward(x, h0, c0)
        T, N = targets.shape
        d = self.logits(h)
        d -= d.max(axis=-1, keepdims=True)
        right = np.take_along_axis(d, targets[..., None], axis=-1)[..., 0]
        np.exp(d, out=d)
        total = d.sum(axis=-1, keepdims=True)
        losses = np.log(total[..., 0]) - right
        d /= total
        d[np.arange(T)[:, None], np.arange(N), targets] -= 1
        d /= N
        if mask is not None:
            losses *= mask
            d *= np.asarray(mask, self.dtype)[..., None]
        self.backward(d @ self.params["V"].T)
        np.matmul(h.reshape(-1, self.H).T, d.reshape(-1, self.K), out=self.grads["V"])
        np.sum(d, axis=(0, 1), out=self.grads["b_y"])
        return float(losses.sum(dtype=np.float64)) / N, self.grads
