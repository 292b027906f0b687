"""What the LSTM's relatives and its fused form are judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong
from utils.pictures.diagram import cell

from lstm import forward, random_params, sigmoid
from notes import section

TITLE = "Variants"
FILES = {
    "cell.svg": cell(
        lit=("forget_gate", "input_gate", "output_gate", "cell_state"), title=TITLE
    ).svg
}

PURE = "leaves its arguments alone"
SIZES = "right for every T, N, D and H"


def weights(rng: np.random.Generator, D: int, H: int, gates: str) -> dict[str, np.ndarray]:
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    return {f"{kind}_{a}": rng.normal(size=shapes[kind]) for kind in "UWb" for a in gates}


# --- GRU --------------------------------------------------------------------------------------


def gru(**mistake):
    """gru_step with one thing wrong; each keyword replaces one piece of the right one."""

    def function(x, h_prev, params):
        m = mistake
        pre = {
            k: x @ params[f"U_{k}"]
            + h_prev @ params[f"W_{k}"]
            + m.get("bias", 1) * params[f"b_{k}"]
            for k in "zr"
        }
        act = m.get("act", sigmoid)
        z, r = act(pre["z"]), act(pre["r"])
        if m.get("exchange"):
            z, r = r, z
        candidate = m.get("candidate", _candidate)
        g = m.get("g_act", np.tanh)(candidate(x, h_prev, r, params))
        return m.get("blend", lambda z, h, g: z * h + (1 - z) * g)(z, h_prev, g)

    return function


def _candidate(x, h, r, p):
    return x @ p["U_g"] + (r * h) @ p["W_g"] + p["b_g"]


def gru_step(x, h_prev, params):
    return gru()(x, h_prev, params)


def gru_groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, D: int, H: int) -> Args:
        return {
            "x": rng.normal(size=(N, D)),
            "h_prev": rng.uniform(-1, 1, size=(N, H)),
            "params": weights(rng, D, H, "zrg"),
        }

    home = case(3, 4, 5)
    keeps, takes, resets = case(3, 4, 5), case(3, 4, 5), case(3, 4, 5)
    for one, gate, value in ((keeps, "z", 60.0), (takes, "z", -60.0), (resets, "r", -60.0)):
        one["params"] |= {f"U_{gate}": 0 * one["params"][f"U_{gate}"]}
        one["params"] |= {f"W_{gate}": 0 * one["params"][f"W_{gate}"]}
        one["params"] |= {f"b_{gate}": np.full(5, value)}
    return [
        Group("one hidden state, in its shape", [home], kind="shape"),
        Group("an open update gate keeps the old state", [keeps]),
        Group("a shut update gate takes the candidate", [takes]),
        Group("a shut reset gate hides the old state from the candidate", [resets]),
        Group("right for every N, D and H", [home, case(1, 2, 3), case(2, 1, 1), case(3, 3, 3)]),
        Group(PURE, kind="pure"),
    ]


def _gru_in_place(x, h_prev, params):
    h = gru_step(x, h_prev, params)
    h_prev[:] = h
    return h


GRU_WRONG = (
    Wrong("reset after the product",
          gru(candidate=lambda x, h, r, p: x @ p["U_g"] + r * (h @ p["W_g"]) + p["b_g"]),
          "You reset after the product with W_g: that is PyTorch's GRU. In the paper of Cho et al. "
          "the old state is reset first: (r * h_prev) @ W_g."),
    Wrong("update gate the other way round", gru(blend=lambda z, h, g: (1 - z) * h + z * g),
          "Old state and candidate have changed places. Here z says how much is kept: "
          "z * h_prev + (1 - z) * g."),
    Wrong("no reset gate",
          gru(candidate=lambda x, h, r, p: x @ p["U_g"] + h @ p["W_g"] + p["b_g"]),
          "The reset gate is not used: the candidate sees the whole old state. It should see "
          "r * h_prev."),
    Wrong("reset applied to the input as well",
          gru(candidate=lambda x, h, r, p: r * (x @ p["U_g"] + h @ p["W_g"]) + p["b_g"]),
          "The reset gate multiplies the input's part too. It resets the old state only."),
    Wrong("reset with 1 - r",
          gru(candidate=lambda x, h, r, p: _candidate(x, h, 1 - r, p)),
          "The old state is multiplied by 1 - r. It is r * h_prev: a reset gate at 0 forgets."),
    Wrong("gates exchanged", gru(exchange=True),
          "z and r have changed places: z blends at the end, r goes into the candidate."),
    Wrong("tanh for the gates", gru(act=np.tanh),
          "The gates go through tanh, so they can be negative. A gate is between 0 and 1: sigmoid."),
    Wrong("sigmoid for the candidate", gru(g_act=sigmoid),
          "The candidate goes through a sigmoid, so the state can only grow positive. It is a tanh."),
    Wrong("candidate without an activation", gru(g_act=lambda a: a),
          "The candidate has no tanh: the state is no longer held between -1 and 1."),
    Wrong("no old state", gru(blend=lambda z, h, g: (1 - z) * g),
          "What is kept of the old state is missing: add z * h_prev."),
    Wrong("candidate not weighed", gru(blend=lambda z, h, g: z * h + g),
          "The candidate is added whole. What is written and what is kept share one gate: "
          "(1 - z) * g."),
    Wrong("both weighed by z", gru(blend=lambda z, h, g: z * h + z * g),
          "Both parts are multiplied by z. One gets z, the other 1 - z."),
    Wrong("the candidate alone", gru(blend=lambda z, h, g: g),
          "You return the candidate. The new state blends it with the old one."),
    Wrong("gates without biases", gru(bias=0),
          "The biases of z and r are missing."),
    Wrong("writes into h_prev", _gru_in_place,
          "Your values are right, but h_prev holds the new state after the call. Make a new array.",
          costs=PURE),
)  # fmt: skip

# --- peepholes --------------------------------------------------------------------------------


def peep(**mistake):
    """peephole_step with one thing wrong."""

    def function(x, h_prev, c_prev, params):
        m = mistake
        a = {k: x @ params[f"U_{k}"] + h_prev @ params[f"W_{k}"] + params[f"b_{k}"] for k in "figo"}
        p = {k: params["p_" + m.get("name", {}).get(k, k)] for k in "fio"}
        look = m.get("look", lambda k, c, h: c)
        blind = m.get("blind", "")

        def peeked(k, state):
            return 0 if k in blind else p[k] * look(k, state, h_prev)

        early = m.get("early", False)
        f = sigmoid(a["f"] + peeked("f", c_prev))
        i = sigmoid(a["i"] + peeked("i", c_prev))
        if m.get("late_input"):
            i = sigmoid(a["i"] + peeked("i", f * c_prev))
        g = np.tanh(a["g"] + m.get("g", 0) * p["i"] * c_prev)
        c = f * c_prev + i * g
        o = sigmoid(a["o"] + peeked("o", c_prev if early else c))
        h = o * m.get("shown", np.tanh)(c)
        return m.get("finish", lambda h, c: (h, c))(h, c)

    return function


def peephole_step(x, h_prev, c_prev, params):
    return peep()(x, h_prev, c_prev, params)


PEEP_F, PEEP_I, PEEP_O = (f"the {name} gate peeks" for name in ("forget", "input", "output"))


def peephole_groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, D: int, H: int, only: str = "fio") -> Args:
        peepholes = {f"p_{k}": rng.normal(size=H) * (k in only) for k in "fio"}
        return {
            "x": rng.normal(size=(N, D)),
            "h_prev": rng.uniform(-1, 1, size=(N, H)),
            "c_prev": 1.5 * rng.normal(size=(N, H)),
            "params": weights(rng, D, H, "figo") | peepholes,
        }

    home = case(3, 4, 5)
    return [
        Group("h and c, each in its shape", [home], kind="shape"),
        Group("without peepholes it is the LSTM", [case(3, 4, 5, only="")]),
        Group(f"{PEEP_F} at the old cell state", [case(3, 4, 5, only="f")]),
        Group(f"{PEEP_I} at the old cell state", [case(3, 4, 5, only="i")]),
        Group(f"{PEEP_O} at the new cell state", [case(3, 4, 5, only="o")]),
        Group("right for every N, D and H", [home, case(1, 2, 3), case(2, 1, 1), case(3, 3, 3)]),
        Group(PURE, kind="pure"),
    ]


def _peep_in_place(x, h_prev, c_prev, params):
    h, c = peephole_step(x, h_prev, c_prev, params)
    c_prev[:] = c
    return h, c


PEEPHOLE_WRONG = (
    Wrong("output gate peeks at the old state", peep(early=True),
          "Your output gate peeks at c_prev. It opens after the cell state has been written, so it "
          "sees the new one, c. The other two see c_prev.", costs=f"{PEEP_O} at the new cell state"),
    Wrong("output gate blind", peep(blind="o"),
          "The output gate's peephole is missing: p_o * c, with the new c."),
    Wrong("forget gate blind", peep(blind="f"),
          "The forget gate's peephole is missing: p_f * c_prev."),
    Wrong("input gate blind", peep(blind="i"),
          "The input gate's peephole is missing: p_i * c_prev."),
    Wrong("no peepholes at all", peep(blind="fio"),
          "No gate peeks: this is the LSTM without peepholes. Add p * c before each sigmoid."),
    Wrong("peeks at tanh(c)", peep(look=lambda k, c, h: np.tanh(c)),
          "Your gates peek at tanh of the cell state. The point of a peephole is to see the memory "
          "itself: c, not tanh(c)."),
    Wrong("peeks at h_prev", peep(look=lambda k, c, h: h),
          "Your gates peek at the hidden state, which they know already through W. A peephole shows "
          "the cell state."),
    Wrong("peephole as a bias", peep(look=lambda k, c, h: 1.0),
          "You add p as if it were a bias. It is a weight: p * c."),
    Wrong("peephole as a dot product",
          peep(look=lambda k, c, h: c.sum(axis=1, keepdims=True)),
          "Each unit peeks at the sum of all cell states. A peephole is unit by unit: p * c has the "
          "shape of c."),
    Wrong("averaged over the batch",
          peep(look=lambda k, c, h: c.mean(axis=0, keepdims=True)),
          "The gates peek at the mean over the batch. Each example has a memory of its own."),
    Wrong("p_f and p_i exchanged", peep(name={"f": "i", "i": "f"}),
          "p_f and p_i have changed places."),
    Wrong("p_f for all gates", peep(name={"i": "f", "o": "f"}),
          "All gates use p_f. Each has weights of its own: p_f, p_i, p_o."),
    Wrong("the candidate peeks too", peep(g=1),
          "The candidate peeks as well. Only the three gates do."),
    Wrong("input gate peeks late", peep(late_input=True),
          "Your input gate peeks at f * c_prev, what the forget gate left. It opens at the same time "
          "as the forget gate: c_prev."),
    Wrong("no tanh on the way out", peep(shown=lambda c: c),
          "h is o * c. The tanh stays where it was: o * tanh(c)."),
    Wrong("c returned first", peep(finish=lambda h, c: (c, h)),
          "You return c, h. The order is h, c."),
    Wrong("writes into c_prev", _peep_in_place,
          "Your values are right, but c_prev holds the new state after the call. Make a new array.",
          costs=PURE),
)  # fmt: skip

# --- stacked ----------------------------------------------------------------------------------


def stack(**mistake):
    """stacked_forward with one thing wrong."""

    def function(x, h0, c0, layers):
        m = mistake
        below, h_last, c_last = x, [], []
        order = m.get("order", lambda L: range(L))(len(layers))
        for place, k in enumerate(order):
            start = m.get("start", lambda k, h0, c0: (h0[k], c0[k]))(k, h0, c0)
            params = layers[m.get("layer", lambda k: k)(k)]
            reads = m.get("reads", lambda below, x, place: below)(below, x, place)
            h, c, _ = forward(reads, *start, params)
            h_last.append(h[-1])
            c_last.append(c[-1])
            below = m.get("hands", lambda h, c, below: h)(h, c, below)
        result = below, np.stack(h_last), np.stack(c_last)
        return m.get("finish", lambda h, hs, cs: (h, hs, cs))(*result)

    return function


def stacked_forward(x, h0, c0, layers):
    return stack()(x, h0, c0, layers)


STARTS, LASTS = "each layer begins at its own states", "the last states of every layer"


def stacked_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, D: int, H: int, L: int) -> Args:
        return {
            "x": rng.normal(size=(T, N, D)),
            "h0": rng.uniform(-1, 1, size=(L, N, H)),
            "c0": rng.normal(size=(L, N, H)),
            "layers": [random_params(rng, D if k == 0 else H, H) for k in range(L)],
        }

    square = case(4, 3, 5, 5, 3)  # D = H: no shape tells layers apart
    zero = case(4, 2, 5, 5, 2)
    zero["h0"], zero["c0"] = 0 * zero["h0"], 0 * zero["c0"]
    one = case(5, 3, 4, 5, 1)
    sizes = [case(3, 2, 4, 5, 2), case(1, 3, 2, 4, 3), case(4, 1, 3, 2, 4), case(3, 2, 2, 1, 2)]
    return [
        Group("h, last h and last c, each in its shape", [square], kind="shape"),
        Group("one layer is the LSTM", [one]),
        Group("a layer reads what the layer below says", [zero], parts=("h",)),
        Group(STARTS, [square], parts=("h",)),
        Group(LASTS, [square, *sizes[:1]], parts=("h_last", "c_last")),
        Group("right for every T, N, D, H and number of layers", sizes),
        Group(PURE, kind="pure"),
    ]


def _stack_in_place(x, h0, c0, layers):
    h, h_last, c_last = stacked_forward(x, h0, c0, layers)
    h0[:], c0[:] = h_last, c_last
    return h, h_last, c_last


def _fitting(k, x, below, H):
    return x if x.shape[2] == H or k == 0 else below


STACKED_WRONG = (
    Wrong("every layer reads x", stack(reads=lambda below, x, k: _fitting(
              k, x, below, below.shape[2])),
          "Every layer reads x. Only the first does; each other reads the hidden states of the layer "
          "below."),
    Wrong("cell states handed up", stack(hands=lambda h, c, below: c),
          "You hand the cell states up. What leaves a layer is its hidden state: h."),
    Wrong("the second layer's weights from there on", stack(layer=lambda k: min(k, 1)),
          "From the third layer on, the weights of the second are used again. Every layer has its own."),
    Wrong("states of layer 0 everywhere", stack(start=lambda k, h0, c0: (h0[0], c0[0])),
          "All layers begin at h0[0] and c0[0]. Layer k begins at h0[k] and c0[k]."),
    Wrong("begins at zero", stack(start=lambda k, h0, c0: (0 * h0[k], 0 * c0[k])),
          "Your layers begin at zero. Layer k begins at h0[k] and c0[k]."),
    Wrong("h0 and c0 exchanged", stack(start=lambda k, h0, c0: (c0[k], h0[k])),
          "h0 and c0 have changed places where a layer begins."),
    Wrong("states handed from layer to layer", stack(start=lambda k, h0, c0: (
              h0[max(k - 1, 0)], c0[max(k - 1, 0)])),
          "Layer k begins at the states of layer k - 1. States belong to their layer: h0[k], c0[k]."),
    Wrong("only the last step handed up", stack(hands=lambda h, c, below: np.repeat(
              h[-1:], len(h), axis=0)),
          "The layer above reads the last hidden state at every step. At step t it reads h[t]."),
    Wrong("read one step late", stack(hands=lambda h, c, below: np.concatenate([h[:1], h[:-1]])),
          "The layer above reads h[t - 1] at step t. All layers make step t together: h[t]."),
    Wrong("a bridge over every layer", stack(hands=lambda h, c, below: (
              h + below if below.shape == h.shape else h)),
          "What a layer read is added to what it says. That is a residual connection, which this stack "
          "does not have."),
    Wrong("the bottom layer's states", lambda x, h0, c0, layers: (
              forward(x, h0[0], c0[0], layers[0])[0], *stacked_forward(x, h0, c0, layers)[1:]),
          "You return the hidden states of the bottom layer. h is what the top layer says."),
    Wrong("only the top layer's last states", stack(finish=lambda h, hs, cs: (h, hs[-1], cs[-1])),
          "You return the last states of the top layer alone. Every layer has some: (L, N, H)."),
    Wrong("last states in reverse", stack(finish=lambda h, hs, cs: (
              h, hs[::-1].copy(), cs[::-1].copy())),
          "The last states are in reverse order: row k belongs to layer k.", costs=LASTS),
    Wrong("last states exchanged", stack(finish=lambda h, hs, cs: (h, cs, hs)),
          "The last states have changed places: h, then h_last, then c_last."),
    Wrong("first states instead of last", lambda x, h0, c0, layers: (
              stacked_forward(x, h0, c0, layers)[0], *stacked_forward(x[:1], h0, c0, layers)[1:]),
          "You return the states after the first step. The last ones are h[-1] and c[-1]."),
    Wrong("overwrites h0 and c0", _stack_in_place,
          "Your values are right, but h0 and c0 hold the last states after the call. Collect them in "
          "a new list.", costs=PURE),
)  # fmt: skip

# --- bidirectional ----------------------------------------------------------------------------


def both(**mistake):
    """bidirectional_forward with one thing wrong."""

    def function(x, h0, c0, forwards, backwards):
        m = mistake
        turn = m.get("turn", lambda a: a[::-1])
        s = m.get("start", lambda h0, c0: ((h0[0], c0[0]), (h0[1], c0[1])))(h0, c0)
        one, two = m.get("weights", lambda f, b: (f, b))(forwards, backwards)
        to, _, _ = forward(x, *s[0], one)
        fro, _, _ = forward(turn(m.get("reads", lambda x, to: x)(x, to)), *s[1], two)
        fro = m.get("back", lambda a: a[::-1])(fro)
        return m.get("join", lambda a, b: np.concatenate([a, b], axis=2))(to, fro)

    return function


def bidirectional_forward(x, h0, c0, forwards, backwards):
    return both()(x, h0, c0, forwards, backwards)


BOTH_STARTS = "each direction begins at its own states"


def bidirectional_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, D: int, H: int) -> Args:
        return {
            "x": rng.normal(size=(T, N, D)),
            "h0": rng.uniform(-1, 1, size=(2, N, H)),
            "c0": rng.normal(size=(2, N, H)),
            "forwards": random_params(rng, D, H),
            "backwards": random_params(rng, D, H),
        }

    home, zero, one = case(5, 3, 4, 4), case(4, 3, 4, 4), case(1, 3, 4, 5)
    zero["h0"], zero["c0"] = 0 * zero["h0"], 0 * zero["c0"]
    return [
        Group("twice as many hidden units, at every step", [home], kind="shape"),
        Group("one step: both directions read it", [one]),
        Group("from the last step to the first, and turned round again", [zero]),
        Group(BOTH_STARTS, [home]),
        Group(SIZES, [case(3, 2, 4, 5), case(4, 1, 1, 2), case(2, 4, 3, 1)]),
        Group(PURE, kind="pure"),
    ]


def _both_in_place(x, h0, c0, forwards, backwards):
    result = bidirectional_forward(x, h0, c0, forwards, backwards)
    x[:] = x[::-1].copy()
    return result


BIDIRECTIONAL_WRONG = (
    Wrong("not turned round again", both(back=lambda a: a),
          "The second direction's states run from the last step to the first. Turn them round before "
          "you join them: [::-1], so that both halves of h[t] are about step t."),
    Wrong("both read forwards", both(turn=lambda a: a, back=lambda a: a),
          "Both directions read from the first step on. The second one reads x[::-1]."),
    Wrong("only the states turned", both(turn=lambda a: a),
          "The second direction reads x forwards, and its states are turned round afterwards. Turn x "
          "first, and the states back."),
    Wrong("examples turned instead of time", both(turn=lambda a: a[:, ::-1],
                                                  back=lambda a: a[:, ::-1]),
          "You turn round the batch, axis 1. Time is axis 0: x[::-1]."),
    Wrong("inputs turned instead of time", both(turn=lambda a: a[:, :, ::-1], back=lambda a: a),
          "You turn round the inputs of each step, the last axis. Time is axis 0: x[::-1]."),
    Wrong("one set of weights", both(weights=lambda f, b: (f, f)),
          "Both directions use `forwards`. The second has weights of its own, `backwards`."),
    Wrong("weights exchanged", both(weights=lambda f, b: (b, f)),
          "The weights have changed places: `forwards` reads from the first step on."),
    Wrong("added instead of joined", both(join=lambda a, b: a + b),
          "You add the two directions. Join them side by side, so that the next layer can tell them "
          "apart: (T, N, 2H)."),
    Wrong("averaged instead of joined", both(join=lambda a, b: (a + b) / 2),
          "You average the two directions. Join them side by side: (T, N, 2H)."),
    Wrong("backwards first", both(join=lambda a, b: np.concatenate([b, a], axis=2)),
          "The halves have changed places: first forwards, then backwards."),
    Wrong("joined along the batch", both(join=lambda a, b: np.concatenate([a, b], axis=1)),
          "The directions are joined along the batch. Join the hidden units, the last axis."),
    Wrong("joined along time", both(join=lambda a, b: np.concatenate([a, b], axis=0)),
          "The directions are joined one after the other in time. Join the hidden units, the last "
          "axis."),
    Wrong("unit by unit in turn", both(join=lambda a, b: np.stack([a, b], axis=3).reshape(
              *a.shape[:2], -1)),
          "The units of the two directions take turns. First all of one, then all of the other."),
    Wrong("one start for both", both(start=lambda h0, c0: ((h0[0], c0[0]), (h0[0], c0[0]))),
          "Both directions begin at h0[0] and c0[0]. The second one has h0[1] and c0[1]."),
    Wrong("begins at zero", both(start=lambda h0, c0: ((0 * h0[0], 0 * c0[0]),) * 2),
          "Your directions begin at zero. They begin at h0[0], c0[0] and at h0[1], c0[1]."),
    Wrong("second begins where the first ended", lambda x, h0, c0, f, b: both(
              start=lambda h0, c0: ((h0[0], c0[0]),
                                    tuple(a[-1] for a in forward(x, h0[0], c0[0], f)[:2])))(
              x, h0, c0, f, b),
          "The second direction begins where the first one ended. The two know nothing of each other: "
          "it begins at h0[1] and c0[1]."),
    Wrong("turns x round in place", _both_in_place,
          "Your values are right, but x is turned round after the call. x[::-1] is enough: it changes "
          "nothing.", costs=PURE),
)  # fmt: skip

# --- fused ------------------------------------------------------------------------------------


def fused(**mistake):
    """fused_lstm_forward with one thing wrong."""

    def function(x, h0, c0, U, W, b):
        m = mistake
        H = h0.shape[1]
        inputs = m.get("inputs", lambda x, U, b: x @ U + b)(x, U, b)
        h, c = m.get("start", lambda h0, c0: (h0, c0))(h0, c0)
        hs, cs = [], []
        for t in range(len(x)):
            a = m.get("add", lambda drive, h, t, W, b: drive[t] + h @ W)(inputs, h, t, W, b)
            cut = m.get("cut", lambda a, H: [a[:, k * H : (k + 1) * H] for k in range(4)])
            f, i, g, o = m.get("act", _act)(*cut(a, H))
            c_new = f * c + i * g
            h_new = o * np.tanh(c_new)
            hs.append(h_new)
            cs.append(c_new)
            h = h_new if m.get("carry_h", True) else h0
            c = c_new if m.get("carry_c", True) else c0
        return m.get("finish", lambda h, c: (h, c))(np.stack(hs), np.stack(cs))

    return function


def _act(f, i, g, o):
    return sigmoid(f), sigmoid(i), np.tanh(g), sigmoid(o)


def fused_lstm_forward(x, h0, c0, U, W, b):
    return fused()(x, h0, c0, U, W, b)


def fused_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, D: int, H: int) -> Args:
        return {
            "x": rng.normal(size=(T, N, D)),
            "h0": rng.uniform(-1, 1, size=(N, H)),
            "c0": rng.normal(size=(N, H)),
            "U": rng.normal(size=(D, 4 * H)),
            "W": rng.normal(size=(H, 4 * H)),
            "b": rng.normal(size=4 * H),
        }

    home, one = case(5, 3, 4, 5), case(1, 3, 4, 5)
    no_input, no_state = case(1, 3, 4, 5), case(4, 3, 4, 5)
    no_input["U"] = 0 * no_input["U"]
    no_state["W"] = 0 * no_state["W"]
    return [
        Group("h and c for every step", [home], kind="shape"),
        Group("one step", [one, no_input]),
        Group("every step has its own input", [no_state]),
        Group("both states are carried", [home]),
        Group(SIZES, [case(3, 1, 2, 4), case(2, 4, 3, 1), case(3, 3, 3, 3)]),
        Group(PURE, kind="pure"),
    ]


def _order(*places):
    def cut(a, H):
        blocks = [a[:, k * H : (k + 1) * H] for k in range(4)]
        return [blocks[k] for k in places]

    return cut


def _fused_in_place(x, h0, c0, U, W, b):
    h, c = fused_lstm_forward(x, h0, c0, U, W, b)
    h0[:] = h[-1]
    return h, c


FUSED_WRONG = (
    Wrong("PyTorch's order", fused(cut=_order(1, 0, 2, 3)),
          "Your blocks are in the order i, f, g, o. That is PyTorch's; here it is f, i, g, o."),
    Wrong("candidate last", fused(cut=_order(0, 1, 3, 2)),
          "The last two blocks have changed places: the order is f, i, g, o."),
    Wrong("every fourth column", fused(cut=lambda a, H: [a[:, k::4] for k in range(4)]),
          "You take every fourth column. A gate's H columns are neighbours: a[:, :H] is f, and so on."),
    Wrong("sigmoid for all four", fused(act=lambda *a: tuple(map(sigmoid, a))),
          "All four blocks go through the sigmoid. The candidate, the third block, is a tanh."),
    Wrong("tanh for all four", fused(act=lambda *a: tuple(map(np.tanh, a))),
          "All four blocks go through tanh. Three of them are gates: sigmoid."),
    Wrong("bias twice", fused(add=lambda drive, h, t, W, b: drive[t] + h @ W + b),
          "The bias is added twice, once for all steps and once more at each."),
    Wrong("no bias", fused(inputs=lambda x, U, b: x @ U),
          "The bias is missing. Add it once, for all steps, where the inputs are projected."),
    Wrong("first input at every step", fused(
              add=lambda drive, h, t, W, b: drive[0] + h @ W),
          "Every step reads the first input's part. Step t reads the t-th."),
    Wrong("inputs in reverse", fused(inputs=lambda x, U, b: x[::-1] @ U + b),
          "The inputs are read from the last to the first."),
    Wrong("no product with h", fused(add=lambda drive, h, t, W, b: drive[t] + 0 * (h @ W)),
          "The hidden state has no say: h @ W is missing. That product cannot be made ahead."),
    Wrong("all steps from h0", fused(add=lambda drive, h, t, W, b: drive[t] + h @ W, carry_h=False),
          "h @ W is made from h0 at every step, as if it could be made ahead like x @ U. It needs the "
          "h of the step before."),
    Wrong("cell state not carried", fused(carry_c=False),
          "Every step starts from c0. The cell state is carried from step to step."),
    Wrong("begins at zero", fused(start=lambda h0, c0: (0 * h0, 0 * c0)),
          "You begin with zeros and ignore h0 and c0."),
    Wrong("h0 and c0 exchanged", fused(start=lambda h0, c0: (c0, h0)),
          "h0 and c0 have changed places."),
    Wrong("only the last states", fused(finish=lambda h, c: (h[-1], c[-1])),
          "You return the last states alone. All of them are needed: (T, N, H)."),
    Wrong("c returned first", fused(finish=lambda h, c: (c, h)),
          "You return c, h. The order is h, c."),
    Wrong("writes into h0", _fused_in_place,
          "Your values are right, but h0 holds the last state after the call.", costs=PURE),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=gru_step,
        groups=gru_groups,
        wrong=GRU_WRONG,
        hints=(
            "Two gates like those of the LSTM, z and r, from x and h_prev.",
            "The candidate: np.tanh(x @ U_g + (r * h_prev) @ W_g + b_g). The reset comes before the "
            "product.",
            "h = z * h_prev + (1 - z) * g",
        ),
        notes=section("LSTMs"),
    ),
    Exercise(
        reference=peephole_step,
        groups=peephole_groups,
        wrong=PEEPHOLE_WRONG,
        hints=(
            "Start from the LSTM's step and add one term inside each of the three sigmoids.",
            "p_f and p_i have shape (H,): p_f * c_prev weighs each unit's own memory.",
            "The output gate is computed last, after c, and peeks at it: p_o * c.",
        ),
        notes=section("LSTMs"),
        returns=("h", "c"),
    ),
    Exercise(
        reference=stacked_forward,
        groups=stacked_groups,
        wrong=STACKED_WRONG,
        hints=(
            "A loop over the layers. What the first one reads is x.",
            "h, c, _ = lstm_forward(h, h0[k], c0[k], layers[k]): what comes out goes into the next.",
            "Keep h[-1] and c[-1] of every layer in two lists, and np.stack them at the end.",
        ),
        notes=section("Forward Propagation in LSTMs"),
        returns=("h", "h_last", "c_last"),
    ),
    Exercise(
        reference=bidirectional_forward,
        groups=bidirectional_groups,
        wrong=BIDIRECTIONAL_WRONG,
        hints=(
            "Two calls of lstm_forward that know nothing of each other.",
            "The second one reads x[::-1]. What comes out is in that order too.",
            "np.concatenate([there, back[::-1]], axis=2)",
        ),
        notes=section("Forward Propagation in LSTMs"),
    ),
    Exercise(
        reference=fused_lstm_forward,
        groups=fused_groups,
        wrong=FUSED_WRONG,
        hints=(
            "Before the loop: x @ U + b for all steps at once, (T, N, 4H).",
            "In the loop one product only: a = inputs[t] + h @ W, (N, 4H).",
            "np.split(a, 4, axis=1) gives the four blocks f, i, g, o.",
        ),
        notes=section("Forward Propagation in LSTMs"),
        returns=("h", "c"),
    ),
]

QUESTIONS = [
    Question(
        name="what_cannot_be_ahead",
        text="x @ U is made for all steps at once. Why not h @ W?",
        options=(
            "W is too large",
            "Step t needs the h of step t - 1, which does not exist before",
            "It would give other rounding errors",
            "It could; nobody does it",
        ),
        answers=(
            "U can be larger than W. Size is not the reason.",
            "Yes. The inputs are all known before the first step; the states come one after the other.",
            "The order of a sum changes its last digits, but that is no reason.",
            "It cannot: what is to be multiplied is not known yet.",
        ),
        right=1,
    ),
]
