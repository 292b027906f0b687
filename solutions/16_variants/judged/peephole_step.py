"""What `peephole_step` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import weights
from lstm import sigmoid
from notes import section


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
        pure(),
    ]


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
    Wrong("writes into c_prev", writes_into(peephole_step, "c_prev"),
          "Your values are right, but c_prev holds the new state after the call. Make a new array.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
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
)
