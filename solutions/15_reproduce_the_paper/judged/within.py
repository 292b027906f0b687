"""What `within` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into


def within(outputs, targets, tolerance):
    return (np.abs(outputs - targets) < tolerance).all(axis=-1)


ALL_OUTPUTS, EDGE = (
    "every output of a sequence must be close",
    "exactly the tolerance is not close enough",
)


SIDES = "too high and too low count alike"


def within_groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, K: int, tolerance: float, sign: float = 0.0) -> Args:
        targets = np.eye(K)[rng.integers(K, size=N)] if K > 1 else rng.random((N, 1))
        gap = rng.uniform(0.1, 1.9, size=(N, K)) * tolerance
        gap[: N // 2] *= 0.5
        way = sign or rng.choice([-1.0, 1.0], size=(N, K))
        return {"outputs": targets + way * gap, "targets": targets, "tolerance": tolerance}

    # binary fractions, so that the distance is exact
    targets = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
    gap = np.array([[0.25, 0.0], [0.125, 0.125], [0.0, 0.25], [0.0, 0.0]])
    edge = {"outputs": targets + gap, "targets": targets, "tolerance": 0.25}
    return [
        Group("True or False for every sequence", [case(8, 4, 0.3)], kind="shape"),
        Group(ALL_OUTPUTS, [case(12, 4, 0.3, 1.0), case(10, 2, 0.04, 1.0)], points=2),
        Group(SIDES, [case(12, 3, 0.3, -1.0), case(14, 4, 0.3), case(12, 1, 0.04)]),
        Group(EDGE, [edge]),
        pure(),
    ]


WITHIN_WRONG = (
    Wrong("sign of the error", lambda o, t, tolerance: (o - t < tolerance).all(axis=-1),
          "You forget the absolute value: an output far too low passes.", costs=SIDES),
    Wrong("any output", lambda o, t, tolerance: (np.abs(o - t) < tolerance).any(axis=-1),
          "One close output is enough in your answer. All outputs of a sequence must be close."),
    Wrong("mean of the errors", lambda o, t, tolerance: np.abs(o - t).mean(axis=-1) < tolerance,
          "You average the errors of a sequence first. Every single output must be close."),
    Wrong("sum of the errors", lambda o, t, tolerance: np.abs(o - t).sum(axis=-1) < tolerance,
          "You add the errors of a sequence up. Each output is compared by itself."),
    Wrong("length of the error", lambda o, t, tolerance: np.linalg.norm(o - t, axis=-1) < tolerance,
          "You take the length of the error vector. Each output is compared by itself."),
    Wrong("squared error", lambda o, t, tolerance: ((o - t) ** 2 < tolerance).all(axis=-1),
          "You square the error before you compare. The distance itself is meant."),
    Wrong("the tolerance counts", lambda o, t, tolerance: (np.abs(o - t) <= tolerance).all(axis=-1),
          "You count a distance of exactly the tolerance (<=). It must be smaller.", costs=EDGE),
    Wrong("relative error", lambda o, t, tolerance: (
              np.abs(o - t) < tolerance * np.maximum(np.abs(t), 1e-12)).all(axis=-1),
          "You compare with a share of the target; where the target is 0 nothing is ever close. The "
          "distance itself is meant."),
    Wrong("rounded", lambda o, t, tolerance: (np.round(o) == np.round(t)).all(axis=-1),
          "You round and compare. The tolerance decides."),
    Wrong("largest output", lambda o, t, tolerance: o.argmax(axis=-1) == t.argmax(axis=-1),
          "You ask whether the largest output is the right one. The papers ask for more: every output "
          "within the tolerance."),
    Wrong("far for close", lambda o, t, tolerance: (np.abs(o - t) > tolerance).all(axis=-1),
          "Your comparison is turned round: True where the outputs are far off."),
    Wrong("not every one is far", lambda o, t, tolerance: (np.abs(o - t) >= tolerance).any(axis=-1),
          "Your answer is turned round: True where the sequence is wrong."),
    Wrong("an answer for each output", lambda o, t, tolerance: np.abs(o - t) < tolerance,
          "You have an answer for each output. There is one for each sequence: all of its outputs."),
    Wrong("share that is right", lambda o, t, tolerance: float(within(o, t, tolerance).mean()),
          "You return the share of right sequences. Asked for is True or False for each."),
    Wrong("outputs changed", writes_into(within, "outputs"),
          "Your answer is right, but the outputs are other ones after the call: `-=` writes into the "
          "caller's array.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=within,
    groups=within_groups,
    wrong=WITHIN_WRONG,
    hints=(
        "The distance is np.abs(outputs - targets). It is compared with the tolerance entry by "
        "entry.",
        "One answer for each sequence: .all(axis=-1) over its outputs.",
    ),
)
