"""The course's fast LSTM: the cell of units 02 to 11, arranged for the processor. Pure NumPy.

It computes what the learner's own `lstm_forward` and `lstm_backward` compute, in their notation,
and is what experiments use by default. Where its speed comes from:

- the weights of all gates lie side by side in ONE array: one call multiplies for all four;
- the inputs of all steps are projected at once, before the first step: they need no state. Token
  ids need no product at all, only a row of U;
- the gradient of W is ONE product over all steps, after the last step backwards;
- σ(z) is (1 + tanh(z/2)) / 2, so one call of tanh does all four gates, and z/2 costs nothing: the
  weights are halved before the first step;
- every array is allocated once, on the processor's cache lines, and written in place; at each step
  the values of one gate are contiguous;
- what is multiplied in one call lies side by side, c_{t-1} before g as f before i, so that a step
  makes nine calls forwards and seven backwards, each over plain neighbours in memory;
- a product is made of small ones where the processor multiplies those faster
  (utils/networks/blas.py);
- on the way back, what does not depend on the gradient is computed first, for several steps in one
  call if they are small.

benchmarks/lstm_speed.py measures what each of these pays; unit 16 builds them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from utils.networks.lstm_memory import NAMES, ORDER, Array, Buffers, Params, Weights, aligned

SHAPES = 8  # so many (T, N) keep their buffers


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
        self._weights = Weights(D, H, K, self.dtype)
        self._gradients = Weights(D, H, K, self.dtype)
        self.params, self.flat = self._weights.named, self._weights.flat
        self.grads, self.flat_grads = self._gradients.named, self._gradients.flat
        self._table, self._W = (aligned((4, n, H), self.dtype) for n in (D, H))
        self._back = aligned((4 * H, H), self.dtype)
        # σ by tanh: z/2 for the sigmoids, z for g. a_half: a number is made an array at each call
        self._half, self._a_half = np.full((4, 1, H), 0.5, self.dtype), np.array(0.5, self.dtype)
        self._half[0] = 1
        self._gathered = aligned((0, 4 * H), self.dtype)
        self._all_buffers: dict[tuple[int, int], Buffers] = {}
        self._buffers: Buffers | None = None
        if rng is None:
            return
        for gate in "figo":
            U = rng.normal(size=(D, H))
            self.params[f"U_{gate}"][:] = U / np.sqrt(D) if input_scale is None else U * input_scale
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
        self._x = x = self._checked(np.asarray(x))
        self._buffers = buffers = self._buffers_for(*x.shape[:2])
        product, W = self._forward_product(x.shape[1])
        self._project(x, buffers)
        buffers.h[0] = 0 if h0 is None else h0
        buffers.c[0] = 0 if c0 is None else c0

        z, z_parts = buffers.z, buffers.z_parts
        add, multiply, tanh, a_half = np.add, np.multiply, np.tanh, self._a_half
        for views in buffers.forwards:
            h_prev, driven, gates, sigmoids, f_i, c_g, kept_new, kept, new, c, tanh_c, o, h = views
            product(h_prev, W, z_parts)  # the last argument is where the result goes
            add(z, driven, z)
            tanh(z, gates)
            multiply(sigmoids, a_half, sigmoids)
            add(sigmoids, a_half, sigmoids)
            multiply(f_i, c_g, kept_new)  # f ⊙ c_prev and i ⊙ g
            add(kept, new, c)
            tanh(c, tanh_c)
            multiply(o, tanh_c, h)
        self.cells = buffers.c[1:]
        self.gates = {gate: buffers.gates[:, k] for k, gate in enumerate(ORDER)}
        self.last = buffers.h[-1].copy(), buffers.c[-1].copy()
        return buffers.h[1:]

    def _forward_product(self, N: int) -> tuple[Callable, Array]:
        """What multiplies h with the halved W, and this W. One row alone: np.dot calls less."""
        w = self._weights
        if N == 1:
            W = self._W.reshape(self.H, 4 * self.H)
            np.multiply(w.W, self._half.reshape(-1), out=W)
            return np.dot, W
        np.multiply(self._by_gate(w.W), self._half, out=self._W)
        return np.matmul, self._W

    def release(self) -> None:
        """Give back the memory that is kept for the shapes seen so far."""
        self._all_buffers.clear()
        self._buffers = None

    def _project(self, x: Array, buffers: Buffers) -> None:
        """x @ U + b of all steps, halved for the sigmoids."""
        T, N, D, H = *x.shape[:2], self.D, self.H
        w = self._weights
        if x.ndim == 2 and x.size > D:  # the product of a one-hot row with U is a row of U
            np.add(self._by_gate(w.U), w.b.reshape(4, 1, H), out=self._table)
            np.multiply(self._table, self._half, out=self._table)
            rows = x[:, None, :] + np.arange(0, 4 * D, D)[:, None]
            table = self._table.reshape(4 * D, H)
            np.take(table, rows, axis=0, out=buffers.driven, mode="clip")  # "raise" would copy
            return
        if x.ndim == 2:
            np.take(w.U, x.reshape(-1), axis=0, out=buffers.free, mode="clip")
        else:
            np.matmul(x.reshape(-1, D), w.U, out=buffers.free)
        by_gate = buffers.free.reshape(T, N, 4, H).transpose(0, 2, 1, 3)
        np.add(by_gate, w.b.reshape(4, 1, H), out=buffers.driven)
        np.multiply(buffers.driven, self._half, out=buffers.driven)

    def _by_gate(self, rows: Array) -> Array:
        """(n, 4H) seen as (4, n, H)."""
        return rows.reshape(-1, 4, self.H).transpose(1, 0, 2)

    def _checked(self, x: Array) -> Array:
        if x.ndim == 2 and x.dtype.kind in "iu":
            if x.size and (x.min() < 0 or x.max() >= self.D):
                raise ValueError(f"token ids must be 0 … {self.D - 1}, not {x.min()} … {x.max()}")
            return x
        if x.ndim != 3 or x.shape[2] != self.D:
            raise ValueError(
                f"x must be (T, N, {self.D}), or (T, N) integer ids; it is {x.shape} of {x.dtype}"
            )
        return x.astype(self.dtype, copy=False)

    def _buffers_for(self, T: int, N: int) -> Buffers:
        if (T, N) not in self._all_buffers:
            if len(self._all_buffers) == SHAPES:
                del self._all_buffers[next(iter(self._all_buffers))]
            self._all_buffers[T, N] = Buffers(T, N, self.H, self.dtype)
        return self._all_buffers[T, N]

    # --- backwards ---

    def backward(
        self, dh: Array, dh_last: Array | None = None, dc_last: Array | None = None
    ) -> Params:
        """Backpropagation through time, after `forward`.

        dh: (T, N, H), the loss's own gradient at h. dh_last, dc_last: (N, H), what else arrives at
        the last h and c. Returns the gradients of the cell's weights by name. Afterwards `dh0`,
        `dc0` (N, H) and `dx` (T, N, D) are there.
        """
        buffers = self._buffers
        if buffers is None:
            raise RuntimeError("backward needs a forward before it")
        own = np.asarray(dh, self.dtype)
        if own.shape != buffers.written.shape:
            raise ValueError(f"dh has shape {own.shape}, not that of h, {buffers.written.shape}")
        T, (dc, dh_t) = len(own), buffers.carried
        dh_t[:] = 0 if dh_last is None else dh_last
        dc[:] = 0 if dc_last is None else dc_last

        add, multiply, carried, through = np.add, np.multiply, buffers.carried, buffers.through
        by_cell, by_hidden = through
        product, back, into = self._backward_product(buffers)
        for start in reversed(range(0, T, buffers.chunk)):
            steps = slice(start, min(T, start + buffers.chunk))
            self._factors(steps, buffers)
            views = zip(buffers.backwards[steps], own[steps], strict=True)
            for (onward, by_g, by_f, by_i_o, dz_g, dz_f, dz_i_o, dz), own_t in reversed(
                list(views)
            ):
                add(dh_t, own_t, dh_t)
                multiply(carried, onward, through)  # dc ⊙ f of the step after, dh ⊙ dh/dc
                add(by_cell, by_hidden, dc)
                multiply(dc, by_g, dz_g)
                multiply(dc, by_f, dz_f)
                multiply(carried, by_i_o, dz_i_o)  # dc for i, dh for o
                product(dz, back, into)
                if buffers.dh_parts is not None:  # in small products, a sum over the gates
                    add.reduce(into, axis=1, out=buffers.dh_parts)
        multiply(dc, buffers.gates[0, 1], dc)
        self.dh0, self.dc0 = dh_t, dc
        self._weight_gradients(buffers)
        return {name: self.grads[name] for name in NAMES}

    def _backward_product(self, buffers: Buffers) -> tuple[Callable, Array, Array]:
        """What multiplies dz with Wᵀ, this Wᵀ, and where the result goes."""
        W, back = self._weights.W, self._back
        if buffers.as_it_lies:
            return np.dot if buffers.dz.shape[1] == 1 else np.matmul, W.T, buffers.into
        np.copyto(back, W.T)
        if buffers.dh_parts is not None:
            back = back.reshape(4, self.H, self.H)
        return np.matmul, back, buffers.into

    def _factors(self, steps: slice, buffers: Buffers) -> None:
        """What dc and dh are multiplied with at these steps; no gradient is needed to know it.

        dc/dh = o (1 - tanh²c). dz/dc of g, f, i: i (1 - g²), c_prev f (1 - f), g i (1 - i).
        dz/dh of o: tanh(c) o (1 - o). Products that the way forward made are used again. dc itself
        comes from the step after, by its f.
        """
        length = steps.stop - steps.start
        factors, onward = buffers.factors[:length], buffers.onward[:length]
        gates, kept = buffers.gates[steps], buffers.kept[steps]
        h, tanh_c = buffers.h[steps.start + 1 : steps.stop + 1], buffers.written[steps]
        g, i, o, shown = gates[:, 0], gates[:, 2], gates[:, 3], onward[:, 1]
        after = buffers.gates[steps.start + 1 : steps.stop + 1, 1]
        onward[: len(after), 0] = after
        onward[len(after) :, 0] = 1  # nothing stands between the last step and dc_last
        np.multiply(kept[:, 1], g, out=factors[:, 0])
        np.subtract(i, factors[:, 0], out=factors[:, 0])
        np.subtract(1, gates[:, 1:], out=factors[:, 1:])
        np.multiply(factors[:, 1:3], kept, out=factors[:, 1:3])
        np.multiply(factors[:, 3], h, out=factors[:, 3])
        np.multiply(h, tanh_c, out=shown)
        np.subtract(o, shown, out=shown)

    def _weight_gradients(self, buffers: Buffers) -> None:
        to, dz = self._gradients, buffers.dz.reshape(-1, 4 * self.H)
        np.matmul(buffers.h[:-1].reshape(-1, self.H).T, dz, out=to.W)
        if self._x.ndim == 3:
            np.matmul(self._x.reshape(-1, self.D).T, dz, out=to.U)
            np.add.reduce(dz, axis=0, out=to.b)
            return
        ids = self._x.reshape(-1)
        if len(ids) < 4 * self.D:  # few tokens: a product with one-hot rows has less to call
            one_hot = np.zeros((len(ids), self.D), self.dtype)
            one_hot[np.arange(len(ids)), ids] = 1
            np.matmul(one_hot.T, dz, out=to.U)
            np.matmul(np.ones(len(ids), self.dtype), dz, out=to.b)
            return
        # each row of U gets the sum over its token's places: sort by token, gather, add
        order = np.argsort(ids, kind="stable")
        ends = np.searchsorted(ids[order], np.arange(self.D + 1)).tolist()
        most = int(np.diff(ends).max())
        if len(self._gathered) < most:
            self._gathered = aligned((most, 4 * self.H), self.dtype)
        ones = np.ones(most, self.dtype)
        for row, start, stop in zip(to.U, ends, ends[1:], strict=False):
            rows = self._gathered[: stop - start]  # of one token: they stay in the cache
            np.take(dz, order[start:stop], axis=0, out=rows, mode="clip")
            np.matmul(ones[: stop - start], rows, out=row)  # their sum
        np.add.reduce(to.U, axis=0, out=to.b)  # every place has one token

    @property
    def dx(self) -> Array:
        """The gradient of the inputs (T, N, D), a product that is only made when asked for."""
        if self._buffers is None:
            raise RuntimeError("there is no gradient before a forward and a backward")
        return self._buffers.dz @ self._weights.U.T

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
        N, rows = h.shape[1], h.reshape(-1, self.H)
        answers = np.asarray(targets).reshape(-1)
        places = np.arange(len(answers))
        d = self.logits(rows)
        d -= d.max(axis=1, keepdims=True)
        right = d[places, answers]
        np.exp(d, out=d)
        total = d.sum(axis=1)
        losses = np.log(total) - right
        weight = np.full(len(answers), 1 / N, self.dtype)
        if mask is not None:
            weight *= np.asarray(mask).reshape(-1)
        d *= (weight / total)[:, None]
        d[places, answers] -= weight
        self.backward((d @ self.params["V"].T).reshape(h.shape))
        np.matmul(rows.T, d, out=self.grads["V"])
        np.add.reduce(d, axis=0, out=self.grads["b_y"])
        return float(np.dot(losses.astype(float), weight.astype(float))), self.grads
