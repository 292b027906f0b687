"""Right answers, written as learners write them and unlike the course's own, lose no point.

By loops, by einsum, by other formulas, with other random numbers: each is judged on several draws
of the cases, beside every known wrong answer.
"""

# ruff: noqa: F821 - the functions of other exercises are there, as they are in a notebook

from collections import defaultdict

import numpy as np
import pytest
from conftest import UNITS

from autograder.authoring.exercise import load_unit
from autograder.authoring.mutants import solutions
from autograder.course import root
from utils.judging.judge import judge
from utils.judging.run import answers

ANSWERS = defaultdict(list)
EXERCISES = {id: unit for name in UNITS for unit in [load_unit(root() / "solutions" / name)]
             for id in unit.exercises}  # fmt: skip


def answers_to(exercise):
    def keep(function):
        ANSWERS[exercise].append(function)
        return function

    return keep


@answers_to("logistic")
def the_other_form(z):
    return np.exp(z) / (np.exp(z) + 1)


@answers_to("logistic")
def by_half_angle(z):
    return (1 + np.tanh(z / 2)) / 2


@answers_to("logistic")
def as_a_power(z):
    return (1 + np.e**-z) ** -1


@answers_to("sigmoid")
@answers_to("logistic")
def by_logaddexp(z):
    return np.exp(-np.logaddexp(0, -z))


@answers_to("sigmoid")
def by_where(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


@answers_to("rnn_step")
def by_einsum(x, h_prev, U, W, b):
    return np.tanh(np.einsum("nd,dh->nh", x, U) + np.einsum("nk,kh->nh", h_prev, W) + b)


@answers_to("rnn_forward")
def into_zeros(x, h0, U, W, b):
    out, h = np.zeros((len(x), *h0.shape)), h0
    for t in range(len(x)):
        h = np.tanh(np.concatenate([x[t], h], axis=1) @ np.concatenate([U, W]) + b)
        out[t] = h
    return out


@answers_to("jacobian_norms")
def by_svd(h, W):
    T, H = h.shape
    out = []
    for t in range(T):
        J = np.eye(H)
        for k in range(t + 1, T):
            J = np.diag(1 - h[k] ** 2) @ W.T @ J
        out.append(np.linalg.svd(J, compute_uv=False)[0])
    return np.array(out)


@answers_to("forget_gate")
def number_by_number(x, h_prev, U_f, W_f, b_f):
    out = np.empty(h_prev.shape)
    for n in range(len(x)):
        for k in range(len(b_f)):
            z = b_f[k] + sum(x[n, d] * U_f[d, k] for d in range(x.shape[1]))
            out[n, k] = sigmoid(np.array([z + h_prev[n] @ W_f[:, k]]))[0]
    return out


@answers_to("forget_gate")
@answers_to("input_gate")
@answers_to("output_gate")
def stacked(x, h_prev, U, W, b):
    return sigmoid(np.hstack([x, h_prev]).dot(np.vstack([U, W])) + b[None, :])


@answers_to("remaining_memory")
def step_by_step(f):
    out = [f[0].copy()]
    for t in range(1, len(f)):
        out.append(out[-1] * f[t])
    return np.array(out)


@answers_to("candidate_state")
def tanh_by_sigmoid(x, h_prev, U_g, W_g, b_g):
    return 2 * sigmoid(2 * (np.matmul(x, U_g) + np.matmul(h_prev, W_g) + b_g)) - 1


def by_entries(D, H, gates, **entries):
    """U, W, b of these gates; entries: name_gate → number for b, row → number for column 0."""
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    params = {f"{kind}_{gate}": np.zeros(shapes[kind]) for kind in "UWb" for gate in gates}
    for name, value in entries.items():
        for row, number in (value if isinstance(value, dict) else {0: value}).items():
            params[name][(row,) if name[0] == "b" else (row, 0)] = number
    return params


@answers_to("reader_params")
def always_open_and_silent(D, H):
    return by_entries(D, H, "ig", b_i=4, U_g={0: 3, 1: -3})


@answers_to("reader_params")
def barely_shut_with_a_bias(D, H):
    return by_entries(D, H, "ig", b_i=-3.5, U_i={0: 6, 1: 6}, b_g=1, U_g={0: 1, 1: -4})


@answers_to("reader_params")
def all_units_read_all_twelve_arrays(D, H):
    params = by_entries(D, H, "figo")
    params["b_i"] += -50.0
    params["U_i"][:2] = 100.0
    params["U_g"][0], params["U_g"][1] = 40.0, -40.0
    params["U_g"][2:] = 1.0  # behind a shut gate
    return params


@answers_to("spotlight_params")
def no_wider_than_asked(D, H):
    U = np.zeros((D, H))
    for k in range(min(D, H)):
        U[k, k] = 6.2
    return {"U_o": U, "W_o": np.zeros((H, H)), "b_o": -3.1 * np.ones(H)}


@answers_to("spotlight_params")
def filled_diagonal_and_others_open(D, H):
    U, b = np.zeros((D, H)), np.full(H, 20.0)
    np.fill_diagonal(U, 60.0)
    b[: min(D, H)] = -30.0
    return {"U_o": U, "W_o": np.zeros((H, H)), "b_o": b}


@answers_to("spotlight_params")
def a_little_of_the_others(D, H):
    U = np.full((D, H), -0.1) + 15 * (np.arange(D)[:, None] == np.arange(H))
    return {"W_o": np.full((H, H), 0.1), "U_o": U, "b_o": np.full(H, -7.0)}


@answers_to("bracket_params")
def both_gates_by_character(D, H):
    more = {"b_i": -9, "U_i": {0: 18, 1: 18}, "b_g": -9, "U_g": 18}
    return by_entries(D, H, "figo", b_f=12, U_f={2: -24}, **more)


@answers_to("bracket_params")
def as_small_as_may_be(D, H):
    return by_entries(D, H, "figo", b_f=9, U_f={2: -13}, b_i=5, U_g={0: 4, 1: -4})


@answers_to("bracket_params")
def every_unit_counts(D, H):
    params = by_entries(D, H, "figo")
    for name, value in (("b_f", 40.0), ("b_i", 40.0), ("b_o", 3.0)):
        params[name][:] = value
    params["U_f"][2], params["U_g"][0], params["U_g"][1] = -80.0, 30.0, -30.0
    return params


@answers_to("parity_params")
def adds_and_takes_away(D, H):
    return by_entries(D, H, "figo", b_f=10, b_i=-10, U_i=20, b_g=5, W_g=-13, b_o=10)


@answers_to("parity_params")
def shown_by_half(D, H):
    gates = {"b_f": 9, "U_f": -18, "b_i": -9, "U_i": 18}
    return by_entries(D, H, "figo", **gates, b_g=3, W_g=-16)


@answers_to("parity_params")
def all_of_it_softer(D, H):
    gates = {"b_f": 7, "U_f": -11, "b_i": -7, "U_i": 11}
    return by_entries(D, H, "figo", **gates, b_g=2, W_g=-8, b_o=5)


@answers_to("parity_params")
def through_the_second_unit(D, H):
    params = by_entries(D, H, "figo", b_f=10, U_f=-20, b_i=-10, U_i=20, b_g=3, W_g=-10, b_o=10)
    if H > 1:  # unit 0 sees a copy of itself
        for name in params:
            params[name][..., 1] = params[name][..., 0]
        params["W_g"][:] = 0
        params["W_g"][1, 0] = params["W_g"][0, 1] = -10.0
    return params


@answers_to("update_cell_state")
def by_names(f, c_prev, i, g):
    return np.add(np.multiply(f, c_prev), np.multiply(i, g))


@answers_to("latch_params")
def large_and_negative(D, H):
    params = {}
    for gate in "figo":
        params["U_" + gate] = np.zeros((D, H))
        params["W_" + gate] = np.zeros((H, H))
        params["b_" + gate] = np.full(H, 20.0 if gate in "fi" else 0.0)
    params["U_g"][0] = 50.0
    return params


@answers_to("update_hidden_state")
def shown_by_sigmoid(o, c):
    return (2 * sigmoid(2 * c) - 1) * o


@answers_to("lstm_step")
def in_one_product(x, h_prev, c_prev, params):
    both = np.concatenate([x, h_prev], axis=1)
    W = [np.concatenate([params[f"U_{a}"], params[f"W_{a}"]]) for a in "figo"]
    b = [params[f"b_{a}"] for a in "figo"]
    z = np.split(both @ np.concatenate(W, axis=1) + np.concatenate(b), 4, axis=1)
    f, i, o = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[3])
    g = np.tanh(z[2])
    c = f * c_prev + i * g
    return o * np.tanh(c), c, dict(x=x, h_prev=h_prev, c_prev=c_prev, f=f, i=i, g=g, o=o, c=c)


@answers_to("softmax")
def by_logarithms(z):
    m = np.max(z, axis=-1)[..., None]
    return np.exp(z - m - np.log(np.exp(z - m).sum(axis=-1, keepdims=True)))


@answers_to("output_layer")
def by_dot(h, V, b_y):
    return softmax(np.dot(h, V) + b_y)


@answers_to("cross_entropy")
def loop_over_all(logits, targets):
    total = 0.0
    for t in range(logits.shape[0]):
        for n in range(logits.shape[1]):
            z = logits[t, n] - logits[t, n].max()
            total += np.log(np.exp(z).sum()) - z[targets[t, n]]
    return total / logits.shape[1]


@answers_to("init_params")
def other_order(rng, D, H, K, forget_bias=1.0):
    params = {}
    for gate in "ogif":
        params["W_" + gate] = rng.standard_normal((H, H)) * H**-0.5
        params["U_" + gate] = rng.normal(0, 1 / np.sqrt(D), (D, H))
        params["b_" + gate] = np.zeros(H)
    params["b_f"] = np.full(H, float(forget_bias))
    return params | {"V": rng.normal(scale=H**-0.5, size=(H, K)), "b_y": np.zeros(K)}


@answers_to("lstm_forward")
def into_arrays(x, h0, c0, params):
    h, c, caches = np.zeros((len(x), *h0.shape)), np.zeros((len(x), *h0.shape)), []
    for t in range(len(x)):
        before = (h[t - 1], c[t - 1]) if t else (h0, c0)
        h[t], c[t], cache = lstm_step(x[t], *before, params)
        caches.append(cache)
    return h, c, caches


@answers_to("numerical_gradient")
def in_place_and_back(f, a, eps=1e-5):
    grad = np.zeros_like(a)
    for index in np.ndindex(*a.shape):
        old = a[index]
        a[index] = old + eps
        above = f(a)
        a[index] = old - eps
        grad[index] = (above - f(a)) / (2 * eps)
        a[index] = old
    return grad


@answers_to("numerical_gradient")
def on_copies(f, a, eps=1e-5):
    grad = np.zeros(a.size)
    for k in range(a.size):
        shift = np.zeros(a.size)
        shift[k] = eps
        grad[k] = f(a + shift.reshape(a.shape)) - f(a - shift.reshape(a.shape))
    return grad.reshape(a.shape) / 2 / eps


@answers_to("relative_error")
def by_hand(a, b):
    size = np.sqrt((a**2).sum()) + np.sqrt((b**2).sum())
    return float(np.sqrt(((a - b) ** 2).sum()) / size) if size > 0 else 0.0


@answers_to("find_bugs")
def at_three_places(candidates, loss):
    found = set()
    for seed in range(3):
        a = np.random.default_rng(seed).uniform(-1, 1, size=(3, 4))
        measured = on_copies(loss, a)
        found |= {
            name
            for name, gradient in candidates.items()
            if np.abs(gradient(a.copy()) - measured).max() > 1e-5 * np.abs(measured).max()
        }
    return sorted(found)


@answers_to("output_layer_backward")
def subtract_one(logits, targets, h, V):
    T, N, K = logits.shape
    d = softmax(logits)
    for t in range(T):
        for n in range(N):
            d[t, n, targets[t, n]] -= 1
    d /= N
    dV = sum(h[t].T @ d[t] for t in range(T))
    return np.einsum("tnk,hk->tnh", d, V), dV, d.reshape(-1, K).sum(axis=0)


@answers_to("update_hidden_state_backward")
def by_cosh(dh, o, c):
    return dh * np.tanh(c), dh * o / np.cosh(c) ** 2


@answers_to("update_cell_state_backward")
def as_a_list(dc, f, c_prev, i, g):
    return tuple(dc * factor for factor in (c_prev, f, g, i))


@answers_to("gate_backward")
def factored(d_act, act, kind):
    return d_act * (act - act**2 if kind == "sigmoid" else (1 - act) * (1 + act))


@answers_to("lstm_step_backward")
def side_by_side(dh, dc, cache, params):
    f, i, g, o, c = (cache[name] for name in "figoc")
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    dz = np.concatenate(
        [
            dc * cache["c_prev"] * f * (1 - f),
            dc * g * i * (1 - i),
            dc * i * (1 - g * g),
            dh * np.tanh(c) * o * (1 - o),
        ],
        axis=1,
    )
    U, W = (np.hstack([params[f"{kind}_{a}"] for a in "figo"]) for kind in "UW")
    grads = {}
    for k, a in enumerate("figo"):
        own = dz[:, k * f.shape[1] : (k + 1) * f.shape[1]]
        grads |= {f"U_{a}": cache["x"].T @ own, f"W_{a}": cache["h_prev"].T @ own}
        grads[f"b_{a}"] = own.sum(axis=0)
    return dz @ U.T, dz @ W.T, dc * f, grads


@answers_to("lstm_backward")
def backwards_by_index(dh, caches, params):
    T, (N, D) = len(caches), caches[0]["x"].shape
    dx, dh_next, dc_next = np.empty((T, N, D)), 0.0, 0.0
    grads = {name: np.zeros_like(a) for name, a in params.items() if name not in ("V", "b_y")}
    for t in reversed(range(T)):
        dx[t], dh_next, dc_next, step = lstm_step_backward(
            dh[t] + dh_next, dc_next + np.zeros(dh[t].shape), caches[t], params
        )
        for name in grads:
            grads[name] += step[name]
    return dx, dh_next, dc_next, grads


@answers_to("loss_and_gradients")
def piece_by_piece(params, x, targets, h0, c0):
    h, _, caches = lstm_forward(x, h0, c0, params)
    logits = np.stack([h_t @ params["V"] + params["b_y"] for h_t in h])
    dh, dV, db_y = output_layer_backward(logits, targets, h, params["V"])
    grads = lstm_backward(dh, caches, params)[3]
    return cross_entropy(logits, targets), {"b_y": db_y, "V": dV} | grads


@answers_to("clip_by_global_norm")
def as_pytorch_does(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g * g) for g in grads.values()))
    factor = min(1.0, max_norm / (norm + 1e-6))
    return {name: g * factor for name, g in grads.items()}, norm


@answers_to("clip_by_global_norm")
def of_one_long_vector(grads, max_norm):
    norm = float(np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()])))
    if norm <= max_norm:
        return dict(grads), norm
    return {name: g * (max_norm / norm) for name, g in grads.items()}, norm


@answers_to("sgd_update")
def on_a_copy(params, grads, lr):
    new = {name: p.copy() for name, p in params.items()}
    for name in new:
        new[name] -= lr * grads[name]
    return new


@answers_to("adam_update")
def correction_in_the_rate(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    zeros = {name: np.zeros_like(p) for name, p in params.items()}
    state = state or {"m": zeros, "v": zeros, "t": 0}
    t, m, v, new = state["t"] + 1, {}, {}, {}
    root = np.sqrt(1 - beta2**t)
    for name, g in grads.items():
        m[name] = state["m"][name] + (1 - beta1) * (g - state["m"][name])
        v[name] = state["v"][name] + (1 - beta2) * (g * g - state["v"][name])
        rate = lr * root / (1 - beta1**t)
        new[name] = params[name] - rate * m[name] / (np.sqrt(v[name]) + eps * root)
    return new, {"t": t, "m": m, "v": v}


@answers_to("bptt_windows")
def one_by_one(ids, n_streams, T):
    length = (len(ids) - 1) // n_streams
    x = np.zeros((length // T, T, n_streams), int)
    y = np.zeros_like(x)
    for w in range(length // T):
        for t in range(T):
            for s in range(n_streams):
                x[w, t, s], y[w, t, s] = ids[s * length + w * T + t :][:2]
    return x, y


@answers_to("train_step")
def without_the_two_functions(params, batch, state, max_norm, lr):
    x, targets, h0, c0 = batch
    loss, grads = loss_and_gradients(params, x, targets, h0=h0, c0=c0)
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    t = state["t"] + 1 if state else 1
    new, m, v = {}, {}, {}
    for name, p in params.items():
        g = grads[name] * min(1, max_norm / norm)
        m[name] = 0.9 * (state["m"][name] if state else 0) + 0.1 * g
        v[name] = 0.999 * (state["v"][name] if state else 0) + 0.001 * g * g
        size = np.sqrt(v[name] / (1 - 0.999**t)) + 1e-8
        new[name] = p - lr * m[name] / (1 - 0.9**t) / size
    return new, dict(m=m, v=v, t=t), loss


@answers_to("train_step")
def in_one_expression(params, batch, state, max_norm, lr):
    loss, grads = loss_and_gradients(params, *batch)
    return *adam_update(params, clip_by_global_norm(grads, max_norm)[0], state, lr), loss


@answers_to("carry_state")
def on_copies_row_by_row(h, c, reset):
    h, c = h.copy(), c.copy()
    for n in range(len(reset)):
        if reset[n]:
            h[n], c[n] = 0.0, 0.0
    return h, c


@answers_to("carry_state")
def by_a_product(h, c, reset):
    keep = 1.0 - reset.astype(float)[:, None]
    return keep * h, keep * c


@answers_to("early_stop")
def every_prefix(losses, patience):
    losses = list(losses)
    for n in range(1, len(losses) + 1):
        best = losses[:n].index(min(losses[:n]))
        if n - 1 - best >= patience:
            return best
    return best


@answers_to("early_stop")
def by_counting(losses, patience):
    best, at, waited = np.inf, 0, 0
    for k, loss in enumerate(losses):
        waited += 1
        if loss < best:
            best, at, waited = loss, k, 0
        if waited == patience:
            return at
    return at


@answers_to("encode")
def by_unique(text):
    vocab, ids = np.unique(list(text), return_inverse=True)
    return ids, list(vocab)


@answers_to("encode")
def by_index(text):
    vocab = sorted(set(text))
    return np.array([vocab.index(c) for c in text]), vocab


@answers_to("sample_next")
def by_choice(logits, temperature, rng):
    p = softmax(logits / temperature)
    rows = p.reshape(-1, p.shape[-1])
    return np.array([rng.choice(len(row), p=row) for row in rows]).reshape(p.shape[:-1])


@answers_to("sample_next")
def by_multinomial(logits, temperature, rng):
    return rng.multinomial(1, softmax(logits / temperature)).argmax(axis=-1)


@answers_to("sample_next")
def by_gumbel(logits, temperature, rng):
    return (logits / temperature + rng.gumbel(size=logits.shape)).argmax(axis=-1)


@answers_to("generate")
def prompt_in_one_go(params, vocab, prompt, length, temperature, rng):
    eye, zero = np.eye(len(vocab)), np.zeros((1, len(params["b_f"])))
    prompt_rows = eye[[vocab.index(c) for c in prompt]][:, None]
    hs, cs, _ = lstm_forward(prompt_rows, zero, zero, params)
    h, c, new = hs[-1], cs[-1], []
    for _ in range(length):
        p = softmax((h @ params["V"] + params["b_y"]) / temperature)[0]
        new.append(vocab[rng.choice(len(vocab), p=p)])
        h, c, _ = lstm_step(eye[[vocab.index(new[-1])]], h, c, params)
    return prompt + "".join(new)


@answers_to("perplexity")
def power_of_two(logits, targets):
    z = logits - logits.max(axis=-1, keepdims=True)
    nats = np.log(np.exp(z).sum(axis=-1)) - np.take_along_axis(z, targets[..., None], -1)[..., 0]
    return 2.0 ** (nats.mean() / np.log(2))


@answers_to("standardise")
def spread_by_hand(series, n_train):
    mean = float(sum(series[:n_train]) / n_train)
    std = float(np.mean((series[:n_train] - mean) ** 2) ** 0.5)
    return (series - mean) / std, mean, std


@answers_to("make_windows")
def by_sliding_view(series, T, horizon):
    view = np.lib.stride_tricks.sliding_window_view(series, T + horizon)
    return view[:, :T].T[..., None].copy(), view[:, -1:].copy()


@answers_to("ar_forecast")
def by_normal_equations(x, y, x_new):
    X = np.concatenate([np.ones((1, x.shape[1])), x[:, :, 0]])
    weights = np.linalg.solve(X @ X.T, X @ y)
    return weights[0] + np.einsum("tmk,tk->mk", x_new, weights[1:])


@answers_to("ar_forecast")
def centred_by_the_known(x, y, x_new):
    centre = x.mean(axis=1, keepdims=True)
    weights = np.linalg.pinv((x - centre)[:, :, 0].T) @ (y - y.mean())
    return (x_new - centre)[:, :, 0].T @ weights + y.mean()


@answers_to("regression_head")
def linear_by_einsum(h, V, b_y):
    return np.einsum("...h,hk->...k", h, V) + b_y


@answers_to("regression_head_backward")
def row_by_row(y_hat, y, h, V):
    dh, dV, db_y = np.zeros_like(h), np.zeros_like(V), np.zeros(V.shape[1])
    for n in range(len(y)):
        d = 2 * (y_hat[n] - y[n]) / len(y)
        dh[n] = V @ d
        dV += np.outer(h[n], d)
        db_y += d
    return dh, dV, db_y


@answers_to("draw_string")
def by_random(grammar, rng):
    state, text = "start", ""
    while state != "end":
        symbol, state = grammar[state][int(rng.random() * len(grammar[state]))]
        text += symbol
    return text


@answers_to("steps_right")
def compared_in_loops(outputs, legal):
    right = np.zeros(legal.shape[:2], bool)
    for t, n in np.ndindex(*right.shape):
        yes, no = outputs[t, n][legal[t, n]], outputs[t, n][~legal[t, n]]
        right[t, n] = no.size == 0 or yes.min() > no.max()
    return right


@answers_to("strings_right")
def string_by_string(right, lengths):
    return np.array([right[: lengths[n], n].all() for n in range(right.shape[1])])


@answers_to("first_error")
def with_a_wall(right):
    return np.vstack([~right, np.ones((1, right.shape[1]), bool)]).argmax(axis=0)


@answers_to("within")
def by_largest(outputs, targets, tolerance):
    return np.max(np.abs(outputs - targets), axis=1) < tolerance


@answers_to("gru_step")
def by_difference(x, h_prev, params):
    gate = {a: sigmoid(x @ params[f"U_{a}"] + h_prev @ params[f"W_{a}"] + params[f"b_{a}"])
            for a in "zr"}  # fmt: skip
    g = np.tanh(x @ params["U_g"] + (gate["r"] * h_prev) @ params["W_g"] + params["b_g"])
    return g + gate["z"] * (h_prev - g)


@answers_to("peephole_step")
def by_diagonals(x, h_prev, c_prev, params):
    def z(a):
        return x @ params["U_" + a] + h_prev @ params["W_" + a] + params["b_" + a]

    f = sigmoid(z("f") + c_prev @ np.diag(params["p_f"]))
    i = sigmoid(z("i") + c_prev @ np.diag(params["p_i"]))
    c = f * c_prev + i * np.tanh(z("g"))
    return sigmoid(z("o") + c @ np.diag(params["p_o"])) * np.tanh(c), c


@answers_to("stacked_forward")
def step_after_step(x, h0, c0, layers):
    h, c, out = list(h0), list(c0), []
    for x_t in x:
        for k, params in enumerate(layers):
            h[k], c[k], _ = lstm_step(x_t if k == 0 else h[k - 1], h[k], c[k], params)
        out.append(h[-1])
    return np.array(out), np.array(h), np.array(c)


@answers_to("bidirectional_forward")
def flipped(x, h0, c0, forwards, backwards):
    there = lstm_forward(x, h0[0], c0[0], forwards)[0]
    back = lstm_forward(np.flip(x, axis=0).copy(), h0[1], c0[1], backwards)[0]
    return np.dstack([there, np.flip(back, axis=0)])


@answers_to("gru_step_backward")
def from_all_directions(dh, cache, params):
    x, h, z, r, g = cache["x"], cache["h_prev"], cache["z"], cache["r"], cache["g"]
    dG = np.einsum("nh,nh,nh->nh", dh, 1 - z, (1 - g) * (1 + g))
    dS = np.einsum("nk,hk->nh", dG, params["W_g"])
    dZ, dR = dh * (h - g) * (z - z**2), dS * h * (r - r**2)
    both = np.hstack([dZ, dR])
    dx = np.hstack([both, dG]) @ np.hstack([params["U_z"], params["U_r"], params["U_g"]]).T
    dh_prev = dh * z + dS * r + both @ np.hstack([params["W_z"], params["W_r"]]).T
    grads = {}
    for a, d in (("z", dZ), ("r", dR), ("g", dG)):
        grads["U_" + a] = np.einsum("nd,nh->dh", x, d)
        grads["W_" + a] = np.einsum("nk,nh->kh", r * h if a == "g" else h, d)
        grads["b_" + a] = np.ones(len(d)) @ d
    return dx, dh_prev, grads


@answers_to("peephole_step_backward")
def by_diagonal_matrices(dh, dc, cache, params):
    x, h, c_prev, c = cache["x"], cache["h_prev"], cache["c_prev"], cache["c"]
    f, i, g, o = cache["f"], cache["i"], cache["g"], cache["o"]
    d = {"o": dh * np.tanh(c) * o * (1 - o)}
    all_c = dc + dh * o / np.cosh(c) ** 2 + d["o"] @ np.diag(params["p_o"])
    d["f"], d["i"] = all_c * c_prev * f * (1 - f), all_c * g * i * (1 - i)
    d["g"] = all_c * i * (1 - g * g)
    dx, dh_prev, grads = np.zeros_like(x), np.zeros_like(h), {}
    for a in "gofi":
        grads["U_" + a], grads["W_" + a] = (d[a].T @ x).T, (d[a].T @ h).T
        grads["b_" + a] = d[a].sum(0)
        dx += d[a] @ params["U_" + a].T
        dh_prev += d[a] @ params["W_" + a].T
    for a in "fio":
        grads["p_" + a] = np.diag((c if a == "o" else c_prev).T @ d[a]).copy()
    dc_prev = all_c * f + d["f"] @ np.diag(params["p_f"]) + d["i"] @ np.diag(params["p_i"])
    return dx, dh_prev, dc_prev, grads


@answers_to("stacked_backward")
def layer_by_recursion(dh, x, h0, c0, layers):
    h, _, caches = lstm_forward(x, h0[0], c0[0], layers[0])
    above = ([], [], [])
    if len(layers) > 1:
        dh, *above = layer_by_recursion(dh, h, h0[1:], c0[1:], layers[1:])
    dx, first_h, first_c, grads = lstm_backward(dh, caches, layers[0])
    return dx, np.array([first_h, *above[0]]), np.array([first_c, *above[1]]), [grads, *above[2]]


@answers_to("bidirectional_backward")
def by_a_loop_over_the_ways(dh, x, h0, c0, forwards, backwards):
    results = []
    for k, params in enumerate((forwards, backwards)):
        half = np.split(dh, 2, axis=2)[k]
        if k:
            x, half = np.flip(x, 0), np.flip(half, 0)
        results.append(lstm_backward(half, lstm_forward(x, h0[k], c0[k], params)[2], params))
    (dx, dh0, dc0, one), (dx2, dh1, dc1, two) = results
    return dx + np.flip(dx2, 0), np.array([dh0, dh1]), np.array([dc0, dc1]), one, two


@answers_to("fused_lstm_forward")
def not_fused(x, h0, c0, U, W, b):
    H, h, c, hs, cs = h0.shape[1], h0, c0, [], []
    for x_t in x:
        z = x_t @ U + h @ W + b
        f, i, g, o = (z[:, k * H : (k + 1) * H] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        hs.append(h)
        cs.append(c)
    return np.array(hs), np.array(cs)


@answers_to("to_torch")
def block_by_block(params):
    D, H = params["U_f"].shape
    state = {"weight_ih_l0": np.empty((4 * H, D)), "weight_hh_l0": np.empty((4 * H, H)),
             "bias_ih_l0": np.empty(4 * H), "bias_hh_l0": np.zeros(4 * H)}  # fmt: skip
    for k, gate in enumerate(("i", "f", "g", "o")):
        for j in range(H):
            state["weight_ih_l0"][k * H + j] = params["U_" + gate][:, j]
            state["weight_hh_l0"][k * H + j] = params["W_" + gate][:, j]
            state["bias_ih_l0"][k * H + j] = params["b_" + gate][j]
    return state


@answers_to("to_torch")
def side_by_side_then_turned(params):
    U, W, b = (np.hstack([params[f"{kind}_{gate}"] for gate in "ifgo"]) for kind in "UWb")
    return {"weight_ih_l0": U.T, "weight_hh_l0": W.T, "bias_ih_l0": b, "bias_hh_l0": 0 * b}


@answers_to("from_torch")
def by_reshape(state):
    H = state["weight_hh_l0"].shape[1]
    i, f, g, o = range(4)
    params = {}
    for gate, k in (("f", f), ("i", i), ("g", g), ("o", o)):
        for kind, name in (("U", "weight_ih_l0"), ("W", "weight_hh_l0")):
            params[f"{kind}_{gate}"] = state[name].reshape(4, H, -1)[k].transpose().copy()
        both = np.stack([state["bias_ih_l0"], state["bias_hh_l0"]]).sum(axis=0)
        params[f"b_{gate}"] = both.reshape(4, H)[k]
    return params


@answers_to("batch_first")
def sequence_by_sequence(x):
    return np.stack([x[:, n] for n in range(x.shape[1])])


@answers_to("torch_init")
def as_the_module_does(rng, D, H):
    k = 1 / H
    state = {"weight_ih_l0": (4 * H, D), "weight_hh_l0": (4 * H, H), "bias_ih_l0": (4 * H,),
             "bias_hh_l0": (4 * H,)}  # fmt: skip
    drawn = {name: (2 * rng.random(shape) - 1) * k**0.5 for name, shape in state.items()}
    return {name: array.copy() for name, array in from_torch(drawn).items()}


@answers_to("pad")
def filled_one_by_one(sequences):
    T = max(len(s) for s in sequences)
    columns = [np.pad(s, ((0, T - len(s)), (0, 0))) for s in sequences]
    return np.stack(columns, axis=1), np.array([s.shape[0] for s in sequences], dtype=np.int32)


@answers_to("sequence_mask")
def column_by_column(lengths, T):
    mask = np.zeros((T, len(lengths)), dtype=bool)
    for n, length in enumerate(lengths):
        mask[:length, n] = True
    return mask


@answers_to("masked_cross_entropy")
def place_by_place(logits, targets, mask):
    total = 0.0
    for t, n in zip(*np.nonzero(mask), strict=True):
        total += np.logaddexp.reduce(logits[t, n]) - logits[t, n, targets[t, n]]
    return total / len(mask[0])


@answers_to("masked_cross_entropy_backward")
def only_where_it_is_real(logits, targets, mask):
    d = np.zeros(logits.shape)
    rows = logits[mask]
    p = np.exp(rows - np.logaddexp.reduce(rows, axis=1)[:, None])
    p[np.arange(len(p)), targets[mask]] -= 1
    d[mask] = p / mask.shape[1]
    return d


@answers_to("last_states")
def taken_along_time(h, lengths):
    return np.take_along_axis(h, (lengths - 1)[None, :, None], axis=0)[0]


@answers_to("reverse_padded")
def by_a_table_of_steps(x, lengths):
    t = np.arange(len(x))[:, None]
    return np.take_along_axis(x, np.where(t < lengths, lengths - 1 - t, t)[..., None], axis=0)


@answers_to("dropout_mask")
def by_binomial(rng, shape, p):
    return rng.binomial(1, 1 - p, size=shape) / (1 - p)


@answers_to("dropout_mask")
def by_two_values(rng, shape, p):
    return np.where(rng.uniform(size=shape) < 1 - p, 1 / (1 - p), 0.0)


@answers_to("layer_norm")
def by_var(x, gain, bias, eps=1e-5):
    mean, var = np.mean(x, -1)[..., None], np.var(x, -1)[..., None]
    x_hat = (x - mean) * (var + eps) ** -0.5
    return x_hat * gain + bias, {"gain": gain.copy(), "std": (var + eps) ** 0.5, "x_hat": x_hat}


@answers_to("layer_norm_backward")
def row_by_jacobian(dy, cache):
    H = dy.shape[-1]
    rows, units = dy.reshape(-1, H), cache["x_hat"].reshape(-1, H)
    dx = np.empty_like(rows)
    for n, (row, x_hat, std) in enumerate(zip(rows, units, cache["std"].ravel(), strict=True)):
        jacobian = (np.eye(H) - 1 / H - np.outer(x_hat, x_hat) / H) / std
        dx[n] = jacobian @ (row * cache["gain"])
    return dx.reshape(dy.shape), np.einsum("nh,nh->h", rows, units), rows.sum(axis=0)


@answers_to("average_weights")
def added_up(history, last):
    newest = history[max(0, len(history) - last) :]
    total = {name: np.zeros_like(array) for name, array in newest[0].items()}
    for params in newest:
        for name in total:
            total[name] += params[name] / len(newest)
    return total


@answers_to("attend")
def example_by_example(query, keys, values, mask):
    T, N, H = keys.shape
    context, weights = np.zeros((N, H)), np.zeros((T, N))
    for n in range(N):
        real = np.flatnonzero(mask[:, n])
        weights[real, n] = softmax(keys[real, n] @ query[n] / H**0.5)
        context[n] = weights[real, n] @ values[real, n]
    return context, weights


@answers_to("attend_backward")
def by_jacobian(dcontext, cache):
    query, keys, values, a = (cache[name] for name in ("query", "keys", "values", "weights"))
    N, H = query.shape
    dq, dk, dv = np.zeros_like(query), np.zeros_like(keys), np.einsum("tn,nh->tnh", a, dcontext)
    for n in range(N):
        jacobian = np.diag(a[:, n]) - np.outer(a[:, n], a[:, n])
        ds = jacobian @ (values[:, n] @ dcontext[n]) * H**-0.5
        dq[n], dk[:, n] = ds @ keys[:, n], np.outer(ds, query[n])
    return dq, dk, dv


@answers_to("beam_search")
def by_argsort(step, start, width, length):
    scores, ids, states, last = np.zeros(1), [[]], [start[0]], [start[1]]
    for _ in range(length):
        asked = [step(state, k) for state, k in zip(states, last, strict=True)]
        table = scores[:, None] + np.array([log_p for log_p, _ in asked])
        order = np.argsort(-table, axis=None)[:width]
        rows, last = np.unravel_index(order, table.shape)
        scores, states = table[rows, last], [asked[r][1] for r in rows]
        ids = [[*ids[r], k] for r, k in zip(rows, last, strict=True)]
    return list(zip(scores, ids, strict=True))


@answers_to("slstm_step")
def by_logaddexp_of_both(x, h_prev, c_prev, n_prev, m_prev, params):
    def z(a):
        return x @ params["U_" + a] + h_prev @ params["W_" + a] + params["b_" + a]

    old, new = z("f") + m_prev, z("i")
    m = np.where(old > new, old, new)
    c = np.exp(old - m) * c_prev + np.exp(new - m) * np.tanh(z("g"))
    n = np.exp(old - m) * n_prev + np.exp(new - m)
    return sigmoid(z("o")) * (c / n), c, n, m


@answers_to("min_lstm_scan")
def by_halves(f, i, g, h0):
    def both(a, b):
        if len(a) == 1:
            return a, b
        half = len(a) // 2
        (a1, b1), (a2, b2) = both(a[:half], b[:half]), both(a[half:], b[half:])
        return np.concatenate([a1, a2 * a1[-1]]), np.concatenate([b1, a2 * b1[-1] + b2])

    kept, written = both(f, i * g)
    return kept * h0 + written


@answers_to("min_lstm_scan")
def by_a_loop(f, i, g, h0):
    h = np.empty(f.shape)
    for t in range(len(f)):
        h[t] = f[t] * (h[t - 1] if t else h0) + i[t] * g[t]
    return h


@answers_to("mlstm_step")
def matrix_by_matrix(q, k, v, i, f, C_prev, n_prev):
    h, C, n = np.zeros_like(q), np.zeros_like(C_prev), np.zeros_like(n_prev)
    for e in range(len(q)):
        C[e] = f[e] * C_prev[e] + i[e] * np.outer(v[e], k[e])
        n[e] = f[e] * n_prev[e] + i[e] * k[e]
        h[e] = C[e] @ q[e] / max(abs(n[e] @ q[e]), 1.0)
    return h, C, n


@answers_to("no_leak")
def every_pair(train, test):
    return not any(
        np.shape(a) == np.shape(b) and np.all(np.asarray(a) == np.asarray(b))
        for a in train
        for b in test
    )


@answers_to("beats_baseline")
def in_a_loop(losses, baseline_losses, rng):
    n, means = len(losses), []
    for _ in range(1000):
        drawn = rng.choice(n, size=n)
        means.append(losses[drawn].mean() - baseline_losses[drawn].mean())
    low, high = np.percentile(means, [2.5, 97.5])
    return high < 0, losses.mean() - baseline_losses.mean(), low, high


@answers_to("own_step")
def with_peepholes(x, h_prev, c_prev, params):
    return peephole_step_(x, h_prev, c_prev, params)


def peephole_step_(x, h_prev, c_prev, params):
    def z(a):
        return x @ params["U_" + a] + h_prev @ params["W_" + a] + params["b_" + a]

    f, i = (sigmoid(z(a) + params["p_" + a] * c_prev) for a in "fi")
    g = np.tanh(z("g"))
    c = f * c_prev + i * g
    o = sigmoid(z("o") + params["p_o"] * c)
    return o * np.tanh(c), c, {"f": f, "i": i, "g": g, "o": o, "c": c}


@answers_to("own_gradients")
def of_peepholes(points, dh, dc):
    every = [{n: a[b] for n, a in points.items()} for b in range(len(points["x"]))]
    steps = [peephole_step_(at["x"], at["h_prev"], at["c_prev"], at) for at in every]
    losses = np.array([np.sum(dh * h + dc * c) for h, c, _ in steps])
    at, k = every[0], steps[0][2]
    f, i, g, o, c = (k[name] for name in "figoc")
    pre = {"o": dh * np.tanh(c) * o * (1 - o)}
    d = dc + dh * o * (1 - np.tanh(c) ** 2) + pre["o"] * at["p_o"]
    pre |= {"f": d * at["c_prev"] * f * (1 - f), "i": d * g * i * (1 - i), "g": d * i * (1 - g**2)}
    grads = {"c_prev": d * f + pre["f"] * at["p_f"] + pre["i"] * at["p_i"]}
    grads["x"] = sum(pre[a] @ at["U_" + a].T for a in pre)
    grads["h_prev"] = sum(pre[a] @ at["W_" + a].T for a in pre)
    for a in pre:
        grads |= {"U_" + a: at["x"].T @ pre[a], "W_" + a: at["h_prev"].T @ pre[a]}
        grads["b_" + a] = pre[a].sum(axis=0)
    for a, seen in (("f", at["c_prev"]), ("i", at["c_prev"]), ("o", c)):
        grads["p_" + a] = (pre[a] * seen).sum(axis=0)
    return losses, grads


@pytest.fixture(scope="module", autouse=True)
def notebook():
    """The functions of all exercises are there, as at the end of a notebook."""
    globals().update(solutions(root()))


def test_there_is_another_answer_to_every_exercise():
    assert ANSWERS.keys() == EXERCISES.keys()


@pytest.mark.parametrize(
    ("id", "function"),
    [pytest.param(id, f, id=f"{id}-{f.__name__}") for id, all in ANSWERS.items() for f in all],
)
def test_it_keeps_all_points(id, function):
    for seed in (None, 11, 12, 13):
        spec = EXERCISES[id].spec(id, seed)
        verdict = judge(spec, answers(function, spec))
        assert [(c.name, c.message) for c in verdict.checks if not c.passed] == []
