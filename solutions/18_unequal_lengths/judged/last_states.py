"""What `last_states` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import LENGTHS, filled, prefix
from notes import section

FULL = "where nothing is filled it is h[-1]"


def last_states(h, lengths):
    return h[lengths - 1, np.arange(h.shape[1])]


def last_states_groups(rng: np.random.Generator) -> list[Group]:
    def case(lengths: tuple[int, ...], H: int, more: int = 0) -> Args:
        h = filled(rng, lengths, H)
        if more:
            h = np.concatenate([h, rng.normal(size=(more, *h.shape[1:]))])
        return {"h": h, "lengths": np.array(lengths)}

    home = case(LENGTHS[0], 5)
    return [
        Group("one state for each sequence, (N, H)", [home], kind="shape"),
        Group(FULL, [case(LENGTHS[1], 3), case((4,), 2)]),
        Group("each sequence's state after its last real step", [home, case(LENGTHS[2], 3),
                                                                 case(LENGTHS[3], 4)]),
        Group("h may be longer than all of them", [case((2, 1, 3), 3, more=2), case((1,), 2, more=3)]),
        Group("right where T, N and H are equal", [case((3, 1, 2), 3), case((1, 2), 2)]),
        pure(),
    ]  # fmt: skip


def _mask(h, lengths):
    return prefix(lengths, len(h))[..., None]


def _picked(index):
    return lambda h, lengths: h[index(h, lengths), np.arange(h.shape[1])]


LAST_WRONG = (
    Wrong("the last row of all", lambda h, lengths: h[-1].copy(),
          "h[-1] is what the network made of the filling, for all sequences but the longest. Sequence n "
          "ends at step lengths[n] - 1."),
    Wrong("one step too late", _picked(lambda h, lengths: np.minimum(lengths, len(h) - 1)),
          "You look one step too late: steps count from 0, so the last real one is lengths[n] - 1."),
    Wrong("one step too early", _picked(lambda h, lengths: np.maximum(lengths - 2, 0)),
          "You look one step too early: the last real step is lengths[n] - 1."),
    Wrong("first step", lambda h, lengths: h[0].copy(),
          "You return the states after the first step."),
    Wrong("no pairing", lambda h, lengths: h[lengths - 1],
          "h[lengths - 1] takes whole rows, all sequences at N steps. Pair each step with its sequence: "
          "h[lengths - 1, np.arange(N)]."),
    Wrong("the first sequence at all steps", lambda h, lengths: h[lengths - 1, 0],
          "You take the first sequence N times. Pair each step with its sequence: np.arange(N)."),
    Wrong("one length for all", _picked(lambda h, lengths: 0 * lengths + lengths.min() - 1),
          "You stop all sequences where the shortest one ends."),
    Wrong("mean of real steps", lambda h, lengths: (h * _mask(h, lengths)).sum(0) / lengths[:, None],
          "You average over the real steps. That is mean pooling; asked for is the last one."),
    Wrong("mean of all steps", lambda h, lengths: h.mean(axis=0),
          "You average over all steps, the filled ones too. Asked for is the last real one."),
    Wrong("sum of real steps", lambda h, lengths: (h * _mask(h, lengths)).sum(axis=0),
          "You add up the real steps. Asked for is the last one."),
    Wrong("largest of real steps",
          lambda h, lengths: np.where(_mask(h, lengths), h, -np.inf).max(axis=0),
          "You take the largest value over the real steps. That is max pooling; asked for is the last one."),
    Wrong("filling set to zero", lambda h, lengths: (h * _mask(h, lengths))[-1],
          "You set the filling to 0 and take the last row: sequences that have ended are 0 there."),
    Wrong("counted from the end", _picked(lambda h, lengths: len(h) - lengths),
          "You count from the end, as if the filling came first. Sequences begin at step 0."),
    Wrong("an axis too many", lambda h, lengths: last_states(h, lengths)[None],
          "Your result is (1, N, H). PyTorch's h_n has such an axis for its layers; here it is (N, H)."),
    Wrong("a list", lambda h, lengths: [h[n - 1, k] for k, n in enumerate(lengths)],
          "You return a list of rows. np.stack makes one array of it."),
    Wrong("writes into h", writes_into(last_states, "h"),
          "Your values are right, but h is another array after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=last_states,
    groups=last_states_groups,
    wrong=LAST_WRONG,
    hints=(
        "Sequence n ends at step lengths[n] - 1. That is h[lengths[n] - 1, n].",
        "Two arrays of indices are paired: h[lengths - 1, np.arange(N)].",
    ),
    notes=section("LSTMs"),
)
