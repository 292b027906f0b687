"""What `gru_step` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import weights
from lstm import sigmoid
from notes import section


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
        pure(),
    ]


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
    Wrong("writes into h_prev", writes_into(gru_step, "h_prev"),
          "Your values are right, but h_prev holds the new state after the call. Make a new array.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
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
)
