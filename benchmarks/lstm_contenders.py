"""Who runs in benchmarks/lstm_speed.py: the same forward and backward pass, written in nine ways.

Each is a function of (D, H, dtype, ids, dh) that prepares once and returns what is timed: a call
without arguments that computes all hidden states from token ids (T, N), and from the gradients dh
(T, N, H) that arrive at them the gradients of U, W and b, packed as (D + 1 + H, 4H) in the order
f, i, o, g. tests/networks/test_lstm_speed.py compares them. All work in the dtype given.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from utils.networks.lstm import LSTM
from utils.networks.lstm_memory import aligned

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "solutions"))
from lstm_speed import LARGE  # noqa: E402

import lstm as course  # noqa: E402

Array = np.ndarray
Pass = Callable[[], Array]
ORDER = "fiog"
CALLS = 8 + 6  # of the fast LSTM at each step, forwards and backwards, besides the two products
PER_SAMPLE = 4  # the loop per sample is timed on so many of the N: its time is proportional to N


def weights(D: int, H: int, dtype: type) -> dict[str, Array]:
    """The same weights for everybody."""
    params = course.random_params(np.random.default_rng(0), D, H, scale=1 / np.sqrt(H))
    return {name: array.astype(dtype) for name, array in params.items()}


def packed(params: dict[str, Array]) -> Array:
    """U, b, W below each other, the gates side by side."""
    rows = [np.hstack([params[f"{kind}_{gate}"] for gate in ORDER]) for kind in "UbW"]
    return np.vstack(rows)


def ours(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """utils/networks/lstm.py."""
    layer = LSTM.from_params(weights(D, H, dtype), dtype)

    def run() -> Array:
        layer.forward(ids)
        layer.backward(dh)
        return layer.flat_grads

    return run


def unsplit(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """utils/networks/lstm.py, every product in one call, whatever the processor likes."""
    run = ours(D, H, dtype, ids, dh)
    with patch("utils.networks.lstm_memory.rows_at_once", return_value=0):
        run()  # this makes the buffers
    return run


def textbook(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """What a learner has after unit 11: four gates of their own at each step."""
    params, one_hot = weights(D, H, dtype), np.eye(D, dtype=dtype)
    zeros = np.zeros(dh.shape[1:], dtype)

    def run() -> dict[str, Array]:
        _, _, caches = course.forward(one_hot[ids], zeros, zeros, params)
        return course.backward(dh, caches, params)[3]

    return run  # type: ignore[return-value]


def loop_over_time(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """The batched LSTM often found on the web: [x, 1, h] times one packed matrix at each step."""
    T, N, W, one_hot = *ids.shape, packed(weights(D, H, dtype)), np.eye(D, dtype=dtype)

    def run() -> Array:
        inputs = np.zeros((T, N, D + 1 + H), dtype)
        gates, c, tanh_c = (np.zeros((T, N, n), dtype) for n in (4 * H, H, H))
        h = np.zeros((T, N, H), dtype)
        for t in range(T):
            inputs[t, :, :D], inputs[t, :, D] = one_hot[ids[t]], 1
            inputs[t, :, D + 1 :] = h[t - 1] if t else 0
            z = inputs[t].dot(W)
            gates[t, :, : 3 * H] = 1 / (1 + np.exp(-z[:, : 3 * H]))
            gates[t, :, 3 * H :] = np.tanh(z[:, 3 * H :])
            f, i, o, g = (gates[t, :, k * H : (k + 1) * H] for k in range(4))
            c[t] = i * g + (f * c[t - 1] if t else 0)
            tanh_c[t] = np.tanh(c[t])
            h[t] = o * tanh_c[t]
        dW, dc, d = np.zeros_like(W), np.zeros((N, H), dtype), np.zeros((N, 4 * H), dtype)
        dh_t = dh[T - 1]
        for t in reversed(range(T)):
            f, i, o, g = (gates[t, :, k * H : (k + 1) * H] for k in range(4))
            dc = dc + (1 - tanh_c[t] ** 2) * (o * dh_t)
            c_prev = c[t - 1] if t else np.zeros((N, H), dtype)
            d[:, :H] = c_prev * dc * f * (1 - f)
            d[:, H : 2 * H] = g * dc * i * (1 - i)
            d[:, 2 * H : 3 * H] = tanh_c[t] * dh_t * o * (1 - o)
            d[:, 3 * H :] = i * dc * (1 - g**2)
            dc = dc * f
            dW += inputs[t].T.dot(d)
            dh_t = d.dot(W.T)[:, D + 1 :] + dh[t - 1]
        return dW

    return run


def _masked_sigmoid(x: Array) -> Array:
    """Stable for both signs, by two boolean masks."""
    positive, negative = x >= 0, x < 0
    z = np.zeros_like(x)
    z[positive] = np.exp(-x[positive])
    z[negative] = np.exp(x[negative])
    top = np.ones_like(x)
    top[negative] = z[negative]
    return top / (1 + z)


def cs231n(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """In the style of the CS231n assignment: one function a step, gradients summed step by step."""
    T, N, W_all, one_hot = *ids.shape, packed(weights(D, H, dtype)), np.eye(D, dtype=dtype)
    Wx, b, Wh = W_all[:D].copy(), W_all[D].copy(), W_all[D + 1 :].copy()

    def step(x: Array, h: Array, c: Array) -> tuple:
        a = x.dot(Wx) + h.dot(Wh) + b
        f, i, o = (_masked_sigmoid(a[:, k * H : (k + 1) * H]) for k in range(3))
        g = np.tanh(a[:, 3 * H :])
        c_new = f * c + i * g
        return o * np.tanh(c_new), c_new, (x, h, c, f, i, o, g, c_new)

    def step_back(dh_t: Array, dc: Array, cache: tuple) -> tuple:
        x, h, c, f, i, o, g, c_new = cache
        shown = np.tanh(c_new)
        dc = dc + dh_t * o * (1 - shown**2)
        da = np.hstack(
            [
                dc * c * f * (1 - f),
                dc * g * i * (1 - i),
                dh_t * shown * o * (1 - o),
                dc * i * (1 - g**2),
            ]
        )
        return da.dot(Wx.T), da.dot(Wh.T), dc * f, x.T.dot(da), h.T.dot(da), da.sum(axis=0)

    def run() -> Array:
        x = one_hot[ids]
        h, c, caches = np.zeros((N, H), dtype), np.zeros((N, H), dtype), []
        for t in range(T):
            h, c, cache = step(x[t], h, c)
            caches.append(cache)
        dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
        dx, back, dc = np.zeros_like(x), np.zeros((N, H), dtype), np.zeros((N, H), dtype)
        for t in reversed(range(T)):
            dx[t], back, dc, dWx_t, dWh_t, db_t = step_back(dh[t] + back, dc, caches[t])
            dWx += dWx_t
            dWh += dWh_t
            db += db_t
        return np.vstack([dWx, db[None], dWh])

    return run


def loop_per_sample(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """In the style of min-char-rnn: column vectors, one sequence after the other, four of the N."""
    T, N, params = len(ids), min(ids.shape[1], PER_SAMPLE), weights(D, H, dtype)
    U = {gate: params[f"U_{gate}"].T.copy() for gate in ORDER}
    W = {gate: params[f"W_{gate}"].T.copy() for gate in ORDER}
    b = {gate: params[f"b_{gate}"][:, None].copy() for gate in ORDER}

    def run() -> Array:
        dU, dW, db = ({k: np.zeros_like(v) for k, v in each.items()} for each in (U, W, b))
        for n in range(N):
            x, gates, h, c = {}, {}, {-1: np.zeros((H, 1), dtype)}, {-1: np.zeros((H, 1), dtype)}
            for t in range(T):
                x[t] = np.zeros((D, 1), dtype)
                x[t][ids[t, n]] = 1
                a = {k: np.dot(U[k], x[t]) + np.dot(W[k], h[t - 1]) + b[k] for k in ORDER}
                gates[t] = {k: 1 / (1 + np.exp(-a[k])) for k in "fio"} | {"g": np.tanh(a["g"])}
                c[t] = gates[t]["f"] * c[t - 1] + gates[t]["i"] * gates[t]["g"]
                h[t] = gates[t]["o"] * np.tanh(c[t])
            back, dc = np.zeros((H, 1), dtype), np.zeros((H, 1), dtype)
            for t in reversed(range(T)):
                f, i, o, g = (gates[t][k] for k in ORDER)
                dh_t, shown = dh[t, n][:, None] + back, np.tanh(c[t])
                dc = dc + dh_t * o * (1 - shown * shown)
                d = {
                    "f": dc * c[t - 1] * f * (1 - f),
                    "i": dc * g * i * (1 - i),
                    "o": dh_t * shown * o * (1 - o),
                    "g": dc * i * (1 - g * g),
                }
                back, dc = np.zeros((H, 1), dtype), dc * f
                for k in ORDER:
                    dU[k] += np.dot(d[k], x[t].T)
                    dW[k] += np.dot(d[k], h[t - 1].T)
                    db[k] += d[k]
                    back += np.dot(W[k].T, d[k])
        return np.vstack([np.hstack([of[k].T for k in ORDER]) for of in (dU, db, dW)])

    return run


def products(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """The bound: the matrix products of a fused LSTM alone, each in one call, on aligned arrays.

    h W at each step, dz Wᵀ at each step, and over all steps hᵀ dz and, for U, (one-hot x)ᵀ dz.
    """
    T, N = ids.shape
    h, W, z = (_filled(*shape, dtype=dtype) for shape in ((T, N, H), (4, H, H), (4, N, H)))
    dz, back = _filled(T, N, 4 * H, dtype=dtype), _filled(4 * H, H, dtype=dtype)
    dh_t, dW = _filled(N, H, dtype=dtype), _filled(H, 4 * H, dtype=dtype)
    inputs, dU = _filled(ids.size, D, dtype=dtype), _filled(D, 4 * H, dtype=dtype)

    def run() -> Array:
        for t in range(T):
            np.matmul(h[t], W, z)
        for t in range(T):
            np.matmul(dz[t], back, dh_t)
        np.matmul(inputs.T, dz.reshape(-1, 4 * H), out=dU)
        return np.matmul(h.reshape(-1, H).T, dz.reshape(-1, 4 * H), out=dW)

    return run


def our_products(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """The stricter bound: only the products that the fast LSTM makes for token ids, as it does.

    It takes the gradient of U from sums of rows, and may split h W and dz Wᵀ
    (utils/networks/blas.py).
    """
    layer = LSTM.from_params(weights(D, H, dtype), dtype)
    layer.forward(ids)
    layer.backward(dh)
    buffers = layer._buffers
    assert buffers is not None
    forward, W = layer._forward_product(ids.shape[1])
    backward, back, into = layer._backward_product(buffers)
    forwards = [h_prev for h_prev, *_ in buffers.forwards]
    backwards = [dz for *_, dz in buffers.backwards]
    h, dz = buffers.h[:-1].reshape(-1, H), buffers.dz.reshape(-1, 4 * H)
    dW = _filled(H, 4 * H, dtype=dtype)

    def run() -> Array:
        for h_prev in forwards:
            forward(h_prev, W, buffers.z_parts)
        for dz_t in backwards:
            backward(dz_t, back, into)
            if buffers.dh_parts is not None:
                np.add.reduce(into, axis=1, out=buffers.dh_parts)
        return np.matmul(h.T, dz, out=dW)

    return run


def _filled(*shape: int, dtype: type) -> Array:
    array = aligned(shape, np.dtype(dtype))
    array[...] = np.random.default_rng(0).normal(size=shape)
    return array


def our_calls(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """What NumPy's calls cost at least: our products, and the cheapest call for each other one."""
    multiply_all, a = our_products(D, H, dtype, ids, dh), np.zeros((ids.shape[1], H), dtype)

    def run() -> Array:
        for _ in range(CALLS * len(ids)):
            np.add(a, a, a)
        return multiply_all()

    return run


def large_product(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Pass:
    """How fast NumPy's BLAS is where nothing but its arithmetic counts: LARGE x LARGE."""
    a, b, out = (_filled(LARGE, LARGE, dtype=dtype) for _ in range(3))
    return lambda: np.matmul(a, b, out=out)


CONTENDERS: dict[str, Callable[..., Pass]] = {
    "ours": ours,
    "textbook": textbook,
    "loop over time": loop_over_time,
    "CS231n style": cs231n,
    "loop per sample": loop_per_sample,
    "products": products,
    "our products": our_products,
    "our calls": our_calls,
    "np.matmul": large_product,
}


# --- other libraries, each in a process of its own; ImportError where one is not installed --------


def torch_lstm(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Callable[[], tuple]:
    """torch.nn.LSTM on the processor, fed with one-hot rows."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    params = weights(D, H, dtype)
    layer = torch.nn.LSTM(D, H, dtype=_torch_kind(dtype))
    U, b, W = (np.hstack([params[f"{kind}_{gate}"] for gate in "ifgo"]) for kind in "UbW")
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.from_numpy(U.T))
        layer.weight_hh_l0.copy_(torch.from_numpy(W.T))
        layer.bias_ih_l0.copy_(torch.from_numpy(b))
        layer.bias_hh_l0.zero_()
    one_hot = torch.eye(D, dtype=_torch_kind(dtype))
    x, arriving = one_hot[torch.from_numpy(ids)], torch.from_numpy(dh)

    def run() -> tuple:
        layer.zero_grad(set_to_none=False)
        states, _ = layer(x)
        states.backward(arriving)
        return layer.weight_ih_l0.grad, layer.bias_ih_l0.grad, layer.weight_hh_l0.grad

    return run


def torch_packed(gradients: tuple) -> Array:
    """What torch_lstm gives, packed like the others'."""
    U, b, W = (gradient.numpy().T for gradient in gradients)
    by_gate = np.vstack([U, b[None], W]).reshape(len(U) + 1 + len(W), 4, -1)  # i, f, g, o
    return by_gate[:, [1, 0, 3, 2]].reshape(len(by_gate), -1)


def torch_product(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Callable[[], object]:
    import torch

    a, b, out = (torch.ones(LARGE, LARGE, dtype=_torch_kind(dtype)) for _ in range(3))
    return lambda: torch.mm(a, b, out=out)


def _torch_kind(dtype: type) -> Any:
    import torch

    return torch.float32 if dtype == np.float32 else torch.float64


def jax_lstm(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Callable[[], Any]:
    """JAX on the processor: lax.scan over the steps from token ids, vjp of it, one jit for both."""
    jax = _jax(dtype)
    numpy, W_all = jax.numpy, jax.numpy.asarray(packed(weights(D, H, dtype)))
    tokens, arriving = numpy.asarray(ids), numpy.asarray(dh)
    unroll = 5 if ids.shape[1] == 1 else 1  # whichever is faster: 5 gains 5 % for one sequence

    def states(W_all: Any) -> Any:
        table, W = W_all[:D] + W_all[D], W_all[D + 1 :]

        def step(carried: tuple, driven: Any) -> tuple:
            h, c = carried
            z = driven + h @ W
            f, i, o = numpy.split(jax.nn.sigmoid(z[:, : 3 * H]), 3, axis=1)
            c = f * c + i * numpy.tanh(z[:, 3 * H :])
            h = o * numpy.tanh(c)
            return (h, c), h

        zeros = numpy.zeros(dh.shape[1:], dtype)
        return jax.lax.scan(step, (zeros, zeros), table[tokens], unroll=unroll)[1]

    @jax.jit
    def both(W_all: Any, arriving: Any) -> Any:
        _, back = jax.vjp(states, W_all)
        return back(arriving)[0]

    return lambda: jax.block_until_ready(both(W_all, arriving))


def jax_product(D: int, H: int, dtype: type, ids: Array, dh: Array) -> Callable[[], object]:
    jax = _jax(dtype)
    a, product = jax.numpy.ones((LARGE, LARGE), dtype), jax.jit(jax.numpy.matmul)
    return lambda: product(a, a).block_until_ready()


def _jax(dtype: type) -> Any:
    """JAX, with as many threads as asked for: it looks when it first computes."""
    threads = int(os.environ["OMP_NUM_THREADS"])
    eigen = "true" if threads > 1 else "false"
    os.environ["XLA_FLAGS"] = (
        f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"
    )
    import jax

    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", dtype == np.float64)
    return jax


# library → what is timed in its process, and how its gradients are packed like the others'
PEERS: dict[str, tuple[dict[str, Callable], Callable]] = {
    "torch": ({"torch": torch_lstm, "torch.mm": torch_product}, torch_packed),
    "jax": ({"JAX": jax_lstm, "jnp.matmul": jax_product}, np.asarray),
}


def distance(D: int, H: int, gradients: Array, ours: Array) -> float:
    """How far packed gradients are from those of the fast LSTM, relative to the largest."""
    by_gate = ours.reshape(D + 1 + H, 4, H)[:, [1, 2, 3, 0]]  # g, f, i, o in utils.networks.lstm
    return float(np.abs(gradients - by_gate.reshape(gradients.shape)).max() / np.abs(ours).max())
