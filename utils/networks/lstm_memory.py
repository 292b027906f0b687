"""How the fast LSTM (utils/networks/lstm.py) lies in memory: weights, and what a sequence needs.

A processor loads numbers by cache lines (64 bytes) and multiplies vectors of neighbours. So weights
that are multiplied together lie together, and at each step the values of one gate are contiguous.
"""

from __future__ import annotations

import numpy as np

from utils.networks.blas import rows_at_once

Array = np.ndarray
Params = dict[str, Array]

# The order of the gates in memory: the three sigmoids are neighbours, and so are the three gates
# whose gradients come through the cell state.
ORDER = "gfio"
NAMES = tuple(f"{kind}_{gate}" for kind in "UWb" for gate in "figo")
CACHED = 2**16  # numbers of one gate that stay in the cache together, on the way back


def aligned(shape: tuple[int, ...], dtype: np.dtype) -> Array:
    """An empty array that starts on a cache line: vector instructions then never straddle two."""
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype).reshape(shape)


class Weights:
    """One flat array and, as views into it, every weight by its name."""

    def __init__(self, D: int, H: int, K: int, dtype: np.dtype) -> None:
        rows, cell = D + 1 + H, (D + 1 + H) * 4 * H
        self.flat = aligned((cell + (H + 1) * K,), dtype)
        self.flat[:] = 0
        packed = self.flat[:cell].reshape(rows, 4 * H)
        self.U, self.b, self.W = packed[:D], packed[D], packed[D + 1 :]
        by_gate = {
            f"{kind}_{gate}": block[..., k * H : (k + 1) * H]
            for kind, block in (("U", self.U), ("W", self.W), ("b", self.b))
            for k, gate in enumerate(ORDER)
        }
        self.named: Params = {name: by_gate[name] for name in NAMES}
        if K:
            self.named["V"] = self.flat[cell : cell + H * K].reshape(H, K)
            self.named["b_y"] = self.flat[cell + H * K :]


class Buffers:
    """What a sequence of T steps and N examples needs, and the views that each step works on.

    What is multiplied with each other lies so that one call does it, on neighbours in memory: f, i
    with c_{t-1}, g on the way forward; f_{t+1}, dh/dc with dc, dh and i's and o's factors with the
    same on the way back.
    """

    def __init__(self, T: int, N: int, H: int, dtype: np.dtype) -> None:
        def new(*shape: int) -> Array:
            return aligned(shape, dtype)

        self.h = new(T + 1, N, H)  # [0] is the state before the first step
        steps = new(T + 1, 5, N, H)  # c_{t-1}, g, f, i, o of step t; after the last only c_T
        self.c, self.gates = steps[:, 0], steps[:-1, 1:]
        self.free = steps.reshape(-1)[: T * N * 4 * H].reshape(-1, 4 * H)  # before the first step
        self.kept, self.written = new(T, 2, N, H), new(T, N, H)  # f ⊙ c_prev and i ⊙ g; tanh(c)
        self.z, self.dz = new(4, N, H), new(T, N, 4 * H)
        self.driven = self.dz.reshape(T, 4, N, H)  # forwards: x @ U + b, before dz is needed
        self.carried, self.through = new(2, N, H), new(2, N, H)  # dc and dh; what arrives at dc
        self.chunk = max(1, min(T, CACHED // (N * H)))
        self.factors, self.onward = new(self.chunk, 4, N, H), new(self.chunk, 2, N, H)

        # a product of each step in pieces, where the processor likes them better: see
        # utils/networks/blas.py
        rows = rows_at_once(N, H, dtype)
        blocks = (N // rows, rows) if rows else (1, N)
        h_prev: Array = self.h[:-1].reshape(T, blocks[0], 1, blocks[1], H)
        self.z_parts: Array = self.z.reshape(4, *blocks, H).swapaxes(0, 1)
        if N == 1:  # one row times all of W
            h_prev, self.z_parts = self.h[:-1], self.z.reshape(1, 4 * H)
        # on the way back best for all gates at once, with Wᵀ as it lies; else gate by gate, summed
        dh, few = self.carried[1], rows_at_once(N, H, dtype, gates=4)
        self.as_it_lies = N == 1 or few > 0
        self.into: Array = dh
        dz: Array = self.dz
        self.dh_parts = dh.reshape(*blocks, H) if rows and not few else None
        if few:
            self.into, dz = dh.reshape(-1, few, H), self.dz.reshape(T, -1, few, 4 * H)
        elif rows:
            self.into, dz = self.z_parts, self.dz.reshape(T, *blocks, 4, H).swapaxes(2, 3)

        self.forwards = list(
            zip(
                *(h_prev, self.driven, self.gates, self.gates[:, 1:]),
                *(steps[:-1, 2:4], steps[:-1, :2], self.kept, self.kept[:, 0], self.kept[:, 1]),
                *(self.c[1:], self.written, self.gates[:, 3], self.h[1:]),
                strict=True,
            )
        )
        by_gate = self.dz.reshape(T, N, 4, H).transpose(0, 2, 1, 3)
        self.backwards = [
            (self.onward[k], *self.factors[k, :2], self.factors[k, 2:], *gf, io, whole)
            for k, gf, io, whole in zip(
                np.arange(T) % self.chunk, by_gate[:, :2], by_gate[:, 2:], dz, strict=True
            )
        ]
