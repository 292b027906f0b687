"""What the update of the cell state and the hand-made latch are judged by."""

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
from utils.pictures.diagram import cell

from gates import sigmoid
from notes import section

TITLE = "The cell state"
BUILDS = "the memory itself, and one that you set by hand"
FILES = {"cell.svg": cell(lit=("c_prev", "cell_state"), title=TITLE).svg}


def update_cell_state(f, c_prev, i, g):
    return f * c_prev + i * g


def latch_params(D, H):
    params = {f"U_{gate}": np.zeros((D, H)) for gate in "figo"}
    params |= {f"W_{gate}": np.zeros((H, H)) for gate in "figo"}
    params |= {f"b_{gate}": np.zeros(H) for gate in "figo"}
    params["b_f"][0] = 10.0
    params["b_i"][0] = 10.0
    params["U_g"][0, 0] = 10.0
    return params


# --- the update -------------------------------------------------------------------------------

KEEP, WRITE = "what is kept: f times the old cell state", "what is written: i times the candidate"
ERASE = "limits: f = 1, i = 0 keeps; f = 0, i = 1 replaces; f = i = 0 erases"


def update_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, H: int, **fixed: float) -> Args:
        args = {
            "f": sigmoid(rng.normal(size=(N, H))),
            "c_prev": 2 * rng.normal(size=(N, H)),
            "i": sigmoid(rng.normal(size=(N, H))),
            "g": np.tanh(rng.normal(size=(N, H))),
        }
        return args | {name: np.full((N, H), value) for name, value in fixed.items()}

    limits = [problem(3, 5, f=1.0, i=0.0), problem(3, 5, f=0.0, i=1.0), problem(3, 5, f=0.0, i=0.0)]
    large = problem(3, 5)
    large["c_prev"] = 1e6 * large["c_prev"]
    sizes = [problem(*s) for s in ((1, 4), (4, 4), (6, 2), (2, 1))]
    return [
        Group("one row per example, one column per unit", [problem(3, 5)], kind="shape"),
        Group(KEEP, [problem(3, 5, g=0.0) for _ in range(2)]),
        Group(WRITE, [problem(3, 5, c_prev=0.0) for _ in range(2)]),
        Group(ERASE, limits),
        Group("right for every N and H, and for large memories", [problem(3, 5), large, *sizes]),
        pure(),
    ]


def _view(f, c_prev, i, g):
    c_prev[:] = f * c_prev + i * g
    return c_prev


@composable
def updated(**piece):
    """The new cell state; each keyword replaces one piece of it by a wrong one."""

    def function(f, c, i, g):
        kept = piece.get("kept", lambda f, c: f * c)(f, c)
        written = piece.get("written", lambda f, i, g: i * g)(f, i, g)
        new = piece.get("join", lambda a, b: a + b)(kept, written)
        return piece.get("finish", lambda new: new)(new)

    return function


UPDATE_WRONG = (
    Wrong("old state kept whole", updated(kept=lambda f, c: c),
          "The forget gate is missing: you keep all of c_prev. This was the first LSTM, of 1997; its "
          "memory could never let go."),
    Wrong("nothing kept", updated(kept=lambda f, c: 0 * c),
          "What was there before is lost: the term f * c_prev is missing.", costs=KEEP),
    Wrong("nothing written", updated(written=lambda f, i, g: 0 * g),
          "Nothing is written: the term i * g is missing.", costs=WRITE),
    Wrong("input gate missing", updated(written=lambda f, i, g: g),
          "The input gate is missing: the whole candidate is written."),
    Wrong("candidate missing", updated(written=lambda f, i, g: i),
          "The gate itself is written. It says how much; the candidate g says what: i * g."),
    Wrong("gates exchanged", lambda f, c, i, g: i * c + f * g,
          "The gates are exchanged: f keeps the old, i writes the new."),
    Wrong("1 - f", updated(kept=lambda f, c: (1 - f) * c),
          "You multiply by 1 - f. In this course f = 1 keeps; f itself multiplies the old state."),
    Wrong("1 - f writes", updated(written=lambda f, i, g: (1 - f) * g),
          "You write 1 - f of the candidate. That is another cell, the GRU. Here the input gate decides "
          "alone."),
    Wrong("tanh of the new state", updated(finish=np.tanh),
          "You push the new state through tanh. The cell state goes through nothing: that is why it "
          "remembers. The tanh comes when it is shown (unit 06)."),
    Wrong("tanh of the candidate", updated(written=lambda f, i, g: i * np.tanh(g)),
          "You take tanh of g. g has been through its tanh already.", costs=WRITE),
    Wrong("product of the terms", updated(join=lambda a, b: a * b),
          "You multiply what is kept and what is written. They are added."),
    Wrong("subtracted", updated(join=lambda a, b: a - b),
          "You subtract what is written. It is added; its sign is in g."),
    Wrong("averaged", updated(join=lambda a, b: 0.5 * (a + b)),
          "You take the mean of both terms. They are added as they are."),
    Wrong("matrix product", updated(kept=lambda f, c: f @ c.T @ c / len(f)),
          "You use the matrix product. ⊙ means entry by entry: every unit is for itself."),
    Wrong("gates outside", lambda f, c, i, g: f * i * (c + g),
          "Both gates act on the sum. Each belongs to a term of its own."),
    Wrong("batch averaged", updated(finish=lambda new: np.broadcast_to(
              new.mean(axis=0), new.shape).copy()),
          "All rows are equal: the batch was averaged. Each example has a memory of its own."),
    Wrong("clipped", updated(finish=lambda new: np.clip(new, -1, 1)),
          "You clip at -1 and 1. A cell state may grow beyond: it can count."),
    Wrong("c_prev changed in place", writes_into(update_cell_state, "c_prev"),
          "Your values are right, but c_prev is overwritten, and the way back will need it. Write "
          "`c = f * c_prev + …`, not `c_prev *= …`.", costs=PURE),
    Wrong("c_prev returned", _view,
          "You write into c_prev and return it: the old and the new state are then one array.",
          costs=PURE),
)  # fmt: skip

# --- the latch --------------------------------------------------------------------------------

UP, DOWN = "a positive first input is written as about +1", "a negative first input as about -1"
HOLD, EMPTY = "kept within 20 % over 100 steps of zeros", "empty until the first input comes"


def latch_groups(rng: np.random.Generator) -> list[Group]:
    home = [{"D": 3, "H": 4}]
    sizes = [{"D": D, "H": H} for D, H in ((1, 1), (5, 2), (2, 6), (4, 4))]
    kept = np.ones((101, 6))
    loose = {"rtol": 0.0, "atol": 0.2}
    return [
        Group("twelve arrays of the right names and shapes", [*home, *sizes],
              measure="utils.networks.weights:latch_form", expected=["all there"] * 5),
        Group(UP, home, measure="utils.networks.weights:latch_written_up", expected=[np.ones(3)], **loose,
              says="Unit 0 should hold about +1 after a first input of 0.5, 1 or 2. The candidate is a "
              "tanh: a large U_g[0, 0] drives it to 1. Is the input gate open?"),
        Group(DOWN, home, measure="utils.networks.weights:latch_written_down", expected=[np.ones(3)], **loose,
              says="Unit 0 should hold about -1 after a first input of -0.5, -1 or -2. Does the input "
              "gate open for negative inputs too? It need not look at x at all."),
        Group(HOLD, home, measure="utils.networks.weights:latch_kept", expected=[kept], **loose,
              says="The value is multiplied by f a hundred times: f must be above 0.998, so b_f[0] above "
              "6. And with x = 0 the candidate must be 0, so b_g[0] = 0."),
        Group(EMPTY, home, measure="utils.networks.weights:latch_empty", expected=[np.zeros((20, 1))], **loose,
              says="Nothing has come yet, and something is in the memory: with x = 0 the candidate must "
              "be 0, so b_g[0] = 0."),
        Group("works for every D and H", [*sizes], measure="utils.networks.weights:latch_kept", expected=[kept] * 4, **loose,
              says="Right for D = 3 and H = 4, but not for other sizes: take the shapes from D and H, and "
              "use U_g[0, 0], the weight from input 0 to unit 0."),
        Group("the same weights at every call", kind="pure"),
    ]  # fmt: skip


def _latch(**changes):
    """latch_params with other entries for unit 0; a number in place of an array fills it all."""

    def function(D, H):
        params = latch_params(D, H)
        for name, value in changes.items():
            if name.startswith("b"):
                params[name][0] = value
            else:
                params[name][0, 0] = value
        return params

    return function


def _built(change):
    def function(D, H):
        return change(latch_params(D, H), D, H)

    return function


def _without_forget(params, D, H):
    return {name: array for name, array in params.items() if not name.endswith("_f")}


def _last_unit(params, D, H):
    return {n: (np.roll(a, 1, axis=-1) if n[0] in "Ub" else a) for n, a in params.items()}


def _last_input(params, D, H):
    params["U_g"] = np.roll(params["U_g"], 1, axis=0)
    return params


def _lists(params, D, H):
    return {name: array.tolist() for name, array in params.items()}


def _random(params, D, H):
    noise = np.random.default_rng(0)
    return {name: noise.normal(size=array.shape) for name, array in params.items()}


LATCH_WRONG = (
    Wrong("forget bias 0", _latch(b_f=0.0),
          "The forget gate is at 1/2: half of the sign is gone after one step. Its bias must be large."),
    Wrong("forget bias too small", _latch(b_f=4.0),
          "The forget gate is at 0.982, which sounds like much. After 100 steps 0.982 to the power 100 is "
          "0.16. Make b_f[0] larger."),
    Wrong("forget gate closed", _latch(b_f=-10.0),
          "The forget gate is closed: b_f[0] is negative. In this course f = 1 keeps."),
    Wrong("input gate closed", _latch(b_i=-10.0),
          "The input gate is closed, so nothing is ever written. It may be open all the time: with x = 0 "
          "the candidate is 0 and writes nothing."),
    Wrong("input gate half open", _latch(b_i=0.0),
          "The input gate is at 1/2, so only half of the candidate is written. Open it with b_i[0]."),
    Wrong("input gate looks at x", _latch(b_i=-5.0, U_i=20.0),
          "Your input gate opens for positive inputs alone: σ rises with x, so it cannot open on both "
          "sides. Let it stand open and leave the sign to the candidate."),
    Wrong("candidate too weak", _latch(U_g=0.5),
          "The candidate is far from ±1: make U_g[0, 0] larger, so that tanh saturates."),
    Wrong("sign turned", _latch(U_g=-10.0),
          "The sign is turned: U_g[0, 0] should be positive."),
    Wrong("candidate biased", _latch(b_g=1.0),
          "With b_g[0] above 0 the candidate is positive even when x is 0, and the memory grows at every "
          "step."),
    Wrong("candidate deaf", _latch(U_g=0.0),
          "The candidate does not listen to x: U_g[0, 0] is 0."),
    Wrong("candidate feeds on itself", _latch(b_o=10.0, W_g=5.0),
          "The unit listens to its own output through W_g, so it writes at every step and the memory grows "
          "far beyond 1. Let W be 0: the cell state remembers by itself."),
    Wrong("wrong unit", _built(_last_unit),
          "Another unit than unit 0 holds the sign: use column 0 of U_g and entry 0 of the biases."),
    Wrong("wrong input", _built(_last_input),
          "Unit 0 listens to another input than x[:, :, 0]: use row 0 of U_g."),
    Wrong("all zeros", _built(lambda p, D, H: {n: np.zeros_like(a) for n, a in p.items()}),
          "All weights are 0: the gates stand half open and nothing is written."),
    Wrong("random", _built(_random),
          "These look like random weights. Set them by hand: most are 0, three numbers do it all."),
    Wrong("forget gate's weights missing", _built(_without_forget),
          "U_f, W_f and b_f are missing. All twelve arrays must be there, zeros where nothing is needed."),
    Wrong("lists", _built(_lists),
          "The values are lists. Make them arrays, for example with np.zeros((D, H))."),
    Wrong("shapes exchanged", _built(lambda p, D, H: {
              n: (a.T.copy() if n[0] == "U" else a) for n, a in p.items()}),
          "The U arrays have shape (H, D). They map inputs to units: (D, H)."),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=update_cell_state,
        groups=update_groups,
        wrong=UPDATE_WRONG,
        hints=(
            "Two things end up in the new memory: what is left of the old one, and what is new.",
            "⊙ is the ordinary * of NumPy: entry by entry.",
            "f * c_prev + i * g.",
        ),
        notes=section("Updating the cell state"),
    ),
    Exercise(
        reference=latch_params,
        groups=latch_groups,
        wrong=LATCH_WRONG,
        hints=(
            "Start with twelve arrays of zeros. What do the gates do then, and which must change?",
            "To keep, f must be nearly 1 always. To write the sign of x, the candidate must be nearly "
            "tanh(large · x). And what does a candidate write when x is 0?",
            "Three numbers: b_f[0] = 10 keeps, b_i[0] = 10 lets everything in, and U_g[0, 0] = 10 makes "
            "the candidate the sign of x.",
        ),
        notes=section("Updating the cell state"),
    ),
]

QUESTIONS = [
    Question(
        name="additive",
        text="f = 1 for a thousand steps. What is the derivative of c_1000 for c_0?",
        options=("Nearly 0", "1", "Very large"),
        answers=(
            "That is the plain RNN, whose every step is a matrix and a slope.",
            "Right. Each step's derivative is f = 1, whatever is written meanwhile, and 1 to the power "
            "1000 is 1.",
            "Nothing amplifies it: f is never above 1.",
        ),
        right=1,
    ),
]

RUBRIC = (
    "with x = 0 the candidate is 0, so nothing is written",
    "a stray input is written at once, by about ±1",
)
