"""What `update_hidden_state_backward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import normal
from lstm import complex_step, sigmoid
from notes import section


def update_hidden_state_backward(dh, o, c):
    return dh * np.tanh(c), dh * o * (1 - np.tanh(c) ** 2)


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
        pure(),
    ]  # fmt: skip


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
    Wrong("changes dh in place", writes_into(update_hidden_state_backward, "dh"),
          "Your values are right, but dh is overwritten.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=update_hidden_state_backward,
    closed=("numerical_gradient",),
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
)
