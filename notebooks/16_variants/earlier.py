"""The finished functions of earlier units that this one builds on."""

import numpy as np


def gate_backward(d_act, act, kind):
    """From the gradient of an activated value to that of its pre-activation.

    d_act: gradient that arrives at act, any shape. act: the activated value, same shape.
    kind: "sigmoid" or "tanh", the function that made act.
    Returns d_pre, same shape.
    """
    slope = act * (1 - act) if kind == "sigmoid" else 1 - act**2
    return d_act * slope


def init_params(rng, D, H, K, forget_bias=1.0):
    """Starting weights of a whole model.

    rng: numpy.random.Generator, the only source of random numbers. D, H, K: inputs, hidden units,
    classes. forget_bias: the value at which b_f starts.
    Returns a dict of 14 float64 arrays: U_f, U_i, U_g, U_o (D, H) and W_f, W_i, W_g, W_o (H, H),
    normal with standard deviation 1/sqrt(D) and 1/sqrt(H); b_f (H,) = forget_bias and b_i, b_g,
    b_o (H,) = 0; V (H, K), normal with standard deviation 1/sqrt(H); b_y (K,) = 0.
    """
    params = {}
    for gate in "figo":
        params[f"U_{gate}"] = rng.normal(size=(D, H)) / np.sqrt(D)
        params[f"W_{gate}"] = rng.normal(size=(H, H)) / np.sqrt(H)
        params[f"b_{gate}"] = np.zeros(H)
    params["b_f"] = np.full(H, float(forget_bias))
    params["V"] = rng.normal(size=(H, K)) / np.sqrt(H)
    params["b_y"] = np.zeros(K)
    return params


def update_cell_state_backward(dc, f, c_prev, i, g):
    """Backwards through c = f c_prev + i g.

    dc: (N, H) gradient that arrives at c. f, c_prev, i, g: (N, H) what c was made from.
    Returns df, dc_prev, di, dg: (N, H) each.
    """
    return dc * c_prev, dc * f, dc * g, dc * i


def update_hidden_state_backward(dh, o, c):
    """Backwards through h = o tanh(c).

    dh: (N, H) gradient that arrives at h. o: (N, H) output gate. c: (N, H) cell state.
    Returns do, dc: (N, H) each.
    """
    shown = np.tanh(c)
    return dh * shown, dh * o * (1 - shown**2)


def lstm_step_backward(dh, dc, cache, params):
    """One LSTM step backwards.

    dh, dc: (N, H) gradients that arrive at this step's h and, from the next step, at its c.
    cache: what lstm_step kept: x, h_prev, c_prev, f, i, g, o, c. params: the cell's weights.
    Returns dx (N, D), dh_prev (N, H), dc_prev (N, H), grads: a dict with the gradient of each of the
    12 arrays U_*, W_*, b_*.
    """
    f, i, g, o = cache["f"], cache["i"], cache["g"], cache["o"]
    do, dc_from_h = update_hidden_state_backward(dh, o, cache["c"])
    df, dc_prev, di, dg = update_cell_state_backward(dc + dc_from_h, f, cache["c_prev"], i, g)
    delta = {
        "f": gate_backward(df, f, "sigmoid"),
        "i": gate_backward(di, i, "sigmoid"),
        "g": gate_backward(dg, g, "tanh"),
        "o": gate_backward(do, o, "sigmoid"),
    }
    dx, dh_prev, grads = np.zeros_like(cache["x"]), np.zeros_like(dh), {}
    for a, d in delta.items():
        grads[f"U_{a}"] = cache["x"].T @ d
        grads[f"W_{a}"] = cache["h_prev"].T @ d
        grads[f"b_{a}"] = d.sum(axis=0)
        dx = dx + d @ params[f"U_{a}"].T
        dh_prev = dh_prev + d @ params[f"W_{a}"].T
    return dx, dh_prev, dc_prev, grads


def lstm_backward(dh, caches, params):
    """A whole sequence backwards.

    dh: (T, N, H) the loss's own gradient at each h_t. caches: list of T, from lstm_forward.
    params: the cell's weights.
    Returns dx (T, N, D), dh0 (N, H), dc0 (N, H), grads: a dict with the gradient of each of the 12
    arrays U_*, W_*, b_*, summed over all steps.
    """
    dx = []
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    grads = {}
    for own, cache in zip(dh[::-1], caches[::-1], strict=True):
        dx_t, dh_next, dc_next, step = lstm_step_backward(own + dh_next, dc_next, cache, params)
        dx.append(dx_t)
        for name, gradient in step.items():
            grads[name] = grads.get(name, 0) + gradient
    return np.stack(dx[::-1]), dh_next, dc_next, grads


def candidate_state(x, h_prev, U_g, W_g, b_g):
    """The candidate state of one step: what could be added to the memory.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_g: (D, H), W_g: (H, H), b_g: (H,) weights and bias of the candidate.
    Returns g: (N, H), each entry in (-1, 1).
    """
    return np.tanh(x @ U_g + h_prev @ W_g + b_g)


def sigmoid(z):
    """The logistic function 1 / (1 + exp(-z)), entry by entry.

    z: float64 array of any shape.
    Returns an array of z's shape, each entry in [0, 1], without overflow for any z.
    """
    e = np.exp(-np.abs(z))  # between 0 and 1 for every z
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def forget_gate(x, h_prev, U_f, W_f, b_f):
    """The forget gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_f: (D, H), W_f: (H, H), b_f: (H,) weights and bias of this gate.
    Returns f: (N, H), each entry in (0, 1): the share of the cell state that is kept.
    """
    return sigmoid(x @ U_f + h_prev @ W_f + b_f)


def input_gate(x, h_prev, U_i, W_i, b_i):
    """The input gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_i: (D, H), W_i: (H, H), b_i: (H,) weights and bias of this gate.
    Returns i: (N, H), each entry in (0, 1): the share of the candidate that is written.
    """
    return sigmoid(x @ U_i + h_prev @ W_i + b_i)


def output_gate(x, h_prev, U_o, W_o, b_o):
    """The output gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_o: (D, H), W_o: (H, H), b_o: (H,) weights and bias of this gate.
    Returns o: (N, H), each entry in (0, 1): the share of the memory that is shown.
    """
    return sigmoid(x @ U_o + h_prev @ W_o + b_o)


def update_cell_state(f, c_prev, i, g):
    """The memory after one step.

    f, i: (N, H) forget and input gate. c_prev: (N, H) memory one step ago. g: (N, H) candidate.
    Returns c: (N, H), a new array.
    """
    return f * c_prev + i * g


def update_hidden_state(o, c):
    """The hidden state after one step.

    o: (N, H) output gate. c: (N, H) cell state of this step.
    Returns h: (N, H), each entry in (-1, 1).
    """
    return o * np.tanh(c)


def lstm_step(x, h_prev, c_prev, params):
    """One step of an LSTM.

    x: (N, D) input. h_prev, c_prev: (N, H) hidden and cell state of the step before.
    params: dict of U_f, U_i, U_g, U_o (D, H), W_f, W_i, W_g, W_o (H, H), b_f, b_i, b_g, b_o (H,).
    Returns h (N, H), c (N, H), cache: a dict with x, h_prev, c_prev, f, i, g, o, c.
    """
    f = forget_gate(x, h_prev, params["U_f"], params["W_f"], params["b_f"])
    i = input_gate(x, h_prev, params["U_i"], params["W_i"], params["b_i"])
    g = candidate_state(x, h_prev, params["U_g"], params["W_g"], params["b_g"])
    o = output_gate(x, h_prev, params["U_o"], params["W_o"], params["b_o"])
    c = update_cell_state(f, c_prev, i, g)
    h = update_hidden_state(o, c)
    cache = {"x": x, "h_prev": h_prev, "c_prev": c_prev, "f": f, "i": i, "g": g, "o": o, "c": c}
    return h, c, cache


def lstm_forward(x, h0, c0, params):
    """A whole sequence through the cell.

    x: (T, N, D). h0, c0: (N, H) the states before the first step. params: the cell's weights.
    Returns h (T, N, H), c (T, N, H), the states after every step, and caches, a list of T: what
    lstm_step returned for step t, which gives h, c, cache = lstm_step(x_t, h_prev, c_prev, params).
    """
    h, c = h0, c0
    all_h, all_c, caches = [], [], []
    for x_t in x:
        h, c, cache = lstm_step(x_t, h, c, params)
        all_h.append(h)
        all_c.append(c)
        caches.append(cache)
    return np.stack(all_h), np.stack(all_c), caches
