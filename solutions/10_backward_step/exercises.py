"""What the backward pass of one step is judged by: gradients by the complex step, per array."""

import itertools

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong
from utils.pictures.diagram import cell

import lstm
from lstm import GATES, complex_step, random_params, sigmoid, softmax, step
from notes import section

TITLE = "One step backwards"
LIT = (
    "x",
    "h_prev",
    "c_prev",
    "forget_gate",
    "input_gate",
    "candidate_state",
    "output_gate",
    "cell_state",
    "hidden_state",
)
FILES = {"cell.svg": cell(lit=LIT, title=TITLE).svg}


def output_layer_backward(logits, targets, h, V):
    return lstm.output_layer_backward(logits, targets, h, V)


def update_hidden_state_backward(dh, o, c):
    return dh * np.tanh(c), dh * o * (1 - np.tanh(c) ** 2)


def update_cell_state_backward(dc, f, c_prev, i, g):
    return dc * c_prev, dc * f, dc * g, dc * i


def gate_backward(d_act, act, kind):
    return d_act * (act * (1 - act) if kind == "sigmoid" else 1 - act**2)


def lstm_step_backward(dh, dc, cache, params):
    return lstm.step_backward(dh, dc, cache, params)


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape)


# --- the output layer -------------------------------------------------------------------------


def true_output_layer(logits, targets, h, V):
    """By the complex step, from the loss: logits = h V + b_y fixes what b_y must have been."""
    b_y = logits - h @ V  # constant over time and batch where the arguments belong together
    gradient = complex_step(
        lambda a: lstm.cross_entropy(a["h"] @ a["V"] + a["b_y"] + (b_y - b_y[0, 0]), targets),
        {"h": h, "V": V, "b_y": b_y[0, 0]},
    )
    return gradient["h"], gradient["V"], gradient["b_y"]


def output_groups(rng: np.random.Generator) -> list[Group]:
    def problem(T: int, N: int, H: int, K: int, scale: float = 1.0) -> Args:
        h, V = rng.uniform(-1, 1, size=(T, N, H)), scale * normal(rng, H, K)
        targets = rng.integers(K, size=(T, N))
        return {"logits": h @ V + normal(rng, K), "targets": targets, "h": h, "V": V}

    home = problem(4, 3, 5, 6)
    sizes = [problem(*s) for s in ((1, 2, 3, 4), (3, 1, 2, 5), (3, 3, 3, 3), (2, 4, 1, 2))]
    far = problem(4, 3, 5, 6, scale=3000)
    return [
        Group("three gradients, shaped like h, V and b_y", [home], kind="shape"),
        Group("dh: what the hidden states get", [home], parts=("dh",), by_norm=True),
        Group("dV: summed over time and batch", [home], parts=("dV",), by_norm=True),
        Group("db_y: summed over time and batch", [home], parts=("db_y",), by_norm=True),
        Group("right for every T, N, H and K", [home, *sizes], by_norm=True),
        Group("calm at logits in the hundreds", [far], kind="quiet", by_norm=True, atol=1e-9),
        Group("leaves its arguments alone", kind="pure"),
    ]


def _from_logits(change):
    """The output layer's gradients from a changed gradient of the logits."""

    def function(logits, targets, h, V):
        p = softmax(logits)
        one_hot = np.eye(logits.shape[-1])[targets]
        d = change(p, one_hot, targets)
        return d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))

    return function


def _changed_output(change):
    def function(logits, targets, h, V):
        dh, dV, db = lstm.output_layer_backward(logits, targets, h, V)
        return change(dh, dV, db, h, V)

    return function


def _untransposed(logits, targets, h, V):
    d = (softmax(logits) - np.eye(logits.shape[-1])[targets]) / targets.shape[1]
    return d @ V, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))


def _naive_output(logits, targets, h, V):
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    d = (p - np.eye(logits.shape[-1])[targets]) / targets.shape[1]
    return d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))


def _output_in_place(logits, targets, h, V):
    result = lstm.output_layer_backward(logits, targets, h, V)
    logits[:] = softmax(logits)
    return result


OUTPUT_WRONG = (
    Wrong("target not subtracted", _from_logits(lambda p, y, t: p / t.shape[1]),
          "You pass the probabilities back as they are. The gradient of the logits is "
          "p - 1 at the target's class and p elsewhere."),
    Wrong("sign turned", _from_logits(lambda p, y, t: (y - p) / t.shape[1]),
          "The sign is turned: it is probability minus target, not target minus probability."),
    Wrong("not divided by N", _from_logits(lambda p, y, t: p - y),
          "N times too large: the loss is averaged over the batch, so each example's share is 1/N."),
    Wrong("divided by T", _from_logits(lambda p, y, t: (p - y) / len(t)),
          "You divide by T. The loss is summed over time and averaged over the batch: divide by N."),
    Wrong("divided by T and N", _from_logits(lambda p, y, t: (p - y) / t.size),
          "T times too small: you average over time as well. The loss is summed over time."),
    Wrong("softmax's slope applied again",
          _from_logits(lambda p, y, t: (p - y) * p * (1 - p) / t.shape[1]),
          "You multiply p - y by the softmax's slope again. p - y is already the gradient of the "
          "logits: that slope is in it."),
    Wrong("softmax's Jacobian applied again",
          _from_logits(lambda p, y, t: (lambda d: p * (d - (p * d).sum(-1, keepdims=True)))(
              (p - y) / t.shape[1])),
          "You send p - y through the softmax's Jacobian. p - y is already the gradient of the "
          "logits: the Jacobian is in it, together with the logarithm."),
    Wrong("gradient of the probabilities",
          _from_logits(lambda p, y, t: -y / np.maximum(p, 1e-300) / t.shape[1]),
          "You pass back -1/p, the gradient of the probability. It has to go through the softmax; "
          "together they give p - 1 at the target and p elsewhere."),
    Wrong("logits instead of probabilities", lambda logits, targets, h, V: (
              lambda d: (d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))))(
              (logits - np.eye(logits.shape[-1])[targets]) / targets.shape[1]),
          "You subtract the target from the logits. Take their softmax first."),
    Wrong("V not transposed", _untransposed,
          "dh uses V where its transpose belongs, dh = d V^T: the shapes fit only where H = K."),
    Wrong("dV averaged over time", _changed_output(
              lambda dh, dV, db, h, V: (dh, dV / len(h), db)),
          "dV is averaged over time. The same V is used at every step, so its gradients add up.",
          costs="dV: summed over time and batch"),
    Wrong("db_y averaged", _changed_output(
              lambda dh, dV, db, h, V: (dh, dV, db / (h.shape[0] * h.shape[1]))),
          "db_y is averaged over time and batch. The bias is added to every row, so it gets the sum "
          "of all rows.", costs="db_y: summed over time and batch"),
    Wrong("only the last step", _changed_output(
              lambda dh, dV, db, h, V: (dh * (np.arange(len(h)) == len(h) - 1)[:, None, None], dV,
                                        db)),
          "dh is zero but for the last step. Every step has a loss of its own.",
          costs="dh: what the hidden states get"),
    Wrong("dV from the states before", lambda logits, targets, h, V: lstm.output_layer_backward(
              logits, targets, np.concatenate([np.zeros_like(h[:1]), h[:-1]]), V),
          "dV pairs each step's logits with the hidden state of the step before. The logits of step "
          "t are h[t] V + b_y.", costs="dV: summed over time and batch"),
    Wrong("dV transposed", _changed_output(lambda dh, dV, db, h, V: (dh, dV.T.copy(), db)),
          "dV is transposed: it has V's shape, (H, K)."),
    Wrong("softmax without shift", _naive_output,
          "Right for tame logits, but exp overflows for large ones. Use the softmax of unit 07.",
          costs="calm at logits in the hundreds"),
    Wrong("changes the logits in place", _output_in_place,
          "Your values are right, but the logits are overwritten by their probabilities.",
          costs="leaves its arguments alone"),
)  # fmt: skip

# --- h = o tanh(c) ----------------------------------------------------------------------------


def true_hidden_state(dh, o, c):
    gradient = complex_step(lambda a: (dh * a["o"] * np.tanh(a["c"])).sum(), {"o": o, "c": c})
    return gradient["o"], gradient["c"]


def hidden_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, H: int) -> Args:
        return {
            "dh": normal(rng, N, H),
            "o": sigmoid(normal(rng, N, H)),
            "c": 2 * normal(rng, N, H),
        }

    home = [problem(3, 5), problem(3, 5)]
    far = problem(3, 5)
    far["c"] = 200 * far["c"]
    return [
        Group("two gradients, shaped like o and c", home[:1], kind="shape"),
        Group("do: how much of the memory the gate shows", home, parts=("do",), by_norm=True),
        Group("dc: through the tanh", home, parts=("dc",), by_norm=True),
        Group("right for every N and H", [problem(*s) for s in ((1, 4), (4, 4), (2, 1))],
              by_norm=True),
        Group("calm at cell states in the hundreds", [far], kind="quiet", by_norm=True),
        Group("leaves its arguments alone", kind="pure"),
    ]  # fmt: skip


def _hidden_in_place(dh, o, c):
    result = update_hidden_state_backward(dh, o, c)
    dh *= o
    return result


DO, DC = "do: how much of the memory the gate shows", "dc: through the tanh"

HIDDEN_WRONG = (
    Wrong("do from c", lambda dh, o, c: (dh * c, dh * o * (1 - np.tanh(c) ** 2)),
          "do uses c. What the gate multiplies is tanh(c).", costs=DO),
    Wrong("do with the sigmoid's slope",
          lambda dh, o, c: (dh * np.tanh(c) * o * (1 - o), dh * o * (1 - np.tanh(c) ** 2)),
          "do already contains σ's slope o (1 - o). That is the next arrow, gate_backward; here o is "
          "an input like any other.", costs=DO),
    Wrong("slope of tanh missing", lambda dh, o, c: (dh * np.tanh(c), dh * o),
          "dc goes through the tanh: its slope 1 - tanh(c)² is missing.", costs=DC),
    Wrong("slope from c", lambda dh, o, c: (dh * np.tanh(c), dh * o * (1 - c**2)),
          "You use 1 - c² as the slope. It is 1 - tanh(c)²: c has not been through the tanh yet.",
          costs=DC),
    Wrong("slope not squared", lambda dh, o, c: (dh * np.tanh(c), dh * o * (1 - np.tanh(c))),
          "The slope of tanh is 1 - tanh², with the square.", costs=DC),
    Wrong("tanh twice", lambda dh, o, c: (dh * np.tanh(c), dh * o * (1 - np.tanh(np.tanh(c)) ** 2)),
          "The slope is taken at tanh(c) instead of at c: the tanh is applied twice.", costs=DC),
    Wrong("slope of the sigmoid", lambda dh, o, c: (
              dh * np.tanh(c), dh * o * np.tanh(c) * (1 - np.tanh(c))),
          "That is σ's slope. The function here is tanh: 1 - tanh(c)².", costs=DC),
    Wrong("gate left out of dc", lambda dh, o, c: (dh * np.tanh(c), dh * (1 - np.tanh(c) ** 2)),
          "The gate is missing in dc. What it hides, h does not depend on.", costs=DC),
    Wrong("tanh instead of its slope", lambda dh, o, c: (dh * np.tanh(c), dh * o * np.tanh(c)),
          "dc uses tanh(c) itself. A gradient needs the slope, 1 - tanh(c)².", costs=DC),
    Wrong("slope on the wrong side", lambda dh, o, c: (
              dh * (1 - np.tanh(c) ** 2), dh * o * np.tanh(c)),
          "The two are exchanged: do gets tanh(c), dc gets o times the slope."),
    Wrong("returned in the wrong order", lambda dh, o, c: (
              dh * o * (1 - np.tanh(c) ** 2), dh * np.tanh(c)),
          "You return dc first. The order is do, dc."),
    Wrong("dh ignored", lambda dh, o, c: (np.tanh(c), o * (1 - np.tanh(c) ** 2)),
          "You return the slopes alone. Multiply by dh, what arrives from the loss."),
    Wrong("summed over the batch", lambda dh, o, c: tuple(
              np.broadcast_to(d.sum(axis=0), d.shape).copy()
              for d in update_hidden_state_backward(dh, o, c)),
          "You sum over the batch. Every example has its own o and c; only weights are shared."),
    Wrong("changes dh in place", _hidden_in_place,
          "Your values are right, but dh is overwritten.", costs="leaves its arguments alone"),
)  # fmt: skip

# --- c = f c_prev + i g -----------------------------------------------------------------------


def true_cell_state(dc, f, c_prev, i, g):
    gradient = complex_step(
        lambda a: (dc * (a["f"] * a["c_prev"] + a["i"] * a["g"])).sum(),
        {"f": f, "c_prev": c_prev, "i": i, "g": g},
    )
    return tuple(gradient.values())


def cell_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, H: int) -> Args:
        return {
            "dc": normal(rng, N, H),
            "f": sigmoid(normal(rng, N, H)),
            "c_prev": normal(rng, N, H),
            "i": sigmoid(normal(rng, N, H)),
            "g": np.tanh(normal(rng, N, H)),
        }

    home = [problem(3, 5), problem(3, 5)]
    return [
        Group("four gradients, each shaped like its array", home[:1], kind="shape"),
        Group("df", home, parts=("df",), by_norm=True),
        Group("dc_prev", home, parts=("dc_prev",), by_norm=True),
        Group("di", home, parts=("di",), by_norm=True),
        Group("dg", home, parts=("dg",), by_norm=True),
        Group("right for every N and H", [problem(*s) for s in ((1, 4), (4, 4), (2, 1))],
              by_norm=True),
        Group("leaves its arguments alone", kind="pure"),
    ]  # fmt: skip


def _cell(change):
    def function(dc, f, c_prev, i, g):
        df, dc_prev, di, dg = update_cell_state_backward(dc, f, c_prev, i, g)
        parts = {"df": df, "dc_prev": dc_prev, "di": di, "dg": dg}
        return tuple((parts | change(dc, f, c_prev, i, g)).values())

    return function


def _cell_in_place(dc, f, c_prev, i, g):
    result = update_cell_state_backward(dc, f, c_prev, i, g)
    dc *= f
    return result


CELL_WRONG = (
    Wrong("df from f", _cell(lambda dc, f, c, i, g: {"df": dc * f}),
          "df uses f itself. f multiplies c_prev, so its slope is c_prev.", costs="df"),
    Wrong("dc_prev without f", _cell(lambda dc, f, c, i, g: {"dc_prev": dc.copy()}),
          "dc_prev passes dc on unchanged. What the gate forgot, the past is not to blame for: "
          "multiply by f.", costs="dc_prev"),
    Wrong("dc_prev from c_prev", _cell(lambda dc, f, c, i, g: {"dc_prev": dc * c}),
          "dc_prev uses c_prev itself. c_prev is multiplied by f, so its slope is f.",
          costs="dc_prev"),
    Wrong("df and dc_prev exchanged",
          _cell(lambda dc, f, c, i, g: {"df": dc * f, "dc_prev": dc * c}),
          "df and dc_prev are exchanged: each factor's slope is the *other* factor."),
    Wrong("di and dg exchanged", _cell(lambda dc, f, c, i, g: {"di": dc * i, "dg": dc * g}),
          "di and dg are exchanged: each factor's slope is the *other* factor."),
    Wrong("di with the sigmoid's slope",
          _cell(lambda dc, f, c, i, g: {"di": dc * g * i * (1 - i)}),
          "di already contains σ's slope. That is the next arrow, gate_backward.", costs="di"),
    Wrong("dg with the tanh's slope", _cell(lambda dc, f, c, i, g: {"dg": dc * i * (1 - g**2)}),
          "dg already contains tanh's slope. That is the next arrow, gate_backward.", costs="dg"),
    Wrong("df with the sigmoid's slope",
          _cell(lambda dc, f, c, i, g: {"df": dc * c * f * (1 - f)}),
          "df already contains σ's slope. That is the next arrow, gate_backward.", costs="df"),
    Wrong("product of both terms", _cell(lambda dc, f, c, i, g: {"df": dc * c * i * g,
          "dc_prev": dc * f * i * g, "di": dc * g * f * c, "dg": dc * i * f * c}),
          "You treat c as a product of its two terms. They are added, so each gets dc as it is."),
    Wrong("dc split in half", lambda *a: tuple(d / 2 for d in update_cell_state_backward(*a)),
          "You give each term half of dc. A sum hands its whole gradient to every term."),
    Wrong("1 - f", _cell(lambda dc, f, c, i, g: {"dc_prev": dc * (1 - f)}),
          "dc_prev uses 1 - f. What was kept is f.", costs="dc_prev"),
    Wrong("dc ignored", lambda dc, f, c, i, g: (c.copy(), f.copy(), g.copy(), i.copy()),
          "You return the slopes alone. Multiply each by dc."),
    Wrong("returned in another order",
          lambda *a: (lambda df, dc, di, dg: (df, di, dg, dc))(*update_cell_state_backward(*a)),
          "The order of your results is not df, dc_prev, di, dg."),
    Wrong("changes dc in place", _cell_in_place,
          "Your values are right, but dc is overwritten.", costs="leaves its arguments alone"),
)  # fmt: skip

# --- gate -------------------------------------------------------------------------------------


def true_gate(d_act, act, kind):
    before = np.log(act / (1 - act)) if kind == "sigmoid" else np.arctanh(act)
    function = sigmoid if kind == "sigmoid" else np.tanh
    return complex_step(lambda a: (d_act * function(a["z"])).sum(), {"z": before})["z"]


def gate_groups(rng: np.random.Generator) -> list[Group]:
    def problem(kind: str, *shape: int) -> Args:
        act = (sigmoid if kind == "sigmoid" else np.tanh)(normal(rng, *shape))
        return {"d_act": normal(rng, *shape), "act": act, "kind": kind}

    both = ("sigmoid", "tanh")
    closed = {
        "d_act": normal(rng, 2, 3),
        "act": np.array([[0.0, 1.0, 0.5], [1, 0, 0.25]]),
        "kind": "sigmoid",
    }
    flat = {
        "d_act": normal(rng, 2, 3),
        "act": np.array([[-1.0, 1.0, 0], [1, -1, 0.5]]),
        "kind": "tanh",
    }
    far = [closed, flat]
    return [
        Group("same shape as act", [problem(kind, 3, 5) for kind in both], kind="shape"),
        Group("through σ", [problem("sigmoid", 3, 5) for _ in range(2)], by_norm=True),
        Group("through tanh", [problem("tanh", 3, 5) for _ in range(2)], by_norm=True),
        Group(
            "nothing passes a saturated gate",
            far,
            kind="quiet",
            expected=[gate_backward(**case) for case in far],
        ),
        Group("right for arrays of every shape",
              [problem(kind, *s) for kind in both for s in ((4, 4), (1, 2), (6,), (2, 3, 4))],
              by_norm=True),
        Group("leaves its arguments alone", kind="pure"),
    ]  # fmt: skip


def _gate(of_sigmoid, of_tanh):
    return lambda d_act, act, kind: (of_sigmoid if kind == "sigmoid" else of_tanh)(d_act, act)


def _right_sigmoid(d, a):
    return d * a * (1 - a)


def _right_tanh(d, a):
    return d * (1 - a**2)


def _gate_in_place(d_act, act, kind):
    result = gate_backward(d_act, act, kind)
    d_act *= act
    return result


SIGMA, TANH = "through σ", "through tanh"

GATE_WRONG = (
    Wrong("σ applied again", _gate(
              lambda d, a: d * sigmoid(a) * (1 - sigmoid(a)), _right_tanh),
          "You apply σ to act. act is the activated value already: its slope is act (1 - act).",
          costs=SIGMA),
    Wrong("tanh applied again", _gate(_right_sigmoid, lambda d, a: d * (1 - np.tanh(a) ** 2)),
          "You apply tanh to act. act is the activated value already: its slope is 1 - act².",
          costs=TANH),
    Wrong("both applied again", _gate(
              lambda d, a: d * sigmoid(a) * (1 - sigmoid(a)), lambda d, a: d * (1 - np.tanh(a) ** 2)),
          "You apply σ and tanh to act. act is the activated value already: the slopes are "
          "act (1 - act) and 1 - act²."),
    Wrong("σ's slope for both", _gate(_right_sigmoid, _right_sigmoid),
          "You use σ's slope whatever kind says. For \"tanh\" it is 1 - act².", costs=TANH),
    Wrong("tanh's slope for both", _gate(_right_tanh, _right_tanh),
          "You use tanh's slope whatever kind says. For \"sigmoid\" it is act (1 - act).",
          costs=SIGMA),
    Wrong("slopes exchanged", _gate(_right_tanh, _right_sigmoid),
          "The two slopes are exchanged: σ has act (1 - act), tanh has 1 - act²."),
    Wrong("tanh not squared", _gate(_right_sigmoid, lambda d, a: d * (1 - a)),
          "The slope of tanh is 1 - act², with the square.", costs=TANH),
    Wrong("σ without act", _gate(lambda d, a: d * (1 - a), _right_tanh),
          "The slope of σ is act (1 - act): the factor act is missing.", costs=SIGMA),
    Wrong("no slope", _gate(lambda d, a: d.copy(), lambda d, a: d.copy()),
          "You pass d_act on unchanged. The slope of the activation is missing."),
    Wrong("activation instead of its slope", _gate(lambda d, a: d * a, lambda d, a: d * a),
          "You multiply by the activation itself. A gradient needs its slope."),
    Wrong("d_act ignored", _gate(lambda d, a: a * (1 - a), lambda d, a: 1 - a**2),
          "You return the slope alone. Multiply by d_act, what arrives from above."),
    Wrong("sign turned", _gate(lambda d, a: d * a * (a - 1), lambda d, a: d * (a**2 - 1)),
          "The sign is turned: both activations rise, so their slopes are positive."),
    Wrong("divided by the slope", _gate(
              lambda d, a: d / np.where(a * (1 - a) == 0, 1, a * (1 - a)),
              lambda d, a: d / np.where(a**2 == 1, 1, 1 - a**2)),
          "You divide by the slope. The chain rule multiplies."),
    Wrong("changes d_act in place", _gate_in_place,
          "Your values are right, but d_act is overwritten.", costs="leaves its arguments alone"),
)  # fmt: skip

# --- the whole step ---------------------------------------------------------------------------

RESULTS = ("dx", "dh_prev", "dc_prev", "grads")


def true_step(dh, dc, cache, params):
    """By the complex step, on unit 06's forward step alone."""

    def arriving(a):
        h, c, _ = step(a["x"], a["h_prev"], a["c_prev"], a)
        return (dh * h).sum() + (dc * c).sum()

    inputs = {name: cache[name] for name in ("x", "h_prev", "c_prev")}
    gradient = complex_step(arriving, inputs | params)
    first = [gradient.pop(name) for name in inputs]
    return *first, gradient


FROM_C = "what arrives at c from the next step counts too"
FROM_H = "what arrives at h goes through the output gate's tanh"


def of_gate(letter: str) -> str:
    name = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}[letter]
    return f"gradients of the {name}: U_{letter}, W_{letter}, b_{letter}"


def step_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, D: int, H: int) -> Args:
        params = random_params(rng, D, H)
        _, _, cache = step(normal(rng, N, D), normal(rng, N, H), normal(rng, N, H), params)
        dh, dc = normal(rng, N, H), normal(rng, N, H)
        return {"dh": dh, "dc": dc, "cache": cache, "params": params}

    home = problem(3, 4, 5)
    from_c, from_h = problem(3, 4, 5), problem(3, 4, 5)
    from_c["dh"], from_h["dc"] = np.zeros((3, 5)), np.zeros((3, 5))
    sizes = [problem(*s) for s in ((1, 3, 2), (4, 1, 3), (3, 3, 3), (2, 2, 1))]
    exact = {"by_norm": True}
    return [
        Group("a gradient for everything, in its shape", [home], kind="shape"),
        Group("dx: what the input gets, from all four", [home], parts=("dx",), **exact),
        Group("dh_prev: what goes back through all four", [home], parts=("dh_prev",), **exact),
        Group("dc_prev: what goes back along the cell state", [home], parts=("dc_prev",), **exact),
        *(Group(of_gate(a), [home], parts=(f"U_{a}", f"W_{a}", f"b_{a}"), **exact) for a in GATES),
        Group(FROM_C, [from_c], **exact),
        Group(FROM_H, [from_h], **exact),
        Group("right for every N, D and H", sizes, **exact),
        Group("leaves its arguments alone", kind="pure"),
    ]


def mistaken(**mistake):
    """lstm_step_backward with one thing wrong; each keyword replaces one piece of the right one."""

    def function(dh, dc, cache, params):
        m = mistake
        f, i, g, o, c = (cache[name] for name in ("f", "i", "g", "o", "c"))
        x, h_prev = cache["x"], cache["h_prev"]
        shown = np.tanh(c)
        through = m.get("through", lambda o, c, shown: o * (1 - shown**2))
        total = m.get("total", lambda dc, via_h: dc + via_h)(dc, dh * through(o, c, shown))
        df, di, dg = total * m.get("df", lambda s: s["c_prev"])(cache), total * g, total * i
        if m.get("swap_ig"):
            di, dg = dg, di
        do = dh * m.get("do", lambda c, shown: shown)(c, shown)
        slope = m.get("slope", lambda a, kind: a * (1 - a) if kind == "sigmoid" else 1 - a**2)
        pre = {
            "f": df * slope(f, "sigmoid"),
            "i": di * slope(i, "sigmoid"),
            "g": dg * slope(g, m.get("g_kind", "tanh")),
            "o": do * slope(o, "sigmoid"),
        }
        U, W, b = (m.get(k, d) for k, d in (
            ("U", lambda x, d: x.T @ d), ("W", lambda h, d: h.T @ d),
            ("b", lambda d: d.sum(axis=0))))  # fmt: skip
        grads = {f"U_{a}": U(x, d) for a, d in pre.items()}
        grads |= {f"W_{a}": W(h_prev, d) for a, d in pre.items()}
        grads |= {f"b_{a}": b(d) for a, d in pre.items()}
        back = m.get("back", lambda d, M: d @ M.T)
        skip_x, skip_h = m.get("skip_x", ""), m.get("skip_h", "")
        dx = sum(back_x(d, params[f"U_{a}"]) for a, d in pre.items() if a not in skip_x)
        dh_prev = sum(back(d, params[f"W_{a}"]) for a, d in pre.items() if a not in skip_h)
        if skip_h == "figo":
            dh_prev = np.zeros_like(h_prev)
        return dx, dh_prev, m.get("dc_prev", lambda t, s: t * s["f"])(total, cache), grads

    def back_x(d, M):
        return d @ M.T

    return function


def _step_in_place(dh, dc, cache, params):
    result = lstm.step_backward(dh, dc, cache, params)
    dc += dh * cache["o"] * (1 - np.tanh(cache["c"]) ** 2)
    return result


_calls = itertools.count()


def _keeps_gradients(dh, dc, cache, params):
    """The gradients of a first call are right; a second finds them still there and adds its own."""
    dx, dh_prev, dc_prev, grads = lstm.step_backward(dh, dc, cache, params)
    again = 1 + next(_calls) % 2
    return dx, dh_prev, dc_prev, {name: again * gradient for name, gradient in grads.items()}


def _step_bias_rows(dh, dc, cache, params):
    return mistaken(b=lambda d: d)(dh, dc, cache, params)


DX, DH, DC_PREV = (
    "dx: what the input gets, from all four",
    "dh_prev: what goes back through all four",
    "dc_prev: what goes back along the cell state",
)

STEP_WRONG = (
    Wrong("dc from the next step ignored", mistaken(total=lambda dc, via_h: via_h),
          "You compute dc from dh alone. What arrives along the cell state from the next step, the "
          "argument dc, must be added: it is the highway on which long memories learn."),
    Wrong("dh's way into c ignored", mistaken(total=lambda dc, via_h: dc),
          "You use the incoming dc as it is. c also feeds h = o tanh(c): add dh * o * (1 - tanh(c)²)."),
    Wrong("slope of tanh(c) missing", mistaken(through=lambda o, c, s: o),
          "On the way from h to c the slope of tanh is missing: 1 - tanh(c)²."),
    Wrong("1 - c² for the slope", mistaken(through=lambda o, c, s: 1 - c**2),
          "You use 1 - c² on the way from h to c, and o is missing there: dh * o * (1 - tanh(c)²)."),
    Wrong("1 - c² with the gate", mistaken(through=lambda o, c, s: o * (1 - c**2)),
          "You use 1 - c² as the slope of tanh. c has not been through the tanh: 1 - tanh(c)²."),
    Wrong("output gate missing on the way to c", mistaken(through=lambda o, c, s: 1 - s**2),
          "On the way from h to c the output gate is missing: h = o tanh(c), so multiply by o."),
    Wrong("tanh applied twice on the way from h to c", mistaken(
              through=lambda o, c, s: o * (1 - np.tanh(s) ** 2)),
          "On the way from h to c the slope is taken at tanh(c) instead of at c: the tanh is applied "
          "twice. It is 1 - tanh(c)²."),
    Wrong("slopes missing", mistaken(slope=lambda a, kind: 1.0),
          "The slopes of σ and tanh are missing: every gate's gradient still has to go through its "
          "activation (gate_backward)."),
    Wrong("slope of σ at the activated value", mistaken(
              slope=lambda a, kind: sigmoid(a) * (1 - sigmoid(a)) if kind == "sigmoid" else 1 - a**2),
          "You apply σ to the gates again. They are activated already: the slope is f (1 - f)."),
    Wrong("slope of tanh at the activated value", mistaken(
              slope=lambda a, kind: a * (1 - a) if kind == "sigmoid" else 1 - np.tanh(a) ** 2),
          "You apply tanh to the candidate again. g is activated already: its slope is 1 - g²."),
    Wrong("σ's slope for the candidate", mistaken(g_kind="sigmoid"),
          "The candidate goes through σ's slope. It was made by tanh: 1 - g².",
          ),
    Wrong("tanh's slope for the gates", mistaken(slope=lambda a, kind: 1 - a**2),
          "The gates go through tanh's slope. They were made by σ: f (1 - f)."),
    Wrong("dc_prev without the forget gate", mistaken(dc_prev=lambda t, s: t.copy()),
          "dc_prev passes everything on. c = f c_prev + …, so multiply by f.", costs=DC_PREV),
    Wrong("dc_prev from the incoming dc", lambda dh, dc, cache, params: (
              lambda r: (r[0], r[1], dc * cache["f"], r[3]))(
              lstm.step_backward(dh, dc, cache, params)),
          "dc_prev uses the dc that came in, without what h added to it. Use the sum.",
          costs=DC_PREV),
    Wrong("W not transposed", mistaken(back=lambda d, M: d @ M),
          "dh_prev uses W where its transpose belongs: forwards h_prev @ W, backwards d @ W.T. W is "
          "square, so no shape complains.", costs=DH),
    Wrong("forget gate left out of dh_prev", mistaken(skip_h="f"),
          "dh_prev misses the forget gate. h_prev goes into all four: add four terms.", costs=DH),
    Wrong("input gate left out of dh_prev", mistaken(skip_h="i"),
          "dh_prev misses the input gate. h_prev goes into all four: add four terms.", costs=DH),
    Wrong("candidate left out of dh_prev", mistaken(skip_h="g"),
          "dh_prev misses the candidate. h_prev goes into all four: add four terms.", costs=DH),
    Wrong("output gate left out of dh_prev", mistaken(skip_h="o"),
          "dh_prev misses the output gate. h_prev goes into all four: add four terms.", costs=DH),
    Wrong("dh_prev is zero", mistaken(skip_h="figo"),
          "dh_prev is zero. h_prev goes into all four gates through W: add four terms.", costs=DH),
    Wrong("output gate left out of dx", mistaken(skip_x="o"),
          "dx misses the output gate. x goes into all four: add four terms.", costs=DX),
    Wrong("only the candidate in dx", mistaken(skip_x="fio"),
          "dx has the candidate's term alone. x goes into all four: add four terms.", costs=DX),
    Wrong("df from c", mistaken(df=lambda s: s["c"]),
          "df uses the new cell state. The forget gate multiplied the old one: c_prev."),
    Wrong("do from c", mistaken(do=lambda c, s: c),
          "do uses c. What the output gate multiplies is tanh(c)."),
    Wrong("di and dg exchanged", mistaken(swap_ig=True),
          "di and dg are exchanged: di = dc * g and dg = dc * i."),
    Wrong("bias gradients averaged", mistaken(b=lambda d: d.mean(axis=0)),
          "The bias gradients are averaged over the batch. The bias is added to every row, so it gets "
          "the sum of all rows. (The 1/N of the loss is in dh already.)"),
    Wrong("bias gradients per example", _step_bias_rows,
          "The bias gradients have one row per example. Sum over the batch: shape (H,)."),
    Wrong("weight gradients divided by N", mistaken(
              U=lambda x, d: x.T @ d / len(x), W=lambda h, d: h.T @ d / len(h),
              b=lambda d: d.mean(axis=0)),
          "All weight gradients are divided by N. The loss's 1/N is in dh already: once is enough."),
    Wrong("W's gradients transposed", mistaken(W=lambda h, d: d.T @ h),
          "The gradients of the W matrices are transposed: h_prev.T @ d, of W's shape (H, H)."),
    Wrong("W's gradients from the new hidden state", lambda dh, dc, cache, params: (
              lstm.step_backward(
                  dh, dc, cache | {"h_prev": cache["o"] * np.tanh(cache["c"])}, params)),
          "The gradients of the W matrices use this step's h. The step went forwards with h_prev @ W: "
          "the states are off by one."),
    Wrong("U's gradients transposed", mistaken(U=lambda x, d: d.T @ x),
          "The gradients of the U matrices are transposed: x.T @ d, of U's shape (D, H)."),
    Wrong("kept between calls", _keeps_gradients,
          "Your gradients grow from call to call: they are added to what an earlier call left. One "
          "step's own gradients are asked for; adding up the steps is unit 11."),
    Wrong("adds to dc in place", _step_in_place,
          "Your values are right, but `dc += …` changes the caller's array. Write `dc = dc + …`.",
          costs="leaves its arguments alone"),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=output_layer_backward,
        truth=true_output_layer,
        groups=output_groups,
        wrong=OUTPUT_WRONG,
        hints=(
            "Everything starts with the gradient of the logits: softmax(logits), minus 1 at the "
            "target's class, divided by N.",
            "Call it d, of shape (T, N, K). Forwards: logits = h V + b_y. So dh = d V^T.",
            "dV adds h^T d over all steps and examples: np.einsum('tnh,tnk->hk', h, d), or reshape h "
            "and d to (T N, …) first. db_y = d.sum(axis=(0, 1)).",
        ),
        notes=section("Backpropagation"),
        returns=("dh", "dV", "db_y"),
    ),
    Exercise(
        reference=update_hidden_state_backward,
        truth=true_hidden_state,
        groups=hidden_groups,
        wrong=HIDDEN_WRONG,
        hints=(
            "h is a product of two things. The slope of a product for one factor is the other factor.",
            "do = dh times the other factor, tanh(c).",
            "dc = dh times o, and then through tanh: times 1 - tanh(c)².",
        ),
        notes=section("Updating the hidden state"),
        returns=("do", "dc"),
    ),
    Exercise(
        reference=update_cell_state_backward,
        truth=true_cell_state,
        groups=cell_groups,
        wrong=CELL_WRONG,
        hints=(
            "c is a sum of two products. A sum hands its gradient to both terms unchanged.",
            "In f c_prev, the slope for f is c_prev and the slope for c_prev is f.",
            "Four products with dc: c_prev, f, g, i.",
        ),
        notes=section("Updating the cell state"),
        returns=("df", "dc_prev", "di", "dg"),
    ),
    Exercise(
        reference=gate_backward,
        truth=true_gate,
        groups=gate_groups,
        wrong=GATE_WRONG,
        hints=(
            "The slope of σ at z is σ(z) (1 - σ(z)). You are not given z, but you are given σ(z).",
            'For "sigmoid": act * (1 - act). For "tanh": 1 - act**2.',
            "Multiply the slope by d_act.",
        ),
        notes=section("Forget Gate"),
    ),
    Exercise(
        reference=lstm_step_backward,
        truth=true_step,
        groups=step_groups,
        wrong=STEP_WRONG,
        hints=(
            "Walk the diagram backwards with the functions you have: hidden state, cell state, gates, "
            "weights.",
            "c is used twice: for h, and by the next step. Its gradient is the sum of both: "
            "dc + (what update_hidden_state_backward gives).",
            "For each gate a with its d: grads U_a = x.T @ d, W_a = h_prev.T @ d, b_a = d.sum(axis=0); "
            "dx adds d @ U_a.T and dh_prev adds d @ W_a.T over all four.",
        ),
        notes=section("Backpropagation"),
        returns=RESULTS,
    ),
]

QUESTIONS = [
    Question(
        name="highway",
        text="The forget gate is 1, everything else is closed. How much of dc reaches dc_prev?",
        options=("All of it, unchanged", "A quarter at most", "None: gates block gradients"),
        answers=(
            "Yes. No matrix and no slope stands in the way: dc_prev = dc · f. This is the whole "
            "point of the LSTM.",
            "That is the largest slope of σ, which the plain RNN's tanh resembles. The way along the "
            "cell state goes through no activation at all.",
            "A closed gate would. A forget gate of 1 lets everything through, both ways.",
        ),
        right=0,
    ),
]
