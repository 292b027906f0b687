"""What the hidden state, the whole LSTM step and the unit that counts by two are judged by."""

import numpy as np

from autograder.authoring import (
    PURE,
    Args,
    Exercise,
    Group,
    Question,
    Wrong,
    composable,
    pure,
    writes_into,
)
from utils.networks import set_by_hand
from utils.pictures.diagram import cell

import lstm
from by_hand import changed, of_form, zeros
from lstm import GATES, random_params, sigmoid
from notes import section

TITLE = "The hidden state"
BUILDS = "the whole LSTM step"
FILES = {"cell.svg": cell(lit=("hidden_state", "output_gate", "cell_state"), title=TITLE).svg}


def update_hidden_state(o, c):
    return o * np.tanh(c)


def lstm_step(x, h_prev, c_prev, params):
    return lstm.step(x, h_prev, c_prev, params)


def parity_params(D, H):
    entries = {"b_f": 10, "U_f": -20, "b_i": -10, "U_i": 20, "b_g": 3, "W_g": -10, "b_o": 10}
    return changed(zeros, **entries)(D, H)


# --- h = o tanh(c) ----------------------------------------------------------------------------


def hidden_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, H: int, spread: float = 2.0) -> Args:
        return {"o": sigmoid(rng.normal(size=(N, H))), "c": spread * rng.normal(size=(N, H))}

    closed, opened = problem(3, 5), problem(3, 5)
    closed["o"], opened["o"] = np.zeros((3, 5)), np.ones((3, 5))
    half = problem(3, 5)
    half["c"] = np.full((3, 5), 30.0)
    return [
        Group("one row per example, one column per unit", [problem(3, 5)], kind="shape"),
        Group("an open gate shows tanh of the memory", [opened]),
        Group("a closed gate shows nothing, a full memory shows the gate", [closed, half]),
        Group("in between: the gate times tanh", [problem(3, 5), problem(3, 5)]),
        Group("right for every N and H", [problem(*s) for s in ((1, 4), (4, 4), (6, 2), (2, 1))]),
        Group("calm at memories in the hundreds", [problem(3, 5, 300.0)], kind="quiet"),
        pure(),
    ]


def _hidden_view(o, c):
    o *= np.tanh(c)
    return o


HIDDEN_WRONG = (
    Wrong("tanh missing", lambda o, c: o * c,
          "The tanh is missing: a memory may be 3 or -7, but what is shown stays between -1 and 1."),
    Wrong("tanh of the product", lambda o, c: np.tanh(o * c),
          "You take tanh of the product. The tanh acts on the memory, and the gate on its result."),
    Wrong("sigmoid for tanh", lambda o, c: o * sigmoid(c),
          "You use σ on the memory: then nothing negative could ever be shown. It is tanh."),
    Wrong("gate missing", lambda o, c: np.tanh(c),
          "The output gate is missing: everything is shown, always."),
    Wrong("gate alone", lambda o, c: o.copy(),
          "You return the gate. What it lets through is missing: tanh(c)."),
    Wrong("tanh of the gate", lambda o, c: np.tanh(o) * np.tanh(c),
          "You take tanh of the gate as well. It is a share already."),
    Wrong("tanh of the gate instead", lambda o, c: np.tanh(o) * c,
          "The roles are exchanged: tanh acts on c, not on o."),
    Wrong("1 - o", lambda o, c: (1 - o) * np.tanh(c),
          "You multiply by 1 - o. o = 1 shows, o = 0 hides."),
    Wrong("added", lambda o, c: o + np.tanh(c),
          "You add the gate. A gate multiplies."),
    Wrong("tanh twice", lambda o, c: o * np.tanh(np.tanh(c)),
          "The tanh is applied twice."),
    Wrong("clipped", lambda o, c: o * np.clip(c, -1, 1),
          "You cut the memory off at -1 and 1. tanh bends smoothly towards them."),
    Wrong("gate applied twice", lambda o, c: o * o * np.tanh(c),
          "The gate is applied twice."),
    Wrong("sign lost", lambda o, c: o * np.abs(np.tanh(c)),
          "The sign of the memory is lost."),
    Wrong("batch averaged", lambda o, c: np.broadcast_to(
              (o * np.tanh(c)).mean(axis=0), o.shape).copy(),
          "All rows are equal: the batch was averaged."),
    Wrong("c changed in place", writes_into(update_hidden_state, "c"),
          "Your values are right, but the cell state holds tanh(c) after the call. The memory itself "
          "must not go through the tanh: it has to last.", costs=PURE),
    Wrong("written into o", _hidden_view,
          "You write the result into o. The way back needs the gate as it was.", costs=PURE),
)  # fmt: skip

# --- the whole step ---------------------------------------------------------------------------

NAMES = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}
PLACE = {a: f"the {name} has its own U_{a}, W_{a} and b_{a}" for a, name in NAMES.items()}
CELL_LINE, HIDDEN_LINE = "c = f c_prev + i g", "h = o tanh(c)"
CACHE = "the cache holds what the way back needs"


def step_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, D: int, H: int, scale: float = 1.0) -> Args:
        return {
            "x": rng.normal(size=(N, D)),
            "h_prev": rng.uniform(-1, 1, size=(N, H)),
            "c_prev": 2 * rng.normal(size=(N, H)),
            "params": random_params(rng, D, H, scale=scale),
        }

    home = [problem(3, 4, 5), problem(3, 4, 5)]
    sizes = [problem(*s) for s in ((1, 3, 2), (4, 1, 3), (3, 3, 3), (2, 5, 1))]
    return [
        Group("h, c and a cache of eight arrays", home[:1], kind="shape"),
        *(Group(PLACE[a], home, parts=(a,)) for a in GATES),
        Group(CELL_LINE, home, parts=("c",)),
        Group(HIDDEN_LINE, home, parts=("h",)),
        Group(CACHE, home, parts=("cache",)),
        Group("right for every N, D and H", sizes),
        Group("calm at pre-activations in the hundreds", [problem(3, 4, 5, 200.0)], kind="quiet"),
        pure(),
    ]


@composable
def step(**mistake):
    """lstm_step with one thing wrong; each keyword replaces one piece of the right one."""

    def function(x, h_prev, c_prev, params):
        m = mistake
        matrix = {a: m.get("W", {}).get(a, a) for a in GATES}
        pre = {
            a: m.get("pre", lambda x, h, U, W, b: x @ U + h @ W + b)(
                x, h_prev, params[f"U_{m.get('U', {}).get(a, a)}"], params[f"W_{matrix[a]}"],
                params[f"b_{m.get('b', {}).get(a, a)}"])
            for a in GATES
        }  # fmt: skip
        act = m.get("act", {})
        v = {a: act.get(a, np.tanh if a == "g" else sigmoid)(pre[a]) for a in GATES}
        f, i, g, o = (v[m.get("use", {}).get(a, a)] for a in GATES)
        c = m.get("cell", lambda f, c_prev, i, g: f * c_prev + i * g)(f, c_prev, i, g)
        h = m.get("hidden", lambda o, c, c_prev: o * np.tanh(c))(o, c, c_prev)
        cache = {"x": x, "h_prev": h_prev, "c_prev": c_prev, **v, "c": c}
        return m.get("finish", lambda h, c, cache: (h, c, cache))(h, c, cache)

    return function


def _without(*names):
    return lambda h, c, cache: (h, c, {k: a for k, a in cache.items() if k not in names})


def _with(**entries):
    def finish(h, c, cache):
        return h, c, cache | {name: make(h, c, cache) for name, make in entries.items()}

    return finish


def _c_in_place(x, h_prev, c_prev, params):
    h, c, cache = lstm.step(x, h_prev, c_prev, params)
    c_prev[:] = c
    return h, c, cache


def _cache_in_place(x, h_prev, c_prev, params):
    h, c, cache = lstm.step(x, h_prev, c_prev, params)
    h_prev[:] = h
    return h, c, cache | {"h_prev": h_prev}


STEP_WRONG = (
    Wrong("the figure's typo: W_f in the input gate", step(W={"i": "f"}),
          "Your input gate uses W_f. The figure in the notes says so, and it is a typo: each gate has a "
          "matrix of its own, so W_i.", costs=PLACE["i"]),
    Wrong("U_f in the input gate", step(U={"i": "f"}),
          "Your input gate uses U_f. Each gate has weights of its own: U_i.", costs=PLACE["i"]),
    Wrong("b_i in the forget gate", step(b={"f": "i"}),
          "Your forget gate uses b_i. Each gate has a bias of its own: b_f.", costs=PLACE["f"]),
    Wrong("W_i in the output gate", step(W={"o": "i"}),
          "Your output gate uses W_i. Each gate has a matrix of its own: W_o.", costs=PLACE["o"]),
    Wrong("W_o in the candidate", step(W={"g": "o"}),
          "Your candidate uses W_o. It has a matrix of its own: W_g.", costs=PLACE["g"]),
    Wrong("σ for the candidate", step(act={"g": sigmoid}),
          "Your candidate goes through σ. It is made by tanh: content has a sign.",
          costs=PLACE["g"]),
    Wrong("tanh for the output gate", step(act={"o": np.tanh}),
          "Your output gate goes through tanh. It is a gate: σ.", costs=PLACE["o"]),
    Wrong("tanh for the forget gate", step(act={"f": np.tanh}),
          "Your forget gate goes through tanh. It is a gate: σ.", costs=PLACE["f"]),
    Wrong("forget and input gate exchanged", step(use={"f": "i", "i": "f"}),
          "The gates are exchanged in the cell state: f multiplies c_prev, i multiplies g."),
    Wrong("input and output gate exchanged", step(use={"i": "o", "o": "i"}),
          "The input gate and the output gate are exchanged: i writes, o shows."),
    Wrong("nothing forgotten", step(cell=lambda f, c, i, g: c + i * g),
          "The forget gate is computed and never used: c = f * c_prev + i * g.", costs=CELL_LINE),
    Wrong("memory thrown away", step(cell=lambda f, c, i, g: i * g),
          "The old cell state never gets in: c = f * c_prev + i * g."),
    Wrong("input gate not used", step(cell=lambda f, c, i, g: f * c + g),
          "The input gate is computed and never used: i * g."),
    Wrong("cell state through tanh", step(cell=lambda f, c, i, g: np.tanh(f * c + i * g)),
          "The cell state goes through tanh. Only what is shown does; the memory stays as it is."),
    Wrong("h without tanh", step(hidden=lambda o, c, c_prev: o * c),
          "h is o * c: the tanh is missing.", costs=HIDDEN_LINE),
    Wrong("h from the old cell state", step(hidden=lambda o, c, c_prev: o * np.tanh(c_prev)),
          "h is made from c_prev. First update the memory, then show it: tanh(c).",
          costs=HIDDEN_LINE),
    Wrong("h without the gate", step(hidden=lambda o, c, c_prev: np.tanh(c)),
          "h is tanh(c): the output gate is computed and never used.", costs=HIDDEN_LINE),
    Wrong("hidden state ignored", step(pre=lambda x, h, U, W, b: x @ U + b),
          "h_prev never reaches the gates: the terms h_prev @ W are missing."),
    Wrong("biases missing", step(pre=lambda x, h, U, W, b: x @ U + h @ W),
          "The biases are missing."),
    Wrong("W transposed", step(pre=lambda x, h, U, W, b: x @ U + h @ W.T + b),
          "The W matrices are transposed: h_prev @ W. They are square, so no shape complains."),
    Wrong("gates see the cell state", lambda x, h_prev, c_prev, params: (
              lambda r: (r[0], r[1], r[2] | {"h_prev": h_prev}))(
              lstm.step(x, c_prev, c_prev, params)),
          "Your gates look at c_prev. They see x and h_prev; the cell state they only act upon."),
    Wrong("returned in the wrong order", step(finish=lambda h, c, cache: (c, h, cache)),
          "You return c first. The order is h, c, cache."),
    Wrong("no cache", step(finish=lambda h, c, cache: (h, c)),
          "The cache is missing: h, c, cache. The way back will need all eight arrays."),
    Wrong("cache without the old states", step(finish=_without("h_prev", "c_prev")),
          "h_prev and c_prev are missing in the cache. Without them there is no gradient of W and of the "
          "forget gate."),
    Wrong("new h as h_prev in the cache", step(finish=_with(h_prev=lambda h, c, k: h.copy())),
          "The cache holds the new hidden state as h_prev. It should hold the old one.", costs=CACHE),
    Wrong("new c as c_prev in the cache", step(finish=_with(c_prev=lambda h, c, k: c.copy())),
          "The cache holds the new cell state as c_prev. It should hold the old one.", costs=CACHE),
    Wrong("tanh(c) as c in the cache", step(finish=_with(c=lambda h, c, k: np.tanh(c))),
          "The cache holds tanh(c) as c. It should hold c itself.", costs=CACHE),
    Wrong("c_prev overwritten", _c_in_place,
          "c_prev is overwritten with the new cell state, and with it the cache's c_prev, which is the "
          "same array. Make a new array: c = f * c_prev + i * g."),
    Wrong("h_prev overwritten", _cache_in_place,
          "h_prev is overwritten with the new hidden state, and with it the cache's. Bind a new name."),
)  # fmt: skip

# --- odd or even ------------------------------------------------------------------------------

FIRST, SECOND = "odd after a first one, and so it stays", "even after a second one, and so it stays"
MEASURE = "utils.networks.set_by_hand:parity_"


def parity_groups(rng: np.random.Generator) -> list[Group]:
    home = [{"D": 3, "H": 4}]
    wide = [{"D": 6, "H": 3}, {"D": 2, "H": 1}]
    sizes = [{"D": D, "H": H} for D, H in ((1, 1), (5, 2), (4, 4), (1, 3))]
    odd = {kind: set_by_hand.is_odd(set_by_hand.bits(kind)) for kind in ("first", "second", "many")}
    return [
        Group("twelve arrays of the right names and shapes", [*home, *sizes],
              measure="utils.networks.set_by_hand:cell_form", expected=["all there"] * 5),
        Group(FIRST, home, measure=MEASURE + "first", expected=[odd["first"]],
              says="One 1 and otherwise zeros: c[:, 0] should be above 0.5 from then on, and not before. What is "
              "written at the 1, and what do the gates do at a 0?"),
        Group(SECOND, home, measure=MEASURE + "second", expected=[odd["second"]],
              says="After a second 1 c[:, 0] should be below 0.5 again. The candidate has to know that the memory is "
              "full: it sees h, so the output gate must be open, and W_g[0, 0] negative."),
        Group("right in sequences of 60 with many ones", home, measure=MEASURE + "many", expected=[odd["many"]],
              says="After some more ones the answer is wrong. Is what is written as large each time, and is the old "
              "memory gone when the new one comes?"),
        Group("other inputs do not count", wide, measure=MEASURE + "others", expected=[odd["many"]] * 2,
              says="The other inputs are 0 or 1 at will, and unit 0 should not notice: their rows of U are 0 in "
              "column 0."),
        Group("works for every D and H", sizes, measure=MEASURE + "many", expected=[odd["many"]] * 4,
              says="Right for D = 3 and H = 4, but not for other sizes: take the shapes from D and H, and use "
              "column 0, which belongs to unit 0."),
        Group("the same weights at every call", kind="pure"),
    ]  # fmt: skip


def _parity(**entries):
    return changed(parity_params, **entries)


PARITY_WRONG = (
    Wrong("a latch", _parity(W_g=0),
          "After the first 1 your unit says odd for ever: the candidate is the same each time. It must see, through "
          "h and a negative W_g[0, 0], that the memory is full already."),
    Wrong("the sign of W_g", _parity(W_g=10),
          "W_g[0, 0] is positive: where the memory is full the candidate is +1 again. It should turn against what "
          "was shown, so W_g[0, 0] is negative."),
    Wrong("W_g too weak", _parity(W_g=-3),
          "Where the memory is full h is 0.76, so the candidate is tanh(3 - 3 · 0.76) = 0.62: still positive. "
          "Make W_g[0, 0] more negative."),
    Wrong("no bias in the candidate", _parity(b_g=0),
          "With an empty memory h is 0, and the candidate tanh(0) = 0: the first 1 writes nothing. Give it a bias."),
    Wrong("candidate upside down", _parity(b_g=-3, W_g=10),
          "The candidate is -1 at the first 1: b_g[0] should be positive and W_g[0, 0] negative."),
    Wrong("candidate reads x", _parity(b_g=0, W_g=0, U_g=10),
          "The candidate is +1 at every 1, whatever the memory holds: a latch. It has to depend on h."),
    Wrong("output gate shut", _parity(b_o=-10),
          "The output gate is shut, so h is 0 and nobody sees what the memory holds. Open it with b_o[0]."),
    Wrong("a counter", _parity(U_f=0, W_g=0),
          "Your unit counts 1, 2, 3: f keeps and g is always +1. Above 0.5 is then every number but 0. The candidate "
          "must be negative where the memory is full."),
    Wrong("input gate always open", _parity(U_i=0, b_i=10),
          "The input gate is open at zeros too, so the answer changes at every step. Shut it with b_i[0], and let "
          "the 1 open it."),
    Wrong("input gate always shut", _parity(U_i=0),
          "The input gate never opens: U_i[0, 0] should be positive and larger than b_i[0] is negative."),
    Wrong("forget gate always shut", _parity(U_f=0, b_f=-10),
          "The forget gate is shut at zeros too, so an odd number is forgotten at once. At a 0 it has to keep."),
    Wrong("forget gate half open", _parity(U_f=0, b_f=0),
          "The forget gate stands at 1/2: what was odd has faded below 0.5 one step later. At a 0 it has to keep."),
    Wrong("forget bias too small", _parity(b_f=3),
          "At a 0 the forget gate is at 0.953: after 15 zeros less than half is left. Make b_f[0] larger."),
    Wrong("gates exchanged", _parity(b_f=-10, U_f=20, b_i=10, U_i=-20),
          "The gates are exchanged: at a 1 the new should be written and the old erased; at a 0 yours write."),
    Wrong("input gate opened by half", _parity(U_i=10, W_g=-5),
          "At a 1 the pre-activation of i is 10 - 10 = 0: only half of the candidate is written. Make U_i[0, 0] "
          "larger."),
    Wrong("input gate leaks", _parity(b_i=-3),
          "At a 0 the input gate is at σ(-3) = 0.05, and a little is written each time: over a dozen zeros that "
          "spoils what was kept. Make b_i[0] more negative."),
    Wrong("another input writes", _parity(U_i={0: 20, -1: 20}, U_f={0: -20, -1: -20}),
          "The last input counts as well. Only row 0 of U should be anything but 0."),
    *of_form(parity_params, "figo", "twelve"),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=update_hidden_state,
        groups=hidden_groups,
        wrong=HIDDEN_WRONG,
        hints=(
            "Two factors: how much is shown, and what there is to show.",
            "What there is to show is the memory, brought into (-1, 1) by tanh.",
            "o * np.tanh(c).",
        ),
        notes=section("Updating the hidden state"),
    ),
    Exercise(
        reference=lstm_step,
        groups=step_groups,
        wrong=STEP_WRONG,
        hints=(
            "You have all the pieces. Four of them look at x and h_prev, then the memory is updated, then "
            "it is shown.",
            "params is a dict: forget_gate(x, h_prev, params['U_f'], params['W_f'], params['b_f']).",
            "The cache is dict(x=x, h_prev=h_prev, c_prev=c_prev, f=f, i=i, g=g, o=o, c=c).",
        ),
        notes=section("Forward Propagation in LSTMs"),
        returns=("h", "c", "cache"),
        may_share=("x", "h_prev", "c_prev"),
    ),
    Exercise(
        reference=parity_params,
        groups=parity_groups,
        wrong=PARITY_WRONG,
        hints=(
            "Two tasks. At a 0 nothing may happen: which gate is open then, and which is shut? At a 1 the gates "
            "change places, and something new is written.",
            "What is written at a 1 must depend on the memory: positive where it was empty, negative where it was "
            "full. The candidate sees it through h, if the output gate lets it: g = tanh(b_g + W_g h).",
            "f = σ(10 - 20 x), i = σ(20 x - 10), g = tanh(3 - 10 h), o = σ(10): that is b_f, U_f, b_i, U_i, b_g, "
            "W_g and b_o.",
        ),
        notes=section("Updating the hidden state"),
    ),
]

QUESTIONS = [
    Question(
        name="two_states",
        text="A cell state of 7 and one of 70: what does the hidden state show of the difference?",
        options=("A factor of ten", "Almost nothing", "Nothing, for it is forgotten"),
        answers=(
            "That is what the memory holds. What is shown has been through tanh.",
            "Right: tanh(7) and tanh(70) are both 1 to five digits. The memory still knows.",
            "The memory holds the 70, and can count down from it. It only does not show it.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "one state for two purposes, and they disturb each other",
    "nothing could be kept quietly; or: c has no bound and saturates the gates",
)
