"""What `gate_backward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import normal
from lstm import complex_step, sigmoid
from notes import section


def gate_backward(d_act, act, kind):
    return d_act * (act * (1 - act) if kind == "sigmoid" else 1 - act**2)


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
        pure(),
    ]  # fmt: skip


def _gate(of_sigmoid, of_tanh):
    return lambda d_act, act, kind: (of_sigmoid if kind == "sigmoid" else of_tanh)(d_act, act)


def _right_sigmoid(d, a):
    return d * a * (1 - a)


def _right_tanh(d, a):
    return d * (1 - a**2)


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
    Wrong("changes d_act in place", writes_into(gate_backward, "d_act"),
          "Your values are right, but d_act is overwritten.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=gate_backward,
    closed=("numerical_gradient",),
    truth=true_gate,
    groups=gate_groups,
    wrong=GATE_WRONG,
    hints=(
        "The slope of σ at z is σ(z) (1 - σ(z)). You are not given z, but you are given σ(z).",
        'For "sigmoid": act * (1 - act). For "tanh": 1 - act**2.',
        "Multiply the slope by d_act.",
    ),
    notes=section("Forget Gate"),
)
