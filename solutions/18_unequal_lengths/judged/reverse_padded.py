"""What `reverse_padded` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import LENGTHS, filled, prefix
from notes import section

STAYS = "the filling stays where it is"


def reverse_padded(x, lengths):
    t = np.arange(len(x))[:, None]
    from_where = np.where(t < lengths, lengths - 1 - t, t)
    return x[from_where, np.arange(x.shape[1])]


def reverse_groups(rng: np.random.Generator) -> list[Group]:
    def case(lengths: tuple[int, ...], D: int, zeros: bool = True, more: int = 0) -> Args:
        x = filled(rng, lengths, D)
        if more:
            x = np.concatenate([x, rng.normal(size=(more, *x.shape[1:]))])
        if zeros:
            x = x * prefix(lengths, len(x))[..., None]
        return {"x": x, "lengths": np.array(lengths)}

    home = case(LENGTHS[0], 3)
    return [
        Group("an array shaped like x", [home], kind="shape"),
        Group("where nothing is filled it is x[::-1]", [case(LENGTHS[1], 3), case((4,), 2)]),
        Group("each sequence turned round within its own length", [home, case(LENGTHS[2], 2),
                                                                   case(LENGTHS[3], 4)]),
        Group(STAYS, [case((2, 1, 4), 3, zeros=False), case((1, 3), 2, zeros=False, more=2)]),
        Group("right where T, N and D are equal", [case((3, 1, 2), 3), case((2, 2), 2)]),
        pure(),
    ]  # fmt: skip


def _each(change):
    """Every column treated by change(column, length)."""

    def function(x, lengths):
        columns = [change(x[:, n], length) for n, length in enumerate(lengths)]
        return np.stack(columns, axis=1)

    return function


REVERSE_WRONG = (
    Wrong("all turned round together", lambda x, lengths: x[::-1].copy(),
          "x[::-1] turns the filling to the front: a network that reads it sees zeros before the "
          "sequence. Each sequence is turned round within its own length."),
    Wrong("turned round and rolled too little", _each(
              lambda column, length: np.roll(column[::-1], length - len(column) + 1, axis=0)),
          "Your sequences begin one step too late (or end one too early). After [::-1], column n has to be "
          "moved up by T - lengths[n]."),
    Wrong("turned round and rolled the wrong way", _each(
              lambda column, length: np.roll(column[::-1], len(column) - length, axis=0)),
          "You turn round everything and roll the wrong way: column n has to be moved up, to the start."),
    Wrong("the filling turned round too", _each(
              lambda column, length: np.roll(column[::-1], length - len(column), axis=0)),
          "The sequences are right, but what stands in the filling has been turned round as well. It stays "
          "as it is.", costs=STAYS),
    Wrong("the filling cleared", _each(lambda column, length: np.concatenate(
              [column[:length][::-1], np.zeros_like(column[length:])])),
          "The sequences are right, but you set the filling to 0. It stays as it is.", costs=STAYS),
    Wrong("all by the first length", lambda x, lengths: _each(
              lambda column, length: np.concatenate([column[:length][::-1], column[length:]]))(
              x, np.full_like(lengths, lengths[0])),
          "All sequences are turned round as if they were as long as the first one."),
    Wrong("all by the shortest", lambda x, lengths: _each(
              lambda column, length: np.concatenate([column[:length][::-1], column[length:]]))(
              x, np.full_like(lengths, lengths.min())),
          "All sequences are turned round as if they were as long as the shortest one."),
    Wrong("one step too many", _each(lambda column, length: np.concatenate(
              [column[: length + 1][::-1], column[length + 1 :]])),
          "One filled step is turned round with each sequence: the last real one is lengths[n] - 1."),
    Wrong("one step too few", _each(lambda column, length: np.concatenate(
              [column[: length - 1][::-1], column[length - 1 :]])),
          "The last real step stays where it is: turn round x[: lengths[n]]."),
    Wrong("examples turned instead of time", lambda x, lengths: x[:, ::-1].copy(),
          "You turn round the batch, axis 1. Time is axis 0."),
    Wrong("inputs turned instead of time", lambda x, lengths: x[:, :, ::-1].copy(),
          "You turn round the inputs of each step. Time is axis 0."),
    Wrong("unchanged", lambda x, lengths: x.copy(),
          "Nothing is turned round."),
    Wrong("sorted by length", lambda x, lengths: reverse_padded(
              x[:, np.argsort(-lengths, kind="stable")], np.sort(lengths)[::-1]),
          "Your columns are sorted by length. Column n stays column n."),
    Wrong("batch first", lambda x, lengths: reverse_padded(x, lengths).swapaxes(0, 1).copy(),
          "Your result is (N, T, D). It is shaped like x, (T, N, D)."),
    Wrong("turns the caller's x", writes_into(reverse_padded, "x"),
          "Your values are right, but the caller's x is changed by the call: x[: n] = … writes into it. "
          "Begin with x.copy().", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=reverse_padded,
    groups=reverse_groups,
    wrong=REVERSE_WRONG,
    hints=(
        "One sequence: x[:length, n][::-1]. What lies behind stays as it is.",
        "Begin with a copy of x, and write into it in a loop over the sequences, reading from x.",
        "y = x.copy(); for n, length in enumerate(lengths): y[:length, n] = x[:length, n][::-1]",
    ),
    notes=section("LSTMs"),
)
