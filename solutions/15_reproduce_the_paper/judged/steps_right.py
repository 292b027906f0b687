"""What `steps_right` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure


def steps_right(outputs, legal):
    lowest = np.where(legal, outputs, np.inf).min(axis=-1)
    highest = np.where(legal, -np.inf, outputs).max(axis=-1)
    return lowest > highest


ONE, TWO = "where one symbol may follow", "where two may follow, both must be above all others"


TIE = "a tie is not right"


def step_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, K: int, count: int) -> Args:
        """Outputs of which about half are right."""
        order = rng.random((T, N, K)).argsort(axis=-1)
        legal = order < count
        outputs = rng.normal(size=(T, N, K)) + np.where(
            legal, rng.choice([0.5, 2.5], size=(T, N, 1)), 0.0
        )
        return {"outputs": outputs, "legal": legal}

    one, two = [case(6, 5, 7, 1), case(8, 4, 4, 1)], [case(6, 5, 7, 2), case(9, 4, 5, 2)]
    tie = case(4, 3, 5, 2)
    tie["outputs"] = np.where(
        tie["legal"], 1.0, rng.choice([0.0, 1.0], size=(4, 3, 5), p=[0.8, 0.2])
    )
    more = [case(1, 1, 3, 1), case(5, 1, 6, 3), case(2, 6, 3, 2)]
    negative = case(5, 3, 7, 2)
    negative["outputs"] = -50.0 + 0.1 * negative["outputs"]
    return [
        Group("True or False for every step of every string", one[:1], kind="shape"),
        Group(ONE, one),
        Group(TWO, two, points=2),
        Group(TIE, [tie]),
        Group(
            "right for every T, N and K, and for logits as well as probabilities", [*more, negative]
        ),
        pure(),
    ]


def _cleared(outputs, legal):
    outputs[legal] = np.where(outputs[legal] > -np.inf, outputs[legal], 0)
    right = steps_right(outputs, legal)
    outputs[~legal] -= 1.0
    return right


STEP_WRONG = (
    Wrong("one legal symbol is enough",
          lambda o, legal: np.where(legal, o, -np.inf).max(-1) > np.where(legal, -np.inf, o).max(-1),
          "You ask whether the highest output belongs to a legal symbol. Where two may follow, both "
          "must be above all that may not: compare the LOWEST legal output.", costs=TWO),
    Wrong("a tie counts",
          lambda o, legal: np.where(legal, o, np.inf).min(-1) >= np.where(legal, -np.inf, o).max(-1),
          "You count a tie as right (>=). The legal ones must be strictly above.", costs=TIE),
    Wrong("above 0.5", lambda o, legal: ((o > 0.5) == legal).all(-1),
          "You compare with a fixed threshold of 0.5. Only the order counts: every legal output above "
          "every illegal one, wherever both lie."),
    Wrong("above the mean", lambda o, legal: ((o > o.mean(-1, keepdims=True)) == legal).all(-1),
          "You compare with the mean of the outputs. Only the order counts: every legal output above "
          "every illegal one."),
    Wrong("sum of the legal ones", lambda o, legal: (o * legal).sum(-1) > (o * ~legal).sum(-1),
          "You compare sums. Every single legal output must be above every illegal one."),
    Wrong("means compared",
          lambda o, legal: np.where(legal, o, 0).sum(-1) / legal.sum(-1)
          > np.where(legal, 0, o).sum(-1) / np.maximum(1, (~legal).sum(-1)),
          "You compare means. Every single legal output must be above every illegal one."),
    Wrong("zeros for what does not count",
          lambda o, legal: np.where(legal, o, 0).min(-1) > np.where(legal, 0, o).max(-1),
          "You put 0 where a symbol does not count, and the 0 takes part in the comparison. Use inf for "
          "the minimum and -inf for the maximum."),
    Wrong("illegal above legal",
          lambda o, legal: np.where(legal, o, np.inf).min(-1) < np.where(legal, -np.inf, o).max(-1),
          "Your answer is turned round: True where the step is wrong."),
    Wrong("legal and illegal exchanged", lambda o, legal: steps_right(o, ~legal),
          "legal and illegal are exchanged: legal is True where a symbol may follow."),
    Wrong("two always", lambda o, legal: np.take_along_axis(
              legal, o.argsort(-1)[..., -2:], -1).all(-1),
          "You look at the two highest outputs. How many may follow differs from step to step: "
          "legal.sum() of them."),
    Wrong("the likeliest is legal",
          lambda o, legal: np.take_along_axis(legal, o.argmax(-1)[..., None], -1)[..., 0],
          "You ask whether the highest output belongs to a legal symbol. Where two may follow, both "
          "must be above all that may not: compare the LOWEST legal output."),
    Wrong("one answer for all", lambda o, legal: bool(steps_right(o, legal).all()),
          "You have one answer for everything. Every step of every string has its own: axis=-1."),
    Wrong("over the strings", lambda o, legal: steps_right(o, legal).all(axis=1),
          "You have one answer for each step. Every string has its own: (T, N)."),
    Wrong("over the steps", lambda o, legal: steps_right(o, legal).all(axis=0),
          "You have one answer for each string. That comes next; here every step has its own: (T, N)."),
    Wrong("share that is right", lambda o, legal: float(steps_right(o, legal).mean()),
          "You return the share of right steps. Asked for is True or False for each."),
    Wrong("numbers for truths", lambda o, legal: steps_right(o, legal).astype(float),
          "You return 0.0 and 1.0. Truth values are asked for: what a comparison gives."),
    Wrong("outputs changed", _cleared,
          "Your answer is right, but the outputs are other ones after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=steps_right,
    groups=step_groups,
    wrong=STEP_WRONG,
    hints=(
        "Two numbers for each step: the lowest output among the legal symbols and the highest among "
        "the others.",
        "np.where(legal, outputs, np.inf) leaves only the legal ones for a minimum. With -np.inf it "
        "works the same way for the maximum.",
    ),
)
