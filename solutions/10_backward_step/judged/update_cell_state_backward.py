"""What `update_cell_state_backward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import normal
from lstm import complex_step, sigmoid
from notes import section


def update_cell_state_backward(dc, f, c_prev, i, g):
    return dc * c_prev, dc * f, dc * g, dc * i


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
        pure(),
    ]  # fmt: skip


def _cell(change):
    def function(dc, f, c_prev, i, g):
        df, dc_prev, di, dg = update_cell_state_backward(dc, f, c_prev, i, g)
        parts = {"df": df, "dc_prev": dc_prev, "di": di, "dg": dg}
        return tuple((parts | change(dc, f, c_prev, i, g)).values())

    return function


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
    Wrong("each factor's own value",
          _cell(lambda dc, f, c, i, g: {"df": dc * f, "dc_prev": dc * c, "di": dc * i, "dg": dc * g}),
          "Each of your four uses its own factor: dc * f for df, and so on. The slope of a product for "
          "one factor is the *other* factor: df = dc * c_prev, dc_prev = dc * f, di = dc * g, dg = dc * i."),
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
    Wrong("changes dc in place", writes_into(update_cell_state_backward, "dc"),
          "Your values are right, but dc is overwritten.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=update_cell_state_backward,
    closed=("numerical_gradient",),
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
)
