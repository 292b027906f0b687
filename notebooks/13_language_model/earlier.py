"""The finished functions of earlier units that this one builds on."""

import numpy as np


def bptt_windows(ids, n_streams, T):
    """Windows of a long text for truncated backpropagation through time, state carried over.

    ids: (length,) integers, the text. n_streams: how many places of it are read at once. T: steps
    in a window. Each stream is a piece of (length - 1) // n_streams ids; the 1 is for the very last
    target. Its first whole windows are used and the rest, less than T ids, is left out.
    Returns x and targets, both (windows, T, n_streams) integers: x[w, :, s] is window w of stream s
    and goes on where x[w - 1, :, s] ended; targets holds for each id the one that comes next.
    """
    length = (len(ids) - 1) // n_streams
    used = length // T * T
    starts = length * np.arange(n_streams)
    places = np.arange(used)[:, None] + starts  # (used, n_streams)
    shape = (used // T, T, n_streams)
    return ids[places].reshape(shape), ids[places + 1].reshape(shape)


def carry_state(h, c, reset):
    """The states with which the next window begins.

    h, c: (N, H) states after the last window, a row for each stream. reset: (N,) of bool, True where
    a stream begins anew.
    Returns h, c: (N, H) each, 0 in the rows where reset is True, as they were elsewhere.
    """
    anew = reset[:, None]
    return np.where(anew, 0.0, h), np.where(anew, 0.0, c)


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


def adam_update(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of Adam.

    params, grads: dicts of arrays with the same names and shapes. state: what Adam remembers, {}
    before the first update, then the state that the update before returned.
    Returns params, the new weights, and state: a dict of "m" and "v", dicts like params with the
    running means of gradients and squares, not corrected, and "t", the number of updates so far.
    """
    t = state.get("t", 0) + 1
    new, means, squares = {}, {}, {}
    for name, gradient in grads.items():
        m = state["m"][name] if state else np.zeros_like(gradient)
        v = state["v"][name] if state else np.zeros_like(gradient)
        means[name] = beta1 * m + (1 - beta1) * gradient
        squares[name] = beta2 * v + (1 - beta2) * gradient**2
        m_hat = means[name] / (1 - beta1**t)
        v_hat = squares[name] / (1 - beta2**t)
        new[name] = params[name] - lr * m_hat / (np.sqrt(v_hat) + eps)
    return new, {"m": means, "v": squares, "t": t}


def clip_by_global_norm(grads, max_norm):
    """Gradients that are not longer than max_norm, all arrays taken together.

    grads: dict of arrays of any shapes. max_norm: a positive number.
    Returns grads, a dict like the one given, all scaled by one factor where that is needed, and
    norm, the length of all arrays together **before** clipping.
    """
    norm = np.sqrt(sum((gradient**2).sum() for gradient in grads.values()))
    factor = max_norm / norm if norm > max_norm else 1.0
    return {name: factor * gradient for name, gradient in grads.items()}, norm


def cross_entropy(logits, targets):
    """The loss: summed over time, averaged over the batch, in nats.

    logits: (T, N, K). targets: (T, N) integers in 0 … K-1, the right class of each row.
    Returns one number.
    """
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    of_targets = np.take_along_axis(log_p, targets[..., None], axis=-1)
    return -of_targets.sum() / targets.shape[1]


def gate_backward(d_act, act, kind):
    """From the gradient of an activated value to that of its pre-activation.

    d_act: gradient that arrives at act, any shape. act: the activated value, same shape.
    kind: "sigmoid" or "tanh", the function that made act.
    Returns d_pre, same shape.
    """
    slope = act * (1 - act) if kind == "sigmoid" else 1 - act**2
    return d_act * slope


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


def softmax(z):
    """Probabilities from logits, along the last axis.

    z: (..., K) logits of any size.
    Returns (..., K): entries in [0, 1] that sum to 1 along the last axis.
    """
    exponentials = np.exp(z - z.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def output_layer_backward(logits, targets, h, V):
    """Gradients of cross_entropy(logits, targets) for what made the logits, h V + b_y.

    logits: (T, N, K). targets: (T, N) integers. h: (T, N, H) hidden states. V: (H, K).
    Returns dh (T, N, H), dV (H, K), db_y (K,).
    """
    d = softmax(logits) - np.eye(logits.shape[-1])[targets]
    d = d / targets.shape[1]
    return d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))


def loss_and_gradients(params, x, targets, h0, c0):
    """The loss of a batch of sequences and its gradient for every parameter.

    params: 14 arrays, U_*, W_*, b_*, V (H, K), b_y (K,). x: (T, N, D). targets: (T, N) integers.
    h0, c0: (N, H) states before the first step.
    Returns loss, summed over time and averaged over the batch, and grads, a dict like params.
    """
    h, _, caches = lstm_forward(x, h0, c0, params)
    logits = h @ params["V"] + params["b_y"]
    dh, dV, db_y = output_layer_backward(logits, targets, h, params["V"])
    *_, grads = lstm_backward(dh, caches, params)
    return cross_entropy(logits, targets), {**grads, "V": dV, "b_y": db_y}


def train_step(params, batch, state, max_norm, lr):
    """One step of training: loss and gradients, clipping by the global norm, Adam.

    params: 14 arrays. batch: what loss_and_gradients takes after params, in its order, a tuple of
    x (T, N, D), targets (T, N), h0 and c0 (N, H). state: Adam's memory, {} before the first step.
    max_norm: for clip_by_global_norm. lr: for adam_update; its other numbers keep their defaults.
    Returns params, the new weights, state, what Adam remembers now, and loss, that of this batch
    before the step.
    """
    loss, grads = loss_and_gradients(params, *batch)
    clipped, _ = clip_by_global_norm(grads, max_norm)
    params, state = adam_update(params, clipped, state, lr)
    return params, state, loss
