"""What each trick of utils/networks/lstm.py pays: a ladder from the textbook's way, rung by rung.

    .venv/bin/python benchmarks/lstm_speed.py --tricks

Each rung is the one before it with one thing changed; all give the same gradients.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import lstm_contenders as contenders
import numpy as np

Array = np.ndarray
SHAPES = ((25, 1, 65, 100), (50, 32, 65, 128), (100, 64, 65, 256))
RUNGS = (
    "one product for all gates",
    "token ids: rows of U, all steps at once",
    "one product for all weight gradients",
    "σ by tanh, all gates in one call",
    "arrays allocated once, written in place",
)


def rung(level: int, D: int, H: int, dtype: type, ids: Array, dh: Array) -> contenders.Pass:
    """The LSTM with the first `level` tricks of RUNGS, 1 … 5."""
    packed = contenders.packed(contenders.weights(D, H, dtype))  # gates f, i, o, g
    U, b, W = packed[:D], packed[D], packed[D + 1 :]
    T, N = ids.shape
    one_hot = np.eye(D, dtype=dtype)
    gathers, once, by_tanh, in_place = (level >= k for k in (2, 3, 4, 5))
    half = np.full(4 * H, 0.5 if by_tanh else 1, dtype)
    half[3 * H :] = 1
    kept: dict[str, Array] = {}

    def new(name: str, *shape: int) -> Array:
        if not in_place:
            return np.empty(shape, dtype)
        if name not in kept:
            kept[name] = np.empty(shape, dtype)
        return kept[name]

    def activate(z: Array, out: Array) -> None:
        """All four gates from their pre-activations."""
        sigmoids = out[:, : 3 * H]
        if in_place:
            np.tanh(z, out=out)
            sigmoids *= dtype(0.5)
            sigmoids += dtype(0.5)
        elif by_tanh:
            out[:] = np.tanh(z)
            out[:, : 3 * H] = 0.5 * sigmoids + 0.5
        else:
            for k in range(3):
                part = slice(k * H, (k + 1) * H)
                out[:, part] = 1 / (1 + np.exp(-z[:, part]))
            out[:, 3 * H :] = np.tanh(z[:, 3 * H :])

    def run() -> Array:
        gates, c, h = new("gates", T, N, 4 * H), new("c", T + 1, N, H), new("h", T + 1, N, H)
        tanh_c, dz = new("tanh_c", T, N, H), new("dz", T, N, 4 * H)
        h[0], c[0] = 0, 0
        W_half = W * half
        if gathers:
            np.take((U + b) * half, ids, axis=0, out=gates, mode="clip")
        z = new("z", N, 4 * H)
        for t in range(T):
            f, i, o, g = (gates[t, :, k * H : (k + 1) * H] for k in range(4))
            if in_place:
                np.matmul(h[t], W_half, out=z)
                z += gates[t]
            elif gathers:
                z = gates[t] + h[t] @ W_half
            else:
                z = (one_hot[ids[t]] @ U + h[t] @ W + b) * half
            activate(z, gates[t])
            if in_place:
                np.multiply(f, c[t], out=c[t + 1])
                c[t + 1] += np.multiply(i, g, out=z[:, :H])
                np.tanh(c[t + 1], out=tanh_c[t])
                np.multiply(o, tanh_c[t], out=h[t + 1])
            else:
                c[t + 1] = f * c[t] + i * g
                tanh_c[t] = np.tanh(c[t + 1])
                h[t + 1] = o * tanh_c[t]

        grad = np.zeros_like(packed)
        dh_t, dc = new("dh", N, H), new("dc", N, H)
        dh_t[:], dc[:] = 0, 0
        for t in reversed(range(T)):
            f, i, o, g = (gates[t, :, k * H : (k + 1) * H] for k in range(4))
            df, di, do, dg = (dz[t, :, k * H : (k + 1) * H] for k in range(4))
            if in_place:
                _step_back(dh[t], dh_t, dc, (f, i, o, g), (df, di, do, dg), c[t], tanh_c[t])
                np.matmul(dz[t], W.T, out=dh_t)
            else:
                total = dh[t] + dh_t
                dc = dc + total * o * (1 - tanh_c[t] ** 2)
                df[:] = dc * c[t] * f * (1 - f)
                di[:] = dc * g * i * (1 - i)
                do[:] = total * tanh_c[t] * o * (1 - o)
                dg[:] = dc * i * (1 - g**2)
                dc = dc * f
                dh_t = dz[t] @ W.T
            if not once:
                grad[:D] += one_hot[ids[t]].T @ dz[t]
                grad[D] += dz[t].sum(axis=0)
                grad[D + 1 :] += h[t].T @ dz[t]
        if once:
            flat = dz.reshape(-1, 4 * H)
            grad[:D] = one_hot[ids.reshape(-1)].T @ flat
            grad[D] = flat.sum(axis=0)
            grad[D + 1 :] = h[:-1].reshape(-1, H).T @ flat
        return grad

    return run


def _step_back(
    own: Array, dh: Array, dc: Array, gates: tuple, d: tuple, c: Array, s: Array
) -> None:
    """dh, dc and the four pre-activations' gradients d, in place; s is tanh(c_t), c is c_prev."""
    (f, i, o, g), (df, di, do, dg) = gates, d
    dh += own
    np.multiply(s, s, out=dg)  # dg is free until the end
    np.subtract(1, dg, out=dg)
    np.multiply(dg, o, out=dg)
    np.multiply(dg, dh, out=dg)
    dc += dg
    for gate, gradient, factors in ((f, df, (dc, c)), (i, di, (dc, g)), (o, do, (dh, s))):
        np.subtract(1, gate, out=gradient)
        for factor in (gate, *factors):
            np.multiply(gradient, factor, out=gradient)
    np.multiply(g, g, out=dg)
    np.subtract(1, dg, out=dg)
    np.multiply(dg, i, out=dg)
    np.multiply(dg, dc, out=dg)
    dc *= f


def hurts(
    T: int, N: int, D: int, H: int, dtype: type, ids: Array
) -> dict[str, dict[str, Callable]]:
    """Single choices: the way that utils/networks/lstm.py takes first, then what it avoids."""
    rng = np.random.default_rng(0)
    z, dz = rng.normal(size=(N, 3 * H)).astype(dtype), rng.normal(size=(T * N, 4 * H)).astype(dtype)
    W, flat = rng.normal(size=(H, 4 * H)).astype(dtype), ids.reshape(-1)
    rows, ones = np.empty_like(dz), np.ones(len(dz), dtype)
    out, dU, one_hot = np.empty_like(z), np.zeros((D, 4 * H), dtype), np.eye(D, dtype=dtype)

    def by_tanh() -> None:
        np.tanh(z, out=out)
        np.multiply(out, dtype(0.5), out=out)
        np.add(out, dtype(0.5), out=out)

    def token_by_token() -> None:
        order = np.argsort(flat, kind="stable")
        ends = np.searchsorted(flat[order], np.arange(D + 1))
        for k in range(D):
            places = order[ends[k] : ends[k + 1]]
            gathered = np.take(dz, places, axis=0, out=rows[: len(places)], mode="clip")
            np.matmul(ones[: len(places)], gathered, out=dU[k])

    def sums_of_rows() -> None:
        order = np.argsort(flat, kind="stable")
        ends = np.searchsorted(flat[order], np.arange(D + 1))
        sorted_rows = np.take(dz, order, axis=0)
        for k in range(D):
            np.add.reduce(sorted_rows[ends[k] : ends[k + 1]], axis=0, out=dU[k])

    back = np.ascontiguousarray(W.T)
    return {
        "σ of one step": {
            "by tanh, in place": by_tanh,
            "1 / (1 + exp(-z))": lambda: 1 / (1 + np.exp(-z)),
            "by boolean masks": lambda: contenders._masked_sigmoid(z),
        },
        "gradient of U": {
            "token by token": token_by_token,
            "all sorted, sums of rows": sums_of_rows,
            "one-hot product": lambda: one_hot[flat].T @ dz,
            "np.add.at": lambda: np.add.at(dU, flat, dz),
        },
        "dz Wᵀ of one step": {
            "Wᵀ copied once": lambda: dz[:N] @ back,
            "W.T, a view": lambda: dz[:N] @ W.T,
        },
    }


def main(measure: Any, rounds: int) -> None:
    """Print the ladder at three shapes, and the single choices at the middle one."""
    rng = np.random.default_rng(0)
    last = "contiguous gates, factors first, token by token", "products split: ours"
    names = ("textbook", *RUNGS, *last)
    columns, times = [], []
    for T, N, D, H in SHAPES:
        ids = rng.integers(D, size=(T, N))
        given = D, H, np.float32, ids, rng.normal(size=(T, N, H)).astype(np.float32)
        made = contenders.textbook, contenders.unsplit, contenders.ours
        runs = {name: make(*given) for name, make in zip((names[0], *last), made, strict=True)}
        runs |= {name: rung(k, *given) for k, name in enumerate(RUNGS, start=1)}
        taken = measure(_clocks({name: runs[name] for name in names}), rounds)
        columns.append([taken.ratio(names[0], name) for name in names])
        times.append(str(taken))
    print("times as fast as the textbook version, float32, one thread; rounds: " + "; ".join(times))
    print(f"{'':50}" + "".join(f"{shape!s:>20}" for shape in SHAPES))
    for k, name in enumerate(names):
        print(f"{name:50}" + "".join(f"{column[k]:>20.2f}" for column in columns))

    T, N, D, H = SHAPES[1]
    print(f"\nsingle choices at {SHAPES[1]}, float32: time, in the first one's")
    for what, ways in hurts(T, N, D, H, np.float32, rng.integers(D, size=(T, N))).items():
        taken = measure(_clocks(ways), rounds)
        told = (f"{way} {taken.ratio(way, next(iter(ways))):.2f}" for way in ways)
        print(f"{what}: " + ", ".join(told))


def _clocks(runs: dict[str, Callable]) -> dict[str, Callable]:
    """Each run with its clocks around it: name → (wall, CPU) seconds of one, over at least 2 ms."""

    def clock(run: Callable) -> Callable:
        run()
        start = time.perf_counter()
        run()
        repeats = max(1, round(0.002 / (time.perf_counter() - start)))

        def seconds(_: str) -> tuple[float, float]:
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(repeats):
                run()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            return wall / repeats, cpu / repeats

        return seconds

    return {name: clock(run) for name, run in runs.items()}
