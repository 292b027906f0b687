"""Backward passes of the LSTM's relatives in unit 16, over whole sequences, for gradient checks.

Each takes what the forward pass takes, and dh, the loss's own gradient at every hidden state that
comes out; each returns the gradient of every weight, of the inputs and of the initial states, in
one dict. They run the forward pass anew for themselves, so they know nothing of the learner's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from utils.networks.lstm import LSTM

__all__ = [
    "bidirectional_gradients",
    "gru_gradients",
    "gru_params",
    "peephole_gradients",
    "peephole_params",
    "stacked_gradients",
]

Array = np.ndarray
Params = dict[str, Array]


def _sigmoid(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * z))


def _random(rng: np.random.Generator, D: int, H: int, gates: str) -> Params:
    params = {}
    for gate in gates:
        params[f"U_{gate}"] = rng.normal(size=(D, H)) / np.sqrt(D)
        params[f"W_{gate}"] = rng.normal(size=(H, H)) / np.sqrt(H)
        params[f"b_{gate}"] = 0.5 * rng.normal(size=H)
    return params


def gru_params(rng: np.random.Generator, D: int, H: int) -> Params:
    """Nine random arrays: U_* (D, H), W_* (H, H), b_* (H,) for z, r and g."""
    return _random(rng, D, H, "zrg")


def peephole_params(rng: np.random.Generator, D: int, H: int) -> Params:
    """The LSTM's twelve arrays and p_f, p_i, p_o (H,), all random."""
    return _random(rng, D, H, "figo") | {f"p_{gate}": rng.normal(size=H) for gate in "fio"}


def gru_gradients(x: Array, h0: Array, params: Mapping[str, Array], dh: Array) -> Params:
    """x: (T, N, D), h0: (N, H), dh: (T, N, H). Names of the result: those of params, x, h0."""
    h, kept = h0, []
    for x_t in x:
        z, r = (
            _sigmoid(x_t @ params[f"U_{a}"] + h @ params[f"W_{a}"] + params[f"b_{a}"]) for a in "zr"
        )
        g = np.tanh(x_t @ params["U_g"] + (r * h) @ params["W_g"] + params["b_g"])
        kept.append((h, z, r, g))
        h = z * h + (1 - z) * g

    grads = {name: np.zeros_like(array) for name, array in params.items()}
    dx, arriving = np.zeros_like(x), np.zeros_like(h0)
    for t in reversed(range(len(x))):
        h_prev, z, r, g = kept[t]
        d = dh[t] + arriving
        pre = {"g": d * (1 - z) * (1 - g * g), "z": d * (h_prev - g) * z * (1 - z)}
        through_reset = pre["g"] @ params["W_g"].T
        pre["r"] = through_reset * h_prev * r * (1 - r)
        arriving = d * z + through_reset * r
        arriving = arriving + pre["z"] @ params["W_z"].T + pre["r"] @ params["W_r"].T
        for gate, d_pre in pre.items():
            grads[f"U_{gate}"] += x[t].T @ d_pre
            grads[f"W_{gate}"] += (r * h_prev if gate == "g" else h_prev).T @ d_pre
            grads[f"b_{gate}"] += d_pre.sum(axis=0)
            dx[t] += d_pre @ params[f"U_{gate}"].T
    return {**grads, "x": dx, "h0": arriving}


def peephole_gradients(
    x: Array, h0: Array, c0: Array, params: Mapping[str, Array], dh: Array
) -> Params:
    """x: (T, N, D), h0, c0: (N, H), dh: (T, N, H). Names of the result: params', x, h0, c0."""
    h, c, kept = h0, c0, []
    for x_t in x:
        a = {k: x_t @ params[f"U_{k}"] + h @ params[f"W_{k}"] + params[f"b_{k}"] for k in "figo"}
        f, i = (_sigmoid(a[k] + params[f"p_{k}"] * c) for k in "fi")
        g = np.tanh(a["g"])
        c_new = f * c + i * g
        o = _sigmoid(a["o"] + params["p_o"] * c_new)
        kept.append((h, c, f, i, g, o, c_new))
        h, c = o * np.tanh(c_new), c_new

    grads = {name: np.zeros_like(array) for name, array in params.items()}
    dx, arriving, dc = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    for t in reversed(range(len(x))):
        h_prev, c_prev, f, i, g, o, c_new = kept[t]
        shown, d = np.tanh(c_new), dh[t] + arriving
        pre = {"o": d * shown * o * (1 - o)}
        dc = dc + d * o * (1 - shown**2) + pre["o"] * params["p_o"]  # o peeks at the new state
        pre |= {
            "f": dc * c_prev * f * (1 - f),
            "i": dc * g * i * (1 - i),
            "g": dc * i * (1 - g * g),
        }
        peeked = {"f": c_prev, "i": c_prev, "o": c_new}
        for gate, state in peeked.items():
            grads[f"p_{gate}"] += (pre[gate] * state).sum(axis=0)
        dc = dc * f + pre["f"] * params["p_f"] + pre["i"] * params["p_i"]
        arriving = np.zeros_like(h0)
        for gate, d_pre in pre.items():
            grads[f"U_{gate}"] += x[t].T @ d_pre
            grads[f"W_{gate}"] += h_prev.T @ d_pre
            grads[f"b_{gate}"] += d_pre.sum(axis=0)
            dx[t] += d_pre @ params[f"U_{gate}"].T
            arriving = arriving + d_pre @ params[f"W_{gate}"].T
    return {**grads, "x": dx, "h0": arriving, "c0": dc}


def stacked_gradients(
    x: Array, h0: Array, c0: Array, layers: Sequence[Mapping[str, Array]], dh: Array
) -> Params:
    """h0, c0: (L, N, H), dh: (T, N, H) at the top. Names: "U_f of layer 0" and so on, x, h0, c0."""
    nets = [LSTM.from_params(params, np.float64) for params in layers]
    h = x
    for net, h_start, c_start in zip(nets, h0, c0, strict=True):
        h = net.forward(h, h_start, c_start)
    grads: Params = {}
    dh0, dc0 = np.zeros_like(h0), np.zeros_like(c0)
    for k in reversed(range(len(nets))):  # what a layer reads is what the layer below gave
        own = nets[k].backward(dh)
        grads |= {f"{name} of layer {k}": gradient for name, gradient in own.items()}
        dh0[k], dc0[k], dh = nets[k].dh0, nets[k].dc0, nets[k].dx
    return {**grads, "x": dh, "h0": dh0, "c0": dc0}


def bidirectional_gradients(
    x: Array,
    h0: Array,
    c0: Array,
    forwards: Mapping[str, Array],
    backwards: Mapping[str, Array],
    dh: Array,
) -> Params:
    """h0, c0: (2, N, H), dh: (T, N, 2H). Names: "U_f forwards", "U_f backwards", …, x, h0, c0."""
    H = h0.shape[2]
    grads: Params = {}
    dx, dh0, dc0 = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    for k, (word, params) in enumerate((("forwards", forwards), ("backwards", backwards))):
        turn = slice(None, None, 1 if word == "forwards" else -1)
        net = LSTM.from_params(params, np.float64)
        net.forward(x[turn], h0[k], c0[k])
        own = net.backward(dh[turn, :, k * H : (k + 1) * H])
        grads |= {f"{name} {word}": gradient for name, gradient in own.items()}
        dx += net.dx[turn]
        dh0[k], dc0[k] = net.dh0, net.dc0
    return {**grads, "x": dx, "h0": dh0, "c0": dc0}
