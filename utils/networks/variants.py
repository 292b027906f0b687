"""The LSTM's relatives of unit 16, one step or one layer at a time, forwards and backwards.

They stand in where an exercise of that unit is unsolved, with the same signatures and results;
`gru_cache` and `peephole_cache` keep what a step backwards needs. Sources: Cho et al. 2014
(arXiv:1406.1078) for the GRU, Gers and Schmidhuber 2000 (Recurrent nets that time and count) for
peepholes, Schuster and Paliwal 1997 (Bidirectional recurrent neural networks) for both directions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from utils.networks.lstm import LSTM

__all__ = [
    "bidirectional_backward",
    "bidirectional_forward",
    "fused_lstm_forward",
    "gru_cache",
    "gru_step",
    "gru_step_backward",
    "peephole_cache",
    "peephole_step",
    "peephole_step_backward",
    "stacked_backward",
    "stacked_forward",
]

Array = np.ndarray
Params = dict[str, Array]
Weights = Mapping[str, Array]


def _sigmoid(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * z))


# --- one step -----------------------------------------------------------------------------------


def _pre(x: Array, h: Array, params: Weights, gate: str) -> Array:
    return x @ params[f"U_{gate}"] + h @ params[f"W_{gate}"] + params[f"b_{gate}"]


def gru_cache(x: Array, h_prev: Array, params: Weights) -> Params:
    """What a GRU's step needs on the way back: x (N, D), h_prev, z, r, g (N, H)."""
    z, r = (_sigmoid(_pre(x, h_prev, params, gate)) for gate in "zr")
    g = np.tanh(x @ params["U_g"] + (r * h_prev) @ params["W_g"] + params["b_g"])
    return {"x": x, "h_prev": h_prev, "z": z, "r": r, "g": g}


def peephole_cache(x: Array, h_prev: Array, c_prev: Array, params: Weights) -> Params:
    """As unit 06's lstm_step keeps: x (N, D), h_prev, c_prev, f, i, g, o, c (N, H)."""
    f, i = (_sigmoid(_pre(x, h_prev, params, k) + params[f"p_{k}"] * c_prev) for k in "fi")
    g = np.tanh(_pre(x, h_prev, params, "g"))
    c = f * c_prev + i * g
    o = _sigmoid(_pre(x, h_prev, params, "o") + params["p_o"] * c)
    return {"x": x, "h_prev": h_prev, "c_prev": c_prev, "f": f, "i": i, "g": g, "o": o, "c": c}


def gru_step(x: Array, h_prev: Array, params: Weights) -> Array:
    """Exercise 16.1. x: (N, D). h_prev: (N, H). Returns h (N, H)."""
    kept = gru_cache(x, h_prev, params)
    return kept["z"] * h_prev + (1 - kept["z"]) * kept["g"]


def peephole_step(x: Array, h_prev: Array, c_prev: Array, params: Weights) -> tuple[Array, Array]:
    """Exercise 16.3. x: (N, D). h_prev, c_prev: (N, H). Returns h, c (N, H)."""
    kept = peephole_cache(x, h_prev, c_prev, params)
    return kept["o"] * np.tanh(kept["c"]), kept["c"]


def _products(x: Array, h: Array, pre: Weights, params: Weights) -> tuple[Array, Array, Params]:
    """dx, dh_prev and the gradients of the weights, from those of the pre-activations (N, H)."""
    grads = {f"U_{gate}": x.T @ d for gate, d in pre.items()}
    grads |= {f"W_{gate}": h.T @ d for gate, d in pre.items()}
    grads |= {f"b_{gate}": d.sum(axis=0) for gate, d in pre.items()}
    dx, dh = (sum(d @ params[f"{kind}_{gate}"].T for gate, d in pre.items()) for kind in "UW")
    return np.asarray(dx), np.asarray(dh), grads


def gru_step_backward(dh: Array, cache: Weights, params: Weights) -> tuple[Array, Array, Params]:
    """Exercise 16.2. dh: (N, H). cache: of `gru_cache`. Returns dx, dh_prev, grads."""
    x, h_prev, z, r, g = (cache[name] for name in ("x", "h_prev", "z", "r", "g"))
    of_g = dh * (1 - z) * (1 - g * g)
    through_reset = of_g @ params["W_g"].T
    pre = {"z": dh * (h_prev - g) * z * (1 - z), "r": through_reset * h_prev * r * (1 - r)}
    dx, dh_prev, grads = _products(x, h_prev, pre, params)
    dx_g, _, grads_g = _products(x, r * h_prev, {"g": of_g}, params)
    return dx + dx_g, dh_prev + dh * z + through_reset * r, grads | grads_g


def peephole_step_backward(
    dh: Array, dc: Array, cache: Weights, params: Weights
) -> tuple[Array, Array, Array, Params]:
    """Exercise 16.4. dh, dc: (N, H). cache: of `peephole_cache`. Returns dx, dh_prev, dc_prev,
    grads."""
    c_prev, f, i, g, o, c = (cache[name] for name in ("c_prev", "f", "i", "g", "o", "c"))
    shown = np.tanh(c)
    pre = {"o": dh * shown * o * (1 - o)}
    dc = dc + dh * o * (1 - shown**2) + pre["o"] * params["p_o"]  # o peeks at the new state
    pre |= {"f": dc * c_prev * f * (1 - f), "i": dc * g * i * (1 - i), "g": dc * i * (1 - g * g)}
    dx, dh_prev, grads = _products(cache["x"], cache["h_prev"], pre, params)
    for gate, state in {"f": c_prev, "i": c_prev, "o": c}.items():
        grads[f"p_{gate}"] = (pre[gate] * state).sum(axis=0)
    dc_prev = dc * f + pre["f"] * params["p_f"] + pre["i"] * params["p_i"]
    return dx, dh_prev, dc_prev, grads


# --- layers, made of the fast LSTM --------------------------------------------------------------


def _run(x: Array, h0: Array, c0: Array, params: Weights) -> tuple[LSTM, Array]:
    layer = LSTM.from_params(params, np.float64)
    return layer, layer.forward(x, h0, c0).copy()


def _back(layer: LSTM, dh: Array) -> tuple[Array, Array, Array, Params]:
    grads = layer.backward(np.ascontiguousarray(dh))
    kept = {name: grads[name].copy() for name in grads if name not in ("V", "b_y")}
    return layer.dx.copy(), layer.dh0.copy(), layer.dc0.copy(), kept


def stacked_forward(
    x: Array, h0: Array, c0: Array, layers: Sequence[Weights]
) -> tuple[Array, Array, Array]:
    """Exercise 16.5. x: (T, N, D). h0, c0: (L, N, H). Returns h, h_last, c_last."""
    h, last = x, []
    for starts in zip(h0, c0, layers, strict=True):
        layer, h = _run(h, *starts)
        last.append(layer.last)
    return h, np.stack([state[0] for state in last]), np.stack([state[1] for state in last])


def stacked_backward(
    dh: Array, x: Array, h0: Array, c0: Array, layers: Sequence[Weights]
) -> tuple[Array, Array, Array, list[Params]]:
    """Exercise 16.6. dh: (T, N, H) at the top. Returns dx, dh0, dc0, grads, a list of L dicts."""
    h, nets = x, []
    for starts in zip(h0, c0, layers, strict=True):
        net, h = _run(h, *starts)
        nets.append(net)
    dh0, dc0, grads = np.empty_like(h0), np.empty_like(c0), []
    for k in reversed(range(len(nets))):  # what a layer reads is what the layer below says
        dh, dh0[k], dc0[k], own = _back(nets[k], dh)
        grads.append(own)
    return dh, dh0, dc0, grads[::-1]


def bidirectional_forward(
    x: Array, h0: Array, c0: Array, forwards: Weights, backwards: Weights
) -> Array:
    """Exercise 16.7. x: (T, N, D). h0, c0: (2, N, H). Returns h (T, N, 2H)."""
    _, there = _run(x, h0[0], c0[0], forwards)
    _, back = _run(x[::-1], h0[1], c0[1], backwards)
    return np.concatenate([there, back[::-1]], axis=2)


def bidirectional_backward(
    dh: Array, x: Array, h0: Array, c0: Array, forwards: Weights, backwards: Weights
) -> tuple[Array, Array, Array, Params, Params]:
    """Exercise 16.8. dh: (T, N, 2H). Returns dx, dh0, dc0 and the gradients of both."""
    H = h0.shape[2]
    there = _back(_run(x, h0[0], c0[0], forwards)[0], dh[:, :, :H])
    back = _back(_run(x[::-1], h0[1], c0[1], backwards)[0], dh[::-1, :, H:])
    dh0, dc0 = np.stack([there[1], back[1]]), np.stack([there[2], back[2]])
    return there[0] + back[0][::-1], dh0, dc0, there[3], back[3]


def fused_lstm_forward(
    x: Array, h0: Array, c0: Array, U: Array, W: Array, b: Array
) -> tuple[Array, Array]:
    """Exercise 16.9. U: (D, 4H), W: (H, 4H), b: (4H,) in the order f, i, g, o. Returns h, c."""
    parts = zip("UWb", (U, W, b), strict=True)
    packed = ((kind, np.split(array, 4, axis=-1)) for kind, array in parts)
    params = {
        f"{kind}_{gate}": a for kind, of in packed for gate, a in zip("figo", of, strict=True)
    }
    layer, h = _run(x, h0, c0, params)
    return h, layer.cells.copy()
