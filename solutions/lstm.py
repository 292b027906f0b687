"""The LSTM that the later units' references and known wrong answers are written with.

Everything here accepts complex numbers, so that gradients can be judged by the complex step, which
needs no backward pass.
"""

from __future__ import annotations

import numpy as np

from utils.gradients.numerical import complex_step_gradient

Array = np.ndarray
Params = dict[str, Array]

complex_step = complex_step_gradient

GATES = ("f", "i", "g", "o")
CELL = tuple(f"{kind}_{gate}" for kind in "UWb" for gate in GATES)  # U_f … U_o, W_f …, b_f …


def sigmoid(z: Array) -> Array:
    """σ, without overflow, for real and complex z."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def softmax(z: Array) -> Array:
    e = np.exp(z - z.real.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def random_params(
    rng: np.random.Generator, D: int, H: int, K: int = 0, scale: float = 1.0
) -> Params:
    """Weights of order 1 for every name, the output's too where K is given. No zeros anywhere."""
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    params = {name: scale * rng.normal(size=shapes[name[0]]) for name in CELL}
    if K:
        params |= {"V": scale * rng.normal(size=(H, K)), "b_y": scale * rng.normal(size=K)}
    return params


def step(x: Array, h_prev: Array, c_prev: Array, params: Params) -> tuple[Array, Array, dict]:
    """One LSTM step, as in unit 06."""
    pre = {a: x @ params[f"U_{a}"] + h_prev @ params[f"W_{a}"] + params[f"b_{a}"] for a in GATES}
    f, i, o = sigmoid(pre["f"]), sigmoid(pre["i"]), sigmoid(pre["o"])
    g = np.tanh(pre["g"])
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return (
        h,
        c,
        {"x": x, "h_prev": h_prev, "c_prev": c_prev, "f": f, "i": i, "g": g, "o": o, "c": c},
    )


def forward(x: Array, h0: Array, c0: Array, params: Params) -> tuple[Array, Array, list[dict]]:
    """A whole sequence, as in unit 08."""
    h, c, hs, cs, caches = h0, c0, [], [], []
    for x_t in x:
        h, c, cache = step(x_t, h, c, params)
        hs.append(h)
        cs.append(c)
        caches.append(cache)
    return np.stack(hs), np.stack(cs), caches


def cross_entropy(logits: Array, targets: Array) -> complex:
    """The loss of unit 07: summed over time, averaged over the batch."""
    z = logits - logits.real.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_p, targets[..., None], axis=-1).sum() / targets.shape[1]


def loss(params: Params, x: Array, targets: Array, h0: Array, c0: Array) -> complex:
    """From the weights to the loss of a whole sequence."""
    h, _, _ = forward(x, h0, c0, params)
    return cross_entropy(h @ params["V"] + params["b_y"], targets)


# --- backward: the references of units 10 and 11 ----------------------------------------------


def output_layer_backward(
    logits: Array, targets: Array, h: Array, V: Array
) -> tuple[Array, Array, Array]:
    """Gradients of the summed, batch-averaged cross-entropy for h, V and b_y."""
    d = softmax(logits)
    d[np.arange(len(d))[:, None], np.arange(d.shape[1]), targets] -= 1
    d = d / targets.shape[1]
    return d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))


def step_backward(dh: Array, dc: Array, cache: dict, params: Params) -> tuple:
    """One step backwards, as in unit 10."""
    f, i, g, o, c = (cache[name] for name in ("f", "i", "g", "o", "c"))
    shown = np.tanh(c)
    dc = dc + dh * o * (1 - shown**2)
    pre = {
        "f": dc * cache["c_prev"] * f * (1 - f),
        "i": dc * g * i * (1 - i),
        "g": dc * i * (1 - g**2),
        "o": dh * shown * o * (1 - o),
    }
    grads = {f"U_{a}": cache["x"].T @ d for a, d in pre.items()}
    grads |= {f"W_{a}": cache["h_prev"].T @ d for a, d in pre.items()}
    grads |= {f"b_{a}": d.sum(axis=0) for a, d in pre.items()}
    dx = sum(d @ params[f"U_{a}"].T for a, d in pre.items())
    dh_prev = sum(d @ params[f"W_{a}"].T for a, d in pre.items())
    return dx, dh_prev, dc * f, grads


def backward(dh: Array, caches: list[dict], params: Params) -> tuple:
    """All steps backwards, as in unit 11: dh[t] is the loss's own gradient at h_t."""
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    grads = {name: np.zeros_like(params[name]) for name in CELL}
    dx = np.empty((len(dh), *caches[0]["x"].shape))
    for t in reversed(range(len(dh))):
        dx[t], dh_next, dc_next, of_step = step_backward(
            dh[t] + dh_next, dc_next, caches[t], params
        )
        for name in CELL:
            grads[name] += of_step[name]
    return dx, dh_next, dc_next, grads
