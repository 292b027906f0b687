"""One step of an LSTM and its way back, with the number on every arrow: what pictures show.

The equations are those of units 02 to 06 and 10, in their notation. `forward` computes with the
functions it is given and takes its own where one is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

__all__ = ["GATES", "NAMES", "backward_step", "forward", "pre_activations"]

Array = np.ndarray
Params = Mapping[str, Array]
Function = Callable[..., Array]

NAMES = {"f": "forget_gate", "i": "input_gate", "g": "candidate_state", "o": "output_gate"}
GATES = tuple(NAMES)


def pre_activations(x: Array, h_prev: Array, params: Params) -> dict[str, Array]:
    """The three terms of each gate's z. x: (T, D), h_prev: (T, H). `x f`, `h f`: (T, H); …"""
    terms = {}
    for a in GATES:
        terms[f"x {a}"] = x @ params[f"U_{a}"]
        terms[f"h {a}"] = h_prev @ params[f"W_{a}"]
    return terms


def forward(
    x: Array,
    h0: Array,
    c0: Array,
    params: Params,
    functions: Mapping[str, Function],
    held: float | None = None,
) -> dict[str, Array]:
    """A sequence, step by step, for one example.

    x: (T, D). h0, c0: (H,). params: U_* (D, H), W_* (H, H), b_* (H,). functions: any of lstm_step,
    forget_gate, input_gate, candidate_state, output_gate; what they raise is passed on. held: a
    value that h_prev has at every step, instead of the h of the step before.
    Returns (T, H) arrays: h_prev, c_prev, f, i, g, o, c, h, tc = tanh(c), kept = f ⊙ c_prev,
    written = i ⊙ g. Raises ValueError where a function's result has another shape than (1, H).
    """
    step = functions.get("lstm_step")
    keep: dict[str, list[Array]] = {name: [] for name in (*GATES, "h_prev", "c_prev", "c", "h")}
    h, c = h0[None], c0[None]
    for x_t in x[:, None]:
        h_prev, c_prev = h if held is None else np.full_like(h, held), c
        if step is not None:
            h, c, cache = step(x_t, h_prev, c_prev, params)
            gates = {a: cache[a] for a in GATES}
        else:
            gates = {a: _gate(a, functions)(x_t, h_prev, *_weights(a, params)) for a in GATES}
            for a in GATES:
                _one_row(NAMES[a], gates[a], h0)
            c = gates["f"] * c_prev + gates["i"] * gates["g"]
            h = gates["o"] * np.tanh(c)
        here = {**gates, "h_prev": h_prev, "c_prev": c_prev, "c": c, "h": h}
        for name, values in keep.items():
            values.append(_one_row(name, here[name], h0))
    run = {name: np.array(values) for name, values in keep.items()}
    run["tc"] = np.tanh(run["c"])
    run["kept"], run["written"] = run["f"] * run["c_prev"], run["i"] * run["g"]
    return run


def _one_row(name: str, value: Array, like: Array) -> Array:
    if np.shape(value) != (1, len(like)):
        raise ValueError(f"{name} has shape {np.shape(value)}, expected (1, {len(like)})")
    return np.asarray(value, dtype=float)[0]


def _weights(a: str, params: Params) -> tuple[Array, Array, Array]:
    return params[f"U_{a}"], params[f"W_{a}"], params[f"b_{a}"]


def _gate(a: str, functions: Mapping[str, Function]) -> Function:
    given = functions.get(NAMES[a])
    if given is not None:
        return given

    def gate(x: Array, h_prev: Array, U: Array, W: Array, b: Array) -> Array:
        z = x @ U + h_prev @ W + b
        return np.tanh(z) if a == "g" else (1 + np.tanh(z / 2)) / 2

    return gate


def backward_step(dh: Array, dc: Array, at: Params, params: Params) -> dict[str, Array]:
    """One step backwards, for one example. dh, dc: (H,), as they arrive at h and c.

    at: the values of the step, (H,) each, by the names of `forward`. Returns (H,) arrays: dh, dc as
    they arrived, dc_all with what came through h, dtc, do, df, di, dg, at the pre-activations dzo,
    dzf, dzi, dzg, and what is handed on: dx (D,), dh_prev, dc_prev.
    """
    f, i, g, o, tc = (at[name] for name in ("f", "i", "g", "o", "tc"))
    dtc = dh * o
    total = dc + dtc * (1 - tc * tc)
    d = {"do": dh * tc, "df": total * at["c_prev"], "di": total * g, "dg": total * i}
    d |= {f"dz{a}": d[f"d{a}"] * v * (1 - v) for a, v in (("f", f), ("i", i), ("o", o))}
    d["dzg"] = d["dg"] * (1 - g * g)
    return {
        **d,
        "dh": dh,
        "dc": dc,
        "dc_all": total,
        "dtc": dtc,
        "dx": sum(d[f"dz{a}"] @ params[f"U_{a}"].T for a in GATES),
        "dh_prev": sum(d[f"dz{a}"] @ params[f"W_{a}"].T for a in GATES),
        "dc_prev": total * f,
    }
