"""What the update of the cell state and the two machines set by hand are judged by."""

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

from by_hand import changed, of_form, zeros
from gates import sigmoid
from notes import section

TITLE = "The cell state"
BUILDS = "the memory itself, and two that you set by hand"
FILES = {"cell.svg": cell(lit=("c_prev", "cell_state"), title=TITLE).svg}


def update_cell_state(f, c_prev, i, g):
    return f * c_prev + i * g


def latch_params(D, H):
    return changed(zeros, b_f=10, b_i=10, U_g=10)(D, H)


def bracket_params(D, H):
    return changed(zeros, b_f=10, U_f={2: -20}, b_i=10, U_g={0: 10, 1: -10})(D, H)


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
              measure="utils.networks.set_by_hand:cell_form", expected=["all there"] * 5),
        Group(UP, home, measure="utils.networks.set_by_hand:latch_written_up", expected=[np.ones(3)], **loose,
              says="Unit 0 should hold about +1 after a first input of 0.5, 1 or 2. The candidate is a "
              "tanh: a large U_g[0, 0] drives it to 1. Is the input gate open?"),
        Group(DOWN, home, measure="utils.networks.set_by_hand:latch_written_down", expected=[np.ones(3)], **loose,
              says="Unit 0 should hold about -1 after a first input of -0.5, -1 or -2. Does the input "
              "gate open for negative inputs too? It need not look at x at all."),
        Group(HOLD, home, measure="utils.networks.set_by_hand:latch_kept", expected=[kept], **loose,
              says="The value is multiplied by f a hundred times: f must be above 0.998, so b_f[0] above "
              "6. And with x = 0 the candidate must be 0, so b_g[0] = 0."),
        Group(EMPTY, home, measure="utils.networks.set_by_hand:latch_empty", expected=[np.zeros((20, 1))], **loose,
              says="Nothing has come yet, and something is in the memory: with x = 0 the candidate must "
              "be 0, so b_g[0] = 0."),
        Group("works for every D and H", [*sizes], measure="utils.networks.set_by_hand:latch_kept", expected=[kept] * 4, **loose,
              says="Right for D = 3 and H = 4, but not for other sizes: take the shapes from D and H, and "
              "use U_g[0, 0], the weight from input 0 to unit 0."),
        Group("the same weights at every call", kind="pure"),
    ]  # fmt: skip


LATCH_WRONG = (
    Wrong("forget bias 0", changed(latch_params, b_f=0.0),
          "The forget gate is at 1/2: half of the sign is gone after one step. Its bias must be large."),
    Wrong("forget bias too small", changed(latch_params, b_f=4.0),
          "The forget gate is at 0.982, which sounds like much. After 100 steps 0.982 to the power 100 is "
          "0.16. Make b_f[0] larger."),
    Wrong("forget gate closed", changed(latch_params, b_f=-10.0),
          "The forget gate is closed: b_f[0] is negative. In this course f = 1 keeps."),
    Wrong("input gate closed", changed(latch_params, b_i=-10.0),
          "The input gate is closed, so nothing is ever written. It may be open all the time: with x = 0 "
          "the candidate is 0 and writes nothing."),
    Wrong("input gate half open", changed(latch_params, b_i=0.0),
          "The input gate is at 1/2, so only half of the candidate is written. Open it with b_i[0]."),
    Wrong("input gate looks at x", changed(latch_params, b_i=-5.0, U_i=20.0),
          "Your input gate opens for positive inputs alone: σ rises with x, so it cannot open on both "
          "sides. Let it stand open and leave the sign to the candidate."),
    Wrong("candidate too weak", changed(latch_params, U_g=0.5),
          "The candidate is far from ±1: make U_g[0, 0] larger, so that tanh saturates."),
    Wrong("sign turned", changed(latch_params, U_g=-10.0),
          "The sign is turned: U_g[0, 0] should be positive."),
    Wrong("candidate biased", changed(latch_params, b_g=1.0),
          "With b_g[0] above 0 the candidate is positive even when x is 0, and the memory grows at every "
          "step."),
    Wrong("candidate deaf", changed(latch_params, U_g=0.0),
          "The candidate does not listen to x: U_g[0, 0] is 0."),
    Wrong("candidate feeds on itself", changed(latch_params, b_o=10.0, W_g=5.0),
          "The unit listens to its own output through W_g, so it writes at every step and the memory grows "
          "far beyond 1. Let W be 0: the cell state remembers by itself."),
    *of_form(latch_params, "figo", "twelve"),
)  # fmt: skip

# --- the brackets -----------------------------------------------------------------------------

OPENS, CLOSES = "every ( counts one up", "every ) counts one down"
STOPS, LASTS = "a full stop closes whatever is open", "right over 100 characters at depth 10"
MEASURE = "utils.networks.set_by_hand:bracket_"


def bracket_groups(rng: np.random.Generator) -> list[Group]:
    home = [{"D": 3, "H": 4}]
    wide = [{"D": 6, "H": 3}, {"D": 4, "H": 1}]
    sizes = [{"D": D, "H": H} for D, H in ((3, 1), (5, 2), (4, 4), (7, 3))]
    loose = {"rtol": 0.0, "atol": 0.25}

    def depth(text: str, cases: list[Args]) -> list[np.ndarray]:
        return [set_by_hand.depth(text) for _ in cases]

    return [
        Group("twelve arrays of the right names and shapes", [*home, *sizes],
              measure="utils.networks.set_by_hand:cell_form", expected=["all there"] * 5),
        Group(OPENS, home, measure=MEASURE + "opens", expected=depth(set_by_hand.OPENING, home), **loose,
              says="Ten brackets open, then come other characters. A count of one needs an open input gate and "
              "a candidate near +1 at every (, and a memory that keeps all it has."),
        Group(CLOSES, home, measure=MEASURE + "closes", expected=depth(set_by_hand.CLOSING, home), **loose,
              says="The memory should go down by one at every ): which candidate does that, and is the input "
              "gate open for it?"),
        Group(STOPS, home, measure=MEASURE + "stops", expected=depth(set_by_hand.STOPPING, home), **loose,
              says="At a full stop the memory should be about 0, however much was open. Which gate erases, and "
              "which weight tells it of input 2? A single erasing step must be enough for a depth of 9."),
        Group(LASTS, home, measure=MEASURE + "lasts", expected=depth(set_by_hand.LONG, home), **loose,
              says="The memory stands at 10 for 80 characters and has faded: a forget gate of 0.999 keeps 92 % "
              "after so many steps. How large must b_f[0] be?"),
        Group("other inputs do not count", wide, measure=MEASURE + "others",
              expected=depth(set_by_hand.MIXED, wide), **loose,
              says="Inputs 3, 4, … are 1 now and then, and unit 0 should not notice: their rows of U are 0 in "
              "column 0."),
        Group("works for every D and H", sizes, measure=MEASURE + "stops",
              expected=depth(set_by_hand.STOPPING, sizes), **loose,
              says="Right for D = 3 and H = 4, but not for other sizes: take the shapes from D and H, and use "
              "column 0, which belongs to unit 0."),
        Group("the same weights at every call", kind="pure"),
    ]  # fmt: skip


def _bracket(**entries):
    return changed(bracket_params, **entries)


BRACKET_WRONG = (
    Wrong("forget bias 0", _bracket(b_f=0, U_f={2: -10}),
          "The forget gate is at 1/2: half of the count is gone after each character. Its bias must be large."),
    Wrong("forget bias too small", _bracket(b_f=5),
          "The forget gate is at 0.993, which sounds like much. At depth 10 that loses 0.07 at every character. "
          "Make b_f[0] larger."),
    Wrong("forget gate closed", _bracket(b_f=-10),
          "The forget gate is closed: b_f[0] is negative, so every character erases. Only the full stop should."),
    Wrong("no reset", _bracket(U_f={2: 0}),
          "A full stop does nothing: U_f[2, 0] is 0. It should be so negative that the forget gate shuts."),
    Wrong("reset by half", _bracket(U_f={2: -10}),
          "At a full stop the pre-activation of f is 10 - 10 = 0, so half of the count stays. Make U_f[2, 0] more "
          "negative: -20 with a bias of 10."),
    Wrong("reset too weak", _bracket(U_f={2: -12}),
          "At a full stop the forget gate is still at 0.12: of a depth of 9 one bracket stays open. Make U_f[2, 0] "
          "more negative."),
    Wrong("the stop opens the gate", _bracket(U_f={2: 20}),
          "U_f[2, 0] is positive: at a full stop the forget gate opens even wider. To erase it must shut."),
    Wrong("every bracket erases", _bracket(U_f={0: -20, 1: -20}),
          "A bracket shuts the forget gate, so the count is lost before one is added. Only the full stop may."),
    Wrong("closing brackets count up", _bracket(U_g={1: 10}),
          "A ) counts up like a (. Its weight U_g[1, 0] should be negative: the candidate has a sign."),
    Wrong("closing brackets unseen", _bracket(U_g={1: 0}),
          "A ) does nothing: the candidate does not listen to input 1. U_g[1, 0] should be negative."),
    Wrong("closing brackets erase", _bracket(U_g={1: 0}, U_f={1: -20}),
          "A ) erases everything. It closes one bracket; the others stay open: let the candidate subtract one."),
    Wrong("signs turned", _bracket(U_g={0: -10, 1: 10}),
          "The signs are turned: ( should count up and ) down."),
    Wrong("candidate too weak", _bracket(U_g={0: 1, 1: -1}),
          "The candidate is tanh(1) = 0.76 and not 1, so ten brackets count 7.6. Make its weights larger."),
    Wrong("candidate of half a step", _bracket(U_g={0: 0.5, 1: -0.5}),
          "The candidate is tanh(0.5) = 0.46, so two brackets count as one. Make its weights larger."),
    Wrong("candidate biased", _bracket(b_g=0.2),
          "With b_g[0] above 0 every other character counts a little too, as the input gate is open. Let the "
          "candidate be 0 there, or shut the gate."),
    Wrong("the stop is written", _bracket(U_g={2: 10}),
          "The full stop itself counts as one: it erases, and then writes +1. U_g[2, 0] should be 0."),
    Wrong("input gate closed", _bracket(b_i=-10),
          "The input gate is closed, so nothing is ever written."),
    Wrong("input gate half open", _bracket(b_i=0),
          "The input gate is at 1/2, so every bracket counts one half. Open it with b_i[0]."),
    Wrong("input gate open for ( alone", _bracket(b_i=-10, U_i={0: 20}),
          "The input gate opens for ( alone, so ) never reaches the memory. Open it for both, or always."),
    Wrong("every input resets", changed(bracket_params, U_f={2: -20, -1: -20}),
          "The last input erases as well as the full stop. Only row 2 of U_f should be anything but 0."),
    Wrong("the unit listens to itself", _bracket(b_o=10, W_g=5),
          "The unit listens to its own output through W_g: once a bracket is open, it counts at every character. "
          "Let W be 0: the cell state remembers by itself."),
    *of_form(bracket_params, "figo", "twelve"),
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
    Exercise(
        reference=bracket_params,
        groups=bracket_groups,
        wrong=BRACKET_WRONG,
        hints=(
            "Begin with your latch. It keeps, and adds the sign of one input. What must be added now, and "
            "at which inputs?",
            "A counter: f near 1, i near 1, and g near +1 at (, near -1 at ) and 0 at all else. The full "
            "stop is the eraser of the machine shop: f near 0 for one step.",
            "b_f[0] = 10 and U_f[2, 0] = -20: the forget gate is at σ(10), at a full stop at σ(-10). "
            "b_i[0] = 10. U_g[0, 0] = 10 and U_g[1, 0] = -10.",
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
