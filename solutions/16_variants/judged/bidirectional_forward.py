"""What `bidirectional_forward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import SIZES
from lstm import forward, random_params
from notes import section


def both(**mistake):
    """bidirectional_forward with one thing wrong."""

    def function(x, h0, c0, forwards, backwards):
        m = mistake
        turn = m.get("turn", lambda a: a[::-1])
        s = m.get("start", lambda h0, c0: ((h0[0], c0[0]), (h0[1], c0[1])))(h0, c0)
        one, two = m.get("weights", lambda f, b: (f, b))(forwards, backwards)
        to, _, _ = forward(x, *s[0], one)
        fro, _, _ = forward(turn(m.get("reads", lambda x, to: x)(x, to)), *s[1], two)
        fro = m.get("back", lambda a: a[::-1])(fro)
        return m.get("join", lambda a, b: np.concatenate([a, b], axis=2))(to, fro)

    return function


def bidirectional_forward(x, h0, c0, forwards, backwards):
    return both()(x, h0, c0, forwards, backwards)


BOTH_STARTS = "each direction begins at its own states"


def bidirectional_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, D: int, H: int) -> Args:
        return {
            "x": rng.normal(size=(T, N, D)),
            "h0": rng.uniform(-1, 1, size=(2, N, H)),
            "c0": rng.normal(size=(2, N, H)),
            "forwards": random_params(rng, D, H),
            "backwards": random_params(rng, D, H),
        }

    home, zero, one = case(5, 3, 4, 4), case(4, 3, 4, 4), case(1, 3, 4, 5)
    zero["h0"], zero["c0"] = 0 * zero["h0"], 0 * zero["c0"]
    return [
        Group("twice as many hidden units, at every step", [home], kind="shape"),
        Group("one step: both directions read it", [one]),
        Group("from the last step to the first, and turned round again", [zero]),
        Group(BOTH_STARTS, [home]),
        Group(SIZES, [case(3, 2, 4, 5), case(4, 1, 1, 2), case(2, 4, 3, 1)]),
        pure(),
    ]


BIDIRECTIONAL_WRONG = (
    Wrong("not turned round again", both(back=lambda a: a),
          "The second direction's states run from the last step to the first. Turn them round before "
          "you join them: [::-1], so that both halves of h[t] are about step t."),
    Wrong("both read forwards", both(turn=lambda a: a, back=lambda a: a),
          "Both directions read from the first step on. The second one reads x[::-1]."),
    Wrong("only the states turned", both(turn=lambda a: a),
          "The second direction reads x forwards, and its states are turned round afterwards. Turn x "
          "first, and the states back."),
    Wrong("examples turned instead of time", both(turn=lambda a: a[:, ::-1],
                                                  back=lambda a: a[:, ::-1]),
          "You turn round the batch, axis 1. Time is axis 0: x[::-1]."),
    Wrong("inputs turned instead of time", both(turn=lambda a: a[:, :, ::-1], back=lambda a: a),
          "You turn round the inputs of each step, the last axis. Time is axis 0: x[::-1]."),
    Wrong("one set of weights", both(weights=lambda f, b: (f, f)),
          "Both directions use `forwards`. The second has weights of its own, `backwards`."),
    Wrong("weights exchanged", both(weights=lambda f, b: (b, f)),
          "The weights have changed places: `forwards` reads from the first step on."),
    Wrong("added instead of joined", both(join=lambda a, b: a + b),
          "You add the two directions. Join them side by side, so that the next layer can tell them "
          "apart: (T, N, 2H)."),
    Wrong("averaged instead of joined", both(join=lambda a, b: (a + b) / 2),
          "You average the two directions. Join them side by side: (T, N, 2H)."),
    Wrong("backwards first", both(join=lambda a, b: np.concatenate([b, a], axis=2)),
          "The halves have changed places: first forwards, then backwards."),
    Wrong("joined along the batch", both(join=lambda a, b: np.concatenate([a, b], axis=1)),
          "The directions are joined along the batch. Join the hidden units, the last axis."),
    Wrong("joined along time", both(join=lambda a, b: np.concatenate([a, b], axis=0)),
          "The directions are joined one after the other in time. Join the hidden units, the last "
          "axis."),
    Wrong("unit by unit in turn", both(join=lambda a, b: np.stack([a, b], axis=3).reshape(
              *a.shape[:2], -1)),
          "The units of the two directions take turns. First all of one, then all of the other."),
    Wrong("one start for both", both(start=lambda h0, c0: ((h0[0], c0[0]), (h0[0], c0[0]))),
          "Both directions begin at h0[0] and c0[0]. The second one has h0[1] and c0[1]."),
    Wrong("begins at zero", both(start=lambda h0, c0: ((0 * h0[0], 0 * c0[0]),) * 2),
          "Your directions begin at zero. They begin at h0[0], c0[0] and at h0[1], c0[1]."),
    Wrong("second begins where the first ended", lambda x, h0, c0, f, b: both(
              start=lambda h0, c0: ((h0[0], c0[0]),
                                    tuple(a[-1] for a in forward(x, h0[0], c0[0], f)[:2])))(
              x, h0, c0, f, b),
          "The second direction begins where the first one ended. The two know nothing of each other: "
          "it begins at h0[1] and c0[1]."),
    Wrong("turns x round in place", writes_into(bidirectional_forward, "x"),
          "Your values are right, but x is turned round after the call. x[::-1] is enough: it changes "
          "nothing.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=bidirectional_forward,
    groups=bidirectional_groups,
    wrong=BIDIRECTIONAL_WRONG,
    hints=(
        "Two calls of lstm_forward that know nothing of each other.",
        "The second one reads x[::-1]. What comes out is in that order too.",
        "np.concatenate([there, back[::-1]], axis=2)",
    ),
    notes=section("Forward Propagation in LSTMs"),
)
